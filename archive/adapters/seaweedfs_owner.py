"""What the owner of an embedded store's machine can do past every lock: the drill's hands, never the service's.

All of it is known (THREAT_MODEL.md): the lock is a promise of the S3 interface only.
"""

import base64
import hmac
import http.client
import json
import secrets
import string
import subprocess
from datetime import datetime
from pathlib import Path

from archive.adapters.s3 import S3Store
from archive.adapters.s3_wire import lock_headers, store_errors
from archive.adapters.seaweedfs_setup import read_keys, store_binary
from archive.errors import NotFound, Refused, Unavailable
from archive.ports import ObjectVersion


class StoreOwner:
    """Works on the running embedded store of the folder ``data``, with its root credential, its inner keys, its weed
    shell and its disk."""

    def __init__(self, data: Path) -> None:
        self._data, self._keys = data, read_keys(data)
        running = json.loads((data / "run" / "store.json").read_text())
        self._ports: dict[str, int] = running["ports"]
        self._root = S3Store(endpoint=running["endpoint"], bucket=self._keys.bucket,
                             access_key=self._keys.root_access, secret_key=self._keys.root_secret)

    def delete(self, version: ObjectVersion) -> bool:
        """Delete the version through S3 as root; False when the store refuses."""
        try:
            with store_errors(self._root.name, version.key):
                self._root.client._execute("DELETE", self._root.bucket, version.key,
                                           query_params={"versionId": version.version_id})
        except Refused:
            return False
        return True

    def add_version(self, key: str, data: bytes) -> None:
        """A plain PUT on the key, as root: a newer version."""
        self._root.client._put_object(self._root.bucket, key, data)

    def hide(self, key: str) -> None:
        """A plain DELETE on the key, as root: a marker."""
        self._root.client.remove_object(self._root.bucket, key)

    def knock(self, version: ObjectVersion, data: bytes) -> int:
        """PUT on the version's file through the filer's HTTP door, with the filer's own key; the status it answers."""
        connection = http.client.HTTPConnection("127.0.0.1", self._ports["filer"], timeout=10)
        try:
            connection.request("PUT", self._path(version), data, {"Authorization": f"Bearer {self._token()}"})
            return connection.getresponse().status
        finally:
            connection.close()

    def overwrite(self, version: ObjectVersion, data: bytes) -> str:
        """Other bytes under the very same key, version id and lock, through the weed shell; answers where the real
        record was put. They are stored under a decoy's key of equal length, whose record is then renamed in place."""
        state = self._root.head(version)
        assert state.lock_until is not None, "what is locked is attacked"
        first, _, rest = version.key.partition("/")
        decoy = f"{''.join(secrets.choice(string.ascii_lowercase) for _ in first)}/{rest}"
        self._root.client._put_object(self._root.bucket, decoy, data, dict(lock_headers(state.lock_until)))
        made = next(row.version for row in self._root.versions(decoy))
        aside = self._aside()
        self._rewrite(made, version, aside, (
            (self._bucket_path(decoy), self._bucket_path(version.key)),
            (self._folder(decoy), self._folder(version.key)), (made.version_id, version.version_id)))
        self._shell(f"fs.mv {self._path(made)} {self._aside()}")
        return aside

    def put_back(self, version: ObjectVersion, aside: str) -> None:
        """Undo ``overwrite``, in one move over the other record."""
        self._shell(f"fs.mv {aside} {self._path(version)}")

    def remove(self, version: ObjectVersion) -> None:
        """Remove the version's record and bytes through the weed shell."""
        self._shell(f"fs.rm {self._path(version)}")

    def rewrite_retention(self, version: ObjectVersion, until: datetime) -> None:
        """Another retention date in the filer's record of the version, through the weed shell."""
        held = self._root.head(version).lock_until
        assert held is not None, "what is locked is attacked"
        self._rewrite(version, version, self._aside(), ((str(int(held.timestamp())), str(int(until.timestamp()))),))

    def flip_bit(self, data: bytes) -> None:
        """One bit of these stored bytes, on the volume; ``NotFound object.absent`` when no volume holds them so."""
        for path in sorted((self._data / "store" / "data").glob("*.dat")):
            at = path.read_bytes().find(data)
            if at >= 0:
                with path.open("r+b") as file:
                    file.seek(at)
                    file.write(bytes([data[0] ^ 1]))
                return
        raise NotFound("object.absent", "no volume holds these bytes as they are")

    def _rewrite(self, source: ObjectVersion, target: ObjectVersion, aside: str,
                 changes: tuple[tuple[str, str], ...]) -> None:
        """Load the record of ``source`` again with these texts exchanged, each for one of equal length; the record of
        ``target`` is moved out of its way first."""
        record = self._data / "run" / "owner.meta"
        self._shell(f"fs.meta.save -o {record} {self._path(source).rpartition('/')[0]}")
        data = record.read_bytes()
        for before, after in changes:
            data = data.replace(before.encode(), after.encode())
        record.write_bytes(data)
        # The listing, because the load goes on for a moment. The real record leaves its folder last: the store's
        # cleaner removes folders it finds empty.
        path = self._path(target)
        self._shell(f"fs.mv {path} {path}-aside", f"fs.meta.load -concurrency=1 {record}",
                    f"fs.ls {path.rpartition('/')[0]}", f"fs.mv {path}-aside {aside}")

    def _path(self, version: ObjectVersion) -> str:
        return f"{self._bucket_path(version.key)}/v_{version.version_id}"

    def _bucket_path(self, key: str) -> str:
        return f"/buckets/{self._root.bucket}/{key}.versions"

    def _folder(self, key: str) -> str:
        return self._bucket_path(key).rpartition("/")[0]

    def _aside(self) -> str:
        return f"/buckets/{self._root.bucket}/aside-{secrets.token_hex(8)}"

    def _token(self) -> str:
        """A token of the filer (HS256, RFC 7519)."""
        parts = [_encoded(json.dumps(part).encode())
                 for part in ({"alg": "HS256", "typ": "JWT"}, {"exp": 2**33})]
        signed = b".".join(parts)
        seal = hmac.new(self._keys.jwt_filer.encode(), signed, "sha256").digest()
        return b".".join((signed, _encoded(seal))).decode()

    def _shell(self, *orders: str) -> None:
        command = [str(store_binary()), "shell", f"-master=127.0.0.1:{self._ports['master']}",
                   f"-filer=127.0.0.1:{self._ports['filer']}"]
        run = subprocess.run(command, input="\n".join((*orders, "")), text=True, capture_output=True, timeout=60,
                             check=False)
        if run.returncode != 0 or "error:" in run.stdout + run.stderr:  # its code is that of the last order
            raise Unavailable("store.unavailable", f"the weed shell failed: {(run.stdout + run.stderr)[-500:]}")


def _encoded(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")
