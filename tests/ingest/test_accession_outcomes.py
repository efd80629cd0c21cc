"""What becomes of a deposit: repeats, equal bytes of two recorders, quarantine, files that are no recordings, and
files made to mislead: all through the station's HTTP interface."""

import json
import sqlite3
import struct
import subprocess
import zlib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx2
import pytest
from flows.dock import (
    Dock,
    count,
    dock_of,
    jobs_done,
    noise,
    own_service,
    rows,
    shared_service,
    store_of,
    stored,
    upload_of,
)
from service_fixture import CAMERA, SAMPLES, LiveService, start, wait_for

from api.settings import load_settings
from api.wiring import beside
from archive.actors import SYSTEM
from archive.errors import NotFound
from archive.ports import ObjectVersion
from archive.proof.digest import sha256
from archive.proof.leaf import Leaf
from archive.proof.receipt import Receipt
from archive.proof.trust import Trust
from archive.proof.verify import verify_receipt
from archive.recording_search import search
from archive.recordings import RecordingDetail, find
from ingest.manifest import RecorderName

OTHER = RecorderName("Dahua", "DSJ-0099", "body_camera")


@pytest.fixture
def dock() -> Iterator[Dock]:
    made = dock_of(shared_service())
    with closing(made.client):
        yield made


def _detail(service: LiveService, recording: str) -> RecordingDetail:
    with beside(service.data, load_settings(service.data)) as archive:
        return find(archive.site, SYSTEM, recording)


def _fresh(folder: Path, sample: str = "interview_pcm.wav") -> Path:
    """A real recording with bytes of its own behind it."""
    path = folder / f"take{Path(sample).suffix}"
    path.write_bytes((SAMPLES / sample).read_bytes() + noise(4096))
    return path


def test_a_repeat_makes_a_second_recording_or_gets_no_receipt(dock: Dock, tmp_path: Path) -> None:
    path = _fresh(tmp_path)
    service = dock.service
    first = service.push(path, case_no="吉市监罚〔2026〕21号")
    before = count(service.data, "recording.accessioned/1")
    renamed = path.rename(tmp_path / "另一个名字.wav")
    again = service.push(renamed, case_no="吉市监罚〔2026〕22号")
    assert (again.repeated, again.recording, again.report.verdict) == (True, first.recording, "proven")
    assert again.receipt != first.receipt
    leaf = Leaf.parse(Receipt.parse(again.receipt).leaf)
    assert (leaf.kind, leaf.data["first_intact"]) == ("upload.repeated/1", True)
    assert leaf.data["own_recording"] != first.recording
    assert count(service.data, "recording.accessioned/1") == before
    assert _detail(service, first.recording).repeats == 1
    own = store_of(service).get(ObjectVersion(str(leaf.data["object_key"]), str(leaf.data["version_id"])))
    assert b"".join(own) == renamed.read_bytes()


def test_a_repeat_is_vouched_for_by_a_first_one_that_was_changed(tmp_path: Path) -> None:
    """The first one's pinned bytes are read again: the leaf says that they are not what was accessioned."""
    with own_service(tmp_path) as dock:
        path = _fresh(tmp_path)
        first = dock.service.push(path)
        jobs_done(dock.service)
        _pin_other_bytes(dock, first.recording)
        again = dock.service.push(path)
        leaf = Leaf.parse(Receipt.parse(again.receipt).leaf)
        assert (again.report.verdict, leaf.kind, leaf.data["first_intact"]) == ("proven", "upload.repeated/1", False)


def _pin_other_bytes(dock: Dock, recording: str) -> None:
    """As if the store gave other bytes for the pinned version: the row is made to pin one with other bytes."""
    key, = rows(dock.service.data, "SELECT object_key FROM recording WHERE id = ?", recording)[0]
    size, = rows(dock.service.data, "SELECT size FROM recording WHERE id = ?", recording)[0]
    store = store_of(dock.service)
    changed = store.client._put_object(store.bucket, str(key), bytes(int(size)), headers={})
    _change(dock.service, "UPDATE object_place SET version_id = ? WHERE object_key = ?", changed.version_id, key)


def _change(service: LiveService, statement: str, *values: object) -> None:
    service.edited = True
    with closing(sqlite3.connect(service.data / "liuhen.db", timeout=20)) as connection, connection:
        assert connection.execute(statement, values).rowcount == 1


def test_equal_bytes_of_another_recorder_pass_for_a_repeat(dock: Dock, tmp_path: Path) -> None:
    path = _fresh(tmp_path)
    first = dock.service.push(path)
    second = dock.service.push(path, recorder=OTHER)
    assert not second.repeated
    assert second.recording != first.recording
    assert second.report.verdict == "proven"
    assert _detail(dock.service, first.recording).same_bytes == (second.recording,)
    assert _detail(dock.service, second.recording).same_bytes == (first.recording,)


