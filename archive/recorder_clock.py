"""A recorder's clock as arithmetic: from what it claimed and how far off the dock found it to intervals. Pure.

Limit: an offset is true of the moment it was measured; how far the clock drifted before that must be in its error.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from archive.event_values import Interval

PLAUSIBLE_FROM = datetime(2010, 1, 1, tzinfo=UTC)
"""No recorder in use is older; a flat battery takes a clock back to 1970, 1980 or 2000."""
Basis = Literal["claimed", "measured", "bounded"]
Cause = Literal["reset", "ahead", "before_issue"]
"""Why a clock says nothing: it had lost its time, it leads past the docking, or before the recorder's last issue."""


@dataclass(frozen=True)
class ClockMeasured:
    """The dock's measurement before it set the clock: recorder's clock less the true time is ``offset`` ± ``error``.

    ``reset_suspected``: the dock found that the clock had lost its time since it was set.
    """

    measured_at: datetime
    offset: timedelta
    error: timedelta
    reset_suspected: bool = False

    @classmethod
    def of(cls, row: Any) -> "ClockMeasured | None":
        """As an ``upload_observation`` row holds it; None where nothing was measured."""
        return None if row.measured_at is None else cls(
            row.measured_at, timedelta(milliseconds=row.offset_ms), timedelta(milliseconds=row.error_ms),
            row.reset_suspected)


@dataclass(frozen=True)
class Bounds:
    """Between what a recording must lie if its clock says nothing: the recorder's last issue (or the docking before
    it; None: not known) and this docking. ``floor``: an earlier time is that of a clock that had lost it."""

    not_before: datetime | None
    docked_at: datetime
    floor: datetime = PLAUSIBLE_FROM

    @property
    def interval(self) -> Interval:
        """The bounds; without a lower one, since recorders are in use."""
        lowest = self.floor if self.not_before is None else max(self.floor, self.not_before)
        return Interval(min(lowest, self.docked_at), self.docked_at)


@dataclass(frozen=True)
class RecordedTimes:
    """Start and end as intervals, and on what they rest.

    ``claimed``: the recorder's word; ``measured``: corrected by the dock's measurement; ``bounded``: only the bounds
    are known, for ``cause``.
    """

    started: Interval
    ended: Interval
    basis: Basis
    cause: Cause | None = None


def recorded_times(started: Interval, ended: Interval, clock: ClockMeasured | None, bounds: Bounds) -> RecordedTimes:
    """When a recording was made, given when its recorder claims it was.

    With a measurement the true times lie within, if the offset then was within its error. Where the clock was reset, or
    what comes out lies after the docking, the bounds are answered: they hold if the recorder was empty when it was
    issued. What comes out before the last issue may be a reset or a take left over from then: from it to the docking.
    """
    within = bounds.interval
    true_start, true_end = _corrected(started, clock), _corrected(ended, clock)
    reset = started.earliest < bounds.floor or (clock is not None and clock.reset_suspected)
    if reset or true_start is None or true_end is None or true_end.earliest > bounds.docked_at:
        return RecordedTimes(within, within, "bounded", "reset" if reset else "ahead")
    if bounds.not_before is not None and true_start.latest < bounds.not_before:
        since = Interval(min(true_start.earliest, within.earliest), within.latest)
        return RecordedTimes(since, since, "bounded", "before_issue")
    return RecordedTimes(true_start, true_end, "claimed" if clock is None else "measured")


def _corrected(claimed: Interval, clock: ClockMeasured | None) -> Interval | None:
    """None where the offset leads out of all calendars."""
    if clock is None:
        return claimed
    try:
        return Interval(claimed.earliest - clock.offset - clock.error, claimed.latest - clock.offset + clock.error)
    except OverflowError:
        return None
