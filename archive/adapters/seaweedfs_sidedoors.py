"""The embedded store's doors beside S3, tried on a canary: HTTP ports (shut by keys) and the weed shell (open)."""

import http.client
import json
import secrets
import subprocess
from pathlib import Path

from archive.adapters.s3 import S3Store
from archive.adapters.s3_lockprobe import LOCKED_FOR
from archive.adapters.seaweedfs_setup import store_binary
from archive.errors import ArchiveError, Unavailable
from archive.event_values import LockAttempt
from archive.ports import ObjectVersion

_BYTES = b"liuhen canary behind the side doors\n"
_REFUSED = frozenset({401, 403, 404, 405})


class SideDoors:
    """``LockBreaker`` without S3: what anybody on this machine can try, and what its administrator can do.

    The weed shell (gRPC, no keys) removes the canary: that is *known*, prevented only by keeping the machine, and
    detected by re-reading: ``liuhen reconcile``, ``liuhen log check``, a second copy elsewhere.
    """

    identity = "side_door"

    def __init__(self, data: Path, store: S3Store) -> None:
        self._data, self._store = data, store

    def attempts(self) -> tuple[LockAttempt, ...]:
        """Every door in turn; ``Unavailable store.unavailable`` when no embedded store runs in this folder."""
        ports = self._ports()
        canary = self._store.put(f"canary/{secrets.token_hex(8)}", _BYTES, self._store.date() + LOCKED_FOR)
        file = f"/buckets/{self._store.bucket}/{canary.key}.versions/v_{canary.version_id}"
        knocks = (
            ("filer_read", ports["filer"], "GET", file), ("filer_overwrite", ports["filer"], "PUT", file),
            ("filer_delete", ports["filer"], "DELETE", file),
            ("collection_delete", ports["master"], "POST", f"/col/delete?collection={self._store.bucket}"),
            ("volume_read", ports["volume"], "GET", "/1,01000000ff"))
        made = [LockAttempt(name, "refused", _knock(port, method, path)) for name, port, method, path in knocks]
        made.append(LockAttempt("lose_canary", "refused", "refused" if self._intact(canary) else "done"))
        self._shell(ports, f"fs.rm {file}\n")
        return (*made, LockAttempt("weed_shell_remove", "done", "refused" if self._intact(canary) else "done"))

    def _ports(self) -> dict[str, int]:
        try:
            return dict(json.loads((self._data / "run" / "store.json").read_text())["ports"])
        except (OSError, ValueError, KeyError) as fault:
            raise Unavailable("store.unavailable", "no embedded store runs in this folder") from fault

    def _intact(self, canary: ObjectVersion) -> bool:
        try:
            return b"".join(self._store.get(canary)) == _BYTES
        except ArchiveError:
            return False

    def _shell(self, ports: dict[str, int], order: str) -> None:
        subprocess.run(
            [str(store_binary()), "shell", f"-master=127.0.0.1:{ports['master']}",
             f"-filer=127.0.0.1:{ports['filer']}"],
            input=order, text=True, capture_output=True, timeout=60, check=False)


def _knock(port: int, method: str, path: str) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request(method, path, body=b"evil" if method in ("PUT", "POST") else None)
        return "refused" if connection.getresponse().status in _REFUSED else "done"
    except OSError:
        return "refused"
    finally:
        connection.close()
