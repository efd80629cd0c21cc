"""Bad input at a station's door: refused with a stable code and a way out, before the first body byte, and nothing
half-done stays behind."""

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from typing import Any

import pytest
from flows.dock import Dock, Prepared, dock_of, footprint, metadata_headers, noise, problem, shared_service

from api.wiring import station_clock
from archive.identifiers import new_id
from archive.proof import canonical
from archive.proof.note import sign_note
from archive.proof.signing import SigningKey
from ingest.uploads import MAX_SIZE

Change = Callable[[dict[str, Any]], object]


@pytest.fixture
def dock() -> Iterator[Dock]:
    made = dock_of(shared_service())
    with closing(made.client):
        yield made


def _refused(dock: Dock, note: bytes, status: int, code: str, openings: bytes = b"[]",
             length: int | str | None = 9) -> dict[str, Any]:
    before = footprint(dock.service)
    told = problem(dock.post(note, openings, length), status, code)
    assert footprint(dock.service) == before
    return told


def _expired() -> str:
    return canonical.format_time(station_clock()() - timedelta(seconds=1))


SIGNED_BY_NOBODY = f"— sta_{'0' * 26} AAAAAAA=\n".encode()

TERMS: list[tuple[str, Change, int, str]] = [
    ("expired", lambda h: h.update(expires=_expired()), 422, "manifest.expired"),
    ("another archive", lambda h: h.update(log="other.example/0011223344556677"), 422, "manifest.other_archive"),
    ("empty", lambda h: h.update(size=0), 422, "upload.empty"),
    ("beyond the limit", lambda h: h.update(size=MAX_SIZE + 1), 413, "upload.too_large"),
    ("another size than Upload-Length", lambda h: h.update(size=8), 422, "upload.length_mismatch"),
]


@pytest.mark.parametrize(("change", "status", "code"), [t[1:] for t in TERMS], ids=[t[0] for t in TERMS])
def test_a_manifest_with_impossible_terms_opens_an_upload(dock: Dock, change: Change, status: int, code: str) -> None:
    held = dock.prepare(b"recording").held
    change(held)
    length = held["size"] if held["size"] != 8 else 9
    _refused(dock, dock.sign(held), status, code, length=length)


FIELDS: list[tuple[str, Change]] = [
    *((f"{name} missing", lambda h, name=name: h.pop(name)) for name in (
        "v", "log", "nonce", "expires", "size", "digests", "recorder", "started", "ended", "labels")),
    *((f"{name} is {wrong!r}", lambda h, name=name, wrong=wrong: h.update({name: wrong})) for name, wrong in (
        ("v", 2), ("v", "1"), ("log", 7), ("log", ""), ("log", "a" * 65), ("nonce", "zz" * 16), ("nonce", "00"),
        ("nonce", 5), ("expires", 5), ("expires", "2026-13-01T00:00:00.000000Z"), ("expires", "tomorrow"),
        ("size", "9"), ("size", -1), ("size", True), ("digests", "sha256:00"), ("digests", []), ("digests", 5),
        ("digests", ["md5:" + "0" * 32]), ("digests", ["sha256:" + "0" * 63]), ("digests", ["sm3:" + "0" * 64]),
        ("digests", ["sha256:" + "0" * 64] * 2), ("digests", [5]), ("recorder", "DSJ"), ("recorder", {"vendor": "a"}),
        ("recorder", {"vendor": 1, "serial": "b", "kind": "c"}),
        ("recorder", {"vendor": "a\u202eb", "serial": "b", "kind": "c"}),
        ("started", "2026-03-05T01:30:00.000000Z"), ("started", []),
        ("ended", ["2026-03-05T01:30:00.000000Z", "2026-03-05T01:29:00.000000Z"]), ("labels", []),
        ("labels", {"weather": "0" * 64}), ("labels", {"case_no": "0" * 63}), ("labels", {"case_no": 5}),
        ("session", "mat_" + "0" * 26), ("session", 5), ("sequence", -1), ("sequence", "1"), ("surprise", 1))),
]


