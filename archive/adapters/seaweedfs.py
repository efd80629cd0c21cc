"""The embedded object store: one SeaweedFS child on loopback, started, watched, restarted and stopped by us.

Limit: its locks are a promise of the S3 interface; whoever owns ``DATA/store`` owns the bytes.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from archive.adapters.s3 import S3Store
from archive.adapters.seaweedfs_ready import READY_WITHIN_S, await_ready, await_volumes
from archive.adapters.seaweedfs_setup import (
    StoreKeys,
    configure_fsync,
    free_ports,
    launch_command,
    nearly_full,
    orphans_of,
    read_keys,
    remembered_ports,
    says_full,
    write_keys,
    write_private,
)
from archive.errors import ArchiveError, Contradiction, Unavailable

STOP_WITHIN_S = 15.0
FIRST_TRIES = 3
FULL_FOR_S = 5.0
ROOM_MADE = 32 << 20
"""Bytes more than when the store was last full; so much, and a store that still fails is started anew."""
NEVER_FULL = 1 << 62
_BACKOFF_S = (0.2, 0.5, 1.0, 2.0, 5.0)


@dataclass(frozen=True)
class RunningStore:
    """A store that answered: ``endpoint`` is ``127.0.0.1:port``, ``ports`` the HTTP port of each role."""

    endpoint: str
    pid: int
    ports: dict[str, int]
    bucket: str


class EmbeddedStore:
    """Supervisor of one store folder; a folder has one at a time (the caller holds ``run/serve.lock``).

    All children are forked by one thread that lives until ``stop``: Linux ends a child with PDEATHSIG when
    the *thread* that forked it ends, not when the process does. ``supervise=False`` leaves a dead child dead.
    """

    def __init__(self, *, supervise: bool = True, bucket: str = "liuhen", memory_limit: str = "600MiB",
                 volume_mib: int | None = None) -> None:
        self._supervise = supervise
        self._bucket = bucket
        self._memory_limit = memory_limit
        self._volume_mib = volume_mib
        self._lock = threading.RLock()
        self._stopping = threading.Event()
        self._wanted = threading.Event()
        self._started = threading.Event()
        self._failure: ArchiveError | None = None
        self._child: subprocess.Popen[bytes] | None = None
        self._thread: threading.Thread | None = None
        self._running: RunningStore | None = None
        self._data = Path()
        self._said_full = -FULL_FOR_S
        self._least_free = NEVER_FULL
        self._on_line: Callable[[str], None] = lambda line: None

    def prepare(self, folder: Path) -> StoreKeys:
        """Make ``folder/keys/store.json`` and ``folder/store/s3.json`` (0600) once; later calls read them."""
        for part in ("keys", "store/data", "store/log", "run"):
            (folder / part).mkdir(parents=True, exist_ok=True, mode=0o700)
        if not (folder / "keys" / "store.json").exists():
            write_keys(folder, self._bucket)
        return read_keys(folder)

    def start(self, data: Path, *, on_line: Callable[[str], None] | None = None) -> RunningStore:
        """Start the store of folder ``data``, wait until it answers, make its bucket if new.

        An orphan that still works on the folder is ended first. ``Unavailable store.unavailable`` after 30 s.
        """
        with self._lock:
            if self._thread is not None:
                raise Contradiction("store.running", "this supervisor already runs a store")
            self._data = data.resolve()
            self._on_line = on_line or self._on_line
            self.prepare(self._data)
            end_orphans(self._data)
            self._stopping.clear()
            self._started.clear()
            self._wanted.set()
            self._failure = None
            self._thread = threading.Thread(target=self._watch, name="store-supervisor", daemon=True)
            self._thread.start()
        self._started.wait()
        if self._failure is not None:
            self.stop()
            raise self._failure
        return self.running()

    def running(self) -> RunningStore:
        """Where the store is; ``Unavailable store.unavailable`` when it was never started or is stopped."""
        running = self._running
        if running is None:
            raise Unavailable("store.unavailable", "the embedded store is not running")
        return running

    def alive(self) -> bool:
        """Whether the child process exists now; it may still be starting."""
        child = self._child
        return child is not None and child.poll() is None

    def full(self) -> bool:
        """Whether a write that just failed found no room; SeaweedFS tells S3 clients only ``InternalError``.

        Known from free disk space and the store's own output. Blocks up to 0.5 s when the answer is no. A store whose
        own metadata met the full disk goes on refusing when there is room again: it is then started anew.
        """
        if nearly_full(self._data / "store"):
            self._least_free = 0
            return True
        self._begin_anew_if_room_was_made()
        deadline = time.monotonic() + 0.5  # its output may reach us a little after its answer
        while time.monotonic() < deadline:
            if time.monotonic() - self._said_full < FULL_FOR_S:
                return True
            time.sleep(0.02)
        return False

    def _begin_anew_if_room_was_made(self) -> None:
        """End the child once after it was full and the disk is not; the supervisor starts it again."""
        with self._lock:
            child, free = self._child, shutil.disk_usage(self._data / "store").free
            if not self._supervise or child is None or free < self._least_free + ROOM_MADE:
                return
            self._least_free = NEVER_FULL
        child.terminate()

    def restart(self) -> RunningStore:
        """End the child if it lives and start it again on the same ports; waits until it answers."""
        before = self.running()
        with self._lock:
            child = self._child
            self._started.clear()
            self._wanted.set()
            end_child(child)
        if not self._started.wait(READY_WITHIN_S + STOP_WITHIN_S):
            raise Unavailable("store.unavailable", f"the store did not come back at {before.endpoint}")
        return self.running()

    def stop(self, patience_s: float = STOP_WITHIN_S) -> None:
        """SIGTERM, wait ``patience_s``, SIGKILL if it does not go; then the supervising thread ends too."""
        self._stopping.set()
        self._wanted.set()
        thread = self._thread
        while thread is not None and thread.is_alive():
            end_child(self._child, patience_s)  # again if it was just being started
            thread.join(0.1)
        self._thread = None
        self._running = None
        if self._data != Path():
            (self._data / "run" / "store.json").unlink(missing_ok=True)

    def _watch(self) -> None:
        """The forking thread: one turn per life of the child."""
        ports = remembered_ports(self._data) or free_ports()
        failures = 0
        while not self._stopping.is_set():
            self._wanted.clear()
            try:
                self._live(ports)
                failures = 0
            except (ArchiveError, OSError) as error:
                self._failure = error if isinstance(error, ArchiveError) else Unavailable(
                    "store.unavailable", f"the store cannot be started: {error}")
                end_child(self._child)
                failures += 1
                if self._running is None and failures == FIRST_TRIES:  # the caller of start is told
                    self._started.set()
                    return
                if self._running is None:  # another process may have taken a port since it was found free
                    ports = free_ports()
            if not self._supervise and self._running is not None:
                self._wanted.wait()
            elif not self._wanted.is_set():
                self._stopping.wait(_BACKOFF_S[min(failures, len(_BACKOFF_S) - 1)])

    def _live(self, ports: dict[str, int]) -> None:
        """Fork, wait until ready, announce, then read the child's output until it ends."""
        keys = read_keys(self._data)
        command, environment = launch_command(
            self._data / "store", ports, keys, memory_limit=self._memory_limit, volume_mib=self._volume_mib)
        self._child = child = subprocess.Popen(
            command, env=environment, cwd=self._data / "store", stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True)
        reader = threading.Thread(target=self._read_lines, args=(child,), daemon=True)
        reader.start()
        await_ready(ports["s3"], child, self._stopping)
        first = self._running is None
        running = RunningStore(f"127.0.0.1:{ports['s3']}", child.pid, ports, keys.bucket)
        root = S3Store(endpoint=running.endpoint, bucket=keys.bucket, access_key=keys.root_access,
                       secret_key=keys.root_secret)
        if first:
            _make_bucket(root, running, keys)
        await_volumes(root, child, self._stopping)
        write_private(self._data / "run" / "store.json", asdict(running))
        self._failure = None
        self._running = running
        self._started.set()
        child.wait()
        reader.join(1.0)

    def _read_lines(self, child: subprocess.Popen[bytes]) -> None:
        if child.stdout is None:
            return
        for raw in child.stdout:
            line = raw.decode("utf-8", "replace").rstrip()
            if says_full(line):
                self._said_full = time.monotonic()
                self._least_free = min(self._least_free, shutil.disk_usage(self._data / "store").free)
            self._on_line(line)


def _make_bucket(root: S3Store, running: RunningStore, keys: StoreKeys) -> None:
    """fsync rule first, bucket second: a bucket that exists has its rule, whatever crashed in between."""
    if not root.bucket_exists():
        configure_fsync(running.ports, keys.bucket, keys)
        root.create_bucket()


def end_child(child: subprocess.Popen[bytes] | None, patience_s: float = STOP_WITHIN_S) -> None:
    """SIGTERM, ``patience_s`` of patience, SIGKILL; returns when the process is gone."""
    if child is None or child.poll() is not None:
        return
    child.terminate()
    try:
        child.wait(patience_s)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def end_orphans(data: Path) -> None:
    """End every store process whose command line names this folder, by pid, and wait until it is gone."""
    for pid in orphans_of(data / "store"):
        for sign, patience in ((signal.SIGTERM, STOP_WITHIN_S), (signal.SIGKILL, 5.0)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, sign)
            deadline = time.monotonic() + patience
            while pid in orphans_of(data / "store") and time.monotonic() < deadline:
                time.sleep(0.05)
    if orphans_of(data / "store"):
        raise Unavailable("store.unavailable", f"another store still works on {data / 'store'}")
