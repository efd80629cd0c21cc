"""Every fault of a manifest is refused with its code and the field's name; labels are the ones it commits to."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from proof.known_keys import known_key

from archive.errors import Refused
from archive.event_values import Interval
from archive.proof import canonical
from archive.proof.commitments import Particular
from archive.proof.digest import Digest
from archive.proof.note import VerifiedText, open_note, sign_note
from archive.recorder_clock import ClockMeasured
from ingest.manifest import (
    LABELS,
    MAX_MANIFEST,
    Manifest,
    RecorderName,
    manifest_text,
    openings_text,
    parse_openings,
    safe_file_name,
)

STATION = "sta_0123456789abcdefghjkmnpqrs"
KEY = known_key(STATION)
AT = datetime(2026, 11, 20, 1, 2, 3, 456789, tzinfo=UTC)
TIME = "2026-11-20T01:02:03.456789Z"
SHA, SM3 = "sha256:" + "0a" * 32, "sm3:" + "0b" * 32
WHOLE: dict[str, Any] = {
    "v": 1, "log": "liuhen.example/0123456789abcdef", "nonce": "0f" * 16, "expires": TIME, "size": 5,
    "digests": [SHA], "recorder": {"vendor": "海康", "serial": "SN-1", "kind": "执法记录仪"},
    "started": [TIME, TIME], "ended": [TIME, TIME], "labels": {"case_no": "ab" * 32},
    "session": "ses_" + "0" * 26, "sequence": 3, "previous": SHA, "provenance": "card_recovered",
    "unreadable": "cut_off",
    "clock": {"measured_at": TIME, "offset_ms": -86_400_000, "error_ms": 250, "reset_suspected": False},
}
OPTIONAL = ["session", "sequence", "previous", "clock", "provenance", "unreadable"]
REQUIRED = set(WHOLE) - set(OPTIONAL)


def verified(held: Any) -> VerifiedText:
    text = held if isinstance(held, str) else canonical.encode(held).decode() + "\n"
    return open_note(sign_note(text, [KEY]), [KEY.key])


def refused(held: Any, code: str = "manifest.field", field: str | None = None) -> Refused:
    with pytest.raises(Refused) as refusal:
        Manifest.parse(verified(held))
    assert refusal.value.code == code, refusal.value.message
    if field is not None:
        assert refusal.value.details == {"field": field}
        assert f"'{field}'" in refusal.value.message
    return refusal.value


def test_a_whole_manifest_is_refused_or_misread() -> None:
    manifest = Manifest.parse(verified(WHOLE))
    assert manifest == Manifest(
        station=STATION, log=WHOLE["log"], nonce="0f" * 16, expires=AT, size=5, digests=(Digest.parse(SHA),),
        recorder=RecorderName("海康", "SN-1", "执法记录仪"), started=Interval(AT, AT), ended=Interval(AT, AT),
        session="ses_" + "0" * 26, sequence=3, labels={"case_no": b"\xab" * 32}, previous=Digest.parse(SHA),
        clock=ClockMeasured(AT, timedelta(days=-1), timedelta(milliseconds=250)), provenance="card_recovered",
        unreadable="cut_off")
    assert manifest_text(manifest) == canonical.encode(WHOLE).decode() + "\n"


@pytest.mark.parametrize("field", sorted(REQUIRED))
def test_a_manifest_without_a_field_passes(field: str) -> None:
    held = {name: value for name, value in WHOLE.items() if name != field}
    assert "missing" in refused(held, field=field).message


@pytest.mark.parametrize("field", OPTIONAL)
def test_a_manifest_without_an_optional_field_is_refused(field: str) -> None:
    manifest = Manifest.parse(verified({name: value for name, value in WHOLE.items() if name != field}))
    assert getattr(manifest, field) is None
    assert Manifest.parse(verified(manifest_text(manifest))) == manifest


def test_a_field_nobody_knows_passes() -> None:
    assert "not a field" in refused({**WHOLE, "case_no": "吉市监罚〔2023〕6号"}, field="case_no").message


ANY_TYPE: dict[str, Any] = {"text": "x", "number": 7, "false": False, "list": [], "object": {}, "nested": [{"a": 1}]}
FITS = {("log", "text"), ("size", "number"), ("sequence", "number"), ("labels", "object")}


@pytest.mark.parametrize("field", sorted(WHOLE))
@pytest.mark.parametrize("kind", ANY_TYPE)
def test_a_field_of_another_type_passes(field: str, kind: str) -> None:
    held = {**WHOLE, field: ANY_TYPE[kind]}
    if (field, kind) in FITS:
        Manifest.parse(verified(held))
    else:
        refused(held, field=field)


WRONG = [
    ("v", 2), ("v", 0), ("v", True), ("log", ""), ("log", "x" * 65), ("log", "a\nb"), ("log", "a\u202eb"),
    ("nonce", "0f" * 15), ("nonce", "0f" * 17), ("nonce", "0F" * 16), ("nonce", "0g" * 16), ("nonce", "０" * 32),
    ("expires", "2026-11-20T01:02:03Z"), ("expires", "2026-11-20 01:02:03.000000Z"), ("expires", TIME[:-1] + "+08:00"),
    ("expires", "2026-02-30T00:00:00.000000Z"), ("size", -1), ("sequence", -1),
    ("digests", [SM3]), ("digests", [SM3, SHA]), ("digests", [SHA, SHA]), ("digests", ["md5:" + "00" * 16]),
    ("digests", ["0a" * 32]), ("digests", ["sha256:" + "0A" * 32]), ("digests", ["sha256:" + "0a" * 31]),
    ("digests", SHA), ("digests", [SHA, 5]), ("digests", [[SHA]]),
    ("recorder", {"vendor": "a", "serial": "b"}), ("recorder", {"vendor": "a", "serial": "b", "kind": ""}),
    ("recorder", {"vendor": "a", "serial": "b", "kind": "c", "owner": "d"}),
    ("recorder", {"vendor": "a", "serial": "b" * 65, "kind": "c"}),
    ("recorder", {"vendor": 1, "serial": "b", "kind": "c"}),
    ("recorder", {"vendor": "a\x00", "serial": "b", "kind": "c"}),
    ("recorder", {"vendor": "a", "serial": "b\x7f", "kind": "c"}),
    ("started", [TIME]), ("started", [TIME, TIME, TIME]), ("started", [TIME, 5]), ("started", TIME),
    ("ended", [TIME, "2026-11-20T01:02:03.456788Z"]), ("ended", {"earliest": TIME}),
    ("session", "ses_1"), ("session", "upl_" + "0" * 26),
    ("labels", {"weather": "ab" * 32}), ("labels", {"party": "ab" * 31}), ("labels", {"party": "AB" * 32}),
    ("previous", SM3), ("previous", [SHA]), ("previous", "0a" * 32), ("provenance", "docked"), ("provenance", ""),
    ("unreadable", "lost"), ("unreadable", ""),
    *(("clock", {**WHOLE["clock"], name: value}) for name, value in (
        ("measured_at", "2026-11-20"), ("measured_at", 5), ("offset_ms", "0"), ("offset_ms", True),
        ("offset_ms", 3_170_000_000_000), ("error_ms", -1), ("error_ms", 3_170_000_000_000), ("error_ms", False),
        ("reset_suspected", 0), ("drift", 1))),
    ("clock", {"measured_at": TIME, "offset_ms": 0, "error_ms": 0}),
    ("labels", {"party": 5}), ("labels", {"party": ["ab" * 32]}), ("labels", ["party"]),
]


@pytest.mark.parametrize(("field", "value"), WRONG, ids=[f"{field}-{n}" for n, (field, _) in enumerate(WRONG)])
def test_a_field_with_a_value_no_station_may_send_passes(field: str, value: Any) -> None:
    refused({**WHOLE, field: value}, field=field)


@pytest.mark.parametrize("text", [
    "nonsense\n", "[]\n", '"text"\n', "5\n", "{}}\n", '{"v": 1}\n', '{"v":1,"v":1}\n', '{"v":1.0}\n', '{"v":null}\n',
    '{"V":1}\n', "[" * 500 + "\n", '{"size":' + "9" * 5000 + "}\n", '{"b":1,"a":1}\n', "{}\n{}\n"])
def test_text_that_is_no_canonical_object_passes(text: str) -> None:
    refused(text, "manifest.malformed")


def test_a_manifest_beyond_its_limit_passes() -> None:
    refused({**WHOLE, "log": "x" * MAX_MANIFEST}, "manifest.malformed")


NAMES = st.from_regex(r"[a-z0-9_]{1,8}", fullmatch=True)
JSON = st.recursive(
    st.booleans() | st.integers(-2**53 + 1, 2**53 - 1) | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3), max_leaves=6)


def parsed(held: Any) -> Manifest | Refused:
    try:
        return Manifest.parse(verified(held))
    except Refused as refusal:
        return refusal


@settings(max_examples=200)
@given(st.sampled_from(sorted(WHOLE)), JSON)
def test_some_value_crashes_the_parser(field: str, value: Any) -> None:
    held = {**WHOLE, field: value}
    found = parsed(held)
    if isinstance(found, Refused):
        assert (found.code, found.details) == ("manifest.field", {"field": field})
    else:
        assert manifest_text(found) == canonical.encode(held).decode() + "\n"


MOMENTS = st.integers(0, 10**15).map(lambda us: AT + timedelta(microseconds=us))
SHORT = st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=64)


@settings(max_examples=100)
@given(st.builds(
    Manifest, station=st.just(STATION), log=SHORT, nonce=st.just("0f" * 16), expires=MOMENTS,
    size=st.integers(0, 2**53 - 1), digests=st.just((Digest.parse(SHA), Digest.parse(SM3))),
    recorder=st.builds(RecorderName, SHORT, SHORT, SHORT),
    started=MOMENTS.map(lambda at: Interval(at, at + timedelta(seconds=1))),
    ended=MOMENTS.map(lambda at: Interval(at, at)),
    session=st.none() | st.just("ses_" + "0" * 26), sequence=st.none() | st.integers(0, 9),
    labels=st.dictionaries(st.sampled_from(sorted(LABELS)), st.binary(min_size=32, max_size=32)),
    previous=st.none() | st.just(Digest.parse(SHA)), provenance=st.none() | st.just("card_recovered"),
    unreadable=st.none() | st.sampled_from(["empty", "not_readable"]),
    clock=st.none() | st.builds(
        ClockMeasured, MOMENTS, st.integers(-10**12, 10**12).map(lambda ms: timedelta(milliseconds=ms)),
        st.integers(0, 10**12).map(lambda ms: timedelta(milliseconds=ms)), st.booleans())))
def test_a_manifest_reads_back_as_another(manifest: Manifest) -> None:
    assert Manifest.parse(verified(manifest_text(manifest))) == manifest


def committed(*fields: Particular) -> Manifest:
    return Manifest.parse(verified({**WHOLE, "labels": {f.name: f.commitment.hex() for f in fields}}))


def field(name: str, value: Any = "值", salt: bytes = bytes(16)) -> Particular:
    return Particular(name, salt, value)


FIELDS = (field("case_no", "吉市监罚〔2023〕6号"), field("party", "某公司"), field("file_name", "1.mp4"))


def test_openings_that_match_are_refused() -> None:
    assert parse_openings(openings_text(FIELDS), committed(*FIELDS)) == FIELDS
    assert parse_openings(b"[]", committed()) == ()


@pytest.mark.parametrize("sent", [
    FIELDS[:2], (*FIELDS, field("place")), (*FIELDS, FIELDS[0]), (), (*FIELDS[:2], field("file_name", "2.mp4")),
    (*FIELDS[:2], field("file_name", "1.mp4", b"\1" * 16)), (*FIELDS[:2], field("place", "1.mp4")),
])
def test_labels_other_than_those_committed_to_pass(sent: tuple[Particular, ...]) -> None:
    with pytest.raises(Refused) as refusal:
        parse_openings(openings_text(sent), committed(*FIELDS))
    assert refusal.value.code == "label.mismatch"


OPENING = {"name": "party", "salt": "00" * 16, "value": "某公司"}


@pytest.mark.parametrize("held", [
    {"party": "某公司"}, [5], [[]], [{"name": "party"}], [{**OPENING, "more": 1}], [{**OPENING, "value": 5}],
    [{**OPENING, "value": ""}], [{**OPENING, "value": "x" * 501}], [{**OPENING, "value": "a\nb"}],
    [{**OPENING, "value": "a\u202eb"}], [{**OPENING, "value": "a\u0000"}], [{**OPENING, "salt": "zz"}],
    [{**OPENING, "salt": "00"}], [{**OPENING, "salt": 5}], [{**OPENING, "name": "Party"}], [{**OPENING, "name": ""}],
    [{**OPENING, "name": 5}],
])
def test_openings_of_another_form_pass(held: Any) -> None:
    with pytest.raises(Refused) as refusal:
        parse_openings(canonical.encode(held), committed(field("party", "某公司")))
    assert refusal.value.code in ("label.malformed", "label.mismatch")


@pytest.mark.parametrize("data", [b"", b"\xff", b"nonsense", b"{}", b"null", b'[ {"name":"party"}]', b"[" * 3000,
                                  b"[" + b" " * 70_000])
def test_bytes_that_are_no_openings_pass(data: bytes) -> None:
    with pytest.raises(Refused) as refusal:
        parse_openings(data, committed(*FIELDS))
    assert refusal.value.code in ("label.malformed", "label.mismatch")


@settings(max_examples=200)
@given(st.binary(max_size=200) | JSON.map(canonical.encode))
def test_some_openings_crash_the_parser(data: bytes) -> None:
    with pytest.raises(Refused):
        parse_openings(data, committed(*FIELDS))


UNSAFE = ["", ".", "..", "/etc/passwd", "../1.mp4", "a/b", "a\\b", "C:\\1.mp4", "1.mp4\x00", "a\nb", "a\rb",
          "\x1b[31m", "a\x7fb", "a\x85b", "a\u2028b", "a\u202egpm.4", "a\u200b", "\ufeffa", "a\ue000", "x" * 256,
          "警" * 86, "a\ud800"]


@pytest.mark.parametrize("name", UNSAFE, ids=range(len(UNSAFE)))
def test_a_file_name_that_plays_tricks_passes(name: str) -> None:
    with pytest.raises(Refused) as refusal:
        safe_file_name(name)
    assert refusal.value.code == "label.unsafe_name"
    if name and "\ud800" not in name:
        bad = field("file_name", name)
        with pytest.raises(Refused):
            parse_openings(openings_text((bad,)), committed(bad))


@pytest.mark.parametrize("name", ["1.mp4", "现场 (1).mp4", "...", ".hidden", "a b", "x" * 255, "警" * 85, "%2e"])
def test_a_plain_file_name_is_refused(name: str) -> None:
    assert safe_file_name(name) == name
