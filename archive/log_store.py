"""The log in locked storage: full tiles, entry bundles and particulars bundles under ``log/<log id>/``, each written
once, and the leaves read back out of them and of the staged batches behind them."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from archive.batches import BatchLeaf, decode_batch
from archive.errors import ArchiveError, Contradiction, NotFound
from archive.log_edge import Full, decode_particulars, particulars_path
from archive.ports import ListedVersion, ObjectStore, ObjectVersion
from archive.proof.errors import VerificationError
from archive.proof.tiles import HASH_SIZE, TILE_WIDTH, TileName, decode_bundle, entries_path, parse_tile_path, tiles_for
from archive.stop_points import reach

PUT_THREADS = 6
_CHUNK = 64
_STAGED = re.compile(r"(0|[1-9][0-9]{0,18})-([1-9][0-9]{0,9})").fullmatch


def log_prefix(log_id: str) -> str:
    """``log/<log id>/``: below it what is locked for as long as the log is needed."""
    return f"log/{log_id}/"


def oldest(store: ObjectStore, key: str) -> ObjectVersion | None:
    """The first version ever put under ``key``, which is the one that counts; None when there is none."""
    return oldest_of(store.versions(key)).get(key)


def oldest_of(listed: Iterable[ListedVersion]) -> dict[str, ObjectVersion]:
    """The first version of each key of a listing, which names a key's versions newest first."""
    found: dict[str, ObjectVersion] = {}
    for row in listed:
        if not row.is_marker:
            found[row.version.key] = row.version
    return found


def whole(store: ObjectStore, version: ObjectVersion) -> bytes:
    """All bytes of a small object."""
    return b"".join(store.get(version))


