"""What is compared before the log goes on: rows, signed checkpoints, the published file, the store.

Any contradiction refuses to start with a sentence that says which side is behind and what to do.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select

from archive.batches import staged_key
from archive.custody import CUSTODY
from archive.db import Database
from archive.errors import Contradiction, NotFound
from archive.log import LOCKED, PROGRESS, SIGNED, LogStart, SignedTree, require_confirmed
from archive.log_store import (
    full_paths,
    log_prefix,
    oldest_of,
    parse_full_path,
    require_right_sizes,
    staged_spans,
    whole,
)
from archive.log_tiles import LogTiles
from archive.ports import Clock, ObjectStore, ObjectVersion
from archive.proof.checkpoint import Checkpoint
from archive.proof.errors import VerificationError
from archive.proof.keys import VerificationKey
from archive.proof.merkle import Frontier, leaf_hash
from archive.proof.note import open_note
from archive.proof.tiles import TILE_WIDTH
from archive.published import Published

CHUNK = 4096


def check_start(db: Database, store: ObjectStore, key: VerificationKey, clock: Clock, published: Published,
                log_tiles: LogTiles, known_size: Callable[[], int | None] | None = None) -> LogStart:
    """Where to go on; ``Contradiction log.*`` when anything disagrees. Writes nothing.

    Checks, in order: the clock; every row's bytes against its leaf hash and the signed root; the published file
    against the signed checkpoints; every cached tile; the staged batch beneath the last one in the store; what is
    locked there; ``known_size``, the largest size that cosigners know of this log (None: nobody answers; without the
    function nobody is asked).
    """
    last = db.read(lambda c: c.execute(select(SIGNED).order_by(SIGNED.c.size.desc()).limit(1)).first())
    rows = db.read(lambda c: c.execute(select(func.count()).select_from(CUSTODY)).scalar_one())
    shown = _check_published(published, key, last)
    size = 0 if last is None else last.size
    tree, frontier = (None, Frontier()) if last is None else _check_signed(db, key, clock, log_tiles, last, rows)
    if shown is not None and log_tiles.root(shown.size) != shown.root:
        raise Contradiction("log.two_roots", f"the checkpoint published at size {shown.size} has another root than the "
                            "database's rows: they are of two histories. Find out who signed the other.")
    log_id = key.name.rsplit("/", 1)[-1]
    if last is not None:
        _check_staged(store, last)
    staged_count = _staged_ahead(store, log_id, size, rows)
    missing = _check_locked(db, store, log_id, log_tiles, size)
    return LogStart(frontier, tree, staged_count, log_tiles.edge(size), missing, log_tiles.full,
                    _unconfirmed(known_size, size))


def _check_signed(db: Database, key: VerificationKey, clock: Clock, log_tiles: LogTiles, last: Any,
                  rows: int) -> tuple[SignedTree, Frontier]:
    """The last signed tree, against the rows beneath it."""
    if clock.now() < last.at - timedelta(seconds=1):
        raise Contradiction("log.clock_back", "this machine's clock is before the last checkpoint: set the clock.")
    if rows < last.size:
        raise Contradiction("log.rows_missing", f"the database holds {rows} custody rows but {last.size} were signed: "
                            "the database is behind (restored from a backup?). Put the newer database back, or rebuild "
                            "it from the store.")
    checkpoint = _verified(bytes(last.note), key)
    frontier = _rows_frontier(db, last.size)
    if (checkpoint.size, checkpoint.root) != (last.size, frontier.root()):
        raise Contradiction("log.root_differs", f"the custody rows do not give the root signed at size {last.size}: "
                            "rows were changed. Do not deposit; keep the database as evidence and restore it.")
    log_tiles.require_sound_cache(last.size)
    return SignedTree(checkpoint, bytes(last.note)), frontier


def _check_locked(db: Database, store: ObjectStore, log_id: str, log_tiles: LogTiles, size: int) -> tuple[str, ...]:
    """Paths of full tiles and bundles the store lacks; ``Contradiction`` where it holds others or later ones.

    Compared byte for byte: the last of each level, and all beyond the point the last run noted as locked. Limit: the
    rest only by name and length; ``liuhen log check`` reads everything.
    """
    listed = [*store.versions(log_prefix(log_id) + "tile/"), *store.versions(log_prefix(log_id) + "particulars/")]
    require_right_sizes(listed, log_id)
    held = {key.removeprefix(log_prefix(log_id)): version for key, version in oldest_of(listed).items()}
    wanted = dict.fromkeys(full_paths(size))
    later = sorted(path for path in held if path not in wanted and parse_full_path(path) is not None)
    if later:
        raise Contradiction("log.database_behind", f"the store holds {later[0]}, which a log of {size} leaves does not "
                            "have: the database is behind. Put the newer database back, or rebuild it from the store.")
    hint = db.read(lambda c: c.execute(select(PROGRESS.c.size).where(PROGRESS.c.name == LOCKED)).scalar()) or 0
    for path in wanted:
        if path in held and _to_compare(path, size, hint) and whole(store, held[path]) != log_tiles.full(path):
            raise Contradiction("log.locked_differs", f"the locked object {path} is not what this log's rows give: two "
                                "histories, or a changed store. Keep both, find out who wrote the other.")
    return tuple(path for path in wanted if path not in held)


def _to_compare(path: str, size: int, hint: int) -> bool:
    name = parse_full_path(path)
    if name is None:
        return False
    leaves: int = TILE_WIDTH ** ((name.level or 0) + 1)
    return (name.number + 1) * leaves > hint or (name.number + 2) * leaves > size


def _unconfirmed(known_size: Callable[[], int | None] | None, size: int) -> Callable[[], int | None] | None:
    """None when cosigners confirmed that there is no larger log; else the question, to be asked again."""
    if known_size is None:
        return None
    known = known_size()
    if known is None:
        return known_size
    require_confirmed(known, size)
    return None


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
                            f"{signed}: the database is behind. Put the newer database back, or rebuild it from "
                            "the store.")
    if last is not None and shown.size == signed and shown.root != last.root:
        raise Contradiction("log.two_roots", f"two roots exist at size {signed}: find out who signed the other.")
    return shown


def _check_staged(store: ObjectStore, last: Any) -> None:
    try:
        store.head(ObjectVersion(last.staged_key, last.staged_version))
    except NotFound as fault:
        raise Contradiction("log.store_behind", f"the staged batch {last.staged_key} is not in the store: the store is "
                            "older than the log. Put the newer store back.") from fault


def _staged_ahead(store: ObjectStore, log_id: str, size: int, rows: int) -> int | None:
    """Count of the batch staged at ``size``, or None; staged rows the database does not hold mean it went back."""
    # Batches begin at signed sizes, so the next one's key begins with this size; later ones are not there without it,
    # or their leaves are in bundles already.
    listed = oldest_of(store.versions(staged_key(log_id, size, 0)[:-1]))
    counts = [count for _, count in staged_spans(listed, log_id).values()]
    if any(size + count > rows for count in counts):
        raise Contradiction("log.database_behind", f"the store holds staged leaves up to {size + max(counts)} but the "
                            f"database only {rows} rows: the database is behind. Put the newer database back, or "
                            "rebuild it from the store.")
    return min(counts, default=None)
