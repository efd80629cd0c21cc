"""Late is said only when it is late whatever the true time was; on time likewise; and nothing is left undecided."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.event_values import Interval
from archive.recorder_clock import ClockMeasured
from retention.clauses import DEFAULT_PACK, load_pack
from retention.deadlines import Away, Deadline, Facts, State, deadlines, due

PACK = load_pack(DEFAULT_PACK)
ENDED = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
DAY, HOUR = timedelta(hours=24), timedelta(hours=1)
SECOND = timedelta(seconds=1)
WHOLE = {"case_no": ENDED + HOUR, "party": ENDED + HOUR, "handling_officer": ENDED + HOUR}


def exact(at: datetime) -> Interval:
    return Interval(at, at)


def judged(facts: Facts, now: datetime, rule: str = "R23") -> Deadline:
    return next(one for one in deadlines(PACK, facts, now) if one.clause.rule == rule)


@pytest.mark.parametrize(("after", "state"), [(DAY - SECOND, "on_time"), (DAY, "on_time"), (DAY + SECOND, "late")])
def test_a_deposit_is_judged_by_other_than_24_hours(after: timedelta, state: State) -> None:
    found = judged(Facts(exact(ENDED), ENDED + after), ENDED + 9 * DAY)
    assert (found.state, found.due) == (state, (ENDED + DAY, ENDED + DAY))
    doubt = ("no_store_register",) if state == "late" else ()
    assert (found.clause_id, found.why) == ("urumqi-market-2019/1/R23", (*doubt, "archive"))


@pytest.mark.parametrize(("now", "state"), [
    (DAY, "pending"), (DAY + HOUR / 2, "cannot_know"), (DAY + 2 * HOUR, "late")])
def test_what_is_not_done_yet_is_called_late_too_early(now: timedelta, state: State) -> None:
    assert judged(Facts(Interval(ENDED, ENDED + HOUR), None), ENDED + now).state == state


@pytest.mark.parametrize(("held", "state"), [
    (DAY, "on_time"), (DAY + SECOND, "cannot_know"), (DAY + HOUR, "cannot_know"), (DAY + HOUR + SECOND, "late")])
def test_a_clock_that_is_not_exact_decides_what_it_cannot(held: timedelta, state: State) -> None:
    found = judged(Facts(Interval(ENDED, ENDED + HOUR), ENDED + held), ENDED + 9 * DAY)
    assert found.state == state
    assert ("clock_wide" in found.why) == (state == "cannot_know")


def test_a_flat_battery_makes_a_recording_26_years_late() -> None:
    reset = Interval(datetime(2000, 1, 1, tzinfo=UTC), datetime(2000, 1, 1, 0, 5, tzinfo=UTC))
    facts = Facts(reset, ENDED)
    found = judged(facts, ENDED)
    assert (found.state, found.why) == ("cannot_know", ("clock_reset", "no_store_register", "archive"))
    # Bounded by the last issue of the recorder and its docking it is on time after all, or is not, or is late.
    bounded = judged(replace(facts, not_before=ENDED - 23 * HOUR), ENDED)
    assert (bounded.state, bounded.why) == ("on_time", ("clock_reset", "since_issue", "archive"))
    assert judged(replace(facts, not_before=ENDED - 25 * HOUR), ENDED).state == "cannot_know"
    docked = replace(facts, not_before=ENDED - 30 * HOUR, docked_at=ENDED - 25 * HOUR)
    assert judged(docked, ENDED).state == "late"


def test_a_take_left_over_from_the_shift_before_passes_for_one_of_this_shift() -> None:
    left_over = Facts(exact(ENDED - 30 * HOUR), ENDED, not_before=ENDED - HOUR, docked_at=ENDED)
    found = judged(left_over, ENDED)
    assert (found.state, found.why[0]) == ("cannot_know", "clock_before_issue")


def test_what_the_dock_found_the_clock_to_be_decides_nothing() -> None:
    """Two days slow: by the recorder's word it is late, by the dock's measurement it is in time."""
    slow = Facts(exact(ENDED - 2 * DAY), ENDED + HOUR, docked_at=ENDED + HOUR)
    assert judged(slow, ENDED + DAY).state == "late"
    found = judged(replace(slow, measured=ClockMeasured(ENDED + HOUR, -2 * DAY, SECOND)), ENDED + DAY)
    assert (found.state, found.why) == ("on_time", ("clock_measured", "archive"))


def test_a_recording_that_ends_after_its_deposit_is_believed() -> None:
    found = judged(Facts(exact(ENDED + 50 * DAY), ENDED), ENDED)
    assert (found.state, found.why) == ("cannot_know", ("clock_ahead", "no_store_register", "archive"))
    # In part only: the part that can be true is on time.
    assert judged(Facts(Interval(ENDED - HOUR, ENDED + 50 * DAY), ENDED), ENDED).state == "on_time"


def test_lateness_hides_that_a_dedicated_store_may_have_had_it() -> None:
    for held, there in ((DAY, False), (2 * DAY, True)):
        found = judged(Facts(exact(ENDED), ENDED + held), ENDED + 9 * DAY)
        assert ("no_store_register" in found.why) == there
    assert "no_store_register" not in judged(Facts(exact(ENDED), ENDED), ENDED + 9 * DAY, "R25").why


@pytest.mark.parametrize("name", WHOLE)
def test_a_label_that_lacks_a_part_is_whole(name: str) -> None:
    facts = Facts(exact(ENDED), ENDED + HOUR, {key: at for key, at in WHOLE.items() if key != name})
    found = judged(facts, ENDED + 2 * HOUR, "R25")
    assert (found.state, found.missing, found.done) == ("pending", (name,), None)
    assert judged(facts, ENDED + 2 * DAY, "R25").state == "late"
    late = judged(replace(facts, labelled={**WHOLE, name: ENDED + DAY + SECOND}), ENDED + 2 * DAY, "R25")
    assert (late.state, late.missing) == ("late", ())


def test_a_matter_does_not_stand_for_a_case_number_or_for_a_party() -> None:
    provisional = {"matter": ENDED + HOUR, **{key: at for key, at in WHOLE.items() if key != "case_no"}}
    assert judged(Facts(exact(ENDED), ENDED, provisional), ENDED + 2 * DAY, "R25").state == "on_time"
    assert judged(Facts(exact(ENDED), ENDED, {"matter": ENDED}), ENDED, "R25").missing == ("party", "handling_officer")


def test_an_absence_moves_nothing_or_too_much() -> None:
    away, now = Away(ENDED - HOUR, ENDED + 5 * DAY), ENDED + 30 * DAY
    held = Facts(exact(ENDED), ENDED + 6 * DAY, absences=((away,),))
    found = judged(held, now)
    assert (found.state, found.why, found.due[1]) == ("on_time", ("absence_ended", "archive"), ENDED + 6 * DAY)
    assert judged(replace(held, held=ENDED + 6 * DAY + SECOND), now).state == "late"
    assert judged(replace(held, absences=((Away(ENDED + DAY, ENDED + 5 * DAY),),)), now).state == "late"
    assert judged(replace(held, absences=((Away(ENDED - DAY, ENDED),),)), now).state == "late"
    following = (Away(ENDED + 3 * DAY, ENDED + 5 * DAY), Away(ENDED + HOUR, ENDED + 2 * DAY + HOUR))
    assert judged(replace(held, absences=(following,)), now).state == "on_time"


def test_an_open_absence_lets_a_deadline_run() -> None:
    facts = Facts(exact(ENDED), None, absences=((Away(ENDED - HOUR, None),),))
    found = judged(facts, ENDED + 90 * DAY)
    assert (found.state, found.due, found.why) == ("exempt", (None, None), ("absence_open", "not_done"))
    assert judged(replace(facts, held=ENDED + 80 * DAY), ENDED + 90 * DAY).state == "on_time"


MINUTES = st.integers(0, 6000).map(lambda minutes: ENDED + timedelta(minutes=minutes))
AWAY = st.builds(lambda began, lasted: Away(began, None if lasted is None else began + timedelta(minutes=lasted)),
                 MINUTES, st.none() | st.integers(0, 3000))


@st.composite
def stories(draw: st.DrawFn) -> tuple[Facts, datetime]:
    """Anything that can be known; what has happened has happened before now."""
    earliest, latest, held, now = sorted(draw(st.lists(MINUTES, min_size=4, max_size=4)))
    done = draw(st.sampled_from([held, None]))
    labels = draw(st.dictionaries(st.sampled_from(list(WHOLE)), st.just(now)))
    makers = draw(st.lists(st.lists(AWAY, max_size=2), min_size=1, max_size=3))
    return Facts(Interval(earliest, latest), done, labels, absences=makers), now


def possible(facts: Facts) -> list[datetime]:
    span = facts.ended.latest - facts.ended.earliest
    return [facts.ended.earliest + span * part / 6 for part in range(7)]


@settings(max_examples=300)
@given(stories())
def test_late_or_on_time_is_said_though_the_true_time_may_say_otherwise(story: tuple[Facts, datetime]) -> None:
    facts, now = story
    for vague in deadlines(PACK, facts, now):
        true = {judged(replace(facts, ended=exact(at), absences=(one,)), now, vague.clause.rule).state
                for at in possible(facts) for one in facts.absences}
        assert "cannot_know" not in true
        if vague.state == "pending":  # in any case not over
            assert true <= {"pending", "exempt"}
        elif vague.state != "cannot_know":
            assert true == {vague.state}
        elif vague.done is not None:
            assert true == {"late", "on_time"}


@settings(max_examples=300)
@given(MINUTES, MINUTES, st.lists(AWAY, max_size=4))
def test_a_later_recording_is_due_earlier(one: datetime, other: datetime, absences: list[Away]) -> None:
    never = datetime.max.replace(tzinfo=UTC)
    first, second = (due(at, DAY, DAY, absences) or never for at in sorted((one, other)))
    assert first <= second
    assert first >= min(one, other) + DAY


@settings(max_examples=200)
@given(stories(), AWAY)
def test_a_further_absence_makes_a_recording_late(story: tuple[Facts, datetime], absence: Away) -> None:
    facts, now = story
    more = replace(facts, absences=[[*one, absence] for one in facts.absences])
    for before, after in zip(deadlines(PACK, facts, now), deadlines(PACK, more, now), strict=True):
        assert before.state == "late" or after.state != "late"


@settings(max_examples=200)
@given(stories(), st.integers(0, 9000))
def test_what_was_decided_is_decided_otherwise_later(story: tuple[Facts, datetime], minutes: int) -> None:
    facts, now = story
    for before, after in zip(deadlines(PACK, facts, now), deadlines(PACK, facts, now + timedelta(minutes=minutes)),
                             strict=True):
        if before.done is not None or before.state == "late":
            assert after.state == before.state


@dataclass(frozen=True)
class World:
    """What really happened to one recording, and what the archive came to know of it."""

    ended: datetime
    facts: Facts
    now: datetime


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """A recorder issued empty, worn, docked and emptied; its clock right, off by what the dock finds, or back in 2000.

    A recorder that was not empty has a take from before the issue; then its clock is right or off, never reset.
    """
    issued, docked, announced, held = sorted(draw(st.lists(MINUTES, min_size=4, max_size=4)))
    left_over = draw(st.booleans())
    ended = (issued - timedelta(minutes=draw(st.integers(1, 3000))) if left_over
             else issued + (docked - issued) * draw(st.integers(0, 100)) / 100)
    started = max(ended - timedelta(minutes=draw(st.integers(0, 300))), ended if left_over else issued)
    clock = draw(st.sampled_from(["right", "off"] if left_over else ["right", "off", "reset", "reset_seen"]))
    offset = timedelta(minutes=draw(st.integers(-200_000, 200_000))) if clock == "off" else timedelta(0)
    if clock == "reset":
        offset = datetime(2000, 1, 1, tzinfo=UTC) - started
    error, width = timedelta(seconds=draw(st.integers(1, 600))), timedelta(seconds=draw(st.integers(0, 60)))
    fault = error * draw(st.integers(-10, 10)) / 10
    measured = ClockMeasured(docked, offset, error, clock == "reset_seen")
    if clock == "reset_seen":  # what it was off by then is not what it was off by at the docking
        offset = timedelta(minutes=draw(st.integers(-200_000, 200_000)))
    known = measured if clock in ("off", "reset_seen") or draw(st.booleans()) else None
    shown = offset + fault if known else offset
    facts = Facts(
        Interval(ended + shown - width, ended + shown + width), held,
        started=Interval(started + shown - width, started + shown + width), measured=known,
        not_before=draw(st.sampled_from([issued, None])), docked_at=draw(st.sampled_from([docked, announced])))
    return World(ended, facts, held + timedelta(minutes=draw(st.integers(0, 6000))))


@settings(max_examples=600)
@given(worlds(), st.booleans())
def test_what_truly_was_in_time_is_called_late_or_the_other_way_round(world: World, held: bool) -> None:
    """Whatever the clock, the ledger and the dock said: an answer other than *cannot know* is the truth."""
    facts = world.facts if held else replace(world.facts, held=None)
    found = judged(facts, world.now)
    term_over = world.ended + DAY
    if found.state == "on_time":
        assert facts.held is not None
        assert facts.held <= term_over
    elif found.state == "late":
        assert (facts.held or world.now) > term_over
    elif found.state == "pending":
        assert world.now <= term_over


@settings(max_examples=300)
@given(worlds())
def test_a_ledger_that_knows_the_issue_makes_the_answer_less_certain(world: World) -> None:
    """A bound never takes an answer back: it only decides what could not be known, or doubts what came before it."""
    without, with_it = (judged(replace(world.facts, not_before=at), world.now)
                        for at in (None, world.facts.not_before))
    if without.state != with_it.state:
        assert "cannot_know" in (without.state, with_it.state)
        assert with_it.state == "cannot_know" or "since_issue" in with_it.why
