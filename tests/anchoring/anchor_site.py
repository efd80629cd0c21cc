"""Signed trees over a real database, anchored by authorities that can be silenced, slowed or put out of time."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import ledger
from ledger import LOG_ID, ORIGIN, SIGNER, SetClock
from specimen_events import ident, opened
from sqlalchemy import insert, select

from archive.anchoring import Anchored, Anchoring
from archive.anchors import ANCHOR, AnchorRow, covering
from archive.db import Database
from archive.entries import CustodyEvent
from archive.errors import Unavailable
from archive.log import SIGNED, SignedTree
from archive.outside_ports import TimeAuthority
from archive.ports import ObjectStore
from archive.proof.checkpoint import Checkpoint
from archive.proof.note import sign_note

LOCK_FOR = timedelta(days=396)


class MovedClock:
    """``Clock`` that is off by ``moved``."""

    def __init__(self) -> None:
        self.moved = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.moved

    def monotonic(self) -> float:
        return time.monotonic()


class Between:
    """A real authority behind a line that a test cuts, clogs or bends: what reality will not do on order."""

    def __init__(self, real: TimeAuthority, name: str = "") -> None:
        self._real, self._name = real, name or real.name
        self.down, self.moved, self.asked = False, timedelta(), 0
        self.clear = threading.Event()
        self.clear.set()

    @property
    def name(self) -> str:
        return self._name

    def stamp(self, message: bytes) -> bytes:
        self.asked += 1
        self.clear.wait(20)
        if self.down:
            raise Unavailable("time.unavailable", "down on order")
        return self._real.stamp(message)

    def verify(self, response: bytes, message: bytes) -> datetime:
        return self._real.verify(response, message) + self.moved


@dataclass
class AnchorSite:
    """A log that grows by ``grow`` and anchorings that come and go over it."""

    db: Database
    store: ObjectStore
    clock: MovedClock = field(default_factory=MovedClock)
    wall: SetClock = field(default_factory=SetClock)
    tree: SignedTree | None = None
    running: list[Anchoring] = field(default_factory=list)

    def grow(self, size: int) -> SignedTree:
        """Sign a tree of ``size`` leaves; it is what ``source`` gives from now on."""
        for number in range(self.tree.checkpoint.size if self.tree else 0, size):
            ledger.write(self.db, self.wall, CustodyEvent.plain("sta_x", ident("upl", number), opened(number)))
        checkpoint = Checkpoint(ORIGIN, size, sha256(str(size).encode()).digest())
        note = sign_note(checkpoint.text(), [SIGNER])
        self.db.write(lambda tx: tx.execute(insert(SIGNED).values(
            size=size, root=checkpoint.root, note=note, at=self.clock.now(), staged_key="k", staged_version="v")))
        self.tree = SignedTree(checkpoint, note)
        return self.tree

    def anchoring(self, authorities: Sequence[TimeAuthority], every_s: float = 0.1) -> Anchoring:
        """A fresh one, running."""
        made = Anchoring(self.db, self.store, self.clock, lambda: self.tree, authorities, LOG_ID,
                         timedelta(seconds=every_s), LOCK_FOR)
        self.running.append(made)
        made.start()
        return made

    def stop(self) -> None:
        for one in self.running:
            one.stop()
        self.running.clear()

    def anchored(self, anchoring: Anchoring, size: int) -> Anchored:
        """The latest anchor once it is of this size."""
        until(lambda: anchoring.latest is not None and anchoring.latest.tree.checkpoint.size >= size)
        assert anchoring.latest is not None
        return anchoring.latest

    def rows(self) -> list[int]:
        return list(self.db.read(lambda c: c.scalars(select(ANCHOR.c.size).order_by(ANCHOR.c.size)).all()))

    def covering(self, leaf: int) -> AnchorRow:
        row = covering(self.db, leaf)
        assert row is not None
        return row


def until(holds: Callable[[], bool], patience_s: float = 15.0) -> None:
    """Wait for something the thread does."""
    deadline = time.monotonic() + patience_s
    while not holds():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)
