"""tus headers: each one value or a refusal that names the header; whatever a client sends, nothing else."""

import base64
import hashlib
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.errors import Refused
from ingest.tus import (
    Checksum,
    format_metadata,
    parse_checksum,
    parse_metadata,
    parse_number,
    parse_optional_number,
    require_version,
)


def attempt(call: Callable[[], object]) -> object:
    """What a parser answers, or the code of its refusal."""
    try:
        return call()
    except Refused as refusal:
        return refusal.code


def refused(code: str, header: str | None = None) -> "pytest.RaisesExc[Refused]":
    return pytest.raises(Refused, check=lambda fault: fault.code == code and fault.details.get("header") == header)


@pytest.mark.parametrize("version", [None, "", "1.0", "1.0.0 ", "1.0.1", "0.2.2", "1.0.0,0.2.2"])
def test_another_version_passes(version: str | None) -> None:
    with pytest.raises(Refused) as refusal:
        require_version(version)
    assert (refusal.value.code, refusal.value.details) == ("tus.version", {"supported": "1.0.0"})
    require_version("1.0.0")


@pytest.mark.parametrize("text", [None, "", "-1", "+1", "01", "00", "1.0", "1e3", "0x10", " 1", "1 ", "1\n", "１", "٣",
                                  "1_000", "9" * 20, "9" * 5000, "None", "²"])
def test_something_else_passes_for_a_number(text: str | None) -> None:
    with refused("tus.header", "Upload-Offset"):
        parse_number(text, "Upload-Offset")


@given(st.integers(0, 10**19 - 1))
def test_a_number_is_misread(number: int) -> None:
    assert parse_number(str(number), "Upload-Length") == number == parse_optional_number(str(number), "Upload-Length")


@given(st.text())
def test_some_text_crashes_the_number(text: str) -> None:
    found = attempt(lambda: parse_number(text, "Upload-Length"))
    assert found == "tus.header" or str(found) == text


def test_an_absent_header_is_taken_for_a_value() -> None:
    assert parse_optional_number(None, "Upload-Length") is None
    assert parse_checksum(None) is None
    assert parse_metadata(None) == parse_metadata("") == {}


GOOD = base64.b64encode(bytes(32)).decode()


@pytest.mark.parametrize("text", [
    "", "sha256", "sha256 ", f"sha1 {GOOD}", f"SHA256 {GOOD}", f" sha256 {GOOD}", f"sha256  {GOOD}", f"sha256 {GOOD} ",
    "sha256 " + base64.b64encode(bytes(31)).decode(), "sha256 " + base64.b64encode(bytes(33)).decode(),
    "sha256 " + GOOD[:-1], "sha256 " + GOOD.replace("A", "-", 1), f"sha256 {GOOD}\n", f"sha256,{GOOD}", "sha256 ＡＡ==",
    "sha256 " + "00" * 32])
def test_something_else_passes_for_a_checksum(text: str) -> None:
    with refused("tus.header", "Upload-Checksum"):
        parse_checksum(text)


def test_a_wrong_body_has_the_right_checksum() -> None:
    announced = hashlib.sha256(b"body").digest()
    checksum = parse_checksum("sha256 " + base64.b64encode(announced).decode())
    assert checksum == Checksum(announced)
    checksum.require(announced)
    for found in (bytes(32), b"", announced[:31]):
        with refused("upload.checksum"):
            checksum.require(found)


@pytest.mark.parametrize(("text", "pairs"), [
    ("manifest YWJj", {"manifest": b"abc"}), ("a YQ==,b Yg==", {"a": b"a", "b": b"b"}),
    ("a YQ==, b Yg==", {"a": b"a", "b": b"b"}),
    ("is_confidential", {"is_confidential": b""}), ("a YQ==,", {"a": b"a"}), (" a YQ== ", {"a": b"a"}),
])
def test_metadata_are_misread(text: str, pairs: dict[str, bytes]) -> None:
    assert parse_metadata(text) == pairs


@pytest.mark.parametrize("text", ["a YQ==,a YQ==", "a YQ==, a Yg==", "a YQ", "a Y", "a ?", "a YQ== x", "a  YQ==",
                                  "a ＹＱ=="])
def test_metadata_with_a_fault_pass(text: str) -> None:
    with refused("tus.header", "Upload-Metadata"):
        parse_metadata(text)


@settings(max_examples=200)
@given(st.dictionaries(st.from_regex(r"[A-Za-z0-9_-]{1,20}", fullmatch=True), st.binary(max_size=60), max_size=6))
def test_metadata_read_back_as_others(pairs: dict[str, bytes]) -> None:
    assert parse_metadata(format_metadata(pairs)) == pairs


@settings(max_examples=300)
@given(st.text(), st.sampled_from([parse_checksum, parse_metadata]))
def test_some_header_crashes_the_parser(text: str, parse: Callable[[str], object]) -> None:
    found = attempt(lambda: parse(text))
    assert found == "tus.header" or isinstance(found, Checksum | dict)
