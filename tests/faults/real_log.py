"""A log over real parts (SQLite, SeaweedFS, a published file), and the check that it is sound and keeps its word."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

from ledger import LOG_ID, SIGNER, sealed
from specimen_events import ident, opened
from sqlalchemy import select

from archive import custody
from archive.adapters.clock import SystemClock
from archive.adapters.s3 import S3Store
from archive.checking import check_log
from archive.custody import CUSTODY
from archive.db import Database, Work
from archive.entries import CustodyEvent
from archive.log import SIGNED, Sequencer, SignedTree
from archive.log_start import check_start
from archive.log_store import full_paths, log_prefix, oldest, stored_leaves, whole
from archive.log_tiles import LogTiles
from archive.ports import Ports
from archive.proof import merkle
from archive.proof.checkpoint import Checkpoint
from archive.proof.digest import Digest
from archive.proof.merkle import leaf_hash
from archive.proof.note import open_note
from archive.published import Published
from archive.site import Site

LOCK, KEEP = timedelta(hours=1), timedelta(hours=2)
GROUPS = (200, 100, 3)
"""Leaves appended together, one batch each: the second completes a tile and both bundles."""


@dataclass
class RealLog:
    """A migrated database in ``folder``, a store, and a sequencer while it runs."""

    folder: Path
    store: S3Store
    db: Database = field(init=False)

    def __post_init__(self) -> None:
        self.db = Database(self.folder / "liuhen.db", custody.flush)
        self.published, self.tiles = Published(self.folder / "log"), LogTiles(self.db, self.folder / "log")
        self._running: list[Sequencer] = []

    def start(self) -> Sequencer:
        """A sequencer after the start-up checks."""
        start = check_start(self.db, self.store, SIGNER.key, SystemClock(), self.published, self.tiles)
        sequencer = Sequencer(self.db, self.store, SIGNER, SystemClock(), self.published, start, LOCK, KEEP)
        self._running.append(sequencer)
        sequencer.start()
        return sequencer

    def appending(self, count: int) -> Work[int]:
        """The work that appends so many events, some with particulars; it answers the last index."""
        first = self.db.read(custody.size)

        def append(tx: object) -> int:
            clock, index = SystemClock(), -1
            for n in range(first, first + count):
                event, held = CustodyEvent.plain("sta_x", ident("upl", n), opened(n)), None
                if n % 3:
                    event = CustodyEvent.committed("sta_x", ident("upl", n), opened(n), Digest("sha256", bytes(32)))
                    _, held = sealed(event, {"title": f"recording {n}"})
                index = custody.append(cast(custody.Tx, tx), clock, event, held)
            return index

        return append

    def site(self) -> Site:
        """As commands see it."""
        ports = Ports(self.store, cast(Any, None), SIGNER, cast(Any, None), SystemClock())
        return Site(self.db, ports, self._running[-1], self.tiles, SIGNER.key.name)

    def close(self) -> None:
        for sequencer in self._running:
            sequencer.stop()
        self._running.clear()
        self.db.close()


def told(line: str) -> tuple[int, int, str]:
    """(index, size, note) out of what ``sequencing_process`` printed for an answer."""
    _, index, size, note = line.split()
    return int(index), int(size), bytes.fromhex(note).decode()


def answer_line(index: int, tree: SignedTree) -> str:
    return f"answer {index} {tree.size} {tree.note.hex()}"


def require_sound(folder: Path, store: S3Store, answers: Iterable[str]) -> None:
    """Start once more, sign one more leaf; then rows, tiles, locked objects and checkpoints agree, one root stands at a
    size, the store alone gives every leaf, and each answer given before is a prefix of what is signed now."""
    log = RealLog(folder, store)
    try:
        latest = log.start().wait_signed(log.db.write(log.appending(1))).result(60)
        rows = log.db.read(lambda c: c.scalars(select(CUSTODY.c.entry).order_by(CUSTODY.c.idx)).all())
        hashes = [leaf_hash(row) for row in rows]
        assert len(rows) == latest.size
        signed = log.db.read(lambda c: c.execute(select(SIGNED.c.size, SIGNED.c.note)).all())
        given = [told(line) for line in answers]
        for size, note in [(row.size, row.note) for row in signed] + [(size, note.encode()) for _, size, note in given]:
            checkpoint = Checkpoint.parse(open_note(note, [SIGNER.key]))
            assert (checkpoint.size, checkpoint.root) == (size, merkle.root(hashes[:size]))
            path = log.tiles.inclusion(size - 1, latest.size)
            merkle.verify_inclusion(hashes[size - 1], size - 1, latest.size, path, latest.checkpoint.root)
        assert all(index < size for index, size, _ in given)
        assert log.published.get() == latest.note
        assert [leaf.entry for leaf in stored_leaves(store, LOG_ID)] == rows
        outcome = check_log(log.site(), folder / "log")  # `liuhen log check`
        assert outcome.clean, outcome.found.ordered()
        for path in full_paths(latest.size):
            version = oldest(store, log_prefix(LOG_ID) + path)
            assert version is not None, path
            assert whole(store, version) == log.tiles.full(path), path
    finally:
        log.close()
