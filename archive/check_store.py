"""The log's objects in the store: what must lie there does, nothing hides or doubles it; read byte by byte if asked.

Limit: a listing shows names and sizes. Only reading shows bytes, and only the bytes as the store gives them now.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain
from typing import Any

from sqlalchemy import select

from archive import custody
from archive.anchors import anchors, read_anchor
from archive.batches import BatchLeaf
from archive.check_findings import Findings
from archive.columns import table
from archive.custody import CUSTODY, SEALED
from archive.errors import ArchiveError
from archive.log import LOCKED, PROGRESS, SIGNED
from archive.log_store import full_paths, log_prefix, oldest_of, parse_full_path, read_staged, staged_spans, whole
from archive.log_tables import Anchor
from archive.ports import ListedVersion, ObjectVersion
from archive.proof.checkpoint import Checkpoint
from archive.proof.errors import VerificationError
from archive.proof.keys import VerificationKey
from archive.proof.note import open_note
from archive.proof.tiles import HASH_SIZE, TILE_HEIGHT, TILE_WIDTH, TileName
from archive.site import Site

ANCHOR = table(Anchor)
READERS = 6
_Item = tuple[str, ObjectVersion]
_Different = tuple[str, str, str]
"""Kind, key and detail of a finding."""


@dataclass(frozen=True)
class Listing:
    """Versions below ``log/<log id>/`` and ``staged/<log id>/``, and the oldest of each key, which is what counts."""

    log_id: str
    versions: tuple[ListedVersion, ...]
    oldest: dict[str, ObjectVersion]
    rows: int

    @classmethod
    def of(cls, site: Site) -> "Listing":
        """As the store lists them now; rows are counted afterwards, so none of these can lie beyond them rightly."""
        store, log_id = site.ports.store, site.log_id
        versions = tuple(v for prefix in (log_prefix(log_id), f"staged/{log_id}/") for v in store.versions(prefix))
        return cls(log_id, versions, oldest_of(versions), site.db.read(custody.size))


def check_store(site: Site, size: int, published: int, keys: Sequence[VerificationKey], deep: bool,
                found: Findings) -> int:
    """Tiles, bundles, staged batches and anchors of the first ``size`` leaves; answers how many versions are listed.

    What is published was locked before, so full tiles and bundles must be there up to ``published`` at least.
    """
    listing = Listing.of(site)
    hint = site.db.read(lambda c: c.execute(select(PROGRESS.c.size).where(PROGRESS.c.name == LOCKED)).scalar()) or 0
    locked = min(max(hint, published), size)
    _check_listed(listing, found)
    there = list(_required(listing, locked, found))
    staged = list(_staged(site, listing, locked, size, found))
    _check_anchors(site, listing, found)
    if deep:
        _read_anchors(site, size, keys, found)
        with ThreadPoolExecutor(READERS, thread_name_prefix="log-check") as pool:
            for different in chain(pool.map(lambda item: _compare_full(site, *item), there),
                                   pool.map(lambda version: _compare_staged(site, version), staged)):
                if different is not None:
                    found.add(*different)
    return len(listing.versions)


def _check_listed(listing: Listing, found: Findings) -> None:
    prefix = log_prefix(listing.log_id)
    for row in listing.versions:
        key, path = row.version.key, row.version.key.removeprefix(prefix)
        name = parse_full_path(path) if key.startswith(prefix) else None
        if row.is_marker:
            found.add("store.marker", key, f"marker {row.version.version_id}; the first version counts all the same")
        elif row.version != listing.oldest[key]:
            found.add("store.second_version", key, f"version {row.version.version_id} beside the first, "
                      f"{listing.oldest[key].version_id}")
        elif name is not None and _reach(name) > listing.rows:
            found.add("store.ahead", key, f"it needs {_reach(name)} leaves and there are {listing.rows} rows: the "
                      "database is behind")
        elif name is not None and name.level is not None and row.size != TILE_WIDTH * HASH_SIZE:
            found.add("tile.differs", key, f"{row.size} bytes; a full tile has {TILE_WIDTH * HASH_SIZE}")
        elif name is None and key.startswith(prefix) and not path.startswith("anchor/"):
            found.add("store.stray", key, f"version {row.version.version_id}, {row.size} bytes")


def _reach(name: TileName) -> int:
    """Leaves there must be for this full tile or bundle."""
    return (name.number + 1) << (TILE_HEIGHT * ((name.level or 0) + 1))


def _required(listing: Listing, locked: int, found: Findings) -> Iterator[_Item]:
    """(path, version) of what must be there and is."""
    prefix = log_prefix(listing.log_id)
    for path in full_paths(locked):
        version = listing.oldest.get(prefix + path)
        if version is None:
            found.add(f"{_what(path)}.missing", prefix + path, f"{locked} leaves are locked")
        else:
            yield path, version


def _what(path: str) -> str:
    if path.startswith("particulars/"):
        return "sealed_bundle"
    return "bundle" if path.startswith("tile/entries/") else "tile"


def _staged(site: Site, listing: Listing, locked: int, size: int, found: Findings) -> Iterator[ObjectVersion]:
    """Pinned versions of staged batches that are there; beyond the last full bundle each must be."""
    bundled = locked - locked % TILE_WIDTH
    there = {row.version for row in listing.versions if not row.is_marker}
    query = select(SIGNED.c.size, SIGNED.c.staged_key, SIGNED.c.staged_version).where(SIGNED.c.size <= size)
    for row in site.db.read(lambda c: c.execute(query).all()):
        version = ObjectVersion(row.staged_key, row.staged_version)
        if version in there:
            yield version
        elif row.size > bundled:
            found.add("staged.missing", row.staged_key, f"version {row.staged_version}: leaves up to {row.size} lie in "
                      "no full bundle yet")


def _check_anchors(site: Site, listing: Listing, found: Findings) -> None:
    there = {row.version for row in listing.versions if not row.is_marker}
    for row in site.db.read(lambda c: c.execute(select(ANCHOR)).all()):
        if ObjectVersion(row.object_key, row.version_id) not in there:
            found.add("anchor.missing", row.object_key, f"version {row.version_id}, of size {row.size}")


def _read_anchors(site: Site, size: int, keys: Sequence[VerificationKey], found: Findings) -> None:
    """Each anchor's checkpoint, signed, over the rows' root. Limit: the time-stamps are for those who hold the
    authorities' certificates (`liuhen verify`)."""
    for name in anchors(site.ports.store, site.log_id):
        if name.number or name.size > size:
            continue
        try:
            anchor = read_anchor(site.ports.store, site.log_id, name.size, name.version)
            head = Checkpoint.parse(open_note(anchor.checkpoint, keys))
        except (ArchiveError, VerificationError) as fault:
            found.add("anchor.unverified", name.version.key, str(fault))
            continue
        if head.root != (root := site.log_tiles.root(name.size)):
            found.add("anchor.root", name.version.key, f"the rows give {root.hex()}, anchored is {head.root.hex()}")


