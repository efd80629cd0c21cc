"""A full dock: 25 recorders at once through the dock agent until each clip is wiped, beside as many plain uploads."""

import contextlib
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from bench.depositing import endpoint
from bench.figures import MIB, Figure, Scale, compared, in_turns, seconds
from bench.specimens import large_file, write_new
from bench.stores import aws_environment
from service_fixture import ROOT, LiveService, live_service, memory_peak_kb

from api.settings import load_settings
from api.station_home import enrol_home
from api.wiring import beside, station_clock
from archive.adapters.seaweedfs_setup import read_keys
from ingest.docking.recorders import Docked
from ingest.docking.simulator import SimulatedRecorder
from ingest.enrolment import issue_code
from ingest.manifest import RecorderName
from ingest.station_code import StationCode

RECORDERS = 25
_DAY = timedelta(days=1)
_AGENT = [sys.executable, "-m", "api.cli", "station", "run", "--once", "--json"]


@dataclass(frozen=True)
class _Fleet:
    """A service, an enrolled dock with a policy, its recorders, and the bytes each clip is made of."""

    service: LiveService
    home: Path
    mounts: Path
    recorders: list[SimulatedRecorder]
    source: Path

    @property
    def mebibytes(self) -> float:
        return RECORDERS * self.source.stat().st_size / MIB

    def ours(self) -> float:
        """MiB/s of one docking: clocks, manifests, signed requests, receipts, each verified against the clip read
        again, wiped. The agent's own start is inside."""
        for number, recorder in enumerate(self.recorders):
            write_new(self.source, recorder.record(b"", timedelta(minutes=1), number))
        taken = seconds(lambda: subprocess.run(
            [*_AGENT, "--home", str(self.home), "--mounts", str(self.mounts)], cwd=ROOT, check=True,
            stdout=(self.home / "shown").open("wb")))
        if any(recorder.clips() for recorder in self.recorders):
            raise RuntimeError("a clip was not wiped: its receipt did not verify")
        return self.mebibytes / taken

    def theirs(self) -> float:
        """MiB/s of as many ``aws s3 cp`` at once into the same bucket."""
        files = [self.mounts.parent / f"plain-{number}" for number in range(RECORDERS)]
        for file in files:
            write_new(self.source, file)
        data = self.service.data
        # As patient as it can be told to be: with its defaults some of them fail on a busy machine.
        environment = {**aws_environment(read_keys(data), data), "AWS_MAX_ATTEMPTS": "10"}
        copy = ["aws", "--endpoint-url", f"http://{endpoint(data)}", "--cli-read-timeout", "0", "s3", "cp",
                "--only-show-errors"]

        def work() -> None:
            running = [subprocess.Popen([*copy, str(file), f"s3://liuhen/bench/{file.name}"], env=environment,
                                        stdout=subprocess.DEVNULL) for file in files]
            if any(process.wait() for process in running):
                raise RuntimeError("an upload of the peer failed")

        taken = seconds(work)
        for file in files:
            file.unlink()
        return self.mebibytes / taken


def measure_docking(folder: Path, scale: Scale) -> list[Figure]:
    """``dock_25`` in MiB/s of all recorders together, and the service's peak of memory meanwhile, in MB.

    Half the runs of other figures: a run moves 25 quarters of the large file, and each side has a store of its own
    run, for nothing in it can be deleted.
    """
    peaks: list[float] = []

    def ours(run: int) -> float:
        with _fleet(folder / f"ours-{run}", scale) as fleet:
            rate = fleet.ours()
            peaks.append(memory_peak_kb(fleet.service.process.pid) * 1024 / 1e6)
            return rate

    def theirs(run: int) -> float:
        with _fleet(folder / f"theirs-{run}", scale) as fleet:
            return fleet.theirs()

    rates = in_turns(max(1, scale.runs // 2), ours, theirs)
    return [compared("dock_25", "MiB/s", f"{RECORDERS} aws s3 cp FILE s3://… at once", *rates),
            compared("dock_25_memory", "MB", "", peaks)]


@contextlib.contextmanager
def _fleet(folder: Path, scale: Scale) -> Iterator[_Fleet]:
    mounts, home = folder / "mounts", folder / "home"
    mounts.mkdir(parents=True)
    try:
        with live_service(folder) as service:
            with beside(service.data, load_settings(service.data)) as archive:
                code = issue_code(archive.intake, "采集站", "dock", _DAY)
            enrol_home(home, service.address, StationCode.parse(code.text), None)
            (home / "policy").write_text(f"log {service.log_key.text()}\nquorum none\n")
            recorders = [SimulatedRecorder.made(mounts / f"slot-{number:02}", Docked(
                RecorderName("Simulated", f"B{number:07}", "body_camera")), station_clock()) for number in
                range(RECORDERS)]
            yield _Fleet(service, home, mounts, recorders, large_file(folder, scale.size // 4))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
