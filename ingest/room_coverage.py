"""What of a room session is missing, channel by channel, and whether the written record's times lie inside. Pure.

Limit: it sees the times the box gave. A frozen picture, a covered lens and a wrong clock are whole as far as it knows.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

TOLERANCE = timedelta(seconds=1)
"""Pauses no longer than this are not named: a segment's start is read to a fraction of a second."""
Flag = Literal["start_outside", "end_outside"]


@dataclass(frozen=True)
class Part:
    """A deposited segment of a channel; ``started`` and ``ended`` are the box's best reading."""

    recording: str
    started: datetime
    ended: datetime


@dataclass(frozen=True)
class Lapse:
    """A while a box told of in which it did not record."""

    reason: str
    since: datetime
    until: datetime


@dataclass(frozen=True)
class Missing:
    """A while without a deposited part; ``reason`` is the box's, None where it told of nothing then."""

    since: datetime
    until: datetime
    reason: str | None


@dataclass(frozen=True)
class Channel:
    """One channel from 1: its parts in order of time, what is missing, the end of its last part."""

    number: int
    parts: tuple[Part, ...]
    missing: tuple[Missing, ...]
    deposited_until: datetime | None


def channel_of(number: int, parts: Sequence[Part], lapses: Sequence[Lapse], since: datetime,
               until: datetime | None) -> Channel:
    """The channel against the expected span; while the session goes on (``until`` None) nothing after the last part is
    missing yet."""
    ordered = tuple(sorted(parts, key=lambda part: (part.started, part.ended, part.recording)))
    last = max((part.ended for part in ordered), default=None)
    end = until if until is not None else last
    return Channel(number, ordered, tuple(_missing(ordered, lapses, since, end)) if end is not None else (), last)


def flags(channels: Sequence[Channel], stated_start: datetime | None, stated_end: datetime | None) -> tuple[Flag, ...]:
    """Stated times that lie where not every channel was recorded; a pause within the tolerance does not count."""
    found: list[Flag] = []
    if stated_start is not None and not all(_covered(channel, stated_start) for channel in channels):
        found.append("start_outside")
    if stated_end is not None and not all(_covered(channel, stated_end) for channel in channels):
        found.append("end_outside")
    return tuple(found)


def _covered(channel: Channel, at: datetime) -> bool:
    return any(part.started - TOLERANCE <= at <= part.ended + TOLERANCE for part in channel.parts)


def _missing(ordered: Sequence[Part], lapses: Sequence[Lapse], since: datetime, until: datetime) -> Iterator[Missing]:
    reached = since
    for part in ordered:
        if part.started >= until:
            break
        if part.started - reached > TOLERANCE:
            yield Missing(reached, part.started, _reason(lapses, reached, part.started))
        reached = max(reached, part.ended)
    if until - reached > TOLERANCE:
        yield Missing(reached, until, _reason(lapses, reached, until))


def _reason(lapses: Sequence[Lapse], since: datetime, until: datetime) -> str | None:
    """Of the lapses in that while, the one that covers most of it."""
    shares = [(min(lapse.until, until) - max(lapse.since, since), lapse.reason) for lapse in lapses]
    fitting = [share for share in shares if share[0] >= timedelta(0)]
    return max(fitting)[1] if fitting else None
