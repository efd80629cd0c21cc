"""What is compared before the log goes on: rows, signed checkpoints, the published file, the store.

Any contradiction refuses to start with a sentence that says which side is behind and what to do.
"""

from datetime import timedelta
from typing import Any

from sqlalchemy import func, select

from archive.batches import staged_key
from archive.custody import CUSTODY
from archive.db import Database
from archive.errors import Contradiction, NotFound
from archive.log import SIGNED, LogStart, SignedTree
from archive.log_tiles import LogTiles
from archive.ports import Clock, ObjectStore, ObjectVersion
from archive.proof.checkpoint import Checkpoint
from archive.proof.errors import VerificationError
from archive.proof.keys import VerificationKey
from archive.proof.merkle import Frontier, leaf_hash
from archive.proof.note import open_note
from archive.published import Published

CHUNK = 4096


def check_start(db: Database, store: ObjectStore, key: VerificationKey, clock: Clock, published: Published,
                log_tiles: LogTiles) -> LogStart:
    """Where to go on; ``Contradiction log.*`` when anything disagrees.

    Checks, in order: the clock; every row's bytes against its leaf hash and the signed root; the published file
    against the signed checkpoints; every cached tile; the staged batch beneath the last one in the store.
    """
    last = db.read(lambda c: c.execute(select(SIGNED).order_by(SIGNED.c.size.desc()).limit(1)).first())
    rows = db.read(lambda c: c.execute(select(func.count()).select_from(CUSTODY)).scalar_one())
    shown = _check_published(published, key, last)
    if last is None:
        return LogStart(Frontier(), None, _staged_ahead(store, key, 0, rows))
    if clock.now() < last.at - timedelta(seconds=1):
        raise Contradiction("log.clock_back", "this machine's clock is before the last checkpoint: set the clock.")
    if rows < last.size:
        raise Contradiction("log.rows_missing", f"the database holds {rows} custody rows but {last.size} were signed: "
                            "the database is behind (restored from a backup?). Put the newer database back.")
    checkpoint = _verified(bytes(last.note), key)
    frontier = _rows_frontier(db, last.size)
    if (checkpoint.size, checkpoint.root) != (last.size, frontier.root()):
        raise Contradiction("log.root_differs", f"the custody rows do not give the root signed at size {last.size}: "
                            "rows were changed. Do not deposit; keep the database as evidence and restore it.")
    log_tiles.require_sound_cache(last.size)
    if shown is not None and log_tiles.root(shown.size) != shown.root:
        raise Contradiction("log.two_roots", f"the checkpoint published at size {shown.size} has another root than the "
                            "database's rows: they are of two histories. Find out who signed the other.")
    _check_staged(store, last)
    staged_count = _staged_ahead(store, key, last.size, rows)
    return LogStart(frontier, SignedTree(checkpoint, bytes(last.note)), staged_count)


def _rows_frontier(db: Database, size: int) -> Frontier:
    frontier = Frontier()
    for first in range(0, size, CHUNK):
        end = min(size, first + CHUNK)
        frontier.extend(_checked_hashes(db, first, end))
    return frontier


def _checked_hashes(db: Database, first: int, end: int) -> list[bytes]:
    query = (select(CUSTODY.c.idx, CUSTODY.c.entry, CUSTODY.c.leaf_hash)
             .where(CUSTODY.c.idx.between(first, end - 1)).order_by(CUSTODY.c.idx))
    rows = db.read(lambda c: c.execute(query).all())
    for row in rows:
        if leaf_hash(row.entry) != row.leaf_hash:
            raise Contradiction("log.row_changed", f"custody row {row.idx} does not hash to its leaf hash: the "
                                "database was changed. Keep it as evidence and restore it.")
    return [row.leaf_hash for row in rows]


def _verified(note: bytes, key: VerificationKey) -> Checkpoint:
    try:
        return Checkpoint.parse(open_note(note, [key]))
    except VerificationError as fault:
        raise Contradiction("log.checkpoint_unverified", f"a stored checkpoint does not verify with our own key "
                            f"({fault.reason}): the key file or the checkpoint was exchanged.") from fault


def _check_published(published: Published, key: VerificationKey, last: Any) -> Checkpoint | None:
    """The published checkpoint, which the database must know of; None before the first."""
    note = published.get()
    if note is None:
        return None
    shown = _verified(note, key)
    signed = 0 if last is None else last.size
    if shown.size > signed:
        raise Contradiction("log.database_behind", f"size {shown.size} was published but the database knows only "
                            f"{signed}: the database is behind. Put the newer database back.")
    if last is not None and shown.size == signed and shown.root != last.root:
        raise Contradiction("log.two_roots", f"two roots exist at size {signed}: find out who signed the other.")
    return shown


def _check_staged(store: ObjectStore, last: Any) -> None:
    try:
        store.head(ObjectVersion(last.staged_key, last.staged_version))
    except NotFound as fault:
        raise Contradiction("log.store_behind", f"the staged batch {last.staged_key} is not in the store: "
                            "the store is older than the log. Put the newer store back.") from fault


def _staged_ahead(store: ObjectStore, key: VerificationKey, size: int, rows: int) -> int | None:
    """Count of the batch staged at ``size``, or None; staged rows the database does not hold mean it went back."""
    prefix = staged_key(key.name.rsplit("/", 1)[-1], size, 0)[:-1]
    counts = [int(v.version.key.removeprefix(prefix)) for v in store.versions(prefix) if not v.is_marker]
    if any(size + count > rows for count in counts):
        raise Contradiction("log.database_behind", f"the store holds staged leaves up to {size + max(counts)} but the "
                            f"database only {rows} rows: the database is behind. Put the newer database back.")
    return min(counts, default=None)
