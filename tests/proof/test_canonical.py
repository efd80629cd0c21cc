"""Canonical bytes: one spelling per value, equal to RFC 8785's, and nothing outside the profile."""

import json
import string
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from archive.proof.canonical import (
    MAX_DEPTH,
    MAX_ENTRY,
    MAX_INTEGER,
    CanonicalError,
    decode,
    encode,
    format_time,
    parse_time,
    read,
)

KEYS = st.text(string.ascii_lowercase + string.digits + "_", min_size=1, max_size=8)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
VALUES = st.recursive(
    st.booleans() | st.integers(-MAX_INTEGER, MAX_INTEGER) | TEXTS,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=30,
)
AT = datetime(2026, 1, 1, tzinfo=UTC)


class Word(StrEnum):
    A = "a"


@given(VALUES)
def test_bytes_differ_from_the_rfc8785_package(value: Any) -> None:
    assert encode(value) == rfc8785.dumps(value)


@given(VALUES)
def test_a_value_is_lost_between_encode_and_decode(value: Any) -> None:
    assert decode(encode(value)) == value


@given(st.dictionaries(KEYS, VALUES, max_size=4))
def test_another_spelling_of_the_same_value_is_decoded(value: Any) -> None:
    spaced = json.dumps(value, indent=1, sort_keys=True).encode()
    assert read(spaced, MAX_ENTRY) == value
    if spaced != encode(value):
        with pytest.raises(CanonicalError, match="canonical form"):
            decode(spaced)


@given(st.binary(max_size=60))
def test_arbitrary_bytes_escape_as_another_error(data: bytes) -> None:
    try:
        value = decode(data)
    except CanonicalError:
        return
    assert encode(value) == data


@pytest.mark.parametrize(
    "value",
    [1.0, None, float("nan"), MAX_INTEGER + 1, -MAX_INTEGER - 1, {"A": 1}, {"": 1}, {"a b": 1}, {"é": 1}, {1: 1},
     {"a\n": 1}, "\ud800", {"a": ["\udfff"]}, b"a", {1, 2}, [None], {"a": ...}, Word.A, AT],
    ids=repr,
)
def test_a_value_outside_the_profile_is_encoded(value: Any) -> None:
    with pytest.raises(CanonicalError):
        encode(value)


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


def test_the_deepest_allowed_nesting_is_refused_or_the_next_accepted() -> None:
    assert decode(encode(nested(MAX_DEPTH))) == nested(MAX_DEPTH)
    with pytest.raises(CanonicalError, match="nested"):
        encode(nested(MAX_DEPTH + 1))


@pytest.mark.parametrize("bomb", [b"[" * 65000, b'{"a":' * 13000, b"[" * 32000 + b"]" * 32000], ids=len)
def test_a_nesting_bomb_ends_the_process(bomb: bytes) -> None:
    with pytest.raises(CanonicalError):
        decode(bomb)


def test_a_cycle_is_followed_for_ever() -> None:
    cycle: list[Any] = []
    cycle.append(cycle)
    with pytest.raises(CanonicalError, match="nested"):
        encode(cycle)


@pytest.mark.parametrize(
    "data",
    [b'{"a":1,"a":1}', b'{"a":1.0}', b'{"a":1e3}', b"NaN", b"-Infinity", b"null", b'{"a":null}', b"-0", b"01", b"",
     b'{"b":1,"a":1}', b'{"a": 1}', b'"\\u00e9"', b'"\\/"', b'"\\u001F"', b'"\xff"', b'\xef\xbb\xbf"a"', b'"a"\n',
     b'"\\ud800"', b'"a\x01"', b"9007199254740992", b"1" * 5000, '"a"'.encode("utf-16-le"), b"'a'"],
    ids=repr,
)
def test_bytes_outside_the_profile_are_decoded(data: bytes) -> None:
    with pytest.raises(CanonicalError):
        decode(data)


def test_an_entry_one_byte_too_long_is_decoded() -> None:
    longest = encode("a" * (MAX_ENTRY - 2))
    assert decode(longest) == "a" * (MAX_ENTRY - 2)
    with pytest.raises(CanonicalError, match="longer"):
        decode(encode("a" * (MAX_ENTRY - 1)))


def test_a_lone_surrogate_passes_the_lenient_reader() -> None:
    with pytest.raises(CanonicalError, match="surrogate"):
        read(b'{"a":"\\ud800"}', MAX_ENTRY)


@given(st.datetimes(timezones=st.just(UTC)))
def test_a_time_changes_on_its_way_through_text(at: datetime) -> None:
    assert parse_time(format_time(at)) == at
    assert len(format_time(at)) == 27


@pytest.mark.parametrize("at", [AT.replace(tzinfo=None), AT.astimezone(timezone(timedelta(hours=8)))])
def test_a_time_that_is_not_utc_is_written(at: datetime) -> None:
    with pytest.raises(CanonicalError):
        format_time(at)


@pytest.mark.parametrize(
    "text",
    ["2026-01-01T00:00:00Z", "2026-01-01T00:00:00.000000+00:00", "2026-01-01 00:00:00.000000Z",
     "2026-13-01T00:00:00.000000Z", "2026-12-31T23:59:60.000000Z", "2026-01-01T00:00:00.000000Z\n",
     "٢٠٢٦-01-01T00:00:00.000000Z", "2026-01-01T00:00:00.000000z", ""],
)
def test_another_spelling_of_a_time_is_read(text: str) -> None:
    with pytest.raises(CanonicalError):
        parse_time(text)
