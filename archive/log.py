"""The sequencer: rows → one locked staged batch → signed checkpoint by compare-and-swap → locked tiles → published
(LOG.md). One per log. No index leaves this process for a receipt or reader before its batch is staged and its
checkpoint signed: lose the database right after a receipt, and nothing is lost."""

import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import insert, select, update

from archive import batches
from archive.batches import BatchLeaf
from archive.columns import table
from archive.custody import CUSTODY, SEALED
from archive.db import Database, Tx
from archive.errors import ArchiveError, Contradiction, Unavailable
from archive.log_edge import Full, TileEdge
from archive.log_store import LogStore
from archive.log_tables import LogProgress, SignedCheckpoint
from archive.log_waiting import Waiting
from archive.ports import Clock, ObjectStore, ObjectVersion, Signer
from archive.proof.checkpoint import Checkpoint
from archive.proof.merkle import Frontier, leaf_hash
from archive.proof.note import sign_note
from archive.proof.tiles import TILE_WIDTH
from archive.published import Published
from archive.stop_points import reach

SIGNED, PROGRESS = table(SignedCheckpoint), table(LogProgress)
BATCH = 1024
"""Leaves in one batch at most (LOG.md step 1)."""
LOCKED = "locked"
"""Row of ``log_progress``: up to this many leaves, full tiles and bundles were put. A hint for the next start."""
IDLE_LOOK_S = 1.0
"""How often rows committed by another process (a command beside the service) are looked for."""

_journal = structlog.get_logger("log")


@dataclass(frozen=True)
class SignedTree:
    """A signed state of the log: the checkpoint and its note as published."""

    checkpoint: Checkpoint
    note: bytes

    @property
    def size(self) -> int:
        """Leaves it covers."""
        return self.checkpoint.size


@dataclass(frozen=True)
class LogStart:
    """Where the sequencer goes on: the right edge at the last signed size, that signed tree, and the count of a batch
    that was staged just before a crash and never signed: it is signed first, as it was staged.

    ``missing``: paths of full tiles and bundles to be put (again), read by ``read_full``. ``unconfirmed``: still to be
    asked for the largest size anybody outside knows, before anything is signed.
    """

    frontier: Frontier = field(default_factory=Frontier)
    tree: SignedTree | None = None
    staged_count: int | None = None
    edge: TileEdge = field(default_factory=TileEdge)
    missing: tuple[str, ...] = ()
    read_full: Callable[[str], bytes] | None = None
    unconfirmed: Callable[[], int | None] | None = None


@dataclass(frozen=True)
class LogHealth:
    """``behind_s``: seconds for which rows have been waiting to be published, 0.0 when none do."""

    behind_s: float
    stopped_by: Contradiction | None
    unconfirmed: bool


@dataclass(frozen=True)
class _Unpublished:
    """A tree that is signed (past the commit point) and not yet published; ``full`` is what it completes."""

    tree: SignedTree
    full: Sequence[Full]
    at: datetime
    more: bool


