"""Random bytes of the operating system, fetched in blocks: a system call per id costs more than the id."""

import os
import threading

BLOCK = 4096
_gate = threading.Lock()
_pool = bytearray()


def random_bytes(count: int) -> bytes:
    """``count`` ≤ 4096 bytes of ``os.urandom``, each handed out once; a forked child starts with an empty pool."""
    with _gate:
        if len(_pool) < count:
            _pool[:] = os.urandom(BLOCK)
        taken = bytes(_pool[-count:])
        del _pool[-count:]
    return taken


os.register_at_fork(after_in_child=_pool.clear)
