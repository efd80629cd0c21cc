"""Read a stored original back: digests of the whole, digests of its segments, and a spool copy for the media tools.

One stream is fetched ahead while each digest has a thread of its own; bytes are hashed as the store gives them,
never as they came in.
"""

import hashlib
import shutil
from collections import deque
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from archive.ports import ObjectStore, ObjectVersion
from archive.proof.digest import SEGMENT_SIZE, Digest, Hasher
from archive.stop_points import reach

AHEAD = 8
"""Chunks of at most 1 MiB on their way, and behind in each digest; one stream cost less than ranges (docs/bench.md)."""
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
    whole, segments, found = [Hasher((name,)) for name in algorithms], _Segments(), 0
    target = spool if spool is not None and _has_room(spool, size) else None
    with ExitStack() as stack:
        file = None if target is None else stack.enter_context(_spool_file(target))
        chunks = store.get(version, 0, size)
        stack.callback(_give_up, chunks)  # last of all: its thread must have ended
        lanes = [stack.enter_context(_Lane(take)) for take in (segments.take, *(one.update for one in whole))]
        for chunk in _ahead(stack.enter_context(_one_thread("readback")), chunks):
            for lane in lanes:
                lane.put(chunk)
            if file is not None:
                file.write(chunk)
            before, found = found, found + len(chunk)
            if found // SEGMENT_SIZE != before // SEGMENT_SIZE or found == size:
                reach("mid_readback")
                alive()
        for lane in lanes:
            lane.finish()
    return ReadBack(found, tuple(one.digests()[0] for one in whole), segments.digests(), target)


class _Segments:
    """SHA-256 of each 8 MiB, however the bytes are cut."""

    def __init__(self) -> None:
        self._done: list[bytes] = []
        self._running, self._filled = hashlib.sha256(), 0

    def take(self, chunk: bytes) -> None:
        """The next bytes in order."""
        left = memoryview(chunk)
        while left:
            part, left = left[: SEGMENT_SIZE - self._filled], left[SEGMENT_SIZE - self._filled :]
            self._running.update(part)
            self._filled += len(part)
            if self._filled == SEGMENT_SIZE:
                self._done.append(self._running.digest())
                self._running, self._filled = hashlib.sha256(), 0

    def digests(self) -> tuple[bytes, ...]:
        """Of all segments so far, the last and shorter one among them."""
        return (*self._done, self._running.digest()) if self._filled else tuple(self._done)


class _Lane:
    """A thread that hashes chunks in order, at most ``AHEAD`` behind: hashing leaves the interpreter to others."""

    def __init__(self, take: Callable[[bytes], None]) -> None:
        self._take, self._pool = take, _one_thread("digest")
        self._behind: deque[Future[None]] = deque()

    def __enter__(self) -> "_Lane":
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)

    def put(self, chunk: bytes) -> None:
        """Hand on a chunk; waits while the lane is too far behind."""
        self._behind.append(self._pool.submit(self._take, chunk))
        if len(self._behind) > AHEAD:
            self._behind.popleft().result()

    def finish(self) -> None:
        """Wait for all that was put."""
        while self._behind:
            self._behind.popleft().result()


def _one_thread(name: str) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1, thread_name_prefix=name)


def _ahead(pool: ThreadPoolExecutor, chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The chunks in order, ``AHEAD`` of them on their way."""
    coming = deque(pool.submit(next, chunks, b"") for _ in range(AHEAD))
    while chunk := coming.popleft().result():
        coming.append(pool.submit(next, chunks, b""))
        yield chunk


def _give_up(chunks: Iterator[bytes]) -> None:
    if isinstance(chunks, Generator):
        chunks.close()


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
