"""Dock agent, service and store killed at random moments, each a real process: no footage is lost, none doubled, and
nothing is wiped without a receipt that verifies."""

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import service_fixture
from docking.conftest import MINUTE
from flows.dock import jobs_done, rows
from service_fixture import ROOT, LiveService, wait_for

from api.settings import load_settings
from api.station_home import enrol_home, open_home
from api.wiring import beside
from archive.proof.digest import sha256
from archive.proof.trust import Trust
from archive.proof.verify import verify_receipt
from ingest.docking.recorders import Docked
from ingest.docking.simulator import SimulatedRecorder
from ingest.enrolment import issue_code
from ingest.manifest import RecorderName
from ingest.station_code import StationCode

SLOTS = 2


@dataclass
class Town:
    """A service that can be killed and comes back at its address, an enrolled dock, recorders that go on recording."""

    service: LiveService
    home: Path
    mounts: Path
    recorders: list[SimulatedRecorder]
    chance: random.Random
    recorded: dict[str, bytes] = field(default_factory=dict)

    def record(self) -> None:
        for recorder in self.recorders:
            data = self.chance.randbytes(self.chance.choice((700, 90_000, 9 << 20)))
            number = len(self.recorded) + 1
            recorder.record(data, MINUTE, number)
            self.recorded[str(sha256(data))] = data

    @contextlib.contextmanager
    def agent(self, *more: str) -> Iterator["subprocess.Popen[bytes]"]:
        process = subprocess.Popen(
            [sys.executable, "-m", "api.cli", "station", "run", "--home", str(self.home), "--mounts", str(self.mounts),
             "--json", *more], cwd=ROOT, stdout=(self.home / "shown").open("ab"), stderr=subprocess.STDOUT)
        try:
            yield process
        finally:
            process.kill()
            process.wait()

    def await_work(self) -> None:
        """Until the agent that was started last shows something: it is killed at its work, not on its way there."""
        shown = self.home / "shown"
        before = shown.stat().st_size
        wait_for(lambda: shown.stat().st_size > before, 60)

    def kill_service(self) -> None:
        port = int(self.service.address.rsplit(":", 1)[1])
        self.service.process.kill()
        self.service.process.wait()
        again = service_fixture.start(self.service.data, self.service.log_key, port=port)
        if self.service.process.stdout:
            self.service.process.stdout.close()
        self.service.process = again.process

    def kill_store(self) -> None:
        pid = json.loads((self.service.data / "run" / "store.json").read_text())["pid"]
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with service_fixture.live_service(tmp_path) as service:
        with beside(service.data, load_settings(service.data)) as archive:
            code = issue_code(archive.intake, "城东所采集站", "dock", 24 * 60 * MINUTE)
        home, mounts = tmp_path / "home", tmp_path / "mounts"
        enrol_home(home, service.address, StationCode.parse(code.text), None)
        (home / "policy").write_text(f"log {service.log_key.text()}\nquorum none\n")
        mounts.mkdir()
        now = service_fixture.station_clock()
        recorders = [SimulatedRecorder.made(mounts / f"slot-{n}", Docked(
            RecorderName("Simulated", f"K{n:07}", "body_camera"), wearer="王伟"), now) for n in range(SLOTS)]
        yield Town(service, home, mounts, recorders, random.Random(20_261_128))


@pytest.mark.parametrize("rounds", [20, pytest.param(500, marks=pytest.mark.long)])
@pytest.mark.timeout(7200)
def test_footage_is_lost_doubled_or_wiped_too_early_when_parts_are_killed(town: Town, rounds: int) -> None:
    for number in range(rounds):
        town.record()
        with town.agent() as agent:
            town.await_work()
            time.sleep(town.chance.uniform(0.0, 2.0))
            if number % 5 == 3:
                town.kill_service()
            elif number % 5 == 4:
                town.kill_store()
            if number % 2:
                time.sleep(town.chance.uniform(0.0, 1.5))
            agent.kill()
    wait_for(lambda: _once(town) == 0, 600)
    jobs_done(town.service)
    _require_all_there_once(town)
    assert [clip for recorder in town.recorders for clip in recorder.clips()] == []
    _require_receipts(town)


def _once(town: Town) -> int:
    with town.agent("--once") as agent:
        return agent.wait(500)


def _require_all_there_once(town: Town) -> None:
    held = [digest for (digest,) in rows(town.service.data, "SELECT digest FROM recording")]
    assert sorted(held) == sorted(town.recorded)


def _require_receipts(town: Town) -> None:
    """One for each wipe, each of which verifies by itself against what was recorded."""
    wiped = rows(town.service.data, "SELECT id FROM recording_wipe")
    trust = Trust(open_home(town.home).policy or pytest.fail("no policy"))
    assert len(wiped) == len(town.recorded)
    for (upload,) in wiped:
        receipt = (town.home / "receipts" / f"{upload}.receipt.json").read_bytes()
        (digest,), = rows(town.service.data, "SELECT digest FROM upload WHERE id = ?", upload)
        file = town.home / "again.mp4"
        file.write_bytes(town.recorded[str(digest)])
        assert verify_receipt(receipt, trust, file).verdict == "proven"
