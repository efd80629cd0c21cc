"""A recorder's clock: the truth is never outside the interval answered, and what cannot be known is not decided."""

from datetime import UTC, datetime, timedelta

from hypothesis import assume, given
from hypothesis import strategies as st

from archive.event_values import Interval
from archive.recorder_clock import Bounds, ClockMeasured, recorded_times

DOCKED = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)
ISSUED = DOCKED - timedelta(hours=10)
BOUNDS = Bounds(ISSUED, DOCKED)
DAY = timedelta(days=1)
SECONDS = st.integers(0, 36_000).map(lambda s: timedelta(seconds=s))


def moment(at: datetime, width: timedelta = timedelta(0)) -> Interval:
    return Interval(at, at + width)


@given(SECONDS, SECONDS, st.integers(-90 * 86_400_000, 90 * 86_400_000), st.integers(0, 5_000),
       st.integers(-5_000, 5_000), st.integers(0, 3_000), st.one_of(st.none(), st.just(ISSUED)))
def test_the_true_time_lies_outside_the_interval_although_the_offset_is_within_its_error(
        start: timedelta, length: timedelta, offset_ms: int, error_ms: int, fault_ms: int, width_ms: int,
        issue: datetime | None) -> None:
    assume(abs(fault_ms) <= error_ms)
    true_start = ISSUED + start
    true_end = min(DOCKED, true_start + length)
    real_offset, width = timedelta(milliseconds=offset_ms + fault_ms), timedelta(milliseconds=width_ms)
    clock = ClockMeasured(DOCKED, timedelta(milliseconds=offset_ms), timedelta(milliseconds=error_ms))
    found = recorded_times(moment(true_start + real_offset - width, width), moment(true_end + real_offset, width),
                           clock, Bounds(issue, DOCKED))
    assert found.started.earliest <= true_start <= found.started.latest
    assert found.ended.earliest <= true_end <= found.ended.latest
    assert found.basis == "measured"


@given(st.integers(0, 253_000_000_000).map(lambda s: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=s)), SECONDS,
       st.one_of(st.none(), st.builds(
           ClockMeasured, st.just(DOCKED), st.timedeltas(timedelta(days=-40_000), timedelta(days=40_000)),
           st.timedeltas(timedelta(0), timedelta(hours=1)), st.just(True))))
def test_a_clock_that_was_reset_moves_a_recording_out_of_its_bounds(
        claimed: datetime, length: timedelta, clock: ClockMeasured | None) -> None:
    found = recorded_times(moment(claimed), moment(claimed + length), clock, BOUNDS)
    if clock is not None or claimed.year < 2010 or claimed + length > DOCKED:
        assert (found.started, found.ended, found.basis) == (BOUNDS.interval, BOUNDS.interval, "bounded")
        assert found.cause in ("reset", "ahead")
    elif claimed < ISSUED:
        assert (found.started, found.basis) == (Interval(claimed, DOCKED), "bounded")
    else:
        assert (found.started, found.ended, found.basis) == (moment(claimed), moment(claimed + length), "claimed")


def test_the_first_of_january_2000_is_believed() -> None:
    flat = datetime(2000, 1, 1, 0, 4, tzinfo=UTC)
    found = recorded_times(moment(flat), moment(flat), None, Bounds(None, DOCKED))
    assert found.basis == "bounded"
    assert found.ended.latest == DOCKED


def test_a_take_left_over_from_the_shift_before_is_put_into_this_one() -> None:
    """A card that was not read out at the last docking: its clock is right, and the last issue came after it."""
    left_over = ISSUED - timedelta(hours=5)
    clock = ClockMeasured(DOCKED, timedelta(0), timedelta(seconds=1))
    found = recorded_times(moment(left_over), moment(left_over), clock, BOUNDS)
    assert found.ended.earliest <= left_over <= found.ended.latest
    assert (found.cause, found.ended.latest) == ("before_issue", DOCKED)


def test_an_issue_entered_after_the_docking_turns_the_bounds_round() -> None:
    turned = Bounds(DOCKED + DAY, DOCKED).interval
    assert turned.earliest <= turned.latest
