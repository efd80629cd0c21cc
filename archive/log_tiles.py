"""Tiles, entry bundles and proofs of the log, computed from its rows; full hash tiles are cached in a local folder.

The cache is disposable: a tile that does not have its full length is computed again, and start-up compares the rest.
"""

import os
import threading
from pathlib import Path

from sqlalchemy import select

from archive.batches import BatchLeaf
from archive.custody import CUSTODY, SEALED
from archive.db import Database
from archive.errors import Contradiction, NotFound
from archive.log_edge import TileEdge, encode_particulars
from archive.proof import merkle, tiles
from archive.proof.tiles import TILE_WIDTH

HASH = 32
REMEMBERED = 1 << 16
"""Roots of full tiles kept in memory, some 10 MB: of 16 million leaves."""


class LogTiles:
    """Read side of the log at any size up to the rows there are."""

    def __init__(self, db: Database, cache: Path) -> None:
        self._db = db
        self._cache = cache
        self._roots: dict[tuple[int, int], bytes] = {}  # of full tiles, which never change

    def tile(self, level: int, number: int, width: int = TILE_WIDTH) -> bytes:
        """``width`` hashes of 32 bytes; ``NotFound log.no_tile`` beyond the rows (C2SP tlog-tiles)."""
        _require_possible(level, number, width)
        path = self._cache / tiles.tile_path(level, number)
        if (data := _kept(path)) is not None:
            return data[: width * HASH]
        data = self._computed(level, number, width)
        if width == TILE_WIDTH:
            _keep(path, data)
        return data

    def require_sound_cache(self, size: int) -> None:
        """``Contradiction log.tiles_differ`` when a cached tile of the first ``size`` leaves is not what lies beneath.

        Limit: what is changed in the cache later, while the service runs, shows only in proofs that do not verify.
        """
        for name in tiles.tiles_for(size):
            path = self._cache / name.path
            data = _kept(path) if name.width == TILE_WIDTH else None
            if data is not None and data != self._computed(name.level or 0, name.number, TILE_WIDTH):
                raise Contradiction("log.tiles_differ", f"the tile cache is not what the rows give ({name.path}): "
                                    "delete the folder log/tile under the data folder and start again.")

    def bundle(self, number: int, width: int = TILE_WIDTH) -> bytes:
        """The entry bundle of tile ``number``: uint16 length ‖ entry, ``width`` times."""
        _require_possible(0, number, width)
        first = number * TILE_WIDTH
        rows = self._db.read(lambda c: c.scalars(
            select(CUSTODY.c.entry).where(CUSTODY.c.idx.between(first, first + width - 1)).order_by(CUSTODY.c.idx)
        ).all())
        if len(rows) < width:
            raise NotFound("log.no_tile", "the log does not reach that far")
        return tiles.encode_bundle(list(rows))

    def leaves(self, first: int, end: int) -> list[BatchLeaf]:
        """The leaves [first, end) with their sealed particulars; ``NotFound log.no_tile`` when there are fewer rows."""
        query = (select(CUSTODY.c.entry, SEALED.c.scope, SEALED.c.sealed)
                 .join_from(CUSTODY, SEALED, CUSTODY.c.idx == SEALED.c.idx, isouter=True)
                 .where(CUSTODY.c.idx.between(first, end - 1)).order_by(CUSTODY.c.idx))
        rows = self._db.read(lambda c: c.execute(query).all())
        if len(rows) < end - first:
            raise NotFound("log.no_tile", "the log does not reach that far")
        return [BatchLeaf(row.entry, row.scope or "", row.sealed or b"") for row in rows]

    def full(self, path: str) -> bytes:
        """A full tile, entry bundle or particulars bundle by its path below ``log/<log id>/``, from the rows."""
        if path.startswith("particulars/"):
            number = tiles.parse_tile_path(path.replace("particulars/", "tile/entries/", 1)).number
            return encode_particulars(self.leaves(number * TILE_WIDTH, (number + 1) * TILE_WIDTH))
        name = tiles.parse_tile_path(path)
        return self.bundle(name.number) if name.level is None else self.tile(name.level, name.number)

    def edge(self, size: int) -> TileEdge:
        """The right edge of the log at ``size`` leaves."""
        return TileEdge.at(size, self.tile, self.leaves(size - size % TILE_WIDTH, size))

    def inclusion(self, index: int, size: int) -> list[bytes]:
        """Audit path of a leaf in the tree of ``size`` (RFC 6962 §2.1.1)."""
        return merkle.inclusion_proof(index, size, self._node(size))

    def consistency(self, old: int, new: int) -> list[bytes]:
        """Consistency proof (RFC 6962 §2.1.2)."""
        return merkle.consistency_proof(old, new, self._node(new))

    def root(self, size: int) -> bytes:
        """Root of the first ``size`` leaves, read from tiles."""
        return merkle.root_at(size, self._node(size))

    def _node(self, size: int) -> merkle.NodeAt:
        return tiles.node_from_tiles(self.tile, size)

    def _computed(self, level: int, number: int, width: int) -> bytes:
        return self._leaves(number, width) if level == 0 else self._parents(level, number, width)

    def _leaves(self, number: int, width: int) -> bytes:
        first = number * TILE_WIDTH
        rows = self._db.read(lambda c: c.scalars(
            select(CUSTODY.c.leaf_hash).where(CUSTODY.c.idx.between(first, first + width - 1)).order_by(CUSTODY.c.idx)
        ).all())
        if len(rows) < width:
            raise NotFound("log.no_tile", "the log does not reach that far")
        return b"".join(rows)

    def _parents(self, level: int, number: int, width: int) -> bytes:
        out = []
        for child in range(number * TILE_WIDTH, number * TILE_WIDTH + width):
            out.append(self._root_of(level - 1, child))
        return b"".join(out)

    def _root_of(self, level: int, number: int) -> bytes:
        """Root over a full tile, remembered: the partial tile above it is asked for by every proof."""
        found = self._roots.get((level, number))
        if found is None:
            data = self.tile(level, number)
            found = merkle.root([data[i:i + HASH] for i in range(0, len(data), HASH)])
            if len(self._roots) >= REMEMBERED:
                self._roots.clear()
            self._roots[level, number] = found
        return found


def _require_possible(level: int, number: int, width: int) -> None:
    """No log has more than 2⁶³−1 leaves, and the database cannot even be asked for more."""
    if (number * TILE_WIDTH + width) << (tiles.TILE_HEIGHT * level) > merkle.MAX_SIZE:
        raise NotFound("log.no_tile", "the log does not reach that far")


def _kept(path: Path) -> bytes | None:
    """A full tile from the cache; None when there is none or it was cut off."""
    data = path.read_bytes() if path.is_file() else b""
    return data if len(data) == TILE_WIDTH * HASH else None


def _keep(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f"{path.name}.{os.getpid()}-{threading.get_ident()}.part")
    unfinished.write_bytes(data)
    unfinished.rename(path)
