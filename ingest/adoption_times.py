"""Times as people write them into sheets, as intervals: a date alone is the whole day, a minute the whole minute.

Limit: what names no zone is Beijing time; day and month are never guessed from an order.
"""

import re
import unicodedata
from datetime import UTC, datetime, timedelta, timezone

from archive.event_values import Interval

BEIJING = timezone(timedelta(hours=8))
FLOOR = datetime(1990, 1, 1, tzinfo=UTC)
"""Before any recording of such a share; the earliest moment where nobody says one."""
_TICK = timedelta(microseconds=1)
_SPELLED = re.compile(r"""
    (?P<y>\d{4})[-/.年](?P<mo>\d{1,2})[-/.月](?P<d>\d{1,2})日?
    (?:(?:\s+|T)?(?P<h>\d{1,2})[:时点](?P<mi>\d{1,2})(?:[:分](?P<s>\d{1,2})(?P<f>\.\d{1,6})?秒?|分)?)?
    \s*(?P<z>Z|[+-]\d{2}:?\d{2})?""", re.VERBOSE | re.ASCII).fullmatch
_COMPACT = re.compile(
    r"(?P<y>\d{4})(?P<mo>\d{2})(?P<d>\d{2})(?:[T_ -]?(?P<h>\d{2})(?P<mi>\d{2})(?P<s>\d{2})?)?(?P<f>)(?P<z>)",
    re.ASCII).fullmatch


def stated(untrusted_text: str) -> Interval:
    """The moment a cell states, UTC, both ends within the unit it is written in; ``ValueError`` if it does not read."""
    text = unicodedata.normalize("NFKC", untrusted_text).strip()
    match = _SPELLED(text) or _COMPACT(text)
    if match is None:
        raise ValueError(f"{untrusted_text[:40]!r} is no time of a known form")
    part = match.groupdict()
    zone = _zone(part["z"]) if part["z"] else BEIJING
    fraction = round(float(part["f"]) * 1_000_000) if part["f"] else 0
    unit = (timedelta(days=1) if part["h"] is None else timedelta(minutes=1) if part["s"] is None
            else _TICK if part["f"] else timedelta(seconds=1))
    try:
        local = datetime(int(part["y"]), int(part["mo"]), int(part["d"]), int(part["h"] or 0), int(part["mi"] or 0),
                         int(part["s"] or 0), min(fraction, 999_999), zone)
        return Interval(local.astimezone(UTC), (local + unit - _TICK).astimezone(UTC))
    except OverflowError as fault:
        raise ValueError(str(fault)) from fault


def spans(started: Interval | None, ended: Interval | None, now: datetime) -> tuple[Interval, Interval]:
    """What is claimed of start and end where one or both are not stated: it was made before ``now``, and ends after it
    starts."""
    first = started or Interval(FLOOR, ended.latest if ended else now)
    last = ended or Interval(started.earliest if started else FLOOR, max(now, first.latest))
    return first, last


def _zone(text: str) -> timezone:
    if text == "Z":
        return UTC
    sign = -1 if text[0] == "-" else 1
    return timezone(sign * timedelta(hours=int(text[1:3]), minutes=int(text[-2:])))
