"""Signed requests against the real service: who may act on an upload, once, and what the log says of how bytes came."""

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
from flows.dock import PATCH_HEADERS, Dock, checksum, count, noise, problem, rows, upload_of
from stations.station_client import bare, fresh_station, plain_client, signature

from api.wiring import station_clock
from archive.identifiers import new_id
from archive.proof.digest import SEGMENT_SIZE
from archive.proof.signing import SigningKey

TUS = {"Tus-Resumable": "1.0.0"}


@pytest.fixture(scope="module")
def dock() -> Iterator[Dock]:
    with fresh_station() as made:
        yield made


def carried(dock: Dock, location: str) -> str:
    entry = rows(dock.service.data, "SELECT entry FROM custody WHERE kind = 'upload.finished/2' AND subject = ?",
                 upload_of(location))[0][0]
    return str(json.loads(entry)["data"]["carried"])


def patch_fields(offset: int, body: bytes) -> dict[str, str]:
    return {**PATCH_HEADERS, "Upload-Offset": str(offset), "Content-Length": str(len(body)),
            "Upload-Checksum": checksum(body)}


def test_a_deposit_by_signed_requests_alone_is_taken_for_one_on_its_token(dock: Dock) -> None:
    data = noise(SEGMENT_SIZE + 1000)
    location = dock.open(data)
    for start, end in ((0, 700), (700, len(data))):
        assert dock.patch(bare(location), start, data[start:end],
                          Upload_Checksum=checksum(data[start:end])).status_code == 204
    assert dock.settled(bare(location)).status_code == 200
    assert carried(dock, location) == "signed_requests"


@pytest.mark.parametrize("unsigned_first", [True, False])
def test_one_unsigned_request_leaves_the_higher_grade(dock: Dock, unsigned_first: bool) -> None:
    data = noise(1000)
    location = dock.open(data)
    with plain_client(dock) as plain:
        for n, (start, end) in enumerate(((0, 400), (400, 1000))):
            body, unsigned = data[start:end], (n == 0) == unsigned_first
            fields = patch_fields(start, body)
            answer = (plain.patch(location, content=body, headers=fields) if unsigned
                      else dock.client.patch(bare(location), content=body, headers=fields))
            assert answer.status_code == 204, answer.text
    assert dock.settled(bare(location)).status_code == 200
    assert carried(dock, location) == "upload_token"


def test_an_unsigned_request_that_was_refused_costs_the_grade_and_no_bytes(dock: Dock) -> None:
    """The grade is put down before the first byte is read: whatever then becomes of the request, it stays."""
    data = noise(500)
    location = dock.open(data)
    with plain_client(dock) as plain:
        wrong = {**patch_fields(0, data), "Upload-Checksum": checksum(b"")}
        problem(plain.patch(location, content=data, headers=wrong), 460, "upload.checksum")
    assert dock.patch(bare(location), 0, data, Upload_Checksum=checksum(data)).status_code == 204
    dock.settled(bare(location))
    assert carried(dock, location) == "upload_token"


def test_a_signed_request_passes_twice(dock: Dock) -> None:
    location = bare(dock.open(noise(100)))
    fields = signature(dock, "HEAD", location, TUS, nonce="once" * 8)
    with plain_client(dock) as plain:
        assert plain.head(location, headers=fields).status_code == 200
        assert plain.head(location, headers=fields).status_code == 401
        again = signature(dock, "GET", f"{location}/receipt", {}, nonce="once" * 8)
        problem(plain.get(f"{location}/receipt", headers=again), 401, "signature.replayed")


def test_signed_bytes_are_exchanged_on_their_way(dock: Dock) -> None:
    data, other = noise(100), noise(100)
    location = bare(dock.open(data))
    fields = signature(dock, "PATCH", location, patch_fields(0, data), nonce="bytes" * 4)
    with plain_client(dock) as plain:
        problem(plain.patch(location, content=other, headers=fields), 460, "upload.checksum")
    assert dock.offset(location) == 0


def test_signed_bytes_come_without_their_checksum(dock: Dock) -> None:
    data = noise(100)
    location = bare(dock.open(data))
    problem(dock.patch(location, 0, data), 401, "signature.component")
    assert dock.offset(location) == 0


@pytest.mark.parametrize(("change", "code"), [
    ({"Upload-Offset": "50"}, "signature.invalid"), ({"Upload-Metadata": "a AA=="}, "signature.component")])
def test_a_signed_field_is_changed_on_its_way(dock: Dock, change: dict[str, str], code: str) -> None:
    data = noise(100)
    location = bare(dock.open(data))
    fields = signature(dock, "PATCH", location, patch_fields(0, data), nonce=f"{code}" + "n" * 16)
    with plain_client(dock) as plain:
        problem(plain.patch(location, content=data, headers={**fields, **change}), 401, code)


def test_a_signature_of_another_hour_passes(dock: Dock) -> None:
    location = bare(dock.open(noise(100)))
    for n, off in enumerate((-timedelta(minutes=6), timedelta(minutes=6))):
        fields = signature(dock, "GET", f"{location}/receipt", {}, at=station_clock()() + off, nonce=f"{n}" * 16)
        with plain_client(dock) as plain:
            told = problem(plain.get(f"{location}/receipt", headers=fields), 401, "signature.time")
        assert abs(told["now"] - station_clock()().timestamp()) < 60


def test_a_key_nobody_enrolled_signs(dock: Dock) -> None:
    location = bare(dock.open(noise(100)))
    for name in (new_id("sta"), dock.key.key.name, "nobody"):
        key = SigningKey.generate(name)
        fields = signature(dock, "GET", f"{location}/receipt", {}, key=key, nonce="stranger" * 4)
        with plain_client(dock) as plain:
            problem(plain.get(f"{location}/receipt", headers=fields), 401, "signature.unknown_key")


def test_a_station_acts_on_the_upload_of_another(dock: Dock) -> None:
    data = noise(100)
    location = dock.open(data)
    with fresh_station() as other:
        for address in (bare(location), location):  # the token in the address is worth nothing beside a signature
            answer = other.patch(address, 0, data, Upload_Checksum=checksum(data))
            problem(answer, 404, "upload.unknown")
        problem(other.client.get(f"{bare(location)}/receipt"), 404, "upload.unknown")
    assert dock.offset(bare(location)) == 0


def test_a_manifest_comes_in_a_request_another_station_signed(dock: Dock) -> None:
    before = count(dock.service.data, "upload.opened/1")
    with fresh_station() as other:
        ready = dock.prepare(noise(9))
        problem(other.post(dock.sign(ready.held), length=9), 403, "signature.other_station")
    assert count(dock.service.data, "upload.opened/1") == before


def test_a_refusal_of_a_signature_waits_for_the_body(dock: Dock) -> None:
    location = bare(dock.open(noise(100)))
    fields = signature(dock, "PATCH", location, patch_fields(0, b"x"), nonce="early" * 4)
    connection = dock.raw()
    connection.putrequest("PATCH", location)
    for name, value in {**fields, "Content-Length": str(1 << 30)}.items():
        connection.putheader(name, value)
    connection.endheaders()
    assert connection.getresponse().status == 401
    connection.close()
