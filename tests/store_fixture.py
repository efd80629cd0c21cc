"""One real SeaweedFS per test run, shared by all workers; a bucket per test; own stores for tests that kill.

A keeper process runs the shared store, for a store dies with its supervisor and workers come and go. Every user
holds a shared flock, which the kernel drops however the user ends; whoever then gets it alone cleans up.
"""

import contextlib
import fcntl
import functools
import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from archive.adapters.s3 import S3Store
from archive.adapters.seaweedfs import EmbeddedStore, RunningStore
from archive.adapters.seaweedfs_setup import StoreKeys, collector_policy, service_policy, write_private

# Every bucket takes a volume or more, and their number is free disk / volume size: keep volumes small.
_VOLUME_MIB = 64
_BUCKETS = "test-*"
_POLICIES = {"service": service_policy, "collector": collector_policy}


@dataclass(frozen=True)
class SharedStore:
    """Where the run's store is and who may do what in it."""

    endpoint: str
    keys: StoreKeys


@dataclass(frozen=True)
class OwnStore:
    """A store that belongs to one test, with its service and root clients on its own bucket."""

    data: Path
    supervisor: EmbeddedStore
    running: RunningStore
    service: S3Store
    root: S3Store


def fresh_bucket(name: str = "primary") -> S3Store:
    """A new empty bucket in the run's store, seen with the *service* credential."""
    shared = shared_store()
    bucket = f"test-{secrets.token_hex(8)}"
    S3Store(endpoint=shared.endpoint, bucket=bucket, access_key=shared.keys.root_access,
            secret_key=shared.keys.root_secret).create_bucket()
    return S3Store(endpoint=shared.endpoint, bucket=bucket, access_key=shared.keys.service_access,
                   secret_key=shared.keys.service_secret, name=name, collector=shared.keys.collector)


def as_root(store: S3Store) -> S3Store:
    """The same bucket of the run's store, with the store's root credential."""
    shared = shared_store()
    return S3Store(endpoint=shared.endpoint, bucket=store.bucket, access_key=shared.keys.root_access,
                   secret_key=shared.keys.root_secret, name=store.name)


@contextlib.contextmanager
def own_store(data: Path, *, supervise: bool = True,
              volume_mib: int | None = _VOLUME_MIB) -> Iterator[OwnStore]:
    """A store of the test's own in folder ``data``, to be killed, filled or restarted."""
    supervisor = EmbeddedStore(supervise=supervise, volume_mib=volume_mib)
    keys = supervisor.prepare(data)
    running = supervisor.start(data)
    try:
        yield OwnStore(data, supervisor, running, client_of(running, keys, full=supervisor.full),
                       client_of(running, keys, root=True))
    finally:
        supervisor.stop(patience_s=0)  # its data goes with it: no need for an orderly end


def client_of(running: RunningStore, keys: StoreKeys, *, root: bool = False,
              full: Callable[[], bool] | None = None) -> S3Store:
    """A client of a running store's own bucket, as service or as root."""
    pair = (keys.root_access, keys.root_secret) if root else (keys.service_access, keys.service_secret)
    return S3Store(endpoint=running.endpoint, bucket=running.bucket, access_key=pair[0], secret_key=pair[1],
                   full=full, collector=None if root else keys.collector)


@functools.cache
def shared_store() -> SharedStore:
    """The run's store, started by whoever asks first; stays until the last user's process has ended."""
    folder = Path(tempfile.gettempdir()) / f"liuhen-test-store-{_run_id()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    with _locked(folder / "starting", fcntl.LOCK_EX):
        # Never closed: the lock is this process's claim on the store and ends with the process.
        claim = os.open(folder / "in-use", os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(claim, fcntl.LOCK_SH)
        if not (folder / "ready.json").exists():
            subprocess.Popen([sys.executable, __file__, str(folder)], start_new_session=True,
                             stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                             env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)})
            _await_file(folder / "ready.json")
    found = json.loads((folder / "ready.json").read_text())
    return SharedStore(found["endpoint"], StoreKeys(**found["keys"]))


def _run_id() -> str:
    return os.environ.get("PYTEST_XDIST_TESTRUNUID") or f"pid{os.getpid()}"


@contextlib.contextmanager
def _locked(path: Path, how: int) -> Iterator[int]:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, how)
        yield descriptor
    finally:
        os.close(descriptor)


def _await_file(path: Path, patience_s: float = 60.0) -> None:
    deadline = time.monotonic() + patience_s
    while not path.exists():
        if time.monotonic() > deadline:
            raise TimeoutError(f"the test store wrote no {path.name} within {patience_s:.0f} s")
        time.sleep(0.02)


def _keep(folder: Path) -> None:
    """The keeper: run the store until nobody holds ``in-use``, then remove everything."""
    supervisor = EmbeddedStore(supervise=False, volume_mib=_VOLUME_MIB)
    keys = supervisor.prepare(folder)
    _widen_service_policy(folder / "store" / "s3.json")
    running = supervisor.start(folder)
    write_private(folder / "ready.json", {"endpoint": running.endpoint, "keys": asdict(keys)})
    while not _nobody_left(folder):
        time.sleep(0.3)
    supervisor.stop(patience_s=0)
    shutil.rmtree(folder, ignore_errors=True)


def _widen_service_policy(config: Path) -> None:
    """The service's and the collector's real policies, for all test buckets instead of one."""
    content = json.loads(config.read_text())
    for policy in content["policies"]:
        if policy["name"] in _POLICIES:
            policy["content"] = _POLICIES[policy["name"]](_BUCKETS)
    write_private(config, content)


def _nobody_left(folder: Path) -> bool:
    with _locked(folder / "starting", fcntl.LOCK_EX), contextlib.suppress(BlockingIOError):
        with _locked(folder / "in-use", fcntl.LOCK_EX | fcntl.LOCK_NB):
            (folder / "ready.json").unlink()
            return True
    return False


if __name__ == "__main__":
    _keep(Path(sys.argv[1]))
