"""Anchoring: every so often the newest checkpoint goes under time-stamps and is locked in the store (LOG.md "Time").

A stamp says that these bytes existed at its time, on the word of its authority: nothing about what happened before.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

import structlog
from sqlalchemy import insert, select

from archive.anchors import (
    ANCHOR,
    AnchorName,
    AnchorObject,
    FurtherStamps,
    Stamps,
    anchor_key,
    anchors,
    gen_time_over,
    last_layer,
    latest,
    read_anchor,
)
from archive.db import Database, Tx
from archive.errors import ArchiveError, Contradiction, NotFound, Unavailable
from archive.log import SIGNED, SignedTree
from archive.outside_ports import TimeAuthority
from archive.ports import Clock, ObjectStore, ObjectVersion
from archive.proof.checkpoint import Checkpoint
from archive.proof.digest import Digest
from archive.stamping import Asked, Stamping, disagreement, store_reading

LOOK_S = 1.0
"""How often a new checkpoint is looked for at least."""
AGAIN_S = 60.0
"""How soon at the latest it is tried again when nothing could be anchored."""

_journal = structlog.get_logger("anchoring")


@dataclass(frozen=True)
class Anchored:
    """A checkpoint that is locked in the store, with the stamps over its exact note; none where no authority is
    configured: the lock alone proves no time. ``at`` is our clock's claim."""

    tree: SignedTree
    stamps: Stamps
    at: datetime


@dataclass(frozen=True)
class _Made:
    """Ready to be locked; kept until it is, so that a lost answer is asked for again with equal bytes."""

    anchored: Anchored
    data: bytes
    stamped_at: datetime | None
    lock_until: datetime


