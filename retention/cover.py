"""What spans of time leave uncovered of another. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

Where = Literal["begin", "end", "between", "all"]


@dataclass(frozen=True)
class Span:
    """From ``start`` to ``end``, UTC; empty when it does not end after it starts."""

    start: datetime
    end: datetime

    @property
    def length(self) -> timedelta:
        """Negative when it ends before it starts."""
        return self.end - self.start


@dataclass(frozen=True)
class Hole:
    """A part no span covers; ``where`` in the whole it stands: at its begin, its end, between, or all of it."""

    where: Where
    span: Span


def overlap(one: Span, other: Span) -> bool:
    """Whether they share more than a moment."""
    return min(one.end, other.end) > max(one.start, other.start)


def holes(spans: Sequence[Span], whole: Span, edge: timedelta, joined: timedelta) -> tuple[Hole, ...]:
    """The parts of ``whole`` no span covers of which more than ``joined`` lies ``edge`` or more from its ends, in order
    of time. More spans never make a new one, nor does a shorter whole."""
    inner = Span(whole.start + edge, whole.end - edge)
    return tuple(part for part in _parts(spans, whole)
                 if min(part.span.end, inner.end) - max(part.span.start, inner.start) > joined)


def _parts(spans: Sequence[Span], whole: Span) -> Iterator[Hole]:
    reached = whole.start
    for one in sorted((one for one in spans if overlap(one, whole)), key=lambda one: one.start):
        if one.start > reached:
            yield Hole("begin" if reached == whole.start else "between", Span(reached, one.start))
        reached = max(reached, one.end)
    if whole.end > reached:
        yield Hole("all" if reached == whole.start else "end", Span(reached, whole.end))
