"""The bytes' way in by tus 1.0: cuts anywhere, resumption from the durable offset, one writer."""

import base64
import random
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx2
import pytest
from flows.dock import (
    PATCH_HEADERS,
    Dock,
    checksum,
    count,
    dock_of,
    footprint,
    metadata_headers,
    noise,
    problem,
    put_patch,
    rows,
    shared_service,
    store_of,
    stored,
    upload_of,
)
from service_fixture import wait_for

from archive.proof.digest import SEGMENT_SIZE
from archive.proof.signing import SigningKey
from archive.proof.trust import Trust
from archive.proof.verify import verify_receipt
from ingest import tus

MIB = 1 << 20
UNREAD = MIB
"""What may be lost of a body cut off: bytes the web server had read and not handed on when the end came."""


@pytest.fixture
def dock() -> Iterator[Dock]:
    made = dock_of(shared_service())
    with closing(made.client):
        yield made


def _whole(dock: Dock, location: str, data: bytes, folder: Path) -> None:
    """The store holds exactly these bytes, and the receipt speaks of them."""
    answer = dock.settled(location)
    assert answer.status_code == 200, answer.text
    assert stored(dock.service, location) == data
    path = folder / "sent"
    path.write_bytes(data)
    assert verify_receipt(answer.content, Trust.of_log(dock.service.log_key), path).verdict == "proven"


def test_a_tuspy_client_that_sends_checksums_cannot_deposit(dock: Dock, tmp_path: Path) -> None:
    """The checksums it knows begin with SHA-1: refused with words, and nothing is counted."""
    capabilities = dock.client.options("/api/v1/uploads").headers
    assert capabilities["Tus-Checksum-Algorithm"] == "sha256"
    assert capabilities["Tus-Extension"] == "creation,creation-with-upload,checksum,termination,expiration"
    location = dock.open(b"recording")
    answer = dock.patch(location, 0, b"recording", Upload_Checksum="sha1 AAAAAAAAAAAAAAAAAAAAAAAAAAA=")
    assert (answer.status_code, answer.json()["title"]) == (400, "tus.header")
    assert dock.offset(location) == 0


@pytest.mark.parametrize("size", [1, SEGMENT_SIZE - 1, SEGMENT_SIZE, SEGMENT_SIZE + 1, 2 * SEGMENT_SIZE,
                                  2 * SEGMENT_SIZE + 1])
@pytest.mark.parametrize("with_checksum", [False, True], ids=["plain", "checksum"])
def test_a_size_at_a_segment_boundary_loses_a_byte(dock: Dock, size: int, with_checksum: bool, tmp_path: Path) -> None:
    data = noise(size)
    location = dock.open(data)
    sums = {"Upload_Checksum": checksum(data)} if with_checksum else {}
    answer = dock.patch(location, 0, data, **sums)
    assert (answer.status_code, answer.headers["Upload-Offset"]) == (204, str(size))
    _whole(dock, location, data, tmp_path)
    assert not list((dock.service.data / "staging").glob(f"{upload_of(location)}*"))


@pytest.mark.parametrize("step", [SEGMENT_SIZE - 1, SEGMENT_SIZE + 1, 5 * MIB + 7])
@pytest.mark.parametrize("with_checksum", [False, True], ids=["plain", "checksum"])
def test_bodies_across_segment_boundaries_lose_a_byte(dock: Dock, step: int, with_checksum: bool,
                                                      tmp_path: Path) -> None:
    data = noise(2 * SEGMENT_SIZE + 1000)
    location, offset = dock.open(data), 0
    while offset < len(data):
        body = data[offset:offset + step]
        answer = dock.patch(location, offset, body, **({"Upload_Checksum": checksum(body)} if with_checksum else {}))
        offset += len(body)
        assert (answer.status_code, int(answer.headers["Upload-Offset"])) == (204, offset)
        assert dock.offset(location) == offset
    _whole(dock, location, data, tmp_path)


@pytest.mark.parametrize("at", [1, SEGMENT_SIZE - 1, SEGMENT_SIZE, SEGMENT_SIZE + 1, 2 * SEGMENT_SIZE,
                                2 * SEGMENT_SIZE + 1])
@pytest.mark.parametrize("with_checksum", [False, True], ids=["plain", "checksum"])
def test_a_connection_cut_beside_a_boundary_loses_what_came(dock: Dock, at: int, with_checksum: bool,
                                                            tmp_path: Path) -> None:
    """Without a checksum what came counts, but for the little the server had not taken up; with one, nothing does."""
    data = noise(2 * SEGMENT_SIZE + 1000)
    location = dock.open(data)
    sums = {"Upload_Checksum": checksum(data)} if with_checksum else {}
    reached = _cut(dock, location, data, 0, at, sums)
    assert dock.patch(location, reached, data[reached:]).status_code == 204
    _whole(dock, location, data, tmp_path)


