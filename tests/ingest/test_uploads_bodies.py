"""Bad bodies for an open upload: refused with a stable code and a way out, and the upload stands where it stood."""

from collections.abc import Iterator
from contextlib import closing

import pytest
from flows.dock import Dock, checksum, dock_of, footprint, noise, problem, put_patch, shared_service, stored


@pytest.fixture
def dock() -> Iterator[Dock]:
    made = dock_of(shared_service())
    with closing(made.client):
        yield made


@pytest.fixture
def location(dock: Dock) -> str:
    """An upload of 30 bytes that stands at 10."""
    opened = dock.open(b"0123456789" * 3)
    assert dock.patch(opened, 0, b"0123456789").status_code == 204
    return opened


def _stands(dock: Dock, location: str, before: object) -> None:
    assert footprint(dock.service) == before
    assert dock.offset(location) == 10


@pytest.mark.parametrize("offset", [0, 9, 11, 30, 31, 1 << 40])
def test_bytes_at_a_wrong_offset_are_taken(dock: Dock, location: str, offset: int) -> None:
    before = footprint(dock.service)
    told = problem(dock.patch(location, offset, b"x"), 409, "upload.offset")
    assert told["offset"] == 10
    _stands(dock, location, before)


@pytest.mark.parametrize("headers", [
    {"Upload-Offset": "-1"}, {"Upload-Offset": "010"}, {"Upload-Offset": "ten"}, {"Upload-Offset": ""},
    {"Upload-Checksum": "sha256 !!"}, {"Upload-Checksum": "md5 AAAA"}, {"Upload-Checksum": "sha256 AAAA"},
])
def test_a_malformed_header_of_a_patch_is_passed_over(dock: Dock, location: str, headers: dict[str, str]) -> None:
    before = footprint(dock.service)
    good = {"Tus-Resumable": "1.0.0", "Content-Type": "application/offset+octet-stream", "Upload-Offset": "10"}
    answer = dock.client.patch(location, content=b"x", headers={**good, **headers})
    told = problem(answer, 400, "tus.header")
    assert told["header"] == next(iter(headers))
    _stands(dock, location, before)


def test_a_patch_of_another_content_type_or_version_is_taken(dock: Dock, location: str) -> None:
    before = footprint(dock.service)
    problem(dock.patch(location, 10, b"x", Content_Type="video/mp4"), 415, "tus.content_type")
    problem(dock.patch(location, 10, b"x", Tus_Resumable="2.0.0"), 412, "tus.version")
    _stands(dock, location, before)


def test_more_bytes_are_announced_than_the_manifest_holds(dock: Dock, location: str) -> None:
    before = footprint(dock.service)
    with closing(dock.raw()) as connection:
        put_patch(connection, location, 10, 21)
        answer = connection.getresponse()
        assert answer.status == 413
        assert b"upload.too_many_bytes" in answer.read()
    _stands(dock, location, before)


def test_more_bytes_come_in_chunks_than_the_manifest_holds(dock: Dock, location: str) -> None:
    """No Content-Length gives them away beforehand."""
    before = footprint(dock.service)
    answer = dock.client.patch(location, content=iter([b"x" * 20, b"x"]), headers={
        "Tus-Resumable": "1.0.0", "Content-Type": "application/offset+octet-stream", "Upload-Offset": "10"})
    problem(answer, 413, "upload.too_many_bytes")
    _stands(dock, location, before)


def test_a_body_of_another_checksum_counts(dock: Dock, location: str) -> None:
    before = footprint(dock.service)
    rest = b"0123456789" * 2
    problem(dock.patch(location, 10, b"X" * 20, Upload_Checksum=checksum(rest)), 460, "upload.checksum")
    _stands(dock, location, before)
    assert dock.patch(location, 10, rest, Upload_Checksum=checksum(rest)).status_code == 204
    assert stored(dock.service, location) == b"0123456789" * 3


@pytest.mark.parametrize("parts", [(9,), (9, 3), (17,)], ids=["one", "two_bodies", "two_segments"])
def test_segments_of_a_body_with_another_checksum_stay(dock: Dock, parts: tuple[int, ...]) -> None:
    """Whole segments went to the store before the checksum was known: they must be put again."""
    bodies = [noise(size << 20) for size in parts]
    location, offset = dock.open(b"".join(bodies)), 0
    for body in bodies:
        wrong = bytes(len(body))
        problem(dock.patch(location, offset, wrong, Upload_Checksum=checksum(body)), 460, "upload.checksum")
        assert dock.offset(location) == offset
        assert dock.patch(location, offset, body, Upload_Checksum=checksum(body)).status_code == 204
        offset += len(body)
    assert dock.settled(location).status_code == 200
    assert stored(dock.service, location) == b"".join(bodies)


def test_a_finished_upload_takes_more(dock: Dock) -> None:
    data = noise(100)
    location = dock.deposit(data)
    for offset in (0, 100):
        problem(dock.patch(location, offset, b"x"), 409, "upload.closed")
    assert dock.offset(location) == 100
    assert stored(dock.service, location) == data


def test_another_token_or_none_opens_an_upload(dock: Dock, location: str) -> None:
    bare, token = location.rsplit("/", 1)
    other = dock.open(noise(30)).rsplit("/", 1)[0]
    before = footprint(dock.service)
    for wrong in (f"{bare}/{'0' * 64}", f"{bare}/{token[:-1]}", f"{bare}/é", bare, f"{other}/{token}"):
        problem(dock.patch(wrong, 10, b"x"), 404, "upload.unknown")
        problem(dock.client.get(f"{wrong}/receipt"), 404, "upload.unknown")
        assert dock.client.head(wrong, headers={"Tus-Resumable": "1.0.0"}).status_code == 404
    _stands(dock, location, before)


def test_a_bearer_token_is_not_as_good_as_one_in_the_address(dock: Dock, location: str) -> None:
    bare, token = location.rsplit("/", 1)
    answer = dock.patch(bare, 10, b"0123456789" * 2, Authorization=f"Bearer {token}")
    assert answer.status_code == 204
    assert stored(dock.service, location) == b"0123456789" * 3


@pytest.mark.parametrize("upload", ["upl_" + "0" * 26, "upl_x", "rec_" + "0" * 26, "%2e%2e", "upl_" + "0" * 25 + "I"])
def test_an_upload_nobody_opened_takes_bytes(dock: Dock, upload: str) -> None:
    before = footprint(dock.service)
    answer = dock.patch(f"/api/v1/uploads/{upload}/{'0' * 64}", 0, b"x")
    assert answer.status_code == 404
    assert answer.json()["type"] in ("urn:liuhen:error:upload.unknown", "urn:liuhen:error:id.malformed",
                                     "urn:liuhen:error:request.unknown")
    assert footprint(dock.service) == before


def test_a_method_the_address_does_not_take_is_refused_without_a_way_out(dock: Dock, location: str) -> None:
    answer = dock.client.put(location, content=b"x")
    problem(answer, 405, "request.method")
    assert answer.headers["Allow"] == "DELETE, HEAD, PATCH"
