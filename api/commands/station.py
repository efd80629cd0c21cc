"""``liuhen station code | add | list | revoke`` on the archive's machine; what runs on a station is in ``docking``."""

import argparse
from datetime import datetime, timedelta

from api.commands import dock_run, docking
from api.commands.options import command, read_key, with_data
from api.settings import load_settings
from api.wiring import beside
from archive.errors import Refused
from archive.proof import canonical
from ingest.enrolment import issue_code
from ingest.revocation import REASONS, revoke
from ingest.stations import KINDS, EnrolledStation, all_stations, enrol


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add these commands."""
    top = commands.add_parser("station", help="Docking stations.", description="Docking stations.")
    inner = top.add_subparsers(dest="what", required=True, metavar="WHAT")
    issuing = with_data(command(inner, "code", "Archive: issue a one-time code by which a new station enrols.", _code))
    _described(issuing)
    issuing.add_argument("--hours", type=float, default=24.0, help="how long the code lasts (default 24, at most 168)")
    adding = with_data(command(inner, "add", "Archive: register a station by hand, by its public key.", _add))
    adding.add_argument("key", help="what `liuhen station key` printed, or @file")
    _described(adding)
    with_data(command(inner, "list", "Archive: the stations and whether they count.", _list))
    revoking = with_data(command(inner, "revoke", "Archive: revoke a station for good, at once.", _revoke))
    revoking.add_argument("station", help="its id, sta_…")
    revoking.add_argument("--reason", required=True, choices=REASONS)
    revoking.add_argument("--since", help="moment from which what it signed is in doubt, UTC, 2026-01-31T08:00:00Z")
    docking.add_to(inner)
    dock_run.add_to(inner)


def _described(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--title", required=True, help="what people call this station")
    parser.add_argument("--kind", choices=KINDS, default="dock", help="what sort of station (default dock)")


def _code(chosen: argparse.Namespace) -> int:
    with beside(chosen.data, load_settings(chosen.data)) as archive:
        code = issue_code(archive.intake, chosen.title, chosen.kind, timedelta(hours=chosen.hours))
    print(code.text)
    return 0


def _add(chosen: argparse.Namespace) -> int:
    key = read_key(chosen.key)
    with beside(chosen.data, load_settings(chosen.data)) as archive:
        station = enrol(archive.site, key.text(), chosen.title, kind=chosen.kind)
    print(f"{station.id} enrolled by hand")
    return 0


def _list(chosen: argparse.Namespace) -> int:
    with beside(chosen.data, load_settings(chosen.data)) as archive:
        for station in all_stations(archive.site):
            print(f"{station.id}  {_state(station)}  key {station.key.hex_id}  {station.kind or '-'}  "
                  f"{station.title or '-'}")
    return 0


def _state(station: EnrolledStation) -> str:
    if station.revoked_at is None:
        return "active"
    return f"revoked {station.revoked_at:%Y-%m-%dT%H:%M:%SZ} ({station.revoked_reason})"


def _revoke(chosen: argparse.Namespace) -> int:
    since = None if chosen.since is None else _moment(chosen.since)
    with beside(chosen.data, load_settings(chosen.data)) as archive:
        done = revoke(archive.site, chosen.station, chosen.reason, since)
    print(f"{done.station} revoked; {len(done.closed)} open uploads closed, {done.finished} finished ones go on to "
          "their accession")
    return 0


def _moment(untrusted_text: str) -> datetime:
    try:
        return canonical.parse_time(untrusted_text.removesuffix("Z").partition(".")[0] + ".000000Z")
    except ValueError as fault:
        raise Refused("station.bad_moment", "give a moment in UTC like 2026-01-31T08:00:00Z") from fault
