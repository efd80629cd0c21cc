"""When a store that was just started can be worked with: its S3 door answers, and the volumes behind it are known."""

import contextlib
import http.client
import subprocess
import threading
import time
from itertools import islice

from archive.adapters.s3 import S3Store
from archive.errors import ArchiveError, Unavailable
from archive.ports import ListedVersion

READY_WITHIN_S = 30.0
VOLUMES_WITHIN_S = 10.0
"""After that the store counts as ready all the same: an object that cannot be read is no reason not to start."""
LOOKED_AT = 3


def await_ready(port: int, child: subprocess.Popen[bytes], stopping: threading.Event) -> None:
    """Wait until ``GET /`` answers 403 (an anonymous caller is known and refused), at most 30 s."""
    deadline = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < deadline and not stopping.is_set():
        if child.poll() is not None:
            raise Unavailable("store.unavailable", f"the store ended at start with status {child.returncode}")
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        with contextlib.closing(connection), contextlib.suppress(OSError, http.client.HTTPException):
            connection.request("GET", "/")
            if connection.getresponse().status == 403:
                return
        time.sleep(0.05)
    raise Unavailable("store.unavailable", f"the store did not answer within {READY_WITHIN_S:.0f} s")


def await_volumes(root: S3Store, child: subprocess.Popen[bytes], stopping: threading.Event) -> None:
    """Wait until a byte of one of its first objects can be read; at once where there is none.

    The volume server tells the master of its volumes some moments after the S3 door opens; what is read in between
    fails as if it were lost (seen on busy machines).
    """
    deadline = time.monotonic() + VOLUMES_WITHIN_S
    while time.monotonic() < deadline and child.poll() is None and not stopping.is_set():
        with contextlib.suppress(ArchiveError):
            some = [row for row in islice(root.versions(""), LOOKED_AT) if row.size and not row.is_marker]
            if not some or any(_gives_a_byte(root, row) for row in some):
                return
        time.sleep(0.05)


def _gives_a_byte(root: S3Store, row: ListedVersion) -> bool:
    with contextlib.suppress(ArchiveError):
        return b"".join(root.get(row.version, 0, 1)) != b""
    return False
