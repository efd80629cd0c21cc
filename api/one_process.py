"""One process serves a data folder: a lock on a file, which ends with the process."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from archive.errors import Conflict


@contextmanager
def only_one(data: Path) -> Iterator[None]:
    """Holds ``run/serve.lock``; ``Conflict serve.running`` when another process does."""
    path = data / "run" / "serve.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as fault:
            raise Conflict("serve.running", f"another process serves {data}; stop it first") from fault
        yield