@pytest.mark.parametrize("change", [f[1] for f in FIELDS], ids=[f[0] for f in FIELDS])
def test_a_manifest_field_that_is_missing_or_of_another_type_is_taken(dock: Dock, change: Change) -> None:
    held = dock.prepare(b"recording").held
    change(held)
    told = _refused(dock, dock.sign(held), 422, "manifest.field")
    assert told["field"] in told["detail"]


def test_a_station_nobody_enrolled_deposits(dock: Dock) -> None:
    stranger = SigningKey.generate(new_id("sta"))
    told = _refused(dock, dock.sign(dock.prepare(b"recording").held, stranger), 403, "station.unknown")
    assert "enrol" in told["detail"]


def test_a_station_deposits_under_the_name_of_another(dock: Dock) -> None:
    note = dock.sign(dock.prepare(b"recording").held, SigningKey.generate(dock.key.key.name))
    _refused(dock, note, 403, "manifest.signature")


def test_a_changed_manifest_passes_for_the_signed_one(dock: Dock) -> None:
    note = dock.sign(dock.prepare(b"recording").held)
    for old, new in ((b'"size":9', b'"size":8'), (b'"v":1', b'"v":2'), (b"Hikvision", b"Hikvisiom")):
        assert old in note
        _refused(dock, note.replace(old, new), 403, "manifest.signature")


@pytest.mark.parametrize(("note", "status", "code"), [
    (b"", 422, "manifest.missing"), (b"no note at all", 403, "manifest.signature"),
    (b"\xff\xfe\n\n" + SIGNED_BY_NOBODY, 403, "station.unknown"),
    (b"{}\n\n" + SIGNED_BY_NOBODY * 2, 403, "manifest.signature"), (b"x" * 8193, 413, "manifest.too_large"),
])
def test_something_that_is_no_manifest_opens_an_upload(dock: Dock, note: bytes, status: int, code: str) -> None:
    _refused(dock, note, status, code)


@pytest.mark.parametrize("text", ["[1]\n", "{}\n\n{}\n", '{"v": 1}\n', "not json\n", '{"v":1,"v":1}\n',
                                  "[" * 3000 + "]" * 3000 + "\n", '{"v":1.0}\n', '{"v":null}\n'])
def test_a_signed_text_that_is_no_canonical_object_opens_an_upload(dock: Dock, text: str) -> None:
    _refused(dock, sign_note(text, [dock.key]), 422, "manifest.malformed")


def test_a_replayed_nonce_takes_other_bytes(dock: Dock) -> None:
    first = dock.prepare(noise(9))
    assert dock.post(dock.sign(first.held), length=9).status_code == 201
    other = dock.prepare(noise(9))
    other.held["nonce"] = first.held["nonce"]
    _refused(dock, dock.sign(other.held), 409, "manifest.replayed")


def test_a_replayed_nonce_is_taken_from_another_station(dock: Dock) -> None:
    first = dock.prepare(noise(9))
    assert dock.post(dock.sign(first.held), length=9).status_code == 201
    other = dock_of(dock.service, "城西所采集站 02")
    with closing(other.client):
        _refused(dock, other.sign(first.held), 409, "manifest.replayed")


def test_the_same_manifest_again_opens_a_second_upload(dock: Dock) -> None:
    ready = dock.prepare(noise(9))
    note = dock.sign(ready.held)
    first = dock.post(note, length=9)
    before = footprint(dock.service)
    again = dock.post(note, length=9)
    assert (again.status_code, again.headers["Location"]) == (201, first.headers["Location"])
    assert footprint(dock.service) == before


NAMES = ["../../etc/passwd", "..", ".", "/etc/passwd", "a\\b.mp4", "a\x00b.mp4", "a\nb.mp4", "a\u202egpj.exe",
         "录" * 86, "a\u2028b"]