def _cut(dock: Dock, location: str, data: bytes, offset: int, sent: int, sums: dict[str, str]) -> int:
    """Send from ``offset`` up to ``sent``, hang up once the service is at it; answers the offset that counts then."""
    with closing(dock.raw()) as connection:
        put_patch(connection, location, offset, len(data) - offset, Expect="100-continue", **sums)
        assert b"100" in connection.sock.recv(100)  # sent when the service begins to read the body
        connection.send(data[offset:sent])
    wait_for(lambda: not _is_busy(dock, location), 30)
    reached = dock.offset(location)
    assert reached == offset if sums else sent - UNREAD <= reached <= sent
    return reached


def _is_busy(dock: Dock, location: str) -> bool:
    """Whether another connection writes now; asked by a PATCH that cannot add anything."""
    status = dock.patch(location, 1 << 50, b"").status_code
    assert status in (409, 423)
    return status == 423


def _cut_at_random(dock: Dock, chance: random.Random, size: int, cuts: int, folder: Path) -> None:
    data = noise(size)
    location, reached = dock.open(data), 0
    for _ in range(cuts):
        if reached == size:
            break
        sent = chance.randrange(reached, size)
        with_checksum = chance.random() < 0.3
        sums = {"Upload_Checksum": checksum(data[reached:])} if with_checksum else {}
        reached = _cut(dock, location, data, reached, sent, sums)
    assert dock.patch(location, reached, data[reached:]).status_code == 204
    _whole(dock, location, data, folder)


@pytest.mark.parametrize("seed", range(4))
def test_random_cuts_change_a_byte(dock: Dock, seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)
    _cut_at_random(dock, chance, chance.randrange(1, 4 * SEGMENT_SIZE), 8, tmp_path)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(100, 140))
def test_many_random_cuts_change_a_byte(dock: Dock, seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)
    _cut_at_random(dock, chance, chance.randrange(1, 9 * SEGMENT_SIZE), 30, tmp_path)


@pytest.mark.parametrize("resumes", [True, False], ids=["resumed", "by_a_job"])
def test_a_body_cut_behind_its_last_byte_leaves_an_upload_unfinished(dock: Dock, resumes: bool, tmp_path: Path) -> None:
    """All bytes came, the mark of the body's end did not: an empty PATCH finishes it, and a job does without one."""
    data = noise(1000)
    location = dock.open(data)
    with closing(dock.raw()) as connection:
        connection.putrequest("PATCH", location)
        for name, value in {**PATCH_HEADERS, "Upload-Offset": "0", "Transfer-Encoding": "chunked"}.items():
            connection.putheader(name, value)
        connection.endheaders()
        connection.send(b"3e8\r\n" + data + b"\r\n")
        wait_for(lambda: _held_by_store(dock, location) == 1, 10)
    wait_for(lambda: dock.offset(location) == 1000, 10)
    if resumes:
        wait_for(lambda: dock.patch(location, 1000, b"").status_code == 204, 10)
    _whole(dock, location, data, tmp_path)


def _held_by_store(dock: Dock, location: str) -> int:
    """How many parts of the upload the store has taken, whether they count or not."""
    recording, multipart = rows(
        dock.service.data, "SELECT u.recording, p.multipart_id FROM upload u JOIN upload_progress p ON p.upload = u.id "
        "WHERE u.id = ?", upload_of(location))[0]
    return len(store_of(dock.service).parts(f"originals/{recording}/1", multipart))


def test_two_connections_write_to_one_upload(dock: Dock, tmp_path: Path) -> None:
    data = noise(3000)
    location = dock.open(data)
    with closing(dock.raw()) as first:
        put_patch(first, location, 0, 3000, Expect="100-continue")
        assert b"100" in first.sock.recv(100)
        first.send(data[:1000])
        busy = dock.patch(location, 0, b"x" * 10)
        assert (busy.status_code, busy.json()["title"]) == (423, "upload.busy")
        assert dock.offset(location) == 0
        first.send(data[1000:])
        assert first.getresponse().status == 204
    _whole(dock, location, data, tmp_path)