class Anchoring:
    """A thread that anchors the newest tree ``source`` gives, at most once per ``every``, the first one at once.

    ``source`` answers the newest tree worth anchoring: cosigned where there are cosigners, else signed. One stamp of
    several authorities is enough; who gave none is in ``failing`` and is asked again next time. None at all, or clocks
    that disagree: nothing is locked and it is tried again soon. Limit: clocks are compared when there is something to
    anchor, and while they disagree; what happens between two anchors is seen at the next.
    """

    def __init__(self, db: Database, store: ObjectStore, clock: Clock, source: Callable[[], SignedTree | None],
                 authorities: Sequence[TimeAuthority], log_id: str, every: timedelta, lock_for: timedelta) -> None:
        self._db, self._store, self._clock, self._source = db, store, clock, source
        self._authorities = {authority.name: authority for authority in authorities}
        self._stamping = Stamping(tuple(self._authorities.values()), clock)
        self._log_id, self._every_s, self._lock_for = log_id, every.total_seconds(), lock_for
        self._latest: Anchored | None = None
        self._clock_fault: str | None = None
        self._failing: dict[str, str] = {}
        self._trouble: str | None = None
        self._made: _Made | None = None
        self._next_at = clock.monotonic()
        self._asking = threading.Lock()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="anchoring", daemon=True)

    def start(self) -> None:
        """Begin; what an earlier run anchored is taken up first."""
        self._thread.start()

    def stop(self) -> None:
        """End after the step at hand; an authority that hangs is waited for, half a minute at most."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    @property
    def latest(self) -> Anchored | None:
        """The newest anchor, or None before the first."""
        return self._latest

    @property
    def clock_fault(self) -> str | None:
        """Which clocks are more than 60 s apart, as a clause; None when they last agreed. Accession, disposition and
        locks wait meanwhile. An authority that has gone silent does not end a disagreement."""
        return self._clock_fault

    @property
    def failing(self) -> dict[str, str]:
        """Authorities that gave no stamp when last asked, each with the reason."""
        return dict(self._failing)

    @property
    def trouble(self) -> str | None:
        """Why the newest checkpoint is not anchored though it is due; None while all goes well."""
        return self._trouble

    def restamp(self, size: int) -> ObjectVersion:
        """Put fresh stamps over the whole newest object of the anchor at ``size``, as ``<size>.<n>``: before an
        authority's certificate or an algorithm ends. Repeating it adds another layer.

        ``NotFound anchor.absent``, ``Unavailable time.unavailable | clock.disagrees``.
        Limit: all is SHA-256; should that fall, the entries themselves must be hashed anew.
        """
        over, number, beneath = last_layer(self._store, self._log_id, size)
        asked, shown = self._read_clocks(beneath)
        if self._clock_fault is not None:
            raise Unavailable("clock.disagrees", f"the clocks disagree ({self._clock_fault}): nothing is locked",
                              retry_after=60)
        if not asked.stamps:
            raise self._no_stamp()
        further = FurtherStamps(over, Digest("sha256", sha256(beneath).digest()), _pairs(asked), shown,
                                self._clock.now())
        return self._store.put(anchor_key(self._log_id, size, number + 1), further.encode(), shown + self._lock_for)

    def _run(self) -> None:
        pause = 0.0
        took_up = False
        while not self._stopping.wait(min(pause, LOOK_S)):
            try:
                if not took_up:
                    self._take_up()
                    took_up = True
                pause = self._turn()
            except ArchiveError as fault:
                pause = self._delayed(fault.code, fault.message)
            except Exception as fault:  # a fault of ours must not end anchoring for good, unseen
                pause = self._delayed("anchor.failed", repr(fault))

    def _delayed(self, code: str, reason: str) -> float:
        pause = min(self._every_s, AGAIN_S)
        _journal.warning("anchor.delayed", code=code, reason=reason, retry_in_s=pause)
        self._trouble, self._next_at = reason, self._clock.monotonic() + pause
        return pause

    def _turn(self) -> float:
        """Anchor what is due; answers how long to wait."""
        if self._clock.monotonic() < self._next_at:
            return self._next_at - self._clock.monotonic()
        if self._made is None:
            tree = self._source()
            if tree is None or (self._latest and tree.checkpoint.size <= self._latest.tree.checkpoint.size):
                return self._looked_again()
            self._made = self._stamped(tree)
        self._lock(self._made)
        self._made = self._trouble = None
        self._next_at = self._clock.monotonic() + self._every_s
        return self._every_s

    def _looked_again(self) -> float:
        """Nothing is due; a disagreement seen meanwhile (by ``restamp``) must still come to its end."""
        if self._clock_fault is None or self._latest is None:
            return LOOK_S
        self._read_clocks(self._latest.tree.note)
        pause = min(self._every_s, AGAIN_S)
        self._next_at = self._clock.monotonic() + pause
        return pause

    def _stamped(self, tree: SignedTree) -> _Made:
        asked, shown = self._read_clocks(tree.note)
        if self._clock_fault is not None:
            raise Unavailable("clock.disagrees", f"the clocks disagree ({self._clock_fault}): nothing is locked")
        if self._authorities and not asked.stamps:
            raise self._no_stamp()
        at = self._clock.now()
        held = AnchorObject(tree.checkpoint.size, tree.note, _pairs(asked), shown, at)
        # The store's clock decides how long a lock holds, so the lock is counted from what it shows.
        return _Made(Anchored(tree, held.stamps, at), held.encode(),
                     min((stamp.gen_time for stamp in asked.stamps), default=None), shown + self._lock_for)

    def _read_clocks(self, message: bytes) -> tuple[Asked, datetime]:
        """Stamps over ``message`` and the store's date; notes which clocks and authorities are off."""
        with self._asking:
            asked = self._stamping.ask(message)
        self._failing = asked.failing
        for name, reason in asked.failing.items():
            _journal.warning("anchor.no_stamp", authority=name, reason=reason)
        shown, reading = store_reading(self._store, self._clock)
        fault = disagreement([reading, *(stamp.reading for stamp in asked.stamps)])
        if fault is not None:
            _journal.error("clock.disagrees", clocks=fault)
        if fault is not None or asked.stamps or not self._authorities:
            self._clock_fault = fault
        return asked, shown

    def _no_stamp(self) -> Unavailable:
        reasons = "; ".join(f"{name}: {reason}" for name, reason in self._failing.items())
        return Unavailable("time.unavailable", f"no time-stamp authority gives a stamp ({reasons or 'none is set'})")

    def _lock(self, made: _Made) -> None:
        """Bytes locked, then the row. A crash between leaves an object without a row: ``_take_up`` finds it."""
        size = made.anchored.tree.checkpoint.size
        try:
            version = self._store.put(anchor_key(self._log_id, size), made.data, made.lock_until)
        except Contradiction as fault:
            if fault.code != "object.differs":
                raise
            self._made = None  # an earlier run's, or not ours at all
            self._adopt(next(n for n in anchors(self._store, self._log_id) if (n.size, n.number) == (size, 0)))
            return
        self._note(made.anchored, made.stamped_at, version)

    def _note(self, anchored: Anchored, stamped_at: datetime | None, version: ObjectVersion) -> None:
        def keep(tx: Tx) -> None:
            size = anchored.tree.checkpoint.size
            if tx.execute(select(ANCHOR.c.size).where(ANCHOR.c.size == size)).first() is None:
                tx.execute(insert(ANCHOR).values(size=size, at=anchored.at, stamped_at=stamped_at,
                                                 object_key=version.key, version_id=version.version_id))

        self._db.write(keep)
        if self._latest is None or self._latest.tree.checkpoint.size < anchored.tree.checkpoint.size:
            self._latest = anchored

    def _take_up(self) -> None:
        """What earlier runs anchored: the newest row's, and objects whose row a crash prevented."""
        row = latest(self._db)
        if row is not None:
            held = read_anchor(self._store, self._log_id, row.size, row.version)
            self._latest = Anchored(self._tree_of(held), held.stamps, held.at)
        known = set(self._db.read(lambda c: c.scalars(select(ANCHOR.c.size)).all()))
        for name in anchors(self._store, self._log_id):
            if name.number == 0 and name.size not in known:
                self._adopt(name)

    def _adopt(self, name: AnchorName) -> None:
        """Make the row of an anchor found in the store. One that does not hold stays there, without a row."""
        try:
            held = read_anchor(self._store, self._log_id, name.size, name.version)
            times = [self._time_of(authority, response, held.checkpoint) for authority, response in held.stamps]
            anchored = Anchored(self._tree_of(held), held.stamps, held.at)
        except (Contradiction, NotFound) as fault:
            _journal.error("anchor.not_ours", size=name.size, code=fault.code, reason=fault.message)
            return
        self._note(anchored, min(times, default=None), name.version)

    def _time_of(self, authority: str, response: bytes, message: bytes) -> datetime:
        """genTime of a stored stamp; of an authority that is configured no longer only what the stamp states."""
        known = self._authorities.get(authority)
        return gen_time_over(response, message) if known is None else known.verify(response, message)

    def _tree_of(self, held: AnchorObject) -> SignedTree:
        """The tree of a stored anchor, which must be the one signed at its size."""
        row = self._db.read(lambda c: c.execute(select(SIGNED).where(SIGNED.c.size == held.size)).first())
        text = held.checkpoint.rpartition(b"\n\n")[0] + b"\n"
        if row is None or bytes(row.note).rpartition(b"\n\n")[0] + b"\n" != text:
            raise Contradiction("anchor.differs", f"the anchor at size {held.size} is over another checkpoint than was "
                                "signed: the database or the store was exchanged")
        origin = text.decode("utf-8").partition("\n")[0]
        return SignedTree(Checkpoint(origin, held.size, row.root), held.checkpoint)


def _pairs(asked: Asked) -> Stamps:
    return tuple((stamp.authority, stamp.response) for stamp in asked.stamps)
