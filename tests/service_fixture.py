"""A real service for tests: `liuhen serve` as a process of its own, on a free loopback port, with its own folder
and its own embedded store; stations and people enrolled in it; recordings deposited through its HTTP interface."""

import contextlib
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2

from api.passwords import hash_password
from api.settings import load_settings
from api.setup import init
from api.wiring import beside, new_station_key, station_clock, without_database
from archive.event_values import Interval
from archive.people import add_person
from archive.proof.keys import VerificationKey
from archive.proof.signing import SigningKey
from archive.published import Published
from archive.rebuild import Sources
from archive.rebuilding import compare_with_log
from ingest.manifest import RecorderName
from ingest.push import Pushed, StationSide, Take, push_file
from ingest.stations import enrol

ROOT = Path(__file__).resolve().parents[1]
SAMPLES = ROOT / "api" / "samples"
PASSWORD = "a password of this test"
TAKEN = datetime(2026, 3, 5, 1, 30, tzinfo=UTC)
CAMERA = RecorderName("Hikvision", "DSJ-0042", "body_camera")

AT_END = contextlib.ExitStack()
"""What tests of a process share; closed after the last of them. A test process is ended too hard for ``atexit``."""


@dataclass
class LiveService:
    """A serving process. ``journal`` is the file its standard error goes to; ``edited``: its test changed rows by hand,
    so that they are not what the store gives."""

    data: Path
    log_key: VerificationKey
    journal: Path
    process: subprocess.Popen[str]
    address: str
    stations: dict[str, SigningKey] = field(default_factory=dict)
    edited: bool = False

    def client(self) -> httpx2.Client:
        """A client of this service that follows no redirect and keeps cookies."""
        return httpx2.Client(base_url=self.address, timeout=60.0)

    def station(self, title: str) -> StationSide:
        """An enrolled station of this title, with its key and the log's key pinned."""
        if title not in self.stations:
            key = new_station_key(self.data.parent / f"station-{len(self.stations)}.pem")
            with beside(self.data, load_settings(self.data)) as archive:
                enrol(archive.site, key.key.text(), title)
            self.stations[title] = key
        return StationSide(self.client(), self.stations[title], self.log_key, station_clock())

    def push(self, path: Path, title: str = "城东所采集站 01", recorder: RecorderName = CAMERA,
             at: datetime = TAKEN, **labels: str) -> Pushed:
        """Deposit a file as a station does and come back with its verified receipt."""
        span = Interval(at, at), Interval(at + timedelta(minutes=2), at + timedelta(minutes=2))
        with contextlib.closing(self.station(title).client):
            return push_file(self.station(title), Take(path, recorder, *span, {"file_name": path.name, **labels}))

    def add_person(self, login: str, name: str, password: str = PASSWORD,
                   roles: tuple[str, ...] = ("investigator",)) -> str:
        """An account; answers its id."""
        with beside(self.data, load_settings(self.data)) as archive:
            return add_person(archive.site, login, name, roles, hash_password(password))

    def stop(self) -> None:
        """As an operator does: SIGTERM, and wait."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        if self.process.stdout:
            self.process.stdout.close()


@contextlib.contextmanager
def live_service(folder: Path, environment: Mapping[str, str] | None = None) -> Iterator[LiveService]:
    """A new archive in ``folder``/data, with short locks, served until the block ends; its tables must then be what its
    store gives, whatever was lived through (unless its test ended it or edited its rows)."""
    log_key = init(folder / "data", "test.example", short_locks=True)
    service = start(folder / "data", log_key, environment)
    try:
        yield service
        if service.process.poll() is None and not service.edited:
            require_rebuildable(service.data)
    finally:
        service.stop()


def require_rebuildable(data: Path) -> None:
    """``rebuild --compare`` finds nothing that differs, is missing or extra, in the folder of a serving process."""
    published = Published(data / "log").get()
    with without_database(data, load_settings(data)) as ports:
        sources = Sources(ports.store, ports.vault, ports.signer)
        notes = [] if published is None else [published]
        found = compare_with_log(sources, data / "liuhen.db", notes, lambda *_: None)
    assert [one.text() for one in found.differences] == []
    assert list(found.rebuilt.unreadable) == []


def start(data: Path, log_key: VerificationKey, environment: Mapping[str, str] | None = None,
          port: int = 0) -> LiveService:
    """Serve an archive that is there; ``TimeoutError`` with the journal when it does not come up."""
    journal = data.parent / "serve.log"
    with journal.open("a") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "api.cli", "serve", "--data", str(data), "--port", str(port)], cwd=ROOT, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, env={**os.environ, **(environment or {})})
    return LiveService(data, log_key, journal, process, _printed_address(process, journal))


def wait_for(what: Callable[[], bool], patience_s: float = 180.0) -> None:
    """Until ``what`` holds; ``TimeoutError`` when it does not in time."""
    deadline = time.monotonic() + patience_s
    while not what():
        if time.monotonic() > deadline:
            raise TimeoutError("what the test waited for did not come about")
        time.sleep(0.1)


def memory_peak_kb(pid: int) -> int:
    """The most resident memory a process ever had, in kB (VmHWM)."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0])


def _printed_address(process: subprocess.Popen[str], journal: Path, patience_s: float = 180.0) -> str:
    assert process.stdout is not None
    deadline = time.monotonic() + patience_s
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while time.monotonic() < deadline and selector.select(deadline - time.monotonic()):
            line = process.stdout.readline()
            if "http://" in line:
                return line[line.index("http://"):].split()[0]
            if not line:
                break
    process.kill()
    process.wait()
    raise TimeoutError(f"the service did not come up:\n{journal.read_text()}")
