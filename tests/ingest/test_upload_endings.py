"""An upload that is not finished ends with an event, and then nothing of it is left: terminated, or expired."""

import signal
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import httpx2
import pytest
from flows.dock import (
    Dock,
    checksum,
    count,
    dock_of,
    footprint,
    jobs_done,
    noise,
    own_service,
    problem,
    put_patch,
    reconcile,
    rows,
    shared_service,
    store_of,
    stored,
    upload_of,
)
from service_fixture import live_service, start, wait_for

TUS = {"Tus-Resumable": "1.0.0"}
SHORT = 4
"""Seconds after which uploads of the impatient service expire."""


@pytest.fixture
def dock() -> Iterator[Dock]:
    made = dock_of(shared_service())
    with closing(made.client):
        yield made


@pytest.fixture(scope="module")
def impatient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dock]:
    with own_service(tmp_path_factory.mktemp("impatient"), {"LIUHEN_DEPOSIT__EXPIRE_AFTER": f"PT{SHORT}S"}) as made:
        yield made


def _open_with(dock: Dock, data: bytes) -> tuple[str, bytes]:
    """Location and manifest of an upload."""
    note = dock.sign(dock.prepare(data).held)
    answer = dock.post(note, length=len(data))
    assert answer.status_code == 201, answer.text
    return answer.headers["Location"], note


def _delete(dock: Dock, location: str) -> httpx2.Response:
    return dock.client.delete(location, headers=TUS)


def _nothing_left(dock: Dock, location: str) -> None:
    jobs_done(dock.service)
    recording = rows(dock.service.data, "SELECT recording FROM upload WHERE id = ?", upload_of(location))[0][0]
    assert not [u for u in store_of(dock.service).unfinished("originals/") if str(recording) in u.key]
    assert not list((dock.service.data / "staging").glob(f"{upload_of(location)}*"))


def _gone(dock: Dock, location: str, code: str, note: bytes, size: int) -> None:
    """Every way on says so, and what to do."""
    assert dock.client.head(location, headers=TUS).status_code == 410
    assert "manifest" in problem(dock.patch(location, 0, b"x"), 410, code)["detail"]
    problem(_delete(dock, location), 410, code)
    problem(dock.post(note, length=size), 409, "manifest.spent")
    problem(dock.client.get(f"{location}/receipt"), 409, "receipt.aborted")


def test_a_terminated_upload_leaves_something_or_no_trace(dock: Dock) -> None:
    data = noise(9 << 20)
    location, note = _open_with(dock, data)
    assert dock.patch(location, 0, data[:(8 << 20) + 5000]).status_code == 204
    ended = _delete(dock, location)
    assert (ended.status_code, ended.headers["Tus-Resumable"]) == (204, "1.0.0")
    _gone(dock, location, "upload.aborted", note, len(data))
    told = rows(dock.service.data, "SELECT kind, actor, entry FROM custody WHERE subject = ? ORDER BY idx",
                upload_of(location))
    assert [row[0] for row in told] == ["upload.opened/1", "upload.aborted/1"]
    assert told[1][1] == dock.key.key.name
    assert b'"reason":"terminated"' in told[1][2]
    _nothing_left(dock, location)
    dock.deposit(data)


def test_what_was_deposited_is_removed_by_its_station(dock: Dock) -> None:
    data = noise(5000)
    location = dock.deposit(data)
    problem(_delete(dock, location), 403, "upload.deposited")
    assert stored(dock.service, location) == data
    assert dock.client.get(f"{location}/receipt").status_code == 200


def test_a_stranger_ends_an_upload(dock: Dock) -> None:
    location = dock.open(noise(100))
    before = footprint(dock.service)
    problem(_delete(dock, location[:-1] + ("0" if location[-1] != "0" else "1")), 404, "upload.unknown")
    problem(dock.client.delete(location), 412, "tus.version")
    assert footprint(dock.service) == before


def test_an_upload_ends_under_its_writer(dock: Dock) -> None:
    data = noise(3000)
    location = dock.open(data)
    with closing(dock.raw()) as writer:
        put_patch(writer, location, 0, 3000, Expect="100-continue")
        assert b"100" in writer.sock.recv(100)
        writer.send(data[:1000])
        answer = _delete(dock, location)
        problem(answer, 423, "upload.busy")
        assert 1 <= int(answer.headers["Retry-After"]) <= 6
        writer.send(data[1000:])
        assert writer.getresponse().status == 204
    assert stored(dock.service, location) == data


def test_a_silent_upload_stays_for_ever_or_goes_without_a_word(impatient: Dock) -> None:
    data = noise(3000)
    location, note = _open_with(impatient, data)
    opened = impatient.client.head(location, headers=TUS).headers["Upload-Expires"]
    time.sleep(1.1)
    answer = impatient.patch(location, 0, data[:1000])
    due = parsedate_to_datetime(answer.headers["Upload-Expires"])
    assert due > parsedate_to_datetime(opened), "a byte gives it all its time again"
    assert due - datetime.now(UTC) < timedelta(seconds=SHORT + 1)
    wait_for(lambda: impatient.client.head(location, headers=TUS).status_code == 410, 30)
    assert datetime.now(UTC) >= due
    _gone(impatient, location, "upload.expired", note, len(data))
    entry = rows(impatient.service.data, "SELECT entry FROM custody WHERE kind = 'upload.expired/1' AND subject = ?",
                 upload_of(location))
    assert b'"received_bytes":1000' in entry[0][0]
    _nothing_left(impatient, location)
    impatient.deposit(data)
    assert reconcile(impatient.service).stdout == "clean: store and rows agree\n"


def test_an_upload_expires_under_its_writer_or_after_its_last_byte(impatient: Dock) -> None:
    """A slow body with a checksum, of which nothing counts before its end; finished, it never expires."""
    data = noise(60)
    location = impatient.open(data)
    with closing(impatient.raw()) as writer:
        put_patch(writer, location, 0, len(data), Upload_Checksum=checksum(data))
        for at in range(0, len(data), 4):
            writer.send(data[at:at + 4])
            time.sleep(SHORT / 10)
        answer = writer.getresponse()
        assert answer.status == 204, answer.read()
        assert answer.headers["Upload-Expires"] is None
    assert impatient.settled(location).status_code == 200
    assert stored(impatient.service, location) == data
    assert count(impatient.service.data, "upload.expired/1") <= 1


def test_a_crash_behind_the_end_of_an_upload_leaves_its_parts(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("crash")
    with live_service(folder, {"LIUHEN_TESTING": "1", "LIUHEN_TEST_STOP_AT": "after_ended"}) as service:
        dock = dock_of(service)
        data = noise(9 << 20)
        location = dock.open(data)
        assert dock.patch(location, 0, data[:-10]).status_code == 204
        with pytest.raises(httpx2.TransportError):
            _delete(dock, location)
        assert service.process.wait(60) == -signal.SIGKILL
    again = start(service.data, service.log_key)
    try:
        dock = Dock(again, dock.key, again.client())
        with closing(dock.client):
            assert dock.client.head(location, headers=TUS).status_code == 410
            _nothing_left(dock, location)
            assert count(again.data, "upload.aborted/1") == 1
    finally:
        again.stop()
