"""The tree over the rows, made again from their bytes: tile roots and, at every size asked for, the root.

Large logs are hashed by several processes, each a range of tiles; what they answer is 32 bytes for every 256 leaves.
"""

import multiprocessing
import os
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from archive.check_claims import Claim, read_claims
from archive.check_findings import Findings
from archive.check_places import check_places
from archive.check_rows import check_forms, read_rows
from archive.custody import flush
from archive.db import Database
from archive.proof.keys import VerificationKey
from archive.proof.merkle import Frontier
from archive.proof.tiles import HASH_SIZE, TILE_WIDTH, tile_path

PIECE = 128 * TILE_WIDTH
"""Rows one process takes at a time."""
ALONE = 4 * PIECE
"""Below this many rows starting processes costs more than it saves."""
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Wanted:
    """What is scanned: rows [first, end) of the database, the folder of cached tiles, the keys checkpoints are signed
    with, further sizes whose root is asked for, and leaves whose particulars were lawfully erased."""

    path: Path
    cache: Path
    first: int
    end: int
    keys: tuple[VerificationKey, ...]
    sizes: tuple[int, ...] = ()
    erased: frozenset[int] = frozenset()
    deep: bool = False


@dataclass(frozen=True)
class Scanned:
    """What a scan answers. ``tiles``: root of each full tile in a row. ``rests``: size → root over the leaves of its
    last, partial tile (b"" where there is none). ``end`` is smaller than what was wanted where a row is
    gone; ``placed`` counts object.placed leaves."""

    first: int
    end: int
    tiles: bytes
    rests: Mapping[int, bytes]
    claims: Sequence[Claim]
    placed: int
    found: Findings


class Tree:
    """Roots of full tiles, and the tree's root at any size that was asked for."""

    def __init__(self) -> None:
        self.size = 0
        self.tiles: list[bytes] = []
        self._edge = Frontier()

    def take(self, scan: Scanned) -> Iterator[tuple[int, bytes]]:
        """The next range, in order; answers (size, root) of each size asked for within it, rising."""
        added, tiles = 0, [scan.tiles[at:at + HASH_SIZE] for at in range(0, len(scan.tiles), HASH_SIZE)]
        for size, rest in sorted(scan.rests.items()):
            full = (size - scan.first) // TILE_WIDTH
            self._edge.extend(tiles[added:full])
            added = full
            yield size, self._root(rest)
        self._edge.extend(tiles[added:])
        self.tiles += tiles
        self.size = scan.end

    def upper_tiles(self) -> Iterator[tuple[int, int, bytes]]:
        """(level, number, bytes) of every full hash tile above level 0."""
        level, hashes = 1, self.tiles
        while len(hashes) >= TILE_WIDTH:
            rows = [hashes[at:at + TILE_WIDTH] for at in range(0, len(hashes) - TILE_WIDTH + 1, TILE_WIDTH)]
            yield from ((level, number, b"".join(row)) for number, row in enumerate(rows))
            level, hashes = level + 1, [tile_root(row) for row in rows]

    def _root(self, rest: bytes) -> bytes:
        """Tiles are the leaves of a tree of their own, split at the same places; a partial one is its last leaf."""
        ahead = self._edge.copy()
        if rest:
            ahead.append(rest)
        return ahead.root()


def scan_all(whole: Wanted, progress: Progress = lambda done, size: None) -> Iterator[Scanned]:
    """Scans of ``whole`` (from row 0) in order, by as many processes as there are processors when it is large."""
    sizes, size, pieces = sorted(whole.sizes), whole.end, []
    for first in range(0, size, PIECE):
        end = min(size, first + PIECE)
        pieces.append(replace(
            whole, first=first, end=end, sizes=tuple(sizes[bisect_right(sizes, first):bisect_right(sizes, end)]),
            erased=frozenset(index for index in whole.erased if first <= index < end)))
    others = min(os.cpu_count() or 1, len(pieces)) - 1
    scans = _side_by_side(pieces, others) if size >= ALONE and others else map(scan, pieces)
    yield from _watched(scans, size, progress)


def _side_by_side(pieces: Sequence[Wanted], others: int) -> Iterator[Scanned]:
    """Scans in order, by this process and so many others: it works while they start, which takes them a second."""
    taken, flying, done = 0, dict[int, Future[Scanned]](), dict[int, Scanned]()
    with ProcessPoolExecutor(others, multiprocessing.get_context("spawn")) as pool:
        for number in range(len(pieces)):
            while number not in done:
                while taken < len(pieces) and len(flying) <= others:  # one more than they are: none of them waits
                    flying[taken] = pool.submit(scan, pieces[taken])
                    taken += 1
                if taken == len(pieces) or (number in flying and flying[number].done()):
                    done[number] = flying.pop(number).result()
                else:
                    done[taken] = scan(pieces[taken])
                    taken += 1
            yield done.pop(number)


def scan(wanted: Wanted) -> Scanned:
    """One range: rows against their hashes and columns, checkpoints against their signatures, cached tiles against the
    hashes; with ``deep`` every entry's form."""
    found, tiles, rests = Findings(), bytearray(), dict[int, bytes]()
    end, placed = wanted.first, 0
    db = Database(wanted.path, flush)
    try:
        claims = read_claims(db, wanted.first, wanted.end, wanted.keys, found)
        sizes = sorted({*wanted.sizes, *(claim.size for claim in claims)})
        for chunk in read_rows(db, wanted.first, wanted.end, wanted.erased, found):
            end = chunk.end
            if wanted.deep:
                check_forms(chunk, found)
            placed += check_places(db, chunk.placed, found)
            for first in range(chunk.first, chunk.end, TILE_WIDTH):
                hashes = chunk.hashes[first - chunk.first:first - chunk.first + TILE_WIDTH]
                end_of_tile = first + TILE_WIDTH
                within = sizes[bisect_right(sizes, first):bisect_left(sizes, end_of_tile)]
                rests.update(_rests(first, hashes, within))
                if len(hashes) == TILE_WIDTH:
                    tiles += tile_root(hashes)
                    rests[end_of_tile] = b""  # a whole number of tiles: nothing hangs on their right
                    compare_cached(wanted.cache, 0, first // TILE_WIDTH, b"".join(hashes), found)
    finally:
        db.close()
    return Scanned(wanted.first, end, bytes(tiles), rests, claims, placed, found)


def tile_root(hashes: Sequence[bytes]) -> bytes:
    """Root over 256 hashes (RFC 6962 §2.1), level by level: a third of the time of leaf by leaf."""
    level = list(hashes)
    while len(level) > 1:
        level = [sha256(b"\x01" + left + right).digest()
                 for left, right in zip(level[::2], level[1::2], strict=True)]
    return level[0]


def _rests(first: int, hashes: Sequence[bytes], sizes: Sequence[int]) -> Iterator[tuple[int, bytes]]:
    """size → root over this tile's leaves before it."""
    edge = Frontier()
    for size in sizes:
        edge.extend(hashes[edge.size:size - first])
        yield size, edge.root()


def compare_cached(cache: Path, level: int, number: int, data: bytes, found: Findings) -> None:
    """A cached tile, if there is one of full length (others are made again), must be what the rows give."""
    path = cache / tile_path(level, number)
    held = path.read_bytes() if path.is_file() else b""
    if len(held) == len(data) and held != data:
        found.add("cache.differs", tile_path(level, number), "not what the rows give; delete the folder log/tile under "
                  "the data folder, it is made again")


def _watched(scans: Iterator[Scanned], size: int, progress: Progress) -> Iterator[Scanned]:
    for scanned in scans:
        progress(scanned.end, size)
        yield scanned
