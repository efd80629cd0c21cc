"""A dock beside a real archive whose cosigners are up, and recorders to put into its slots."""

import dataclasses
import itertools
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from service_fixture import LiveService, live_service

from archive.proof.policy import Policy
from ingest.docking.agent import Dock, SlotState, dock_in, serve_slot
from ingest.docking.recorders import Docked
from ingest.docking.simulator import SimulatedRecorder
from ingest.manifest import RecorderName
from ingest.push import StationSide

_NUMBERS = itertools.count(1)
MINUTE = timedelta(minutes=1)


@dataclass
class Bench:
    """A station of the archive with a home folder, and everything its slots ever showed."""

    service: LiveService
    side: StationSide
    home: Path
    shown: list[SlotState] = field(default_factory=list)
    on_show: Callable[[SlotState], object] = lambda state: None

    def recorder(self, offset: timedelta = timedelta(), wearer: str = "王伟") -> SimulatedRecorder:
        number = next(_NUMBERS)
        docked = Docked(RecorderName("Simulated", f"S{number:07}", "body_camera"), wearer_no=f"N{number:06}",
                        wearer=wearer, unit_no="650100", unit="城东所", battery=80, resolution="1920x1080")
        return SimulatedRecorder.made(self.home.parent / f"recorder-{number}", docked, self.side.now, offset)

    @contextmanager
    def dock(self, side: StationSide | None = None) -> Iterator[Dock]:
        """As it comes up after each start: nothing but what lies in its home."""
        with dock_in(self.home, side or self.side, self._show) as made:
            yield made

    def _show(self, state: SlotState) -> None:
        self.shown.append(state)
        self.on_show(state)

    def serve(self, recorder: SimulatedRecorder, side: StationSide | None = None) -> SlotState:
        with self.dock(side) as made:
            return serve_slot(made, "1", recorder)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveService]:
    with live_service(tmp_path_factory.mktemp("dock")) as made:
        yield made


@pytest.fixture
def bench(service: LiveService, tmp_path: Path) -> Iterator[Bench]:
    side = service.station("城东所采集站 01")
    with closing(side.client):
        yield Bench(service, dataclasses.replace(side, policy=Policy.of_log(service.log_key)), tmp_path / "home")


@pytest.fixture
def faulty(bench: Bench) -> Callable[..., StationSide]:
    """The station's side with something replaced."""
    return lambda **changes: dataclasses.replace(bench.side, **changes)
