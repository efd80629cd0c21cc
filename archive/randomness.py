"""Random bytes of the operating system, fetched in blocks: a system call per id costs more than the id."""

import os
import threading

BLOCK = 4096
_gate = threading.Lock()
_pool = bytearray()


def random_bytes(count: int) -> bytes:
    """``count`` bytes of ``os.urandom``, each handed out once; a forked child starts with an empty pool."""
    if not 0 < count <= BLOCK:  # a slice of the last 0 would be the whole pool
        return os.urandom(count)
    with _gate:
        if len(_pool) < count:
            _pool[:] = os.urandom(BLOCK)
        taken = bytes(_pool[-count:])
        del _pool[-count:]
    return taken


os.register_at_fork(after_in_child=_pool.clear)