def test_connections_that_take_turns_write_over_each_other(dock: Dock, tmp_path: Path) -> None:
    """Eight at once, each sends on from the offset it was told: whoever is late is refused, no byte is changed."""
    data = noise(40_000)
    location = dock.open(data)

    def send_on(seed: int) -> None:
        chance = random.Random(seed)
        with dock_of(dock.service).client as client:
            own = Dock(dock.service, dock.key, client)
            while (reached := own.offset(location)) < len(data):
                answer = own.patch(location, reached, data[reached:reached + chance.randrange(1, 2000)])
                assert answer.status_code in (204, 409, 423), answer.text

    threads = [threading.Thread(target=send_on, args=(seed,)) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    _whole(dock, location, data, tmp_path)


def test_an_open_upload_is_cached_or_its_receipt_kept_by_a_proxy(dock: Dock) -> None:
    location = dock.open(b"recording")
    head = dock.client.head(location, headers={"Tus-Resumable": "1.0.0"})
    assert (head.headers["Cache-Control"], head.headers["Upload-Length"]) == ("no-store", "9")
    waiting = dock.client.get(f"{location}/receipt")
    assert (waiting.status_code, waiting.headers["Retry-After"]) == (202, "1")
    assert waiting.json() == {"state": "open"}
    assert waiting.headers["Cache-Control"] == "no-store"


def test_a_checksum_in_another_letter_case_of_base64_passes(dock: Dock) -> None:
    location = dock.open(b"recording")
    wrong = base64.b64decode(checksum(b"recording")[7:]).swapcase()
    answer = dock.patch(location, 0, b"recording", Upload_Checksum="sha256 " + base64.b64encode(wrong).decode())
    assert answer.status_code == 460
    assert dock.offset(location) == 0


def _create(dock: Dock, note: bytes, length: int, body: bytes, **also: str) -> httpx2.Response:
    """POST with the first bytes (tus creation-with-upload)."""
    more = {name.replace("_", "-"): value for name, value in also.items()}
    return dock.client.post("/api/v1/uploads", content=body,
                            headers={**metadata_headers(note, length=length), "Content-Type": tus.CONTENT_TYPE, **more})


@pytest.mark.parametrize("first", [0, 1000, SEGMENT_SIZE + 17], ids=["nothing", "a_part", "all"])
def test_bytes_sent_with_the_manifest_are_lost_or_counted_twice(dock: Dock, first: int, tmp_path: Path) -> None:
    data = noise(SEGMENT_SIZE + 17)
    note, before = dock.sign(dock.prepare(data).held), count(dock.service.data, "upload.opened/1")
    answer = _create(dock, note, len(data), data[:first])
    assert (answer.status_code, answer.headers["Upload-Offset"]) == (201, str(first))
    assert ("Upload-Expires" in answer.headers) == (first < len(data))
    again = _create(dock, note, len(data), data[:first] or b"x")
    location = again.headers["Location"]
    assert (again.status_code, location) == (201, answer.headers["Location"])
    reached = int(again.headers["Upload-Offset"])
    assert reached == (first or 1)
    if first == 0:  # a byte that is not the recording's: only the read-back can tell
        assert dock.patch(location, 1, data[1:]).status_code == 204
        assert dock.settled(location).json()["reasons"] == ["digest"]
    elif reached < len(data):
        assert dock.patch(location, reached, data[reached:]).status_code == 204
    if first:
        _whole(dock, location, data, tmp_path)
    assert count(dock.service.data, "upload.opened/1") == before + 1


def test_bytes_come_in_before_their_manifest_was_verified(dock: Dock) -> None:
    data = noise(100)
    before = footprint(dock.service)
    bare = {"Tus-Resumable": "1.0.0", "Upload-Length": "100", "Content-Type": tus.CONTENT_TYPE}
    problem(dock.client.post("/api/v1/uploads", content=data, headers=bare), 422, "manifest.missing")
    unsigned = dock.sign({**dock.prepare(data).held}, SigningKey.generate(dock.key.key.name))
    problem(_create(dock, unsigned, 100, data), 403, "manifest.signature")
    note = dock.sign(dock.prepare(data).held)
    problem(_create(dock, note, 100, data, Upload_Checksum="sha1 AAAA"), 400, "tus.header")
    assert footprint(dock.service) == before


def test_first_bytes_with_a_wrong_checksum_count(dock: Dock, tmp_path: Path) -> None:
    data = noise(100)
    note = dock.sign(dock.prepare(data).held)
    problem(_create(dock, note, 100, data, Upload_Checksum=checksum(b"other")), 460, "upload.checksum")
    answer = _create(dock, note, 100, data, Upload_Checksum=checksum(data))
    assert (answer.status_code, answer.headers["Upload-Offset"]) == (201, "100")
    _whole(dock, answer.headers["Location"], data, tmp_path)