def _compare_full(site: Site, path: str, version: ObjectVersion) -> _Different | None:
    try:
        held = whole(site.ports.store, version)
        expected = site.log_tiles.full(path)
    except ArchiveError as fault:
        return "store.unread", version.key, fault.message
    if held == expected:
        return None
    return (f"{_what(path)}.differs", version.key,
            f"first at byte {_differing(held, expected)} of {len(held)}; the rows give {len(expected)} bytes")


def _compare_staged(site: Site, version: ObjectVersion) -> _Different | None:
    try:
        held = read_staged(site.ports.store, site.log_id, version)
    except ArchiveError as fault:
        kind = "staged.differs" if fault.code == "log.batch_malformed" else "store.unread"
        return kind, version.key, fault.message
    first, count = staged_spans([version.key], site.log_id)[version.key]
    rows = _leaves(site, first, count)
    at = next((at for at, (leaf, row) in enumerate(zip(held, rows, strict=False)) if leaf != row), len(rows))
    return ("staged.differs", version.key, f"first at leaf {first + at}") if at < count else None


def _leaves(site: Site, first: int, count: int) -> Sequence[BatchLeaf]:
    query = (select(CUSTODY.c.entry, SEALED.c.scope, SEALED.c.sealed)
             .join_from(CUSTODY, SEALED, CUSTODY.c.idx == SEALED.c.idx, isouter=True)
             .where(CUSTODY.c.idx.between(first, first + count - 1)).order_by(CUSTODY.c.idx))
    rows: Sequence[Any] = site.db.read(lambda c: c.execute(query).all())
    return [BatchLeaf(row.entry, row.scope or "", row.sealed or b"") for row in rows]


def _differing(held: bytes, expected: bytes) -> int:
    return next((at for at, (one, other) in enumerate(zip(held, expected, strict=False)) if one != other),
                min(len(held), len(expected)))
