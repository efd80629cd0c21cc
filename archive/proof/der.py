"""A small strict reader of DER (X.690 §8 and §10): definite lengths in their shortest form, single-byte tags."""

from __future__ import annotations

import re
from datetime import datetime, timezone

BOOLEAN, INTEGER, BIT_STRING, OCTET_STRING, OID, UTF8 = 0x01, 0x02, 0x03, 0x04, 0x06, 0x0C
GENERALIZED_TIME, SEQUENCE, SET, CONTEXT = 0x18, 0x30, 0x31, 0xA0
_MAX_INTEGER = 64
_MAX_OID = 64
_TIME = re.compile(rb"([0-9]{14})(?:\.([0-9]{0,17}[1-9]))?Z").fullmatch


class DerReader:
    """The elements of one constructed value, one after the other; ``ValueError`` for what is not DER."""

    __slots__ = ("_at", "_data")

    def __init__(self, untrusted_data: bytes) -> None:
        self._data = untrusted_data
        self._at = 0

    def take(self, tag: int) -> bytes:
        """The contents of the next element, which must bear ``tag``."""
        if not self.stands(tag):
            raise ValueError("an element is missing or another stands in its place")
        start, size = _length(self._data, self._at + 1)
        if start + size > len(self._data):
            raise ValueError("an element is cut short")
        self._at = start + size
        return self._data[start : self._at]

    def take_if(self, tag: int) -> bytes | None:
        """As ``take``, or None where another element or nothing follows."""
        return self.take(tag) if self.stands(tag) else None

    def open(self, tag: int) -> DerReader:
        """A reader of the next element's contents."""
        return DerReader(self.take(tag))

    def stands(self, tag: int) -> bool:
        """Whether the next element bears ``tag``."""
        return self._at < len(self._data) and self._data[self._at] == tag

    def end(self) -> None:
        """``ValueError`` unless everything has been read."""
        if self._at != len(self._data):
            raise ValueError("something follows that does not belong there")


def integer(contents: bytes) -> int:
    """An INTEGER of at most 64 bytes in its shortest form (X.690 §8.3)."""
    if not 0 < len(contents) <= _MAX_INTEGER:
        raise ValueError("an integer is empty or longer than 64 bytes")
    if len(contents) > 1 and contents[0] in (0x00, 0xFF) and contents[0] >> 7 == contents[1] >> 7:
        raise ValueError("an integer is not in its shortest form")
    return int.from_bytes(contents, "big", signed=True)


def object_identifier(contents: bytes) -> str:
    """An OBJECT IDENTIFIER of at most 64 bytes in dotted form (X.690 §8.19)."""
    if not 0 < len(contents) <= _MAX_OID or contents[-1] & 0x80:
        raise ValueError("an object identifier is empty, too long or cut short")
    arcs, value, fresh = [], 0, True
    for byte in contents:
        if fresh and byte == 0x80:
            raise ValueError("an object identifier is not in its shortest form")
        value, fresh = value << 7 | byte & 0x7F, byte < 0x80
        if fresh:
            arcs.append(value)
            value = 0
    first = min(arcs[0] // 40, 2)
    return ".".join(str(arc) for arc in (first, arcs[0] - 40 * first, *arcs[1:]))


def generalized_time(contents: bytes) -> datetime:
    """A GeneralizedTime as RFC 3161 §2.4.2 and X.690 §11.7 spell it: seconds, no trailing zeros, ``Z``; UTC-aware.

    Digits beyond the microsecond are cut off.
    """
    match = _TIME(contents)
    if match is None:
        raise ValueError("a time is not of the form YYYYMMDDhhmmss[.f]Z")
    digits = match[1].decode("ascii")
    year, rest = int(digits[:4]), [int(digits[at : at + 2]) for at in range(4, 14, 2)]
    micros = int((match[2] or b"0").ljust(6, b"0")[:6])
    try:
        return datetime(year, rest[0], rest[1], rest[2], rest[3], rest[4], micros, tzinfo=timezone.utc)
    except ValueError as error:
        raise ValueError("no such time") from error


def _length(data: bytes, at: int) -> tuple[int, int]:
    """(where the contents begin, how many bytes they have)."""
    if at >= len(data):
        raise ValueError("an element is cut short")
    first = data[at]
    if first < 0x80:
        return at + 1, first
    count = first & 0x7F
    size = int.from_bytes(data[at + 1 : at + 1 + count], "big")
    # A size below 0x80 is also what the indefinite form (count 0) comes to.
    if size < 0x80 or size >> 8 * (count - 1) == 0 or at + 1 + count > len(data):
        raise ValueError("a length is not in its shortest definite form")
    return at + 1 + count, size
