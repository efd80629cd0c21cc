"""One writer per upload: a station that comes back gets through soon, and the connection it left can change nothing."""

import time
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta

import pytest
from flows.dock import Dock, dock_of, noise, problem, put_patch, rows, shared_service, stored, upload_of

from api.settings import load_settings
from api.wiring import beside
from archive.errors import Conflict
from archive.identifiers import UploadId
from ingest import receive, writers

LEASE_S = writers.LEASE / timedelta(seconds=1)


@pytest.fixture
def dock() -> Iterator[Dock]:
    made = dock_of(shared_service())
    with closing(made.client):
        yield made


def _through_after_waiting(dock: Dock, location: str, offset: int, body: bytes) -> float:
    """As a station does: again after Retry-After; answers the seconds it took."""
    began = time.monotonic()
    while (answer := dock.patch(location, offset, body)).status_code == 423:
        problem(answer, 423, "upload.busy")
        assert 1 <= int(answer.headers["Retry-After"]) <= LEASE_S
        time.sleep(int(answer.headers["Retry-After"]))
        assert time.monotonic() - began < 3 * LEASE_S, "the dead connection keeps the station out"
    assert answer.status_code == 204, answer.text
    return time.monotonic() - began


def test_a_dead_connection_keeps_its_station_out_or_writes_after_it(dock: Dock) -> None:
    data, other = noise(3000), noise(2000)
    location = dock.open(data)
    with closing(dock.raw()) as dead:
        put_patch(dead, location, 0, 3000, Expect="100-continue")
        assert b"100" in dead.sock.recv(100)
        dead.send(other[:1000])
        waited = _through_after_waiting(dock, location, 0, data[:2000])
        assert waited > 1, "a living writer was thrown out"
        dead.send(other[1000:])  # it wakes, with other bytes
        answer = dead.getresponse()
        assert (answer.status, b"upload.taken_over" in answer.read()) == (409, True)
    assert dock.offset(location) == 2000
    assert dock.patch(location, 2000, data[2000:]).status_code == 204
    assert dock.settled(location).status_code == 200
    assert stored(dock.service, location) == data


def test_a_slow_connection_that_nobody_supersedes_loses_its_bytes(dock: Dock) -> None:
    data = noise(2000)
    location = dock.open(data)
    with closing(dock.raw()) as slow:
        put_patch(slow, location, 0, 2000)
        slow.send(data[:1000])
        time.sleep(LEASE_S + 1)
        slow.send(data[1000:])
        assert slow.getresponse().status == 204
    assert stored(dock.service, location) == data


def test_two_processes_write_to_one_upload(dock: Dock) -> None:
    """This process writes into the archive the service serves, goes silent, and wakes when the service has it."""
    data = noise(9000)
    location = dock.open(data)
    upload = UploadId(upload_of(location))
    with beside(dock.service.data, load_settings(dock.service.data)) as archive:
        ours = receive.begin(archive.intake, upload, 0, None, held=False)
        ours.take(b"x" * 4000)
        problem(dock.patch(location, 0, data[:10]), 423, "upload.busy")
        _through_after_waiting(dock, location, 0, data[:5000])
        for act in (ours.keep, lambda: ours.renew(True), lambda: ours.renew(False)):
            with pytest.raises(Conflict) as refusal:
                act()
            assert refusal.value.code == "upload.taken_over"
        ours.release()
        found = [path.name for path in archive.intake.staging.glob(f"{upload}*")]
        fence = rows(dock.service.data, "SELECT tail_fence FROM upload_progress WHERE upload = ?", upload)[0][0]
        assert found == [f"{upload}.{fence}.tail"]
        theirs = receive.begin(archive.intake, upload, 5000, None, held=False)
        with pytest.raises(Conflict):
            receive.begin(archive.intake, upload, 5000, None, held=False)
        theirs.take(data[5000:7000])
        assert theirs.keep() == 7000
        theirs.release()
    assert dock.patch(location, 7000, data[7000:]).status_code == 204
    assert dock.settled(location).status_code == 200
    assert stored(dock.service, location) == data


def test_a_staged_end_lost_from_disk_blocks_its_upload(dock: Dock) -> None:
    data = noise(5000)
    location = dock.open(data)
    assert dock.patch(location, 0, data[:2000]).status_code == 204
    for path in (dock.service.data / "staging").glob(f"{upload_of(location)}*"):
        path.unlink()
    problem(dock.patch(location, 2000, data[2000:]), 409, "upload.tail_lost")
    assert dock.offset(location) == 0
    assert dock.patch(location, 0, data).status_code == 204
    assert stored(dock.service, location) == data