def full_paths(size: int) -> Iterator[str]:
    """Paths below ``log/<log id>/`` of every full tile and bundle of a log of ``size`` leaves."""
    yield from (name.path for name in tiles_for(size) if name.width == TILE_WIDTH)
    for number in range(size // TILE_WIDTH):
        yield entries_path(number)
        yield particulars_path(number)


def parse_full_path(untrusted_path: str) -> TileName | None:
    """The tile or bundle (level None) a path below ``log/<log id>/`` names, particulars as their entry bundle; None
    for any other path."""
    bundle = untrusted_path.startswith("particulars/")
    try:
        name = parse_tile_path(untrusted_path.replace("particulars/", "tile/entries/", 1) if bundle else untrusted_path)
    except ValueError:
        return None
    return name if name.width == TILE_WIDTH else None


class LogStore:
    """Writes full tiles and bundles, a few at a time. Every put may be repeated: equal bytes there count as done.

    Limit: the lock is the store's promise; that nothing was changed beneath it is seen by reading it again.
    """

    def __init__(self, store: ObjectStore, log_id: str) -> None:
        self._store, self._prefix = store, log_prefix(log_id)
        self._pool = ThreadPoolExecutor(PUT_THREADS, thread_name_prefix="log-put")

    def put(self, objects: Sequence[Full], lock_until: datetime) -> None:
        """All of them durable and locked when this returns. ``Contradiction log.locked_differs`` where other bytes
        stand; any other failure leaves some put, to be put again."""
        failed = [fault for fault in self._pool.map(lambda full: self._put(full, lock_until), objects) if fault]
        for fault in sorted(failed, key=lambda fault: not isinstance(fault, Contradiction)):
            raise fault

    def put_again(self, paths: Sequence[str], read: Callable[[str], bytes], lock_until: datetime) -> None:
        """As ``put``, a few at a time, what ``read`` gives for each path."""
        for first in range(0, len(paths), _CHUNK):
            self.put([Full(path, read(path)) for path in paths[first:first + _CHUNK]], lock_until)

    def close(self) -> None:
        """End the threads."""
        self._pool.shutdown()

    def _put(self, full: Full, lock_until: datetime) -> Exception | None:
        try:
            self._store.put(self._prefix + full.path, full.data, lock_until)
        except Contradiction as fault:
            if fault.code != "object.differs":
                return fault
            return Contradiction("log.locked_differs", f"the locked object {full.path} is not what this log's rows "
                                 "give: two histories, or a changed store. Keep both, find out who wrote the other.")
        except ArchiveError as fault:
            return fault
        reach("after_" + full.path.split("/")[1 if full.path.startswith("tile/entries/") else 0])
        return None


def stored_leaves(store: ObjectStore, log_id: str) -> Iterator[BatchLeaf]:
    """Every leaf the store holds, in index order from 0: full bundles with their particulars, then staged batches.

    ``Contradiction log.bundle_missing`` or ``log.bundle_malformed`` names what is not there or does not read.
    Limit: nothing is verified here but lengths; hash the entries and compare with a checkpoint you trust. The last
    batch may have been staged and never signed.
    """
    bundles = oldest_of(store.versions(log_prefix(log_id)))
    count = _bundle_count(bundles, log_id)
    for number in range(count):
        yield from read_bundle(store, log_id, number, bundles)
    yield from _staged_leaves(store, log_id, count * TILE_WIDTH)


def read_bundle(store: ObjectStore, log_id: str, number: int,
                listed: Mapping[str, ObjectVersion] | None = None) -> list[BatchLeaf]:
    """The 256 leaves of bundle ``number``, at the versions ``listed`` names or as asked for; errors as there."""

    def data(path: str) -> bytes:
        key = log_prefix(log_id) + path
        version = oldest(store, key) if listed is None else listed.get(key)
        if version is None:
            raise Contradiction("log.bundle_missing", f"{key} is not in the store: without it the leaves from "
                                f"{number * TILE_WIDTH} on cannot be read. Look for it in a second copy.")
        return whole(store, version)

    try:
        entries = decode_bundle(data(entries_path(number)))
        if len(entries) != TILE_WIDTH:
            raise VerificationError("bundle", f"{len(entries)} entries")
    except VerificationError as fault:
        raise Contradiction("log.bundle_malformed",
                            f"entry bundle {number} in the store does not read: {fault.reason}") from fault
    particulars = decode_particulars(data(particulars_path(number)))
    return [BatchLeaf(entry, *sealed) for entry, sealed in zip(entries, particulars, strict=True)]


def staged_spans(keys: Iterable[str], log_id: str) -> dict[str, tuple[int, int]]:
    """(first, count) of each key that names a staged batch of this log; other keys are passed over."""
    prefix = f"staged/{log_id}/"
    matches = ((key, _STAGED(key.removeprefix(prefix))) for key in keys if key.startswith(prefix))
    return {key: (int(match[1]), int(match[2])) for key, match in matches if match}


def read_staged(store: ObjectStore, log_id: str, version: ObjectVersion) -> list[BatchLeaf]:
    """The leaves of one staged batch; ``Contradiction log.batch_malformed`` unless it holds what its key says."""
    try:
        named, first, leaves = decode_batch(whole(store, version))
    except NotFound as fault:
        raise Contradiction("log.store_behind", f"{version.key} is not in the store any more") from fault
    if named != log_id or staged_spans([version.key], log_id).get(version.key) != (first, len(leaves)):
        raise Contradiction("log.batch_malformed", f"{version.key} holds another batch than its key says")
    return leaves


def _staged_leaves(store: ObjectStore, log_id: str, begin: int) -> Iterator[BatchLeaf]:
    """From index ``begin``: batches may overlap (one was staged twice after a lost answer) but leave no gap."""
    versions = oldest_of(store.versions(f"staged/{log_id}/"))
    at = begin
    for key, (first, count) in sorted(staged_spans(versions, log_id).items(), key=lambda item: item[1]):
        if first > at:
            raise Contradiction("log.bundle_missing", f"the store holds no leaf {at}: neither a full bundle nor a "
                                f"staged batch before {key}. Look for it in a second copy.")
        if first + count > at:
            yield from read_staged(store, log_id, versions[key])[at - first:]
            at = first + count


def _bundle_count(keys: Iterable[str], log_id: str) -> int:
    """Bundles that must be there: one more than the highest any tile or bundle of the first level speaks of."""
    prefix, count = log_prefix(log_id), 0
    for key in keys:
        name = parse_full_path(key.removeprefix(prefix))
        if name is not None and name.level in (None, 0):
            count = max(count, name.number + 1)
    return count


def require_right_sizes(listed: Iterable[ListedVersion], log_id: str) -> None:
    """``Contradiction log.locked_differs`` for a hash tile that is not 8192 bytes long."""
    for row in listed:
        name = parse_full_path(row.version.key.removeprefix(log_prefix(log_id)))
        if name is not None and name.level is not None and not row.is_marker and row.size != TILE_WIDTH * HASH_SIZE:
            raise Contradiction("log.locked_differs", f"{row.version.key} in the store has {row.size} bytes: no tile")