def test_equal_bytes_of_another_recorder_of_the_same_serial_pass_for_a_repeat(dock: Dock, tmp_path: Path) -> None:
    """Serial numbers are unique only within a vendor."""
    path = _fresh(tmp_path)
    first = dock.service.push(path)
    second = dock.service.push(path, recorder=RecorderName("Dahua", CAMERA.serial, CAMERA.kind))
    assert not second.repeated
    assert _detail(dock.service, first.recording).same_bytes == (second.recording,)


def _quarantined(answer: httpx2.Response) -> dict[str, Any]:
    assert answer.status_code == 409, answer.text
    told: dict[str, Any] = answer.json()
    assert told["type"] == "urn:liuhen:error:receipt.quarantined"
    assert all(reason in told["detail"] for reason in told["reasons"])
    return told


def test_a_manifest_with_another_digest_is_accessioned(dock: Dock) -> None:
    data = noise(5000)
    ready = dock.prepare(data, case_no="吉市监罚〔2026〕30号")
    ready.held["digests"] = [str(sha256(b"something else"))]
    location = dock.post(dock.sign(ready.held), ready.openings, len(data)).headers["Location"]
    assert dock.patch(location, 0, data).status_code == 204
    told = _quarantined(dock.settled(location))
    assert (told["reasons"], told["segments_differing"]) == (["digest"], [])
    assert told["claimed"] == [str(sha256(b"something else"))]
    assert told["found"] == [str(sha256(data))]
    assert stored(dock.service, location) == data, "what contradicts is kept"
    _is_hidden(dock, location, "吉市监罚〔2026〕30号")


def test_a_manifest_with_another_sm3_digest_is_accessioned(dock: Dock) -> None:
    """A second digest the station signed is checked too, though this archive makes only SHA-256."""
    data = noise(5000)
    ready = dock.prepare(data)
    ready.held["digests"] = [str(sha256(data)), "sm3:" + "0" * 64]
    location = dock.post(dock.sign(ready.held), length=len(data)).headers["Location"]
    assert dock.patch(location, 0, data).status_code == 204
    assert _quarantined(dock.settled(location))["reasons"] == ["digest"]


def _is_hidden(dock: Dock, location: str, case_no: str) -> None:
    recording, = rows(dock.service.data, "SELECT recording FROM upload WHERE id = ?", upload_of(location))[0]
    with beside(dock.service.data, load_settings(dock.service.data)) as archive:
        assert search(archive.site, SYSTEM, case_no)[0] == []
        with pytest.raises(NotFound):
            find(archive.site, SYSTEM, str(recording))


def test_a_segment_changed_between_receipt_and_read_back_is_accessioned(tmp_path: Path) -> None:
    """The read-back finds other bytes than came in: told which segment, although digest and size fit the manifest."""
    data = noise((16 << 20) + 5)
    with own_service(tmp_path, {"LIUHEN_TESTING": "1", "LIUHEN_TEST_STOP_AT": "mid_readback"}) as dock:
        location = dock.open(data)
        assert dock.patch(location, 0, data).status_code == 204
        dock.service.process.wait(30)
        _change(dock.service, "UPDATE upload_segment SET sha256 = ? WHERE number = 2", bytes(32))
    again = start(dock.service.data, dock.service.log_key)
    again.stations = dock.service.stations
    try:
        dock = dock_of(again)
        with closing(dock.client):
            told = _quarantined(dock.settled(location))
        assert (told["reasons"], told["segments_differing"]) == (["segment"], [2])
        assert stored(again, location) == data
    finally:
        again.stop()


def _access_copy(service: LiveService, recording: str) -> tuple[str, str]:
    """("made", method) or ("unavailable", reason) once it is known."""
    def known() -> list[tuple[str, str]]:
        found = rows(service.data, "SELECT 'made', method FROM derivative WHERE recording = ?1 AND "
                     "purpose = 'access_copy' UNION ALL SELECT 'unavailable', reason FROM derivative_missing "
                     "WHERE recording = ?1 AND purpose = 'access_copy'", recording)
        return [(str(row[0]), str(row[1])) for row in found]

    wait_for(lambda: known() != [], 120)
    return known()[0]


def _kept(dock: Dock, path: Path) -> tuple[str, str]:
    """Deposit it; the original is kept as it came whatever it is. Answers what became of the access copy."""
    pushed = dock.service.push(path)
    assert pushed.report.verdict == "proven"
    location, = rows(dock.service.data, "SELECT '/api/v1/uploads/' || upload || '/-' FROM recording WHERE id = ?",
                     pushed.recording)[0]
    assert stored(dock.service, str(location)) == path.read_bytes()
    return _access_copy(dock.service, pushed.recording)