class Sequencer:
    """Integrates rows as they are committed; ``wait_signed`` answers when a leaf is covered by a published checkpoint.

    What cannot be staged or locked is tried again; a contradiction stops the sequencer for good, with its reason.
    ``on_signed``: called with each tree after it is published, from the sequencer's thread; must return at once.
    ``before_staging``: called with the scopes of each batch and the time; what it raises delays the batch.
    """

    def __init__(self, db: Database, store: ObjectStore, signer: Signer, clock: Clock, published: Published,
                 start: LogStart | None, lock_for: timedelta, keep_for: timedelta) -> None:
        """``lock_for``: how far ahead staged batches are locked; ``keep_for``: the same of tiles and bundles."""
        self._begin = start or LogStart()
        self._db, self._store, self._signer, self._clock = db, store, signer, clock
        self._published, self._lock_for, self._keep_for = published, lock_for, keep_for
        self._frontier, self._edge, self._signed = self._begin.frontier, self._begin.edge, self._begin.tree
        self._staged_count, self._unconfirmed = self._begin.staged_count, self._begin.unconfirmed
        self._log_id = signer.key.name.rsplit("/", 1)[-1]
        self._locked = LogStore(store, self._log_id)
        self._unpublished: _Unpublished | None = None
        self._hinted = -1
        self.on_signed: list[Callable[[SignedTree], None]] = []
        self.before_staging: list[Callable[[Iterable[str], datetime], None]] = []
        self._wake, self._stopping = threading.Event(), False
        self._waiting: Waiting[SignedTree] = Waiting()
        self._stopped_by: Contradiction | None = None
        self._behind_since: float | None = None
        self._thread = threading.Thread(target=self._run, name="sequencer", daemon=True)
        db.on_commit(self._wake.set)

    def start(self) -> None:
        """Put what the last run left out, then begin integrating; ``Unavailable`` when the store does not take it."""
        if self._begin.read_full is not None and self._begin.missing:
            self._locked.put_again(self._begin.missing, self._begin.read_full, self._clock.now() + self._keep_for)
        if self._signed is not None:
            if self._published.get() != self._signed.note:
                self._published.put(self._signed.note)  # the last run ended between signing and publishing
            self._waiting.answer(self._signed)
        self._wake.set()
        self._thread.start()

    def stop(self) -> None:
        """Finish the batch at hand and end; those still waiting get ``Unavailable log.stopping``."""
        self._stopping = True
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join()
        self._waiting.close(Unavailable("log.stopping", "the service is stopping; ask again"))
        self._locked.close()

    @property
    def signed(self) -> SignedTree | None:
        """The latest published state, or None before the first leaf."""
        return self._signed

    def wait_signed(self, index: int) -> "Future[SignedTree]":
        """A signed tree that covers leaf ``index``; the future fails with the contradiction that stopped the log."""
        return self._waiting.wait(index)

    @property
    def health(self) -> LogHealth:
        """How far behind the log is, and why it does not go on; ``archive.publication`` draws the consequences."""
        since = self._behind_since
        return LogHealth(0.0 if since is None else self._clock.monotonic() - since, self._stopped_by,
                         self._unconfirmed is not None)

    def _run(self) -> None:
        pause = 0.0
        while not self._stopping:
            self._wake.wait(timeout=pause or IDLE_LOOK_S)
            self._wake.clear()
            try:
                while not self._stopping and self._integrate():
                    pause = 0.0
                pause = 0.0
            except Contradiction as fault:
                self._stop_for_good(fault)
                return
            except ArchiveError as fault:
                if fault.code == "database.halted":  # after an I/O error: stop, do not retry
                    self._stop_for_good(Contradiction("log.halted", fault.message))
                    return
                pause = min(5.0, pause * 2 or 0.1)
                _journal.warning("log.batch_delayed", code=fault.code, reason=fault.message, retry_in_s=pause)
            except Exception as fault:
                # A disk that fails under the published file, or a fault of ours: after either, stop and say so.
                self._stop_for_good(Contradiction("log.halted", f"the sequencer failed ({fault!r}); find the cause "
                                                  "and restart: what is signed stays signed"))
                return

    def _integrate(self) -> bool:
        """One batch through the commit protocol; False when there is nothing more to do now."""
        if self._unpublished is None:
            self._confirm()
            rows = self._rows()
            if not rows:
                return False
            self._behind_since = self._behind_since or self._clock.monotonic()
            self._sign_batch(rows)
        return self._publish()

    def _sign_batch(self, rows: Sequence[Any]) -> None:
        """Steps 1 to 3: hash again, stage, compare-and-swap the signed checkpoint."""
        first, now = self._frontier.size, self._clock.now()
        frontier, edge = self._frontier.copy(), self._edge.copy()
        hashes, leaves = _rehash(first, rows), _leaves(rows)
        frontier.extend(hashes)
        full = edge.extend(hashes, leaves)
        for call in self.before_staging:
            call({leaf.scope for leaf in leaves}, now)
        staged = self._stage(first, leaves, now)
        reach("after_stage")
        tree = self._sign(frontier)
        self._commit(first, tree, staged, now)  # commit point of the log
        reach("after_sign")
        more = self._staged_count is not None or len(rows) == BATCH
        self._frontier, self._edge, self._staged_count = frontier, edge, None
        self._unpublished = _Unpublished(tree, full, now, more)

    def _publish(self) -> bool:
        """Steps 4 and 5 of what is signed, repeated until they hold: lock what is full, publish, answer."""
        todo = self._unpublished
        if todo is None:
            return False
        if todo.full:
            self._locked.put(todo.full, todo.at + self._keep_for)
        self._published.put(todo.tree.note)
        reach("after_publish")
        self._signed, self._unpublished, self._behind_since = todo.tree, None, None
        self._waiting.answer(todo.tree)
        for call in self.on_signed:
            call(todo.tree)
        return todo.more

    def _confirm(self) -> None:
        """Nobody outside knows more leaves than we signed; asked until somebody answers, then never again."""
        if self._unconfirmed is not None:
            require_confirmed(self._unconfirmed(), self._frontier.size)
            self._unconfirmed = None

    def _rows(self) -> Sequence[Any]:
        first, count = self._frontier.size, self._staged_count or BATCH
        query = (select(CUSTODY.c.idx, CUSTODY.c.entry, CUSTODY.c.leaf_hash, SEALED.c.scope, SEALED.c.sealed)
                 .join_from(CUSTODY, SEALED, CUSTODY.c.idx == SEALED.c.idx, isouter=True)
                 .where(CUSTODY.c.idx >= first).order_by(CUSTODY.c.idx).limit(count))
        return self._db.read(lambda c: c.execute(query).all())

    def _stage(self, first: int, leaves: Sequence[BatchLeaf], now: datetime) -> ObjectVersion:
        data = batches.encode_batch(self._log_id, first, leaves)
        return self._store.put(batches.staged_key(self._log_id, first, len(leaves)), data, now + self._lock_for)

    def _sign(self, frontier: Frontier) -> SignedTree:
        checkpoint = Checkpoint(self._signer.key.name, frontier.size, frontier.root())
        return SignedTree(checkpoint, sign_note(checkpoint.text(), [self._signer]))

    def _commit(self, old_size: int, tree: SignedTree, staged: ObjectVersion, now: datetime) -> None:
        """Compare-and-swap old size → new size; a second sequencer loses here and stops."""

        def swap(tx: Tx) -> None:
            last = tx.execute(select(SIGNED.c.size, SIGNED.c.at).order_by(SIGNED.c.size.desc()).limit(1)).first()
            if (0 if last is None else last.size) != old_size:
                raise Contradiction("log.second_sequencer", "another sequencer signed this log; this one stops")
            if last is not None and now < last.at - timedelta(seconds=1):
                raise Unavailable("clock.back", "this machine's clock is behind the last checkpoint; set it right")
            tx.execute(insert(SIGNED).values(
                size=tree.checkpoint.size, root=tree.checkpoint.root, note=tree.note, at=now,
                staged_key=staged.key, staged_version=staged.version_id))
            self._hint(tx, old_size - old_size % TILE_WIDTH)  # what came before this batch is locked

        self._db.write(swap)

    def _hint(self, tx: Tx, size: int) -> None:
        """Note how far locking has come, in a transaction that is made anyway."""
        if size != self._hinted:
            if tx.execute(update(PROGRESS).where(PROGRESS.c.name == LOCKED).values(size=size)).rowcount == 0:
                tx.execute(insert(PROGRESS).values(name=LOCKED, size=size))
            self._hinted = size

    def _stop_for_good(self, fault: Contradiction) -> None:
        _journal.error("log.stopped", code=fault.code, reason=fault.message)
        self._stopped_by = fault
        self._waiting.close(fault)


