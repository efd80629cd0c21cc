"""A small archive with uploads, particulars and signed checkpoints, and what its owner can do to its files."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, cast

import ledger
from contracts.memory_store import MemoryStore
from ledger import LOG_ID, ORIGIN, SIGNER
from log_site import FaultyDatabase
from log_site import Site as Running
from specimen_events import beginning, ident, opened, story

from archive import custody
from archive.adapters.keyfiles import FileVault
from archive.checking import Checked, check_log
from archive.entries import CustodyEvent
from archive.particulars import salted, seal
from archive.ports import Ports
from archive.proof.canonical import Canonical
from archive.site import Site

SCOPE = ident("rec", 1)
FOLDER = "log"


@contextmanager
def archive_of(folder: Path, store: MemoryStore | None = None) -> Iterator[tuple[Site, Running]]:
    """A migrated archive in ``folder`` whose store is in memory; the same store for a folder and its copies."""
    vault_key = folder / "keys" / "vault.key"
    if not vault_key.exists():
        FileVault.create(vault_key)
    path = folder / "liuhen.db"
    db = FaultyDatabase(path if path.exists() else ledger.migrated(folder), custody.flush)
    running = Running(folder, db, store or MemoryStore())
    ports = Ports(store=running.store, media=cast(Any, None), signer=SIGNER, vault=FileVault(vault_key),
                  clock=running.clock)
    try:
        yield Site(db, ports, cast(Any, None), running.tiles, ORIGIN), running
    finally:
        running.stop()
        db.close()


def twin(store: MemoryStore) -> MemoryStore:
    """A store with the same objects, to spoil."""
    made = MemoryStore()
    made._held = {key: list(held) for key, held in store._held.items()}
    return made


def fill(site: Site, running: Running, uploads: int = 3) -> int:
    """The beginning of an archive, some whole stories, particulars that open; signed after each story."""
    sequencer, last = running.sequencer(), 0
    for event, values in beginning():
        last = append(site, event, cast(Mapping[str, Canonical], values))
    sequencer.wait_signed(last).result(20)
    for number in range(1, uploads + 1):
        for event, values in story(number, "watched", first=1):
            last = append(site, event, cast(Mapping[str, Canonical], values))
        sequencer.wait_signed(last).result(20)
    running.stop()
    return last + 1


def append(site: Site, event: CustodyEvent, values: Mapping[str, Canonical]) -> int:
    """Append with particulars sealed under the subject's key; an event that commits to none gets a nonce."""
    kept = seal(site.ports.vault, LOG_ID, event.subject, salted(dict(values))) if values else None
    plain = (CustodyEvent.committed(event.actor, event.subject, event.body, kept.commitment) if kept else
             CustodyEvent.plain(event.actor, event.subject, event.body))
    return site.db.write(lambda tx: custody.append(tx, site.ports.clock, plain, kept))


def grow(site: Site, running: Running, count: int) -> int:
    """So many uploads more, in one work; signed."""
    first = 1000 + site.db.read(custody.size)
    events = [CustodyEvent.plain("sta_x", ident("upl", n), opened(n)) for n in range(first, first + count)]
    last = site.db.write(lambda tx: [custody.append(tx, site.ports.clock, event) for event in events][-1])
    running.sequencer().wait_signed(last).result(20)
    running.stop()
    return last + 1


def attack(folder: Path, *statements: str) -> None:
    """Statements with the guards taken off and put back: what whoever owns the database file can do."""
    with closing(sqlite3.connect(folder / "liuhen.db")) as connection, connection:
        guards = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in guards:
            connection.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            connection.execute(statement)
        for _, sql in guards:
            connection.execute(sql)


def checked(site: Site, folder: Path, deep: bool = False) -> Checked:
    """The check's outcome."""
    return check_log(site, folder / FOLDER, deep)


def kinds(outcome: Checked) -> set[str]:
    """Kinds of what was found."""
    return {finding.kind for finding in outcome.found.ordered()}


def wheres(outcome: Checked, kind: str) -> list[str]:
    """Where findings of a kind lie."""
    return [finding.where for finding in outcome.found.kept if finding.kind == kind]


