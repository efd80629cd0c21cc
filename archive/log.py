"""The sequencer: rows → one locked staged batch → signed checkpoint by compare-and-swap → published (LOG.md).

One sequencer per log. No index leaves this process for a receipt or reader before its batch is staged and its
checkpoint signed: lose the database right after a receipt, and nothing is lost.
"""

import threading
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import insert, select

from archive import batches
from archive.batches import BatchLeaf
from archive.columns import table
from archive.custody import CUSTODY, SEALED
from archive.db import Database, Tx
from archive.errors import ArchiveError, Contradiction, Unavailable
from archive.log_tables import SignedCheckpoint
from archive.ports import Clock, ObjectStore, ObjectVersion, Signer
from archive.proof.checkpoint import Checkpoint
from archive.proof.merkle import Frontier, leaf_hash
from archive.proof.note import sign_note
from archive.published import Published
from archive.stop_points import reach

SIGNED = table(SignedCheckpoint)
BATCH = 1024
"""Leaves in one batch at most (LOG.md step 1)."""
BEHIND_FOR_PUBLICATION = timedelta(seconds=10)
"""Acts that wait for publication are refused with 503 when the oldest unpublished event is older than this."""

IDLE_LOOK_S = 1.0
"""How often rows committed by another process (a command beside the service) are looked for."""

_journal = structlog.get_logger("log")


@dataclass(frozen=True)
class SignedTree:
    """A signed state of the log: the checkpoint and its note as published."""

    checkpoint: Checkpoint
    note: bytes


@dataclass(frozen=True)
class LogStart:
    """Where the sequencer goes on: the right edge at the last signed size, that signed tree, and the count of a batch
    that was staged just before a crash and never signed: it is signed first, as it was staged."""

    frontier: Frontier
    tree: SignedTree | None = None
    staged_count: int | None = None


