"""What goes wrong around a dock while it sends: nothing is lost, doubled or wiped too early; it goes on by itself."""

import dataclasses
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import httpx2
import pytest
from docking.conftest import MINUTE, Bench
from flows.cutting import wire_to
from flows.dock import noise, rows
from flows.small_disk import fill, small_disk

from api.settings import load_settings
from api.wiring import beside, station_clock
from archive.proof.policy import Policy
from ingest import revocation
from ingest.docking.agent import SlotState
from ingest.docking.simulator import SimulatedRecorder
from ingest.push import StationSide
from ingest.station_client import SignsRequests

CLIP = 9 << 20


def in_archive(bench: Bench, recorder: SimulatedRecorder) -> int:
    """Recordings the archive holds of a recorder."""
    (found,), = rows(bench.service.data, "SELECT count(*) FROM recording r JOIN recorder c ON c.id = r.recorder "
                     "WHERE c.serial = ?", recorder.identity().name.serial)
    return int(found)


def serve_until_safe(bench: Bench, recorder: SimulatedRecorder, side: StationSide, patience_s: float = 60.0) -> None:
    """As ``liuhen station run`` does, round after round; until it is, nothing may have been wiped."""
    until = time.monotonic() + patience_s
    while (state := bench.serve(recorder, side)).light != "safe":
        assert len(recorder.clips()) == 1
        assert time.monotonic() < until, state.problem
        time.sleep(0.2)
    assert in_archive(bench, recorder) == 1
    assert list(recorder.clips()) == []


@contextmanager
def signing(bench: Bench, now: Callable[[], datetime], address: str = "") -> Iterator[StationSide]:
    """The dock's side with every request signed, by the clock ``now``."""
    with httpx2.Client(base_url=address or bench.service.address, timeout=30.0,
                       auth=SignsRequests(bench.side.key, now)) as client:
        yield dataclasses.replace(bench.side, client=client, now=now, signed=True)


def docked(bench: Bench) -> SimulatedRecorder:
    recorder = bench.recorder()
    recorder.record(noise(CLIP), MINUTE, 1)
    return recorder


def test_a_locked_database_loses_footage(bench: Bench) -> None:
    """Another process writes for longer than the service waits, from the moment the first bytes go."""
    recorder, locked = docked(bench), threading.Event()

    def lock() -> None:
        with closing(sqlite3.connect(bench.service.data / "liuhen.db", timeout=30, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            locked.set()
            time.sleep(7)
            other.execute("ROLLBACK")

    holder = threading.Thread(target=lock)
    bench.on_show = lambda state: _once(holder, locked) if state.light == "sending" and state.done else None
    with signing(bench, station_clock()) as side:
        serve_until_safe(bench, recorder, side)
    holder.join()
    assert locked.is_set()


def _once(holder: threading.Thread, locked: threading.Event) -> None:
    if not holder.ident:
        holder.start()
        locked.wait(30)


def test_a_slow_line_that_breaks_loses_footage(bench: Bench) -> None:
    recorder = docked(bench)
    host, port = bench.service.address.removeprefix("http://").split(":")
    with wire_to(host, int(port), cut_after=5 << 20, pause_s=0.02) as wire:
        with signing(bench, station_clock(), wire.address) as side:
            serve_until_safe(bench, recorder, side)
        assert wire.cuts == 1


@pytest.mark.parametrize("jump", [timedelta(hours=-26), timedelta(hours=26), timedelta(days=-9000)])
def test_a_clock_that_jumps_while_bytes_go_loses_footage(bench: Bench, jump: timedelta) -> None:
    recorder, right = docked(bench), station_clock()
    offset = [timedelta()]
    bench.on_show = lambda state: offset.__setitem__(0, jump) if state.done else None
    with signing(bench, lambda: right() + offset[0]) as side:
        state = bench.serve(recorder, side)
        assert (state.light, len(recorder.clips())) == ("problem", 1)
        assert in_archive(bench, recorder) <= 1
        bench.on_show, offset[0] = _nothing, timedelta()
        serve_until_safe(bench, recorder, side)


def test_a_key_revoked_while_bytes_go_leaves_footage_nowhere(bench: Bench) -> None:
    recorder, revoked = docked(bench), threading.Event()

    def revoke(state: SlotState) -> None:
        if state.done and not revoked.is_set():
            revoked.set()
            with beside(bench.service.data, load_settings(bench.service.data)) as archive:
                revocation.revoke(archive.site, bench.side.key.key.name, "lost")

    bench.on_show = revoke
    with signing(bench, station_clock()) as side:
        state = bench.serve(recorder, side)
    assert (state.light, state.problem) == ("problem", "station.revoked")
    assert (in_archive(bench, recorder), len(recorder.clips())) == (0, 1)
    bench.on_show, bench.home = _nothing, bench.home.parent / "another"
    with closing(bench.service.station(f"换上的采集站 {bench.home.parent.name}").client):
        another = bench.service.station(f"换上的采集站 {bench.home.parent.name}")
        serve_until_safe(bench, recorder, dataclasses.replace(another, policy=bench.side.policy))


def test_a_full_store_loses_footage(tmp_path: Path) -> None:
    with small_disk(tmp_path) as small:
        policy = Policy.of_log(small.service.log_key)
        side = dataclasses.replace(small.service.station("城东所采集站 01"), policy=policy,
                                   pause=lambda s: time.sleep(min(s, 0.2)))
        bench = Bench(small.service, side, tmp_path / "home")
        recorder, filler = docked(bench), small.service.data / "store" / "filler"
        fill(filler)
        state = bench.serve(recorder, side)
        assert (state.light, len(recorder.clips()), in_archive(bench, recorder)) == ("problem", 1, 0)
        filler.unlink()
        serve_until_safe(bench, recorder, side)
        side.client.close()


def _nothing(state: SlotState) -> None:
    return None
