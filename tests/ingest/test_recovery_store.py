"""The store killed, full, stopped while a deposit is under way: 503 with Retry-After or success, nothing lost, and
the deposit goes on from its durable offset."""

import hashlib
import json
import os
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest
from flows.dock import Dock, jobs_done, noise, own_service, reconcile, rows, stored, upload_of
from flows.reader import signed_in
from flows.small_disk import fill, small_disk
from service_fixture import SAMPLES, wait_for

MIB = 1 << 20


def _weed(dock: Dock) -> int:
    return int(json.loads((dock.service.data / "run" / "store.json").read_text())["pid"])


def _await_another(dock: Dock, before: int) -> None:
    """Until the supervisor has started the store again."""
    wait_for(lambda: _weed(dock) != before)


def _away(answer: httpx2.Response, *codes: str) -> bool:
    """Whether it is a complete 503: code, what to do, when to come again. Nothing else but success may be answered."""
    if answer.status_code != 503:
        assert answer.status_code in (200, 201, 204, 206), answer.text
        return False
    assert answer.json()["type"].removeprefix("urn:liuhen:error:") in (codes or ("store.unavailable",))
    assert int(answer.headers["Retry-After"]) > 0
    return True


def _send_rest(dock: Dock, location: str, data: bytes, step: int, patience_s: float = 60.0) -> int:
    """As a patient station: from the durable offset, again after each 503; answers how many there were."""
    refused, until = 0, time.monotonic() + patience_s
    while (reached := dock.offset(location)) < len(data) or _is_open(dock, location):
        if time.monotonic() > until:
            raise TimeoutError("the deposit does not go on")
        if _away(dock.patch(location, reached, data[reached:reached + step]), "store.unavailable", "store.full"):
            refused += 1
            time.sleep(0.2)
    return refused


def _is_open(dock: Dock, location: str) -> bool:
    return rows(dock.service.data, "SELECT state FROM upload WHERE id = ?", upload_of(location)) == [("open",)]


def _whole(dock: Dock, location: str, data: bytes) -> None:
    assert dock.settled(location).status_code == 200
    assert stored(dock.service, location) == data


def test_a_store_killed_under_a_deposit_loses_bytes(tmp_path: Path) -> None:
    with own_service(tmp_path) as dock:
        data = noise(40 * MIB + 17)
        location, refused = dock.open(data), 0
        for wanted in (0, 9 * MIB, 18 * MIB):
            assert dock.offset(location) >= wanted
            before = _weed(dock)
            os.kill(before, signal.SIGKILL)
            reached = dock.offset(location)
            refused += _away(dock.patch(location, reached, data[reached:reached + 9 * MIB]))
            _await_another(dock, before)
            while _away(dock.patch(location, (now := dock.offset(location)), data[now:now + 9 * MIB])):
                time.sleep(0.2)
        assert refused > 0, "the store was never missed"
        _send_rest(dock, location, data, 9 * MIB)
        _whole(dock, location, data)
        jobs_done(dock.service)
        assert reconcile(dock.service).stdout == "clean: store and rows agree\n"


def test_a_store_killed_in_the_middle_of_a_body_loses_bytes(tmp_path: Path) -> None:
    """The reference station, which knows nothing of it, comes through by itself."""
    with own_service(tmp_path) as dock:
        path = tmp_path / "take.mp4"
        path.write_bytes((SAMPLES / "bodycam_h264_aac.mp4").read_bytes() + noise(60 * MIB))
        with ThreadPoolExecutor(1) as pool:
            pushed = pool.submit(dock.service.push, path)
            for _ in range(3):
                time.sleep(0.7)
                before = _weed(dock)
                os.kill(before, signal.SIGKILL)
                _await_another(dock, before)
            assert pushed.result(180).report.verdict == "proven"
        with signed_in(dock.service) as reader:
            assert reader.digest_of(pushed.result().recording) == hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_dead_store_is_answered_by_a_broken_playback(tmp_path: Path) -> None:
    with own_service(tmp_path) as dock, signed_in(dock.service) as reader:
        pushed = dock.service.push(SAMPLES / "interview_pcm.wav")
        jobs_done(dock.service)
        media = reader.open(pushed.recording).json()["media"]
        os.kill(_weed(dock), signal.SIGKILL)
        assert _away(reader.client.get(media))
        while _away(answer := reader.client.get(media)):
            time.sleep(0.2)
        assert answer.content == (SAMPLES / "interview_pcm.wav").read_bytes()


@pytest.fixture
def on_small_disk(tmp_path: Path) -> Iterator[Dock]:
    with small_disk(tmp_path) as dock:
        yield dock


