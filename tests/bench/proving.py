"""Inclusion proofs out of a log of ten million leaves: generated hashes and full tiles, not events."""

import os
import random
import sqlite3
import statistics
from pathlib import Path

from bench.figures import Figure, Scale, compared, seconds
from sqlalchemy import insert

from archive import custody
from archive.adapters.clock import SystemClock
from archive.custody import CUSTODY
from archive.db import Database
from archive.log_tiles import LogTiles
from archive.migrations import migrate
from archive.proof.merkle import Frontier, root, verify_inclusion
from archive.proof.tiles import HASH_SIZE, TILE_WIDTH, tile_path

LEAVES, FEW_LEAVES = 10_000_000, 300_000
PROOFS = 1_000


def measure_proofs(folder: Path, scale: Scale) -> list[Figure]:
    """``inclusion_ms``, the median of proofs at random places, and ``inclusion_first_ms``, the first after a start."""
    size = LEAVES if scale.is_full else FEW_LEAVES
    (folder / "proofs").mkdir()
    edge, tail = _generated(folder / "proofs" / "log", size)
    db = _database_of(folder / "proofs", size, tail)
    try:
        runs = [_timed(db, folder / "proofs" / "log", size, edge) for _ in range(scale.runs)]
    finally:
        db.close()
    said = f"{size} leaves; full tiles on disk, in the page cache"
    return [compared("inclusion_ms", "ms", said, [usual for _, usual in runs]),
            compared("inclusion_first_ms", "ms", said + "; partial tiles above the leaves made anew",
                     [first for first, _ in runs])]


def _timed(db: Database, cache: Path, size: int, tree: bytes) -> tuple[float, float]:
    tiles, places = LogTiles(db, cache), [random.randrange(size) for _ in range(PROOFS)]
    first = seconds(lambda: tiles.inclusion(places[0], size)) * 1000
    times = [seconds(lambda place=place: tiles.inclusion(place, size)) * 1000 for place in places]
    for place in places[:50]:
        data = tiles.tile(0, place // TILE_WIDTH, min(TILE_WIDTH, size - place // TILE_WIDTH * TILE_WIDTH))
        at = place % TILE_WIDTH * HASH_SIZE
        verify_inclusion(data[at:at + HASH_SIZE], place, size, tiles.inclusion(place, size), tree)
    return first, statistics.median(times)


def _generated(folder: Path, size: int) -> tuple[bytes, list[bytes]]:
    """Every full tile of ``size`` random leaf hashes under ``folder``; answers the root and the leaves after them."""
    count, level = size, 0
    hashes: list[bytes] = []
    tree = Frontier()
    while count:
        full, rest = divmod(count, TILE_WIDTH)
        above: list[bytes] = []
        for number in range(full):
            first = number * TILE_WIDTH
            data = b"".join(hashes[first:first + TILE_WIDTH]) if level else os.urandom(TILE_WIDTH * HASH_SIZE)
            path = folder / tile_path(level, number)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
            row = [data[at:at + HASH_SIZE] for at in range(0, len(data), HASH_SIZE)]
            above.append(root(row))
            if level == 0:
                tree.extend(row)
        if level == 0:
            tail = [os.urandom(HASH_SIZE) for _ in range(rest)]
            tree.extend(tail)
        hashes, count, level = above, full, level + 1
    return tree.root(), tail


def _database_of(folder: Path, size: int, tail: list[bytes]) -> Database:
    """A database that holds only the rows after the last full tile: that is all a proof asks of it. Its guards, which
    want rows from 0, are taken off."""
    migrate(folder / "liuhen.db")
    connection = sqlite3.connect(folder / "liuhen.db")
    for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        connection.execute(f"DROP TRIGGER {name}")
    connection.commit()
    connection.close()
    db, at = Database(folder / "liuhen.db", custody.flush), SystemClock().now()
    rows = [{"idx": size - len(tail) + n, "kind": "bench", "at": at, "actor": "system", "subject": "bench",
             "entry": b"bench", "leaf_hash": leaf} for n, leaf in enumerate(tail)]
    if rows:
        db.write(lambda tx: tx.execute(insert(CUSTODY), rows).close())
    return db
