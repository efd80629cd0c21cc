"""``liuhen particulars erase``."""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import select

from api.commands.options import command, with_data
from api.settings import load_settings
from api.wiring import Archive, beside, running, with_store
from archive.actors import SYSTEM
from archive.custody import ERASED
from archive.erasure import erase
from archive.errors import Conflict
from archive.key_copies import restore_keys

LIMITS = """What this does not reach: the original itself, receipts and exports handed out before, backups of the
folder keys/ and of the database, and what the file system kept of either. How many fields there were and what
they were called stays in the log."""


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add these commands."""
    top = commands.add_parser("particulars", help="Names, numbers and places beside the log.",
                              description="Particulars: names, numbers and places, encrypted beside the log.")
    inner = top.add_subparsers(dest="what", required=True, metavar="WHAT")
    erasing = with_data(command(inner, "erase", "Erase particulars for good, by destroying their key.", _erase))
    erasing.add_argument("scope", help="whose: a recording rec_…, person usr_…, station sta_…, recorder rcd_…, "
                         "an entry of the device ledger led_…, a unit unt_…, certificate crt_…, party par_… or "
                         "the key of id numbers mac_…, a matter mat_…, a proposal prp_… to set aside, a remark or the "
                         "names of a room rmk_…, a session in a room ses_…, an adoption ado_…")
    erasing.add_argument("--authority", required=True,
                         help="the document that orders it, by number or title; it stands in the log for ever")
    with_data(command(inner, "restore-keys", "Put keys the folder keys/scopes lost back from the store's copies. "
                      "Needs keys/vault.key, of which the store has no copy: keep one elsewhere.", _restore))


def _restore(chosen: argparse.Namespace) -> int:
    with with_store(chosen.data, load_settings(chosen.data)) as archive:
        site = archive.site
        erased = site.db.read(lambda c: c.execute(select(ERASED.c.scope).distinct()).scalars().all())
        done = restore_keys(site.ports.store, site.ports.vault, site.log_id, erased)
    print(f"{len(done.restored)} keys put back; {len(done.erased)} copies of erased ones passed over")
    return 0


def _erase(chosen: argparse.Namespace) -> int:
    with _signing(chosen) as archive:
        done = erase(archive.site, chosen.scope, chosen.authority, SYSTEM, key_lock=archive.settings.log.key_lock)
    print(f"erased: the particulars of {len(done.leaves)} leaves of {done.scope}, "
          f"by leaf {', '.join(map(str, done.by_leaves))}")
    print(f"complete at {done.complete_at:%F %T}Z, when the lock of the last stored copy of the key has run out; until "
          "then whoever has that copy and vault.key can undo it")
    print(LIMITS)
    return 0


@contextmanager
def _signing(chosen: argparse.Namespace) -> Iterator[Archive]:
    """The archive with somebody who signs: the serving process, or this one when nobody serves."""
    settings = load_settings(chosen.data)
    try:
        with running(chosen.data, settings) as archive:
            yield archive
            return
    except Conflict as fault:
        if fault.code != "serve.running":
            raise
    with beside(chosen.data, settings) as archive:
        yield archive
