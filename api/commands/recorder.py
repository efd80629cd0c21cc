"""``liuhen recorder list | register | issue | return | report | key | revoke-key``."""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager

from api.commands.options import command, read_key, with_data
from api.present_recorders import recorder_line
from api.settings import load_settings
from api.wiring import beside
from archive import recorder_ledger, recorder_views
from archive.actors import SYSTEM
from archive.recorder_events import CHECK_ITEMS, CONDITIONS, REPORTS
from archive.recorder_key_events import KEY_REASONS
from archive.recorder_ledger import Check, Person
from archive.site import Site
from ingest import recorder_keys


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add these commands."""
    top = commands.add_parser("recorder", help="The device ledger.", description="The device ledger of recorders.")
    inner = top.add_subparsers(dest="what", required=True, metavar="WHAT")
    with_data(command(inner, "list", "Recorders, where they are and with whom.", _list))
    registering = with_data(command(inner, "register", "Put a recorder into the ledger.", _register))
    for name in ("vendor", "serial"):
        registering.add_argument(f"--{name}", required=True)
    registering.add_argument("--kind", default="body_camera")
    registering.add_argument("--code", default="", help="code on its card or label (default: its id)")
    issuing = _about_one(command(inner, "issue", "Give a recorder out.", _issue))
    issuing.add_argument("--wearer-no", required=True, help="number of who wears it")
    issuing.add_argument("--wearer", default="", help="name of who wears it")
    issuing.add_argument("--failed", action="append", default=[], choices=CHECK_ITEMS,
                         help="item of the check before use that was not right; may be given several times")
    issuing.add_argument("--clock-offset-ms", type=int, help="recorder's clock less the true time")
    returning = _about_one(command(inner, "return", "Take a recorder back.", _return))
    returning.add_argument("--condition", choices=CONDITIONS, default="sound")
    returning.add_argument("--remark", default="")
    reporting = _about_one(command(inner, "report", "Report a recorder lost, damaged or recovered.", _report))
    reporting.add_argument("happened", choices=REPORTS)
    reporting.add_argument("--circumstances", required=True)
    keying = _about_one(command(inner, "key", "Register the key a recorder signs its manifests with.", _key))
    keying.add_argument("key", help="its verification key, named by the recorder's id, or @FILE")
    revoking = _about_one(command(inner, "revoke-key", "Revoke the recorder's key: nothing it signs is taken any more.",
                                  _revoke_key))
    revoking.add_argument("--reason", required=True, choices=KEY_REASONS)


def _about_one(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    parser.add_argument("recorder", help="its code or id")
    return with_data(parser)


@contextmanager
def _site(chosen: argparse.Namespace) -> Iterator[Site]:
    with beside(chosen.data, load_settings(chosen.data)) as archive:
        yield archive.site


def _list(chosen: argparse.Namespace) -> int:
    with _site(chosen) as site:
        for row in recorder_views.recorders(site, SYSTEM):
            line = recorder_line(row)
            print("\t".join((line.code or line.recorder_id, line.name, line.state, line.holder or "-")))
    return 0


def _register(chosen: argparse.Namespace) -> int:
    with _site(chosen) as site:
        print(recorder_ledger.register(site, SYSTEM, chosen.vendor, chosen.serial, chosen.kind, chosen.code))
    return 0


def _issue(chosen: argparse.Namespace) -> int:
    passed = [item for item in CHECK_ITEMS if item not in chosen.failed]
    check = Check(passed, sorted(set(chosen.failed)), chosen.clock_offset_ms)
    with _site(chosen) as site:
        print(recorder_ledger.issue(site, SYSTEM, chosen.recorder, Person(chosen.wearer_no, chosen.wearer), check))
    return 0


def _return(chosen: argparse.Namespace) -> int:
    with _site(chosen) as site:
        print(recorder_ledger.take_back(site, SYSTEM, chosen.recorder, chosen.condition, chosen.remark))
    return 0


def _report(chosen: argparse.Namespace) -> int:
    with _site(chosen) as site:
        print(recorder_ledger.report(site, SYSTEM, chosen.recorder, chosen.happened, chosen.circumstances))
    return 0


def _key(chosen: argparse.Namespace) -> int:
    with _site(chosen) as site:
        print(recorder_keys.register_key(site, chosen.recorder, read_key(chosen.key).text()).text())
    return 0


def _revoke_key(chosen: argparse.Namespace) -> int:
    with _site(chosen) as site:
        recorder_keys.revoke_key(site, chosen.recorder, chosen.reason)
    return 0
