"""A written record 笔录 as plain text with times: ``[HH:MM:SS]`` begins a cue, the lines after it go on with it.

With ``开始时间：`` in its head the times are times of day in Beijing; without it they count from a moment named apart.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import NoReturn

from archive.errors import Refused
from archive.transcripts import Cue

BEIJING = timezone(timedelta(hours=8))
LAST_MS = 10_000
"""How long the last cue is where the record states no end."""
_CUE = re.compile(r"\s*[\[［【〔(（](\d{1,3})[:：](\d\d)(?:[:：](\d\d))?[\]］】〕)）]\s*(.*)", re.ASCII)
_HEAD = re.compile(r"\s*(开始|结束|起始|终止)(?:时间)?\s*[:：]\s*(\S.*?)\s*", re.ASCII)
_TIME = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*[日T]?\s*(\d{1,2})\s*[:：时]\s*(\d{1,2})"
                   r"\s*分?(?:\s*[:：]?\s*(\d{1,2})\s*秒?)?", re.ASCII)
_DAY_MS = 86_400_000


@dataclass(frozen=True)
class Record:
    """Start and end as stated, None where they are not; cues in milliseconds from the start, else from zero."""

    starts: datetime | None
    ends: datetime | None
    cues: tuple[Cue, ...]


def read_record(lines: Sequence[str]) -> Record:
    """From its lines. ``Refused transcript.line`` names the first that is wrong."""
    starts = ends = None
    begun: list[tuple[int, int, list[str]]] = []
    for number, line in enumerate(lines, 1):
        cue, head = _CUE.fullmatch(line), _HEAD.fullmatch(line)
        if cue:
            begun.append((number, _milliseconds(number, cue), [cue[4].strip()]))
        elif begun:
            begun[-1][2].append(line.strip())
        elif head and head[1] in ("开始", "起始"):
            starts = _moment(number, head[2])
        elif head:
            ends = _moment(number, head[2])
    if starts is not None and ends is not None and ends < starts:
        raise Refused("transcript.line", "the end the record states lies before its start", line=0)
    return Record(starts, ends, _cues(begun, starts, ends))


def _cues(begun: Sequence[tuple[int, int, list[str]]], starts: datetime | None,
          ends: datetime | None) -> tuple[Cue, ...]:
    from_day = starts.astimezone(BEIJING) if starts is not None else None
    midnight = 0 if from_day is None else ((from_day.hour * 60 + from_day.minute) * 60 + from_day.second) * 1000
    found, before = list[tuple[int, str]](), 0
    for number, at, said in begun:
        passed = at - midnight
        if starts is not None and passed < 0 and before - passed > _DAY_MS // 2:
            passed += _DAY_MS  # after midnight
        if passed < before:
            fault(number, "its time lies before the one above it or before the start stated")
        found.append((passed, "\n".join(part for part in said if part)))
        before = passed
    if not found:
        return ()
    last = before + LAST_MS if starts is None or ends is None else (ends - starts) // timedelta(milliseconds=1)
    until = [at for at, _ in found[1:]] + [max(last, before)]
    return tuple(Cue(at, end, text) for (at, text), end in zip(found, until, strict=True) if text)


def _milliseconds(number: int, found: re.Match[str]) -> int:
    hours, minutes, seconds = int(found[1]), int(found[2]), int(found[3] or 0)
    if minutes > 59 or seconds > 59:
        fault(number, "minutes and seconds go to 59")
    return ((hours * 60 + minutes) * 60 + seconds) * 1000


def _moment(number: int, text: str) -> datetime:
    found = _TIME.fullmatch(text)
    if found is None:
        fault(number, "write the time as 2026年12月1日 09:30 or 2026-12-01 09:30:00")
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups())
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=BEIJING).astimezone(UTC)
    except (ValueError, OverflowError):
        fault(number, "there is no such day or time")


def fault(number: int, what: str) -> NoReturn:
    """``Refused transcript.line`` that names the line, from 1."""
    raise Refused("transcript.line", f"line {number}: {what}", line=number)
