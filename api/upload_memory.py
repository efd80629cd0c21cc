"""The memory all uploads share: 128 MiB of segments, whether they are being filled or on their way to the store."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from archive.proof.digest import SEGMENT_SIZE

BUDGET = 128 * 1024 * 1024
"""INTERFACES "Upload"."""
PLACES = 6
"""Bodies that fill their segment in memory at once; further ones set down on disk what they have (docs/settings.md)."""


class UploadMemory:
    """Used on the event loop alone. Beyond it each body holds at most a MiB and what its connection buffers."""

    def __init__(self) -> None:
        self._places = PLACES
        self.flying = asyncio.Semaphore(BUDGET // SEGMENT_SIZE - PLACES)

    @contextmanager
    def place(self) -> Iterator[bool]:
        """Whether this body may fill its segments in memory, until the block ends. Nobody waits for a place: who holds
        one may be as slow as it likes."""
        got = self._places > 0
        self._places -= got
        try:
            yield got
        finally:
            self._places += got