def require_confirmed(known: int | None, size: int) -> None:
    """``known``: the largest size anybody outside has seen, None when nobody answers (``Unavailable
    log.unconfirmed``). ``Contradiction log.rolled_back`` when it is more than the ``size`` we signed."""
    if known is None:
        raise Unavailable("log.unconfirmed", "no cosigner answers: whether this log is whole cannot be told, so "
                          "nothing is signed; see to the network or to log.policy", retry_after=30)
    if known > size:
        raise Contradiction("log.rolled_back", f"a cosigner knows {known} leaves of this log but only {size} are "
                            "signed here: database and store are behind (restored?). Put the newer ones back, or "
                            "rebuild from a second copy; do not go on.")


def _leaves(rows: Sequence[Any]) -> list[BatchLeaf]:
    return [BatchLeaf(entry, scope or "", sealed or b"") for _, entry, _, scope, sealed in rows]


def _rehash(first: int, rows: Sequence[Any]) -> list[bytes]:
    """Leaf hashes of the stored bytes, compared with what was stored beside them."""
    hashes = []
    for index, (idx, entry, kept, *_) in enumerate(rows, first):
        if idx != index or leaf_hash(entry) != kept:
            raise Contradiction("log.row_changed", f"custody row {idx} is not what was committed at index {index}")
        hashes.append(kept)
    return hashes
