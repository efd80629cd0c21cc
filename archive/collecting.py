"""What runs on a schedule over locked storage: staged batches that are not needed any more are removed, the locks of
tiles, bundles and anchors are kept far ahead."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import structlog
from sqlalchemy import insert, select, update

from archive.batches import BatchLeaf
from archive.db import Database, Tx
from archive.errors import ArchiveError, Contradiction
from archive.log import PROGRESS, SIGNED
from archive.log_edge import particulars_path
from archive.log_store import log_prefix, oldest, oldest_of, read_bundle, read_staged, staged_spans
from archive.ports import ListedVersion, ObjectState, ObjectStore, ObjectVersion
from archive.proof.tiles import TILE_WIDTH, entries_path
from archive.site import Site

COLLECTED = "collected"
"""Row of ``log_progress``: staged batches of leaves below this may be gone. Written before any is removed."""
ALARM_BELOW = timedelta(days=183)
"""A lock on the log with less than this left is an alarm: the job that extends locks has not run for months."""
HEAD_THREADS = 6
STILL_LOCKED = 16
"""So many batches in a row under lock: later ones were put later and are, too."""

_journal = structlog.get_logger("collecting")


@dataclass(frozen=True)
class LocksKept:
    """``looked``: versions seen; ``extended``: of those, made longer now; ``alarms``: a sentence for each that had too
    little left before, cannot be extended, or is a delete marker or a later version."""

    looked: int
    extended: int
    alarms: tuple[str, ...]


def collect_staged(site: Site) -> int:
    """Remove staged batches whose leaves all lie in full bundles, once their own lock has run out by the store's clock;
    answers how many.

    Before each removal the bundles are read back, compared leaf by leaf with the batch, and must be locked themselves.
    ``Contradiction log.bundle_differs`` when they differ: nothing is removed then. The batch beneath the last
    checkpoint always stays. Limit: a bundle that is spoilt after this look is only found by the next full check.
    """
    store, log_id, now = site.ports.store, site.log_id, site.ports.store.date()
    last = site.db.read(lambda c: c.execute(
        select(SIGNED.c.size, SIGNED.c.staged_key).order_by(SIGNED.c.size.desc()).limit(1)).first())
    if last is None:
        return 0
    full_end = last.size // TILE_WIDTH * TILE_WIDTH
    versions = oldest_of(store.versions(f"staged/{log_id}/"))
    spans = sorted(staged_spans(versions, log_id).items(), key=lambda item: item[1])
    due = _due(store, [versions[key] for key, (first, count) in spans
                       if first + count <= full_end and key != last.staged_key], now)
    if due:
        _note(site.db, full_end)
    bundles, begins = _Bundles(store, log_id, now), {key: first for key, (first, _) in spans}
    for version in due:
        bundles.require_equal(begins[version.key], read_staged(store, log_id, version), version.key)
        store.delete(version)
    return len(due)


def _due(store: ObjectStore, candidates: list[ObjectVersion], now: datetime) -> list[ObjectVersion]:
    due, in_a_row = [], 0
    for version in candidates:
        if _locked(store.head(version), now):
            in_a_row += 1
            if in_a_row == STILL_LOCKED:
                break
        else:
            in_a_row = 0
            due.append(version)
    return due


def extend_locks(site: Site, now: datetime, keep_for: timedelta) -> LocksKept:
    """HEAD everything below ``log/<log id>/`` and lock it until ``now + keep_for`` where a twelfth of that has passed.

    Alarms are answered, not raised, so that one object does not keep the others from being extended.
    Limit: locks are the store's word; a store that says "locked" and is not is found by the lock probe.
    """
    listed = list(site.ports.store.versions(log_prefix(site.log_id)))
    first = oldest_of(listed)
    strays = [_stray(row) for row in listed if first.get(row.version.key) != row.version]
    with ThreadPoolExecutor(HEAD_THREADS, thread_name_prefix="log-lock") as pool:
        outcomes = list(pool.map(partial(_extend, site.ports.store, now, keep_for), first.values()))
    alarms = tuple(strays + [alarm for _, alarm in outcomes if alarm])
    for alarm in alarms:
        _journal.error("locks.alarm", reason=alarm)
    return LocksKept(len(listed), sum(extended for extended, _ in outcomes), alarms)


class _Bundles:
    """Full bundles read back from the store, the last one kept for the next batch."""

    def __init__(self, store: ObjectStore, log_id: str, now: datetime) -> None:
        self._store, self._log_id, self._now = store, log_id, now
        self._number, self._leaves = -1, list[BatchLeaf]()

    def require_equal(self, first: int, leaves: list[BatchLeaf], key: str) -> None:
        """``Contradiction log.bundle_differs`` unless the bundles hold exactly these leaves from index ``first``."""
        for index, leaf in enumerate(leaves, first):
            if self._leaf(index) != leaf:
                raise Contradiction("log.bundle_differs", f"leaf {index} is another in {key} than in its full bundle: "
                                    "nothing is removed. Keep the store as evidence, find out which one was signed.")

    def _leaf(self, index: int) -> BatchLeaf:
        number, place = divmod(index, TILE_WIDTH)
        if number != self._number:
            prefix = log_prefix(self._log_id)
            keys = [prefix + path for path in (entries_path(number), particulars_path(number))]
            listed = {key: version for key in keys if (version := oldest(self._store, key)) is not None}
            self._leaves, self._number = read_bundle(self._store, self._log_id, number, listed), number
            for version in listed.values():
                if not _locked(self._store.head(version), self._now):
                    raise Contradiction("object.lock_weak", f"{version.key} is not locked: what it would replace stays")
        return self._leaves[place]


def _extend(store: ObjectStore, now: datetime, keep_for: timedelta, version: ObjectVersion) -> tuple[bool, str]:
    """(extended, alarm or "")."""
    try:
        state = store.head(version)
        left = timedelta(0) if state.lock_until is None else state.lock_until - now
        alarm = f"{version.key} had a lock of only {left} left" if left < min(ALARM_BELOW, keep_for / 2) else ""
        if left >= keep_for * 11 / 12:
            return False, alarm
        store.extend_lock(version, now + keep_for)
        return True, alarm
    except ArchiveError as fault:
        return False, f"{version.key} could not be locked further: {fault.message}"


def _stray(row: ListedVersion) -> str:
    what = "a delete marker" if row.is_marker else "a later version"
    return f"{row.version.key} has {what} ({row.version.version_id}): somebody wrote there; the first counts"


def _locked(state: ObjectState, now: datetime) -> bool:
    return state.legal_hold or (state.lock_until is not None and state.lock_until >= now)


def _note(db: Database, size: int) -> None:
    def work(tx: Tx) -> None:
        if tx.execute(update(PROGRESS).where(PROGRESS.c.name == COLLECTED).values(size=size)).rowcount == 0:
            tx.execute(insert(PROGRESS).values(name=COLLECTED, size=size))

    db.write(work)
