"""The service killed with SIGKILL at every named point: started again, the station resumes, and there is exactly one
recording, one accession, one receipt that verifies, the same bytes, and nothing left over."""

import atexit
import dataclasses
import functools
import random
import shutil
import signal
import socket
import sqlite3
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest
import service_fixture
from flows.dock import count, dock_of, jobs_done, noise, original_of, reconcile, rows, store_of
from service_fixture import CAMERA, SAMPLES, TAKEN, LiveService, live_service, wait_for
from sqlalchemy import Connection, func, select

from api.settings import load_settings
from api.wiring import beside
from archive import custody
from archive.entries import CustodyEvent
from archive.event_values import Interval
from archive.log import SIGNED
from archive.log_events import LockProbed
from archive.proof.tiles import TILE_WIDTH
from archive.stop_points import STOP_POINTS
from ingest.push import Pushed, Take, push_file

CLIP = SAMPLES / "room_h264_pcm.avi"


@pytest.mark.parametrize("point", sorted(STOP_POINTS - {"after_tail", "after_ended"}))
def test_a_crash_here_loses_doubles_or_leaves_anything(point: str, tmp_path: Path) -> None:
    prepared = _prepared(tmp_path)
    clip = _clip(tmp_path)
    armed = _restarted(prepared, {"LIUHEN_TESTING": "1", "LIUHEN_TEST_STOP_AT": point})
    try:
        pushing = _push_meanwhile(armed, clip)
        assert armed.process.wait(60) == -signal.SIGKILL, "the point was not reached"
    finally:
        armed.stop()
    again = _restarted(armed, {})
    try:
        _one_of_everything(again, pushing.result(120), clip)
    finally:
        again.stop()


def test_a_crash_behind_a_staged_end_counts_it_or_mixes_it_into_what_comes(tmp_path: Path) -> None:
    """The end lies on disk but was never counted: other bytes may come at the same offset afterwards."""
    armed = _restarted(_prepared(tmp_path), {"LIUHEN_TESTING": "1", "LIUHEN_TEST_STOP_AT": "after_tail"})
    dock, data = dock_of(armed), noise(20_000)
    try:
        location = dock.open(data)
        with closing(dock.client), pytest.raises(httpx2.TransportError):
            dock.patch(location, 0, data[:9_000])
        assert armed.process.wait(60) == -signal.SIGKILL
    finally:
        armed.stop()
    again = _restarted(armed, {})
    dock = dock_of(again)
    try:
        with closing(dock.client):
            assert dock.offset(location) == 0
            for start, end in ((0, 4_000), (4_000, 11_000), (11_000, 20_000)):
                assert dock.patch(location, start, data[start:end]).status_code == 204
            assert dock.settled(location).status_code == 200
        assert b"".join(store_of(again).get(original_of(again, location))) == data
        jobs_done(again)
        _nothing_left(again)
    finally:
        again.stop()


def _clip(folder: Path) -> Path:
    """A real recording with something behind it, so that it has a whole segment and an end."""
    path = folder / "take.avi"
    path.write_bytes(CLIP.read_bytes() + noise(9 << 20))
    return path


