"""Canonical JSON: RFC 8785 restricted to what needs no judgement (no floats, no nulls, plain ASCII keys)."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from typing import TypeAlias

MAX_ENTRY = 65535
MAX_INTEGER = 2**53 - 1
MAX_DEPTH = 32
_NO_OFFSET = timedelta(0)

Canonical: TypeAlias = (
    "bool | int | str | list[Canonical] | tuple[Canonical, ...] | dict[str, Canonical]"
)

# One match per object: the joined keys hold only allowed characters iff each key does.
_KEY_CHARACTERS = re.compile(r"[a-z0-9_]*").fullmatch
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z").fullmatch
# ASCII keys make Python's code-point order equal to RFC 8785's UTF-16 order (§3.2.3).
_dump = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False, check_circular=False
).encode
_quote = json.encoder.encode_basestring


class CanonicalError(ValueError):
    """The value or the bytes lie outside the canonical profile."""


def encode(value: Canonical, within: int = 0) -> bytes:
    """The canonical UTF-8 bytes of ``value`` (RFC 8785 §3.2 under the restricted profile).

    Integers within ±(2⁵³−1), keys ``[a-z0-9_]+``, valid Unicode kept as it is, nesting ≤ 32, exact builtin
    types only (no subclass may bring its own rendering). ``within``: levels of the value it will be a part of, which
    count towards the 32. Raises ``CanonicalError``. The length is not limited here: a log entry may have
    ``MAX_ENTRY`` bytes, which ``decode`` and the entry bundle hold to.
    """
    _check(value, within)
    try:
        return _dump(value).encode("utf-8")
    except UnicodeEncodeError as error:
        raise CanonicalError("a lone surrogate is not valid Unicode") from error


def decode(data: bytes, limit: int = MAX_ENTRY) -> Canonical:
    """The value whose canonical bytes are exactly ``data`` (≤ ``limit``); ``CanonicalError`` otherwise."""
    value, canonical = _load(data, limit)
    if canonical != data:
        raise CanonicalError("not in canonical form")
    return value


def read(untrusted_data: bytes, limit: int) -> Canonical:
    """The value of JSON in the restricted profile, in any spelling (space, order, escapes).

    Refuses duplicate keys, floats, NaN, null, bad UTF-8, nesting > 32, more than ``limit`` bytes:
    ``CanonicalError``. For files people touch; what is hashed goes through ``decode``.
    """
    return _load(untrusted_data, limit)[0]


def spell_text(value: str) -> str:
    """A string as it stands in canonical JSON, before UTF-8 (RFC 8785 §3.2.2.2); ``CanonicalError`` for others.

    With ``spell_integer`` for writers that know their members and put the text together themselves; encoding it as
    UTF-8 still refuses a lone surrogate.
    """
    if type(value) is not str:
        raise CanonicalError(f"{type(value).__name__} where text belongs")
    return _quote(value)


def spell_integer(value: int) -> str:
    """An integer within ±(2⁵³−1) in canonical JSON; ``CanonicalError`` for others, bool among them."""
    if type(value) is not int or not -MAX_INTEGER <= value <= MAX_INTEGER:
        raise CanonicalError("not an integer within 2^53-1")
    return str(value)


def format_time(at: datetime) -> str:
    """``YYYY-MM-DDTHH:MM:SS.ffffffZ`` of a UTC-aware time; ``CanonicalError`` for any other."""
    if at.tzinfo is not timezone.utc and at.utcoffset() != _NO_OFFSET:
        raise CanonicalError("times are UTC-aware")
    return at.isoformat("T", "microseconds")[:26] + "Z"  # without the offset


def parse_time(text: str) -> datetime:
    """The UTC-aware time of the one accepted spelling; ``CanonicalError`` otherwise, leap seconds too."""
    if _TIME(text) is None:
        raise CanonicalError("not a time of the form YYYY-MM-DDTHH:MM:SS.ffffffZ")
    try:
        return datetime.fromisoformat(text[:-1]).replace(tzinfo=timezone.utc)
    except ValueError as error:
        raise CanonicalError(f"no such time: {error}") from error


def _check(value: object, depth: int) -> None:
    # Exact types and one branch per kind: this runs for every event before it is hashed.
    if type(value) is str or type(value) is bool:
        return
    if type(value) is int:
        if not -MAX_INTEGER <= value <= MAX_INTEGER:
            raise CanonicalError("integer beyond 2^53-1")
        return
    if depth >= MAX_DEPTH:
        raise CanonicalError(f"nested deeper than {MAX_DEPTH}")
    if type(value) is dict:
        _check_keys(value)
        for inner in value.values():
            _check(inner, depth + 1)
    elif type(value) is list or type(value) is tuple:
        for inner in value:
            _check(inner, depth + 1)
    else:
        raise CanonicalError(f"a {type(value).__name__} has no canonical form")


def _check_keys(value: dict[str, object]) -> None:
    try:
        allowed = _KEY_CHARACTERS("".join(value)) is not None and "" not in value
    except TypeError as error:
        raise CanonicalError("keys are strings") from error
    if not allowed:
        raise CanonicalError("keys are [a-z0-9_]+")


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise CanonicalError("duplicate key")
    return found


def _no_float(text: str) -> NoReturn:
    raise CanonicalError(f"{text[:20]} is not an integer")


_parse = json.JSONDecoder(object_pairs_hook=_object, parse_float=_no_float, parse_constant=_no_float).decode


def _load(untrusted_data: bytes, limit: int) -> tuple[Canonical, bytes]:
    """The value and its canonical bytes; encoding it is also what refuses all that lies outside the profile."""
    if len(untrusted_data) > limit:
        raise CanonicalError(f"longer than {limit} bytes")
    try:
        value: Canonical = _parse(untrusted_data.decode("utf-8"))
    except RecursionError as error:
        raise CanonicalError(f"nested deeper than {MAX_DEPTH}") from error
    except CanonicalError:
        raise
    except ValueError as error:
        raise CanonicalError(f"not JSON in UTF-8: {error}") from error
    return value, encode(value)
