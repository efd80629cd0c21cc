"""Which segments a box delivers, which it still keeps, which it lets go. Pure.

What no session asked for is let go only when the archive said so after it could still have been asked for.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

HOLD = timedelta(minutes=10)
"""A session is known to the box well within this after its opening; two minutes before it are part of it."""
Fate = Literal["deliver", "keep", "drop"]


@dataclass(frozen=True)
class Span:
    """A session's span; ``until`` None while it goes on."""

    session: str
    since: datetime
    until: datetime | None

    def shares(self, started: datetime, ended: datetime) -> timedelta:
        """How much of a while lies within; zero or less for none."""
        return min(ended, self.until or ended) - max(started, self.since)


@dataclass(frozen=True)
class Told:
    """The archive's last answer and when it came; ``at`` None before the first."""

    spans: tuple[Span, ...] = ()
    at: datetime | None = None

    def is_asked(self, now: datetime) -> bool:
        """Whether a session goes on, or its two minutes after do."""
        return any(span.until is None or now <= span.until for span in self.spans)


def session_of(spans: Sequence[Span], started: datetime, ended: datetime) -> str | None:
    """The session a while belongs to: the one it shares most with, the earlier of two alike."""
    shares = [(span.shares(started, ended), -n, span.session) for n, span in enumerate(spans)]
    fitting = [one for one in shares if one[0] > timedelta(0)]
    return max(fitting)[2] if fitting else None


def fate(told: Told, started: datetime, ended: datetime) -> Fate:
    """Of one segment. Nothing is let go while the archive does not answer."""
    if session_of(told.spans, started, ended) is not None:
        return "deliver"
    return "drop" if told.at is not None and ended + HOLD < told.at else "keep"
