"""The coverage checker: never surer than the clocks are, and no recording ever makes a step worse."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from archive.event_values import Interval
from retention.cover import Span, holes, overlap
from retention.coverage import Judged, Said, StepFact, Take, What, judge
from retention.recording_lists import RecordingList, load_lists, one_list

ALL = load_lists()
S0, S1 = one_list(ALL, "urumqi-market-2019"), one_list(ALL, "nantong-2017")
NOON = datetime(2026, 11, 20, 4, tzinfo=UTC)
RANK = {"missing": 0, "short": 1, "gapped": 1, "cannot_know": 2, "waived": 3, "explained": 3, "covered": 4}


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def moment(minutes: float, error: float = 0) -> Interval:
    return Interval(at(minutes - error), at(minutes + error))


def take(start: float, end: float, error: float = 0) -> Take:
    return Take(moment(start, error), moment(end, error))


def span(start: float, end: float) -> Span:
    return Span(at(start), at(end))


STEP = StepFact("stp", "seizure", moment(0), moment(60))
SHOULD = StepFact("stp", "hearing", moment(0), moment(60))


def judged(*takes: Take, step: StepFact = STEP, said: tuple[Said, ...] = (), plan: RecordingList = S0) -> Judged:
    return judge(plan, step, takes, said)


def test_a_whole_process_is_covered_by_less_than_the_whole() -> None:
    assert judged().state == "missing"
    assert judged(take(-5, 0), take(60, 70)).state == "missing"
    assert judged(take(0, 60)).state == judged(take(0.9, 59.1)).state == "covered"
    assert judged(take(-9, 30), take(30.1, 90)).state == judged(take(20, 60), take(0, 40)).state == "covered"
    late = judged(take(5, 60))
    assert (late.state, late.mode, [(u.where, u.surely) for u in late.unrecorded]) == (
        "short", "whole", [("begin", span(0, 5))])
    assert [(u.where, u.surely) for u in judged(take(0, 50)).unrecorded] == [("end", span(50, 60))]
    pause = judged(take(0, 20), take(21, 60))
    assert (pause.state, [(u.where, u.surely) for u in pause.unrecorded]) == ("gapped", [("between", span(20, 21))])
    both = judged(take(5, 20), take(30, 50))
    assert (both.state, [u.where for u in both.unrecorded]) == ("gapped", ["begin", "between", "end"])


def test_a_doubtful_clock_is_believed() -> None:
    assert judged(take(0, 60, 3)).state == "cannot_know"
    assert judged(take(-5, 65, 3)).state == "covered"
    assert judged(Take(moment(30, 600), moment(40, 600))).state == "cannot_know"
    late = judged(take(10, 70, 3))
    assert (late.state, late.unrecorded[0].surely, late.unrecorded[0].perhaps) == ("short", span(0, 7), span(0, 13))
    gone = judged(take(0, 20, 0), take(30, 70, 4)).unrecorded[0]
    assert (gone.where, gone.surely, gone.perhaps) == ("between", span(20, 26), span(20, 34))
    doubtful = StepFact("stp", "seizure", moment(0, 2), moment(60, 2))
    assert judged(take(0, 60), step=doubtful).state == "cannot_know"
    assert judged(take(-2, 62), step=doubtful).state == "covered"


def test_a_step_that_need_not_be_whole_is_called_gapped_or_one_nobody_recorded_covered() -> None:
    assert judged(step=SHOULD).state == "missing"
    part = judged(take(20, 21), step=SHOULD)
    assert (part.state, part.mode, [u.where for u in part.unrecorded]) == ("covered", "should", ["begin", "end"])
    assert judged(take(59, 61, 2), step=SHOULD).state == "cannot_know"
    late_end = StepFact("stp", "hearing", moment(0), moment(60, 2))
    assert judged(take(61, 70), step=late_end).state == "cannot_know"
    assert judged(take(63, 70), step=late_end).state == "missing"


def test_a_plan_that_does_not_name_a_step_demands_it() -> None:
    assert judged(step=StepFact("stp", "demolition", moment(0), moment(60))).state == "not_named"
    assert judged(step=StepFact("stp", "demolition", moment(0), moment(60)), plan=S1).mode == "must"


def waiver(confirmed: bool = True, what: What = "waiver", where: Span | None = None) -> tuple[Said, ...]:
    return (Said("stm", "stp", what, confirmed, where),)


def test_a_statement_counts_before_it_is_confirmed_or_waives_what_is_mandatory() -> None:
    waiting = judged(step=SHOULD, said=waiver(False))
    assert (waiting.state, waiting.waiting, waiting.effective) == ("missing", ("stm",), ())
    waived = judged(step=SHOULD, said=waiver())
    assert (waived.state, waived.effective, waived.barred) == ("waived", ("stm",), ())
    for plan, step in ((S0, STEP), (S1, SHOULD)):
        barred = judged(step=step, said=waiver(), plan=plan)
        assert (barred.state, barred.effective, barred.barred) == ("missing", (), ("stm",))
    assert judged(said=(Said("stm", "other", "no_recording", True),)).state == "missing"


def test_an_explanation_accounts_for_more_than_it_says() -> None:
    assert judged(said=waiver(what="no_recording")).state == "explained"
    takes = (take(0, 20), take(30, 60))
    assert judged(*takes, said=waiver(what="gap", where=span(20, 30))).state == "explained"
    assert judged(*takes, said=waiver(what="gap", where=span(20, 27))).state == "gapped"
    assert judged(*takes, said=waiver(False, "gap", span(20, 30))).state == "gapped"
    assert judged(take(0, 60), said=waiver(what="no_recording")).state == "covered"


minutes = st.integers(-30, 90)
errors = st.integers(0, 15)


@st.composite
def takes_of(draw: st.DrawFn) -> Take:
    start, length = draw(minutes), draw(st.integers(0, 60))
    return Take(moment(start, draw(errors) / 2), moment(start + length, draw(errors) / 2))


@st.composite
def steps_of(draw: st.DrawFn) -> StepFact:
    start, error = draw(minutes), draw(st.integers(0, 6))
    code = draw(st.sampled_from(["seizure", "hearing", "demolition", "premises"]))
    return StepFact("stp", code, moment(start, error), moment(start + draw(st.integers(1, 60)), error))


@st.composite
def said_of(draw: st.DrawFn) -> Said:
    what = draw(st.sampled_from(["waiver", "no_recording", "gap"]))
    start = draw(minutes)
    where = span(start, start + draw(st.integers(1, 60))) if what == "gap" else None
    return Said(draw(st.text("ab", min_size=1, max_size=3)), "stp", what, draw(st.booleans()), where)


many_takes, plans, sayings = st.lists(takes_of(), max_size=6), st.sampled_from(ALL), st.lists(said_of(), max_size=3)


@given(plans, steps_of(), many_takes, takes_of(), sayings)
def test_a_further_recording_makes_a_step_worse(
        plan: RecordingList, step: StepFact, takes: list[Take], more: Take, said: list[Said]) -> None:
    before, after = judge(plan, step, takes, said), judge(plan, step, [*takes, more], said)
    assume(before.item is not None)
    assert RANK[after.state] >= RANK[before.state]


@given(plans, steps_of(), many_takes, sayings, st.randoms())
def test_the_order_of_recordings_or_statements_decides(
        plan: RecordingList, step: StepFact, takes: list[Take], said: list[Said], random: Random) -> None:
    first = judge(plan, step, takes, said)
    random.shuffle(takes)
    random.shuffle(said)
    assert judge(plan, step, takes, said) == first


@given(plans, steps_of(), many_takes, sayings, st.timedeltas(timedelta(-900), timedelta(900)))
def test_the_day_decides(
        plan: RecordingList, step: StepFact, takes: list[Take], said: list[Said], by: timedelta) -> None:
    def moved(one: Interval) -> Interval:
        return Interval(one.earliest + by, one.latest + by)

    def later(one: Span | None) -> Span | None:
        return Span(one.start + by, one.end + by) if one else None

    there = judge(plan, step, takes, said)
    away = judge(plan, StepFact(step.id, step.item, moved(step.began), moved(step.ended)),
                 [Take(moved(t.started), moved(t.ended)) for t in takes],
                 [Said(s.id, s.step, s.what, s.confirmed, later(s.span)) for s in said])
    assert (away.state, away.effective, away.barred, away.waiting) == (
        there.state, there.effective, there.barred, there.waiting)
    assert [(u.where, later(u.surely), later(u.perhaps)) for u in there.unrecorded] == [
        (u.where, u.surely, u.perhaps) for u in away.unrecorded]


@given(plans, steps_of(), many_takes, st.data())
def test_the_checker_is_surer_than_the_clocks(
        plan: RecordingList, step: StepFact, takes: list[Take], data: st.DataObject) -> None:
    """Against the truth drawn within the intervals: what is said for sure holds for it."""
    def drawn(one: Interval) -> datetime:
        share = data.draw(st.sampled_from([0.0, 0.25, 0.5, 1.0]))
        return one.earliest + (one.latest - one.earliest) * share

    found, true = judge(plan, step, takes, ()), Span(drawn(step.began), drawn(step.ended))
    assume(found.item is not None and true.length > timedelta())
    spans = [one for one in (Span(drawn(t.started), drawn(t.ended)) for t in takes) if one.length > timedelta()]
    missed = holes(spans, true, plan.ours.edge(true.length), plan.ours.joined)
    touched = any(overlap(one, true) for one in spans)
    if found.state == "missing":
        assert not touched
    if found.state == "covered":
        assert touched
        assert found.mode != "whole" or not missed
    if found.state in ("short", "gapped"):
        assert missed
    for one in found.unrecorded:
        assert not any(overlap(span, one.surely) for span in spans)
        assert one.perhaps.start <= one.surely.start < one.surely.end <= one.perhaps.end


@pytest.mark.parametrize("length", [1, 20, 60, 61])
def test_what_is_forgiven_swallows_a_short_step(length: int) -> None:
    step = StepFact("stp", "seizure", moment(0), Interval(at(length / 60), at(length / 60)))
    assert judged(step=step).state == "missing"
    assert judged(take(length / 60, 5), step=step).state == "missing"
