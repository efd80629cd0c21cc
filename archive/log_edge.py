"""The right edge of the log: what each new leaf completes of hash tiles, entry bundles and particulars bundles."""

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from archive.batches import BatchLeaf
from archive.errors import Contradiction
from archive.proof.merkle import root
from archive.proof.tiles import (
    HASH_SIZE,
    TILE_HEIGHT,
    TILE_WIDTH,
    encode_bundle,
    entries_path,
    partial_width,
    tile_path,
)

MAGIC = b"liuhen/particulars/1\n"
_SHORT, _LONG = struct.Struct(">H"), struct.Struct(">I")


@dataclass(frozen=True)
class Full:
    """A full tile or bundle: its path below ``log/<log id>/`` and its bytes, which never change again."""

    path: str
    data: bytes


def particulars_path(number: int) -> str:
    """``particulars/<N>`` of bundle ``number``, N spelt as in tlog-tiles."""
    return entries_path(number).replace("tile/entries/", "particulars/", 1)


def encode_particulars(leaves: Sequence[BatchLeaf]) -> bytes:
    """The sealed particulars of 256 leaves: the magic line, then per leaf u16 length ‖ scope ‖ u32 length ‖ sealed
    (big-endian, both 0 where there are none)."""
    out, short, long = [MAGIC], _SHORT.pack, _LONG.pack
    for _, text, sealed in leaves:
        scope = text.encode()
        out += (short(len(scope)), scope, long(len(sealed)), sealed)
    return b"".join(out)


def decode_particulars(data: bytes) -> list[tuple[str, bytes]]:
    """(scope, sealed) of each of 256 leaves; ``Contradiction log.bundle_malformed`` for anything else."""
    found, at = [], len(MAGIC)
    try:
        if not data.startswith(MAGIC):
            raise ValueError("unknown form")
        for _ in range(TILE_WIDTH):
            (length,) = struct.unpack_from(">H", data, at)
            scope, at = data[at + 2:at + 2 + length], at + 2 + length
            (length,) = struct.unpack_from(">I", data, at)
            sealed, at = data[at + 4:at + 4 + length], at + 4 + length
            found.append((scope.decode(), sealed))
        if at != len(data):
            raise ValueError("its length is not what its parts say")
    except (ValueError, struct.error) as fault:
        raise Contradiction("log.bundle_malformed", f"a particulars bundle does not read: {fault}") from fault
    return found


class TileEdge:
    """The unfinished tile of every level and the leaves of the unfinished bundle, in memory: at most 255 of each."""

    __slots__ = ("_leaves", "_levels", "size")

    def __init__(self) -> None:
        self.size = 0
        self._levels: list[list[bytes]] = [[]]
        self._leaves: list[BatchLeaf] = []

    @classmethod
    def at(cls, size: int, tile: Callable[[int, int, int], bytes], leaves: Sequence[BatchLeaf]) -> "TileEdge":
        """The edge of a log of ``size`` leaves: ``tile(level, number, width)`` reads a partial tile, ``leaves`` are
        those after the last full bundle."""
        edge = cls()
        edge.size, edge._leaves, edge._levels = size, list(leaves), []
        level = 0
        while level == 0 or size >> (TILE_HEIGHT * level):
            width = partial_width(level, size)
            data = tile(level, size >> (TILE_HEIGHT * (level + 1)), width) if width else b""
            edge._levels.append([data[at:at + HASH_SIZE] for at in range(0, len(data), HASH_SIZE)])
            level += 1
        return edge

    def extend(self, hashes: Sequence[bytes], leaves: Sequence[BatchLeaf]) -> list[Full]:
        """Take the next leaves with their leaf hashes; answers what they complete, in the order of completion."""
        full: list[Full] = []
        position = 0
        while position < len(hashes):
            end = position + TILE_WIDTH - len(self._leaves)
            self._levels[0] += hashes[position:end]
            self._leaves += leaves[position:end]
            self.size += len(hashes[position:end])
            position = end
            if len(self._leaves) == TILE_WIDTH:
                full += self._turn()
        return full

    def copy(self) -> "TileEdge":
        """An independent edge of the same log."""
        twin = TileEdge()
        twin.size, twin._leaves, twin._levels = self.size, list(self._leaves), [list(row) for row in self._levels]
        return twin

    def _turn(self) -> list[Full]:
        """The bundle at hand is full: it, its particulars, and each tile that is full with it."""
        number = self.size // TILE_WIDTH - 1
        full = [Full(entries_path(number), encode_bundle([leaf.entry for leaf in self._leaves])),
                Full(particulars_path(number), encode_particulars(self._leaves))]
        self._leaves, level = [], 0
        while len(self._levels[level]) == TILE_WIDTH:
            hashes, self._levels[level] = self._levels[level], []
            full.append(Full(tile_path(level, (self.size >> (TILE_HEIGHT * (level + 1))) - 1), b"".join(hashes)))
            level += 1
            if level == len(self._levels):
                self._levels.append([])
            self._levels[level].append(root(hashes))
        return full
