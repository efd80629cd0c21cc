"""A log written to a folder with the proof package alone: tiles, bundles, a signed checkpoint."""

from collections.abc import Sequence
from pathlib import Path

from archive.proof.checkpoint import Checkpoint
from archive.proof.merkle import Frontier, leaf_hash, node_hash
from archive.proof.note import sign_note
from archive.proof.signing import SigningKey
from archive.proof.tiles import HASH_SIZE, TILE_HEIGHT, TILE_WIDTH, TileName, bundles_for, encode_bundle, tiles_for


def entry(number: int) -> bytes:
    """A small entry, the first one empty."""
    return b"entry %d" % number if number else b""


class SyntheticLog:
    """``size`` entries (small ones, or those given) and every level of hashes over them, in memory."""

    def __init__(self, size: int, entries: Sequence[bytes] | None = None) -> None:
        self.size = size
        self.entries = [entry(number) for number in range(size)] if entries is None else list(entries)
        self.levels = [[leaf_hash(item) for item in self.entries]]
        while len(self.levels[-1]) > 1:
            below = self.levels[-1]
            self.levels.append([node_hash(below[at], below[at + 1]) for at in range(0, len(below) - 1, 2)])

    def node(self, level: int, index: int) -> bytes:
        return self.levels[level][index]

    def root(self) -> bytes:
        edge = Frontier()
        edge.extend(self.levels[0])
        return edge.root()

    def tile(self, level: int, number: int, width: int) -> bytes:
        first = number * TILE_WIDTH
        return b"".join(self.levels[TILE_HEIGHT * level][first : first + width])

    def bundle(self, name: TileName) -> bytes:
        first = name.number * TILE_WIDTH
        return encode_bundle(self.entries[first : first + name.width])

    def checkpoint(self, signer: SigningKey, size: int | None = None) -> bytes:
        return sign_note(Checkpoint(signer.key.name, size or self.size, self.root()).text(), [signer])

    def write(self, folder: Path, signer: SigningKey) -> Path:
        """All resources of the log below ``folder``."""
        for name in tiles_for(self.size):
            assert name.level is not None
            put(folder, name.path, self.tile(name.level, name.number, name.width))
            assert len(self.tile(name.level, name.number, name.width)) == name.width * HASH_SIZE
        for name in bundles_for(self.size):
            put(folder, name.path, self.bundle(name))
        put(folder, "checkpoint", self.checkpoint(signer))
        return folder


def put(folder: Path, path: str, data: bytes) -> None:
    target = folder / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(data)