class Sequencer:
    """Integrates rows as they are committed; ``wait_signed`` answers when a leaf is covered by a signed checkpoint.

    A batch that cannot be staged is tried again; a contradiction stops the sequencer for good, with its reason.
    """

    def __init__(self, db: Database, store: ObjectStore, signer: Signer, clock: Clock, published: Published,
                 start: LogStart | None, lock_for: timedelta) -> None:
        start = start or LogStart(Frontier())
        self._db, self._store, self._signer, self._clock = db, store, signer, clock
        self._published, self._lock_for = published, lock_for
        self._frontier, self._signed, self._staged_count = start.frontier, start.tree, start.staged_count
        self._wake = threading.Event()
        self._stopping = False
        self._waiting: list[tuple[int, Future[SignedTree]]] = []
        self._gate = threading.Lock()
        self._stopped_by: Contradiction | None = None
        self._behind_since: float | None = None
        self._thread = threading.Thread(target=self._run, name="sequencer", daemon=True)
        db.on_commit(self._wake.set)

    def start(self) -> None:
        """Begin integrating, with what is already committed."""
        if self._signed is not None and self._published.get() != self._signed.note:
            self._published.put(self._signed.note)  # the last run ended between signing and publishing
        self._wake.set()
        self._thread.start()

    def stop(self) -> None:
        """Finish the batch at hand and end; those still waiting get ``Unavailable log.stopping``."""
        self._stopping = True
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join()
        self._fail_waiting(Unavailable("log.stopping", "the service is stopping; ask again"))

    @property
    def signed(self) -> SignedTree | None:
        """The latest signed and staged state, or None before the first leaf."""
        return self._signed

    def wait_signed(self, index: int) -> "Future[SignedTree]":
        """A signed tree that covers leaf ``index``; the future fails with the contradiction that stopped the log."""
        answer: Future[SignedTree] = Future()
        with self._gate:
            if self._signed is not None and index < self._signed.checkpoint.size:
                answer.set_result(self._signed)
            elif self._stopped_by is not None:
                answer.set_exception(self._stopped_by)
            elif self._stopping:
                answer.set_exception(Unavailable("log.stopping", "the service is stopping; ask again"))
            else:
                self._waiting.append((index, answer))
        return answer

    def require_fresh(self) -> None:
        """``Unavailable log.behind`` when the oldest unpublished event is older than 10 s (what waits for what)."""
        since = self._behind_since
        if self._stopped_by is not None:
            raise Unavailable("log.stopped", f"the log has stopped: {self._stopped_by.message}", retry_after=60)
        if since is not None and self._clock.monotonic() - since > BEHIND_FOR_PUBLICATION.total_seconds():
            raise Unavailable("log.behind", "the log cannot be published now; nothing is lost, try again later")

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
                pause = min(5.0, pause * 2 or 0.1)
                _journal.warning("log.batch_delayed", code=fault.code, reason=fault.message, retry_in_s=pause)
            except Exception as fault:
                # A disk that fails under the published file, or a fault of ours: after either, stop and say so.
                self._stop_for_good(Contradiction("log.halted", f"the sequencer failed ({fault!r}); find the cause "
                                                  "and restart: what is signed stays signed"))
                return

    def _integrate(self) -> bool:
        """One batch through the commit protocol; False when there was nothing to do."""
        rows = self._rows()
        if not rows:
            return False
        self._behind_since = self._behind_since or self._clock.monotonic()
        first, frontier = self._frontier.size, self._frontier.copy()
        frontier.extend(_rehash(first, rows))
        now = self._clock.now()
        staged = self._stage(first, rows, now)
        reach("after_stage")
        tree = self._sign(frontier)
        self._commit(first, tree, staged, now)  # commit point of the log
        reach("after_sign")
        self._frontier, self._signed, again = frontier, tree, self._staged_count is not None
        self._staged_count = None
        self._published.put(tree.note)
        self._behind_since = None
        self._answer(tree)
        return again or len(rows) == BATCH

    def _rows(self) -> Sequence[Any]:
        first, count = self._frontier.size, self._staged_count or BATCH
        query = (select(CUSTODY.c.idx, CUSTODY.c.entry, CUSTODY.c.leaf_hash, SEALED.c.scope, SEALED.c.sealed)
                 .join_from(CUSTODY, SEALED, CUSTODY.c.idx == SEALED.c.idx, isouter=True)
                 .where(CUSTODY.c.idx >= first).order_by(CUSTODY.c.idx).limit(count))
        return self._db.read(lambda c: c.execute(query).all())

    def _stage(self, first: int, rows: Sequence[Any], now: datetime) -> ObjectVersion:
        log_id = self._signer.key.name.rsplit("/", 1)[-1]
        data = batches.encode_batch(
            log_id, first, [BatchLeaf(row.entry, row.scope or "", row.sealed or b"") for row in rows])
        return self._store.put(batches.staged_key(log_id, first, len(rows)), data, now + self._lock_for)

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

        self._db.write(swap)

    def _answer(self, tree: SignedTree) -> None:
        with self._gate:
            ready = [answer for index, answer in self._waiting if index < tree.checkpoint.size]
            self._waiting = [w for w in self._waiting if w[0] >= tree.checkpoint.size]
        for answer in ready:
            if answer.set_running_or_notify_cancel():  # a caller may have given up waiting
                answer.set_result(tree)

    def _stop_for_good(self, fault: Contradiction) -> None:
        _journal.error("log.stopped", code=fault.code, reason=fault.message)
        self._stopped_by = fault
        self._fail_waiting(fault)

    def _fail_waiting(self, fault: ArchiveError) -> None:
        with self._gate:
            waiting, self._waiting = self._waiting, []
        for _, answer in waiting:
            if answer.set_running_or_notify_cancel():
                answer.set_exception(fault)


def _rehash(first: int, rows: Sequence[Any]) -> list[bytes]:
    """Leaf hashes of the stored bytes, compared with what was stored beside them."""
    hashes = []
    for index, row in enumerate(rows, first):
        if row.idx != index or leaf_hash(row.entry) != row.leaf_hash:
            raise Contradiction("log.row_changed", f"custody row {row.idx} is not what was committed at index {index}")
        hashes.append(row.leaf_hash)
    return hashes