@pytest.mark.parametrize("name", ["notes.mp4", "notes.txt", "notes"])
def test_something_that_is_no_recording_is_lost(dock: Dock, name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text(f"只是文字 {noise(8).hex()}\n" * 50)
    assert _kept(dock, path) == ("unavailable", "not_media")


def test_a_playlist_named_mp4_has_another_file_read(dock: Dock, tmp_path: Path) -> None:
    """Were it followed, the copy would show another recording of the archive's own machine."""
    other = SAMPLES / "bodycam_h264_aac.mp4"
    for number, text in enumerate((
            f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{other}\n#EXT-X-ENDLIST\n# {noise(8).hex()}\n",
            f"ffconcat version 1.0\nfile '{other}'\n# {noise(8).hex()}\n")):
        path = tmp_path / f"{number}.mp4"
        path.write_text(text)
        assert _kept(dock, path) == ("unavailable", "not_media")


def test_a_decompression_bomb_is_unpacked(dock: Dock, tmp_path: Path) -> None:
    path = tmp_path / "bomb.avi"
    subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-f", "lavfi", "-i", "color=s=16000x16000:d=0.04:r=25", "-c:v",
                    "mjpeg", "-y", str(path)], check=True, timeout=120)
    outcome, reason = _kept(dock, path)
    assert outcome == "unavailable"
    assert reason


def test_a_container_of_thousands_of_streams_is_taken_apart(dock: Dock, tmp_path: Path) -> None:
    path = tmp_path / "many.mkv"
    path.write_bytes(_matroska(tracks=100_000))
    outcome, reason = _kept(dock, path)
    assert outcome == "unavailable"
    assert reason in ("too_many_streams", "not_media", "timeout")
    with closing(dock.raw()) as connection:
        connection.request("GET", "/healthz")
        assert connection.getresponse().status == 200


def _matroska(tracks: int) -> bytes:
    """A Matroska file with so many audio tracks and one packet (RFC 9559)."""
    entries = b"".join(_element(0xAE, _element(0xD7, n.to_bytes(3, "big")) + _element(0x73C5, n.to_bytes(3, "big"))
                                + _element(0x83, b"\x02") + _element(0x86, b"A_PCM/INT/LIT")
                                + _element(0xE1, _element(0xB5, struct.pack(">f", 8000.0)) + _element(0x9F, b"\x01")))
                       for n in range(1, tracks + 1))
    head = _element(0x1A45DFA3, _element(0x4282, b"matroska"))
    info = _element(0x1549A966, _element(0x2AD7B1, (1_000_000).to_bytes(3, "big")))
    cluster = _element(0x1F43B675, _element(0xE7, b"\0") + _element(0xA3, b"\x81\0\0\x80" + bytes(16)))
    return head + _element(0x18538067, info + _element(0x1654AE6B, entries) + cluster)


def _element(name: int, body: bytes) -> bytes:
    """An EBML element with an eight-byte length (RFC 8794 §4)."""
    return name.to_bytes((name.bit_length() + 7) // 8, "big") + b"\x01" + len(body).to_bytes(7, "big") + body


def test_a_picture_far_larger_than_it_says_fills_memory(dock: Dock, tmp_path: Path) -> None:
    """A PNG whose few kilobytes unpack to a gigabyte of pixels."""
    path = tmp_path / "bomb.png"
    line = zlib.compressobj(9)
    packed = b"".join(line.compress(bytes(1 + 30_000)) for _ in range(3_000)) + line.flush()
    chunks = (_png(b"IHDR", struct.pack(">IIBBBBB", 30_000, 3_000, 8, 0, 0, 0, 0)), _png(b"IDAT", packed),
              _png(b"IEND", b""))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(chunks))
    assert _kept(dock, path)[0] == "unavailable"


def _png(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def test_a_receipt_shows_more_than_the_labels_the_station_sent(dock: Dock, tmp_path: Path) -> None:
    data = noise(300)
    location = dock.deposit(data, case_no="吉市监罚〔2026〕40号", wearer="张三")
    answer = dock.client.get(f"{location}/receipt")
    held = json.loads(answer.content)
    assert {f["name"]: f["value"] for f in held["disclosed"]} == {"case_no": "吉市监罚〔2026〕40号", "wearer": "张三"}
    assert answer.headers["Content-Type"] == "application/vnd.liuhen.receipt+json"
    (tmp_path / "sent").write_bytes(data)
    assert verify_receipt(answer.content, Trust.of_log(dock.service.log_key), tmp_path / "sent").verdict == "proven"
    (tmp_path / "sent").write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    assert verify_receipt(answer.content, Trust.of_log(dock.service.log_key), tmp_path / "sent").verdict == "refused"
