"""Read a stored original back: digests of the whole, digests of its segments, and a spool copy for the media tools.

Two ranges are fetched ahead while one is hashed; bytes are hashed as the store gives them, never as they came in.
"""

import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from archive.ports import ObjectStore, ObjectVersion
from archive.proof.digest import SEGMENT_SIZE, Digest, Hasher, sha256
from archive.stop_points import reach

AHEAD = 2
SPOOL_RESERVE = 512 * 1024 * 1024
"""Free bytes left on the spool's disk; below that a recording is accessioned without a probe (INTERFACES)."""


@dataclass(frozen=True)
class ReadBack:
    """What the store gave: bytes, digests of the whole, SHA-256 per segment, the spool copy if there was room."""

    size: int
    digests: tuple[Digest, ...]
    segments: tuple[bytes, ...]
    spooled: Path | None


def read_back(store: ObjectStore, version: ObjectVersion, size: int, algorithms: tuple[str, ...],
              spool: Path | None, alive: Callable[[], object] = lambda: None) -> ReadBack:
    """Hash the pinned version; ``alive`` is called once a segment (to keep a lease). ``spool`` None: no copy.

    Raises what the store raises; a partial spool file is removed then.
    """
    hasher, segments, found = Hasher(algorithms), [], 0
    target = spool if spool is not None and _has_room(spool, size) else None
    with ExitStack() as stack:
        file = None if target is None else stack.enter_context(_spool_file(target))
        pool = stack.enter_context(ThreadPoolExecutor(AHEAD + 1, thread_name_prefix="readback"))
        for segment in _segments(pool, store, version, size):
            digest = pool.submit(sha256, segment)
            if file is not None:
                file.write(segment)
            hasher.update(segment)
            segments.append(digest.result().value)
            found += len(segment)
            reach("mid_readback")
            alive()
    return ReadBack(found, hasher.digests(), tuple(segments), target)


def _segments(pool: ThreadPoolExecutor, store: ObjectStore, version: ObjectVersion, size: int) -> Iterator[bytes]:
    """Segments in order, ``AHEAD`` of them on their way."""
    starts = iter(range(0, size, SEGMENT_SIZE))
    coming: list[Future[bytes]] = []
    for start in starts:
        coming.append(pool.submit(_fetch, store, version, start, min(SEGMENT_SIZE, size - start)))
        if len(coming) > AHEAD:
            yield coming.pop(0).result()
    for last in coming:
        yield last.result()


def _fetch(store: ObjectStore, version: ObjectVersion, start: int, length: int) -> bytes:
    return b"".join(store.get(version, start, length))


def _has_room(spool: Path, size: int) -> bool:
    spool.parent.mkdir(parents=True, exist_ok=True)
    return shutil.disk_usage(spool.parent).free > size + SPOOL_RESERVE


@contextmanager
def _spool_file(target: Path) -> Iterator[IO[bytes]]:
    """Written beside its name and renamed when whole, so that a spool file is complete or absent. Not fsynced."""
    unfinished = target.with_name(target.name + ".part")
    try:
        with unfinished.open("wb") as file:
            yield file
        unfinished.rename(target)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
