"""A log as it runs over a real database, the store in memory and a published file, with faults to order."""

from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import ledger
from contracts.memory_store import MemoryStore
from ledger import LOG_ID, SIGNER, SetClock
from specimen_events import ident, opened
from sqlalchemy import select

from archive import custody
from archive.batches import decode_batch, staged_key
from archive.custody import CUSTODY
from archive.db import Database, Tx, Work
from archive.entries import CustodyEvent
from archive.errors import Contradiction, Unavailable
from archive.log import SIGNED, LogStart, Sequencer, SignedTree
from archive.log_start import check_start
from archive.log_tiles import LogTiles
from archive.proof import merkle
from archive.proof.checkpoint import Checkpoint
from archive.proof.merkle import leaf_hash
from archive.proof.note import open_note
from archive.published import Published

LOCK, KEEP = timedelta(days=30), timedelta(days=396)


class FaultyPublished(Published):
    """The published file on a disk that fails on order: before anything is written, or after all of it was."""

    fault = ""

    def put(self, note: bytes) -> None:
        fault, self.fault = self.fault, ""
        if fault == "lost":
            raise OSError(5, "lost on order")
        super().put(note)
        if fault == "kept":
            raise OSError(5, "the answer lost on order")


class FaultyDatabase(Database):
    """A real database that can lose the compare-and-swap, or its answer, on order."""

    fault = ""

    def write(self, work: Work[Any]) -> Any:
        fault, self.fault = (self.fault, "") if work.__name__ == "swap" else ("", self.fault)
        if fault == "lost":
            raise Unavailable("database.unavailable", "lost on order")
        if fault == "halted":
            raise Unavailable("database.halted", "an I/O error on order")
        answer = super().write(work)
        if fault == "kept":
            raise Unavailable("database.unavailable", "the answer lost on order")
        return answer


@dataclass
class Site:
    """A database, a store and a published file, and sequencers that come and go over them."""

    folder: Path
    db: FaultyDatabase
    store: MemoryStore = field(default_factory=MemoryStore)
    clock: SetClock = field(default_factory=SetClock)
    written: int = 0

    def __post_init__(self) -> None:
        self.store.skew = self.clock.at - datetime.now(UTC)  # else the locks of these tests run out one day
        self.published = FaultyPublished(self.folder / "log")
        self.tiles = LogTiles(self.db, self.folder / "log")
        self.running: list[Sequencer] = []

    def append(self, count: int = 1) -> int:
        """Append so many uploads; answers the last index."""
        index = -1
        for _ in range(count):
            self.written += 1
            event = CustodyEvent.plain("sta_x", ident("upl", self.written), opened(self.written))
            index = ledger.write(self.db, self.clock, event)
        return index

    def append_together(self, count: int) -> int:
        """As ``append``, in one work."""
        events = [CustodyEvent.plain("sta_x", ident("upl", n), opened(n))
                  for n in range(self.written + 1, self.written + count + 1)]
        self.written += count
        return super(FaultyDatabase, self.db).write(
            lambda tx: [custody.append(tx, self.clock, event) for event in events][-1])

    def check(self) -> LogStart:
        return check_start(self.db, self.store, SIGNER.key, self.clock, self.published, self.tiles)

    def sequencer(self) -> Sequencer:
        """A fresh one after the start-up checks, running."""
        made = Sequencer(self.db, self.store, SIGNER, self.clock, self.published, self.check(), LOCK, KEEP)
        self.running.append(made)
        made.start()
        return made

    def stop(self) -> None:
        for sequencer in self.running:
            sequencer.stop()
        self.running.clear()

    def signed_rows(self) -> list[Any]:
        return list(self.db.read(lambda c: c.execute(select(SIGNED).order_by(SIGNED.c.size)).all()))

    def require_consistent(self, answers: list[SignedTree]) -> None:
        """Every answer ever given is a prefix of the log as it stands, signed once per size, each batch staged."""
        entries = self.db.read(lambda c: c.scalars(select(CUSTODY.c.entry).order_by(CUSTODY.c.idx)).all())
        leaves, rows = [leaf_hash(entry) for entry in entries], self.signed_rows()
        latest = Checkpoint.parse(open_note(rows[-1].note, [SIGNER.key]))
        for tree in [*answers, *(SignedTree(Checkpoint.parse(open_note(r.note, [SIGNER.key])), r.note) for r in rows)]:
            size, root = tree.checkpoint.size, tree.checkpoint.root
            assert root == merkle.root(leaves[:size])
            proof = self.tiles.consistency(size, latest.size)
            merkle.verify_consistency(size, latest.size, proof, root, latest.root)
            path = self.tiles.inclusion(size - 1, latest.size)
            merkle.verify_inclusion(leaves[size - 1], size - 1, latest.size, path, latest.root)
        first = 0
        for row in rows:
            data = b"".join(self.store.get(next(
                v.version for v in self.store.versions(row.staged_key) if v.version.version_id == row.staged_version)))
            log_id, start, batch = decode_batch(data)
            assert (log_id, start) == (LOG_ID, first)
            assert [leaf.entry for leaf in batch] == entries[first:row.size]
            assert row.staged_key == staged_key(LOG_ID, first, row.size - first)
            first = row.size


def awaited(answer: "Future[SignedTree]") -> SignedTree | None:
    """The signed tree, or None when the log stopped instead."""
    try:
        return answer.result(10)
    except (Contradiction, Unavailable):
        return None


def with_guards_dropped(db: Database, *statements: str) -> None:
    """What whoever owns the database file can do."""

    def attack(tx: Tx) -> None:
        connection = tx._connection
        for name in connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").scalars().all():
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
        for statement in statements:
            connection.exec_driver_sql(statement)

    db.write(attack)