@functools.cache
def _template() -> LiveService:
    """An archive with a station, stopped, its log signed: armed afterwards, only the deposit reaches the points. Its
    log is four leaves short of a full tile, so that the deposit also reaches those at which tile and bundles are
    locked."""
    folder = Path(tempfile.mkdtemp(prefix="liuhen-kill-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    with live_service(folder) as service:
        with closing(dock_of(service).client):
            jobs_done(service)
        with beside(service.data, load_settings(service.data)) as archive:
            site, body = archive.site, LockProbed("primary", "service", True, ())
            while site.db.read(custody.size) < TILE_WIDTH - 4:
                event = CustodyEvent.plain("system", site.log_id, body)
                site.db.write(functools.partial(custody.append, clock=site.ports.clock, event=event))
            wait_for(lambda: site.db.read(_signed_size) == TILE_WIDTH - 4)
    return service


def _signed_size(connection: Connection) -> int:
    return int(connection.execute(select(func.max(SIGNED.c.size))).scalar_one())


def _prepared(folder: Path) -> LiveService:
    """A copy of the template; its clients know it by the same address."""
    shutil.copytree(_template().data, folder / "data", ignore=shutil.ignore_patterns("*.sock"))
    return dataclasses.replace(_template(), data=folder / "data")


def _restarted(before: LiveService, environment: dict[str, str]) -> LiveService:
    """The same folder served again on the same port, as a station knows it."""
    port = int(before.address.rsplit(":", 1)[1])
    wait_for(lambda: _is_free(port))
    service = service_fixture.start(before.data, before.log_key, environment, port)
    service.stations = before.stations
    return service


def _is_free(port: int) -> bool:
    """Each copy takes its turn at the template's port."""
    with closing(socket.socket()) as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def _push_meanwhile(service: LiveService, clip: Path) -> "Future[Pushed]":
    """The reference station deposits in a thread and does not give up when the service goes away."""
    side = service.station("城东所采集站 01")
    end = Interval(TAKEN + timedelta(minutes=2), TAKEN + timedelta(minutes=2))
    take = Take(clip, CAMERA, Interval(TAKEN, TAKEN), end, {"file_name": clip.name, "case_no": "吉市监罚〔2026〕7号"})
    answer: Future[Pushed] = Future()

    def run() -> None:
        try:
            answer.set_result(push_file(side, take))
        except Exception as fault:
            answer.set_exception(fault)
        finally:
            side.client.close()

    threading.Thread(target=run, daemon=True).start()
    return answer


def _one_of_everything(service: LiveService, pushed: Pushed, clip: Path) -> None:
    assert (pushed.report.verdict, pushed.repeated) == ("proven", False)
    jobs_done(service)
    data = service.data
    assert [count(data, kind) for kind in (
        "upload.opened/1", "upload.finished/2", "recording.accessioned/1", "recording.labelled/1",
        "recording.indexed/1", "upload.aborted/1", "upload.quarantined/1", "upload.repeated/1",
    )] == [1, 1, 1, 1, 1, 0, 0, 0]
    assert rows(data, "SELECT id FROM recording") == [(pushed.recording,)]
    made = rows(data, "SELECT purpose FROM derivative UNION ALL SELECT purpose FROM derivative_missing")
    assert sorted(row[0] for row in made) == ["access_copy", "poster", "pts_table", "waveform"]
    upload = rows(data, "SELECT id FROM upload")[0][0]
    version = original_of(service, f"/api/v1/uploads/{upload}/-")
    assert b"".join(store_of(service).get(version)) == clip.read_bytes()
    _nothing_left(service)


def _nothing_left(service: LiveService) -> None:
    found = reconcile(service)
    assert (found.stdout, found.returncode) == ("clean: store and rows agree\n", 0)
    assert list((service.data / "staging").iterdir()) == []
    assert list((service.data / "spool").iterdir()) == []


@pytest.mark.long
@pytest.mark.parametrize("seed", range(20))
def test_ten_crashes_at_random_moments_lose_or_double_anything(seed: int, tmp_path: Path) -> None:
    """Whole process and store, at any moment. A crash between a derivative's bytes and its event leaves an orphan,
    which ``reconcile`` notes and which nothing refers to; graver findings are failures."""
    chance, service, clip = random.Random(seed), _prepared(tmp_path), _clip(tmp_path)
    service = _restarted(service, {})
    pushing = _push_meanwhile(service, clip)
    for _ in range(10):
        time.sleep(chance.random() * 2)
        service.process.kill()
        service.process.wait()
        service.stop()
        service = _restarted(service, {})
    try:
        pushed = _tried_again(pushing, service, clip)
        assert pushed.report.verdict == "proven"
        jobs_done(service, 180)
        assert count(service.data, "recording.accessioned/1") == 1
        assert reconcile(service).returncode == 0
    finally:
        service.stop()


def _tried_again(pushing: "Future[Pushed]", service: LiveService, clip: Path) -> Pushed:
    """The station's own patience has an end; an operator who runs it again gets the receipt of a repeat."""
    try:
        return pushing.result(300)
    except Exception:
        return _push_meanwhile(service, clip).result(300)


def test_half_of_what_a_crash_left_in_local_folders_stays(tmp_path: Path) -> None:
    """Work folders of tools, half-written copies and ends of closed uploads are swept at the next start."""
    service = _prepared(tmp_path)
    left: list[Callable[[Path], object]] = [
        lambda data: (data / "spool" / "tmpabc").mkdir(), lambda data: (data / "spool" / "tmpabc" / "x").touch(),
        lambda data: (data / "spool" / f"upl_{'0' * 26}.mp4").touch(),
        lambda data: (data / "spool" / f"upl_{'0' * 26}.part").touch(),
        lambda data: (data / "staging" / f"upl_{'0' * 26}.tail").touch()]
    for leave in left:
        leave(service.data)
    again = _restarted(service, {})
    try:
        _nothing_left(again)
    finally:
        again.stop()


def test_an_open_upload_loses_its_staged_end_in_the_sweep(tmp_path: Path) -> None:
    with live_service(tmp_path) as service:
        dock = dock_of(service)
        data = noise((8 << 20) + 100)
        location = dock.open(data)
        assert dock.patch(location, 0, data[:-50]).status_code == 204
        dock.client.close()
    again = _restarted(service, {})
    try:
        dock = dock_of(again)
        with closing(dock.client):
            assert dock.offset(location) == len(data) - 50
            assert dock.patch(location, len(data) - 50, data[-50:]).status_code == 204
            assert dock.settled(location).status_code == 200
    finally:
        again.stop()


def test_rows_of_parts_the_store_lost_count_at_the_next_start(tmp_path: Path) -> None:
    """The store forgot a part (its disk was set back): the upload goes back to what both sides know."""
    with live_service(tmp_path) as service:
        dock = dock_of(service)
        data = noise((24 << 20) + 10)
        location = dock.open(data)
        assert dock.patch(location, 0, data[:-5]).status_code == 204
        jobs_done(service)
        dock.client.close()
    with closing(sqlite3.connect(service.data / "liuhen.db")) as connection, connection:
        connection.execute("UPDATE upload_segment SET etag = 'd41d8cd98f00b204e9800998ecf8427e' WHERE number = 3")
    again = _restarted(service, {})
    try:
        dock = dock_of(again)
        with closing(dock.client):
            assert dock.offset(location) == 16 << 20
            assert dock.patch(location, 16 << 20, data[16 << 20:]).status_code == 204
            assert dock.settled(location).status_code == 200
            assert b"".join(store_of(again).get(original_of(again, location))) == data
        wait_for(lambda: reconcile(again).returncode == 0, 20)
    finally:
        again.stop()
