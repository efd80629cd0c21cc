"""The tiled log layout (C2SP tlog-tiles): paths, widths, entry bundles, and hashes read out of tiles."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from archive.proof.canonical import MAX_ENTRY
from archive.proof.errors import VerificationError
from archive.proof.merkle import MAX_SIZE, NodeAt, root

if TYPE_CHECKING:
    from typing import TypeAlias

TILE_WIDTH = 256
TILE_HEIGHT = 8
HASH_SIZE = 32
MAX_LEVEL = 63
_CACHED_TILES = 32
_PATH = re.compile(
    r"tile/(entries|0|[1-9][0-9]?)/((?:x[0-9]{3}/){0,6}[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?"
).fullmatch

ReadTile: TypeAlias = Callable[[int, int, int], bytes]
"""(level, number, width) → the bytes of that hash tile, 32 × width."""


@dataclass(frozen=True)
class TileName:
    """A hash tile (``level`` 0..63) or an entry bundle (``level`` None); ``width`` 1..256, 256 is a full one.

    ``ValueError`` for a name no log can serve.
    """

    level: int | None
    number: int
    width: int = TILE_WIDTH

    def __post_init__(self) -> None:
        if self.level is not None and not 0 <= self.level <= MAX_LEVEL:
            raise ValueError("a tile level is 0 to 63")
        if not 0 <= self.number <= MAX_SIZE // TILE_WIDTH or not 1 <= self.width <= TILE_WIDTH:
            raise ValueError("no such tile")

    @property
    def path(self) -> str:
        """Such as ``tile/0/x001/x234/067.p/5`` or ``tile/entries/000``."""
        groups = [f"{self.number % 1000:03d}"]
        rest = self.number // 1000
        while rest:
            groups.insert(0, f"x{rest % 1000:03d}")
            rest //= 1000
        kind = "entries" if self.level is None else str(self.level)
        partial = "" if self.width == TILE_WIDTH else f".p/{self.width}"
        return f"tile/{kind}/{'/'.join(groups)}{partial}"


def tile_path(level: int, number: int, width: int = TILE_WIDTH) -> str:
    """Path of a hash tile below the log's prefix; ``ValueError`` for one that cannot be."""
    return TileName(level, number, width).path


def entries_path(number: int, width: int = TILE_WIDTH) -> str:
    """Path of an entry bundle below the log's prefix; ``ValueError`` for one that cannot be."""
    return TileName(None, number, width).path


def parse_tile_path(untrusted_path: str) -> TileName:
    """The tile a path names; ``ValueError`` unless it is the path's one accepted spelling."""
    match = _PATH(untrusted_path)
    if match is None:
        raise ValueError("not a tile path")
    level = None if match[1] == "entries" else int(match[1])
    number = int(match[2].replace("x", "").replace("/", ""))
    name = TileName(level, number, int(match[3] or TILE_WIDTH))
    if name.path != untrusted_path:  # a needless x000 group, or .p/256
        raise ValueError("not the tile's own path")
    return name


def partial_width(level: int, size: int) -> int:
    """Hashes in the partial tile at ``level`` for ``size`` leaves, 0..255: ⌊size / 256^level⌋ mod 256."""
    return (size >> (TILE_HEIGHT * level)) % TILE_WIDTH


def tiles_for(size: int) -> Iterator[TileName]:
    """Every hash tile, full and partial, of a tree of ``size`` leaves: by level, then by number."""
    level = 0
    while hashes := size >> (TILE_HEIGHT * level):
        yield from _row(level, hashes)
        level += 1


def bundles_for(size: int) -> Iterator[TileName]:
    """Every entry bundle, full and partial, of a log of ``size`` entries, by number."""
    return _row(None, size)


def encode_bundle(entries: Sequence[bytes]) -> bytes:
    """uint16-BE length ‖ entry, in a row; ``ValueError`` unless 1..256 entries of at most 65,535 bytes."""
    if not 1 <= len(entries) <= TILE_WIDTH or any(len(entry) > MAX_ENTRY for entry in entries):
        raise ValueError("a bundle holds 1 to 256 entries of at most 65,535 bytes")
    return b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries)


def decode_bundle(data: bytes) -> list[bytes]:
    """The 1..256 entries of a bundle; ``VerificationError("bundle")`` when it is cut short or overfull."""
    entries: list[bytes] = []
    position = 0
    while position < len(data):
        start = position + 2
        position = start + int.from_bytes(data[position:start], "big")
        if position > len(data):
            raise VerificationError("bundle", "an entry is cut short")
        entries.append(data[start:position])
    if not 1 <= len(entries) <= TILE_WIDTH:
        raise VerificationError("bundle", "not 1 to 256 entries")
    return entries


def node_from_tiles(read: ReadTile, size: int) -> NodeAt:
    """Complete-subtree hashes of a tree of ``size`` leaves, out of its tiles; the last 32 stay in memory.

    The answer raises ``ValueError`` for a subtree outside that tree, ``VerificationError("tile")`` for a tile
    of the wrong length; what ``read`` raises passes through. Hashes are taken as the tiles say: check a root.
    """
    cache: dict[tuple[int, int], bytes] = {}

    def tile(level: int, number: int) -> bytes:
        found = cache.pop((level, number), None)
        if found is None:
            full = (number + 1) * TILE_WIDTH <= size >> (TILE_HEIGHT * level)
            width = TILE_WIDTH if full else partial_width(level, size)
            found = read(level, number, width)
            if len(found) != width * HASH_SIZE:
                raise VerificationError("tile", f"{tile_path(level, number, width)} has the wrong length")
        cache[level, number] = found
        if len(cache) > _CACHED_TILES:
            del cache[next(iter(cache))]
        return found

    def node(level: int, index: int) -> bytes:
        if level < 0 or index < 0 or (index + 1) << level > size:
            raise ValueError("no such complete subtree in a tree of this size")
        depth = level % TILE_HEIGHT  # the subtree's hash is the root over 2^depth neighbours in one tile
        number, first = divmod(index << depth, TILE_WIDTH)
        data = tile(level // TILE_HEIGHT, number)[first * HASH_SIZE : (first + (1 << depth)) * HASH_SIZE]
        return root([data[at : at + HASH_SIZE] for at in range(0, len(data), HASH_SIZE)])

    return node


def _row(level: int | None, count: int) -> Iterator[TileName]:
    full, partial = divmod(count, TILE_WIDTH)
    for number in range(full):
        yield TileName(level, number)
    if partial:
        yield TileName(level, full, partial)