def test_a_full_store_loses_bytes_or_takes_no_more_when_there_is_room(on_small_disk: Dock) -> None:
    dock, data = on_small_disk, noise(40 * MIB + 5)
    first = dock.deposit(noise(1000))
    jobs_done(dock.service)
    location = dock.open(data)
    assert dock.patch(location, 0, data[:17 * MIB]).status_code == 204
    filler = dock.service.data / "store" / "filler"
    fill(filler)
    for _ in range(2):
        assert _away(dock.patch(location, 17 * MIB, data[17 * MIB:]), "store.full")
        assert dock.offset(location) == 17 * MIB
    assert dock.client.get(f"{first}/receipt").status_code == 200, "what is there can be read"
    filler.unlink()
    _send_rest(dock, location, data, len(data))
    _whole(dock, location, data)
    jobs_done(dock.service)
    assert reconcile(dock.service).stdout == "clean: store and rows agree\n"


def test_a_disk_full_at_the_end_of_an_upload_loses_its_finish(on_small_disk: Dock) -> None:
    """Every byte is counted but the store cannot take the last segment, or its completion, or the log's batch.

    SeaweedFS 4.48 whose own metadata met the full disk goes on refusing when there is room: the supervisor starts it
    anew, nobody else does anything.
    """
    dock, data = on_small_disk, noise(8 * MIB + 50)
    location = dock.open(data)
    assert dock.patch(location, 0, data[:-10]).status_code == 204
    filler = dock.service.data / "store" / "filler"
    fill(filler)
    _away(dock.patch(location, len(data) - 10, data[-10:]), "store.full")
    filler.unlink()
    _send_rest(dock, location, data, len(data))
    _whole(dock, location, data)
    jobs_done(dock.service)
    assert reconcile(dock.service).stdout == "clean: store and rows agree\n"


@contextmanager
def _standing_still(dock: Dock) -> Iterator[None]:
    """The store answers nothing meanwhile, as one whose disk hangs."""
    pid = _weed(dock)
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def test_a_store_that_hangs_lets_looks_pass_unrecorded_or_stops_the_bytes(tmp_path: Path) -> None:
    """Longer than ten seconds: looks are refused with 503, bytes are taken all the same, none is lost."""
    with own_service(tmp_path) as dock, signed_in(dock.service) as reader:
        pushed = dock.service.push(SAMPLES / "interview_pcm.wav")
        jobs_done(dock.service)
        data = noise(10 * MIB)
        location = dock.open(data)
        jobs_done(dock.service)
        with _standing_still(dock):
            began = time.monotonic()
            assert _away(reader.open(pushed.recording), "log.behind")
            assert 9 < time.monotonic() - began < 20
            began = time.monotonic()
            assert _away(reader.open(pushed.recording), "log.behind"), "the log is still behind"
            assert time.monotonic() - began < 5, "it is known by now"
            for at in range(0, 5000, 1000):
                assert dock.patch(location, at, data[at:at + 1000]).status_code == 204
            assert dock.offset(location) == 5000
            with ThreadPoolExecutor(1) as pool:
                rest = pool.submit(dock.patch, location, 5000, data[5000:])
                time.sleep(2)
                assert not rest.done(), "nobody can have taken a whole segment"
                os.kill(_weed(dock), signal.SIGCONT)
                _away(rest.result())
        _send_rest(dock, location, data, len(data))
        _whole(dock, location, data)
        wait_for(lambda: reader.open(pushed.recording).status_code == 201, 30)


def test_a_store_that_stutters_loses_or_mixes_bytes(tmp_path: Path) -> None:
    """Stopped and let go again and again under a deposit and a playback at once."""
    with own_service(tmp_path) as dock, signed_in(dock.service) as reader:
        path, ended = tmp_path / "take.mp4", threading.Event()
        path.write_bytes((SAMPLES / "bodycam_h264_aac.mp4").read_bytes() + noise(40 * MIB))
        first = dock.service.push(path)

        def stutter() -> None:
            while not ended.wait(0.3):
                with _standing_still(dock):
                    time.sleep(0.4)

        thread = threading.Thread(target=stutter)
        thread.start()
        try:
            data = noise(24 * MIB + 1)
            location = dock.open(data)
            _send_rest(dock, location, data, 9 * MIB)
            assert reader.digest_of(first.recording) == hashlib.sha256(path.read_bytes()).hexdigest()
            assert dock.settled(location).status_code == 200
        finally:
            ended.set()
            thread.join()
        _whole(dock, location, data)
