"""The whole line with neighbours: two cosigner processes and a test time authority vouch for what a station sends."""

import contextlib
import dataclasses
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from flows.reader import signed_in
from service_fixture import CAMERA, SAMPLES, TAKEN, LiveService, start, wait_for

from api import test_authority
from api.commands.demo_neighbours import NAMES, Neighbours, neighbours
from api.setup import init
from api.wiring import STAMP_CHECK
from archive.event_values import Interval
from archive.proof.receipt import Receipt
from archive.proof.trust import Trust
from archive.proof.verify import verify_receipt
from ingest.push import Take, push_file

CLIP = SAMPLES / "room_h264_pcm.avi"


@dataclasses.dataclass(frozen=True)
class Town:
    """A service and its neighbours."""

    service: LiveService
    beside: Neighbours


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    log_key = init(tmp_path / "data", "town.example", short_locks=True)
    with neighbours(tmp_path / "data") as beside:
        service = start(tmp_path / "data", log_key, {**beside.environment, "LIUHEN_LOG__ANCHOR_EVERY": "PT1S"})
        try:
            yield Town(service, beside)
        finally:
            service.stop()


def take() -> Take:
    span = Interval(TAKEN, TAKEN)
    return Take(CLIP, CAMERA, span, span, {"file_name": CLIP.name})


def test_what_neighbours_vouch_for_is_not_seen_or_not_proven(town: Town) -> None:
    side = dataclasses.replace(town.service.station("城东所采集站"), policy=town.beside.policy)
    with contextlib.closing(side.client):
        pushed = push_file(side, take())
    assert (pushed.report.verdict, pushed.report.grade) == ("proven", "cosigned")
    assert sorted(pushed.report.lines) == sorted(f"{name}-line" for name in NAMES)
    with signed_in(town.service) as reader:
        receipt = _anchored(reader.client, pushed.recording)
        page = reader.client.get("/").text
        of_recording = reader.client.get(f"/recordings/{pushed.recording}").text
    assert all(f"{name}-line" in page for name in NAMES)
    with town.service.client() as outsider:
        note = outsider.get("/log/checkpoint").content
    assert Trust(town.beside.policy).is_cosigned(Trust(town.beside.policy).open_cosigned(note))
    assert test_authority.NAME in page
    assert "已联署并加盖时间戳" in of_recording
    assert "仅为运营者一方之言" not in of_recording
    pem = (town.service.data / "demo" / "test-authority" / "certificate.pem").read_bytes()
    report = verify_receipt(receipt, Trust(town.beside.policy), CLIP,
                            lambda name, response, message: STAMP_CHECK(pem, response, message))
    assert (report.verdict, report.grade) == ("proven", "anchored")
    assert report.no_later is not None
    assert verify_receipt(receipt, None, CLIP).verdict == "consistent"


def test_a_station_gets_a_receipt_to_wipe_by_though_its_quorum_is_missed(town: Town) -> None:
    """One of two needed cosigners is gone: deposits and playbacks go on, and nothing of a higher grade comes."""
    town.beside.cosigners[NAMES[1]].terminate()
    town.beside.cosigners[NAMES[1]].wait(20)
    side = dataclasses.replace(town.service.station("城东所采集站"), policy=town.beside.policy)
    with contextlib.closing(side.client):
        with pytest.raises(Exception, match="no receipt came in time"):
            push_file(side, take(), wait_s=1.0)
    pushed = town.service.push(CLIP)
    assert pushed.repeated
    assert pushed.report.grade == "signed"
    with signed_in(town.service) as reader:
        assert reader.open(pushed.recording).status_code == 201


def _anchored(client: httpx2.Client, recording: str) -> bytes:
    found: list[bytes] = []

    def look() -> bool:
        answer = client.get(f"/api/v1/recordings/{recording}/receipt")
        found[:] = [answer.content]
        return Receipt.parse(answer.content).grade == "anchored"

    wait_for(look)
    return found[0]
