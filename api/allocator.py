"""The C library's allocator, told to give segments back to the system as soon as they are in the store."""

import contextlib
import ctypes

_M_MMAP_THRESHOLD = -3
LARGE = 4 * 1024 * 1024
"""Bytes from which on a block is the system's own mapping; a segment is 8 MiB."""


def give_back_large_blocks() -> bool:
    """Call before the first segment; answers whether the allocator took it (glibc: mallopt(3)).

    Left alone glibc raises this limit to what was freed last, keeps segments in the heaps of their threads, and a
    service that has seen 25 recorders at once keeps a third more than it needs. Elsewhere nothing changes.
    """
    with contextlib.suppress(OSError, AttributeError):
        return bool(ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, LARGE))
    return False