@pytest.mark.parametrize("name", NAMES, ids=[ascii(name[:12]) for name in NAMES])
def test_a_path_or_a_control_character_comes_in_as_a_file_name(dock: Dock, name: str) -> None:
    ready = dock.prepare(b"recording", file_name=name)
    told = _refused(dock, dock.sign(ready.held), 422, _label_code(name), ready.openings)
    assert name not in told["detail"]


def _label_code(name: str) -> str:
    printable = not any(c in name for c in "\x00\n\u202e\u2028")
    return "label.unsafe_name" if printable else "label.malformed"


def _openings(changed: Callable[[list[dict[str, Any]]], object]) -> Callable[[Prepared], bytes]:
    def of(ready: Prepared) -> bytes:
        fields: Any = canonical.decode(ready.openings)
        changed(fields)
        return canonical.encode(fields)
    return of


@pytest.mark.parametrize(("openings", "code"), [
    (lambda ready: b"[]", "label.mismatch"), (lambda ready: b"{}", "label.mismatch"),
    (lambda ready: b"nonsense", "label.malformed"), (lambda ready: b"[" * 500, "label.malformed"),
    (_openings(lambda fields: fields[0].update(value="吉市监罚〔2026〕2号")), "label.mismatch"),
    (_openings(lambda fields: fields[0].update(salt="00" * 16)), "label.mismatch"),
    (_openings(lambda fields: fields[0].update(salt="zz")), "label.malformed"),
    (_openings(lambda fields: fields[0].update(value="")), "label.malformed"),
    (_openings(lambda fields: fields[0].update(value="x" * 501)), "label.malformed"),
    (_openings(lambda fields: fields[0].update(value=5)), "label.malformed"),
    (_openings(lambda fields: fields[0].update(surprise="x")), "label.malformed"),
    (_openings(lambda fields: fields.append(fields[0])), "label.mismatch"),
])
def test_labels_the_manifest_does_not_commit_to_are_taken(dock: Dock, openings: Callable[[Prepared], bytes],
                                                          code: str) -> None:
    ready = dock.prepare(b"recording", case_no="吉市监罚〔2026〕1号")
    _refused(dock, dock.sign(ready.held), 422, code, openings(ready))


@pytest.mark.parametrize(("headers", "status", "code"), [
    ({"Tus-Resumable": ""}, 412, "tus.version"), ({"Tus-Resumable": "0.2.2"}, 412, "tus.version"),
    ({"Upload-Length": ""}, 400, "tus.header"), ({"Upload-Length": "-1"}, 400, "tus.header"),
    ({"Upload-Length": "09"}, 400, "tus.header"), ({"Upload-Length": "9" * 30}, 400, "tus.header"),
    ({"Upload-Metadata": "manifest !!!"}, 400, "tus.header"),
    ({"Upload-Metadata": "manifest AA==,manifest AA=="}, 400, "tus.header"),
    ({"Upload-Metadata": ""}, 422, "manifest.missing"),
])
def test_a_malformed_header_opens_an_upload(dock: Dock, headers: dict[str, str], status: int, code: str) -> None:
    before = footprint(dock.service)
    good = metadata_headers(dock.sign(dock.prepare(b"recording").held), length=9)
    problem(dock.client.post("/api/v1/uploads", headers={**good, **headers}), status, code)
    assert footprint(dock.service) == before


def test_a_refusal_waits_for_the_body_to_come(dock: Dock) -> None:
    """Only the head is sent, a gigabyte announced: the answer must come without a byte of it."""
    held = dock.prepare(b"recording").held
    held["expires"] = _expired()
    before = footprint(dock.service)
    with closing(dock.raw()) as connection:
        connection.putrequest("POST", "/api/v1/uploads")
        for name, value in metadata_headers(dock.sign(held), length=9).items():
            connection.putheader(name, value)
        connection.putheader("Content-Length", str(1 << 30))
        connection.endheaders()
        assert connection.getresponse().status == 422
    assert footprint(dock.service) == before
