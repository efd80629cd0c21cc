"""The ledger's arithmetic: every act in every state is decided, and a wearer is never made up."""

from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.errors import Conflict
from archive.recorder_states import Holder, Line, Standing, State, What, require_allowed, standing, wearer_at

T0 = datetime(2026, 11, 20, tzinfo=UTC)
WANG, GULI = Holder("650101", "王强"), Holder("650102", "古丽")
ALLOWED = {
    ("available", "issued"): None, ("available", "returned"): "not_issued", ("available", "handed_over"): "not_issued",
    ("available", "lost"): None, ("available", "damaged"): None, ("available", "recovered"): "not_reported",
    ("issued", "issued"): "already_issued", ("issued", "returned"): None, ("issued", "handed_over"): None,
    ("issued", "lost"): None, ("issued", "damaged"): None, ("issued", "recovered"): "not_reported",
    ("lost", "issued"): "reported_lost", ("lost", "returned"): "reported_lost",
    ("lost", "handed_over"): "reported_lost", ("lost", "lost"): "already_reported",
    ("lost", "damaged"): "reported_lost", ("lost", "recovered"): None,
    ("damaged", "issued"): "reported_damaged", ("damaged", "returned"): "reported_damaged",
    ("damaged", "handed_over"): "reported_damaged", ("damaged", "lost"): None,
    ("damaged", "damaged"): "already_reported", ("damaged", "recovered"): None,
}


def at(minutes: int) -> datetime:
    return T0 + timedelta(minutes=minutes)


@pytest.mark.parametrize("state", get_args(State))
@pytest.mark.parametrize("act", get_args(What))
def test_an_act_is_decided_otherwise_or_not_at_all(state: State, act: What) -> None:
    code = ALLOWED[state, act]
    now = Standing(state, T0, WANG if state == "issued" else None)
    if code is None:
        require_allowed(now, act, WANG.number)
        return
    with pytest.raises(Conflict) as refusal:
        require_allowed(now, act, WANG.number)
    assert refusal.value.code == f"recorder.{code}"


def test_a_recorder_is_handed_over_by_somebody_who_does_not_have_it() -> None:
    for holder, giver in ((WANG, GULI.number), (Holder(None, None), GULI.number), (WANG, None)):
        with pytest.raises(Conflict, match="somebody else"):
            require_allowed(Standing("issued", T0, holder), "handed_over", giver)


def lines(*told: tuple[What, int, Holder | None]) -> list[Line]:
    return [Line(what, at(minutes), holder) for what, minutes, holder in told]


def test_a_damaged_return_can_be_issued() -> None:
    told = [*lines(("issued", 0, WANG)), Line("returned", at(5), condition="damaged")]
    assert standing(told).state == "damaged"
    assert standing([*told, Line("recovered", at(9))]).state == "available"
    assert standing([*told[:1], Line("returned", at(5), condition="incomplete")]).state == "available"


def test_a_hand_over_within_a_recording_names_one_wearer() -> None:
    told = lines(("issued", 0, WANG), ("handed_over", 30, GULI), ("returned", 60, None))
    assert wearer_at(told, at(5), at(10)).holders == (WANG,)
    assert (wearer_at(told, at(20), at(40)).answer, wearer_at(told, at(20), at(40)).whole) == ("several", True)
    assert wearer_at(told, at(30), at(40)).holders == (GULI,)
    assert wearer_at(told, at(61), at(70)).answer == "unknown"
    assert wearer_at(told, at(60), at(70)).answer == "unknown"


def test_a_recording_begun_before_the_issue_counts_as_wholly_known() -> None:
    told = lines(("issued", 10, WANG), ("returned", 60, None))
    found = wearer_at(told, at(5), at(20))
    assert (found.answer, found.holders, found.whole) == ("one", (WANG,), False)
    assert not wearer_at(told, at(50), at(70)).whole


def test_a_loss_takes_the_last_wearer_away() -> None:
    told = lines(("issued", 0, WANG), ("lost", 30, None), ("recovered", 90, None))
    assert wearer_at(told, at(40), at(50)).holders == (WANG,)
    assert wearer_at(told, at(91), at(95)).answer == "unknown"


HOLDERS = (WANG, GULI, Holder("650103", None))
STEPS = st.lists(st.tuples(st.sampled_from(get_args(What)), st.integers(1, 9), st.sampled_from(HOLDERS)), max_size=8)


@given(STEPS, st.integers(-5, 60), st.integers(0, 30))
def test_the_ledger_names_others_than_who_had_the_recorder_minute_by_minute(
        steps: list[tuple[What, int, Holder]], first: int, length: int) -> None:
    told, now = [], 0
    for what, pause, holder in steps:
        now += pause
        told.append(Line(what, at(now), holder if what in ("issued", "handed_over") else None))
    by_minute = [having(told, at(minute)) for minute in range(first, first + length + 1)]
    found = wearer_at(told, at(first), at(first + length))
    assert set(found.holders) == {holder for holder in by_minute if holder is not None}
    assert found.whole == all(holder is not None for holder in by_minute)
    assert found.answer == ("unknown", "one", "several")[min(2, len(found.holders))]


def having(told: list[Line], moment: datetime) -> Holder | None:
    """Whom the last line before ``moment`` gives the recorder to, losses aside."""
    before = [line for line in told if line.at <= moment and line.what != "lost"]
    return before[-1].holder if before else None


@given(STEPS)
def test_some_ledger_has_no_standing(steps: list[tuple[What, int, Holder]]) -> None:
    told = [Line(what, at(n), holder if what in ("issued", "handed_over") else None)
            for n, (what, _, holder) in enumerate(steps)]
    now = standing(told)
    assert now.state in get_args(State)
    assert (now.holder is not None) == (now.state == "issued")
