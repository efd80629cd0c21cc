"""One byte range of a GET (RFC 9110 §14.1.2); several ranges are answered with the whole, as the RFC allows."""

import re

from archive.errors import Refused

_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})").fullmatch


def parse_range(untrusted_range: str | None, size: int) -> tuple[int, int]:
    """(start, length) within ``size`` bytes; the whole when there is no range or not exactly one.

    ``Refused range.unsatisfiable`` when it begins beyond the end.
    """
    match = _RANGE(untrusted_range or "")
    if match is None or match[1] == match[2] == "":
        return 0, size
    if match[1] == "":
        length = min(int(match[2]), size)
        if length == 0:
            raise _beyond(size)
        return size - length, length
    start = int(match[1])
    end = min(int(match[2]), size - 1) if match[2] else size - 1
    if start >= size or end < start:
        raise _beyond(size)
    return start, end - start + 1


def _beyond(size: int) -> Refused:
    return Refused("range.unsatisfiable", f"the object has {size} bytes", size=size)
