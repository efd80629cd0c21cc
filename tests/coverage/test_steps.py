"""Steps of a matter and statements about what was not recorded: who may say so, who decides, what counts."""

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from functools import partial
from pathlib import Path

import pytest
from matters.office import HEAD, HOUR, LEAD, MINUTE, OTHER, SECOND_HEAD, code_of, knows, office
from rebuild.lived_site import Lived
from recorders.shelf import Shelf
from specimen_events import AT

from archive.actors import SYSTEM, Actor
from archive.identifiers import new_id
from archive.matter_members import add_member
from archive.matter_merging import merge
from archive.matters import end_act, open_matter
from archive.step_items import STEP_ITEMS
from archive.step_statements import confirm_statement, decline_statement, state
from archive.step_views import StatementRow, steps_of
from archive.steps import take_step, withdraw_step

BEGAN, ENDED = AT - 2 * HOUR, AT - HOUR


@pytest.fixture
def lived(tmp_path: Path) -> Iterator[Lived]:
    with office(tmp_path / "office") as made:
        made.clock.at = AT
        yield made


@pytest.fixture
def matter(lived: Lived) -> str:
    return open_matter(lived.site, LEAD, "inspection", "某公司日常检查")


def step_in(lived: Lived, matter: str, who: Actor = LEAD, item: str = "seizure") -> str:
    return take_step(lived.site, who, matter, item, BEGAN, ENDED)


def statement(lived: Lived, matter: str, step: str, who: Actor = LEAD, what: str = "no_recording") -> str:
    return state(lived.site, who, matter, step, what, "电池耗尽")


def told(lived: Lived, matter: str) -> list[StatementRow]:
    return [said for step in steps_of(lived.site, HEAD, matter) for said in step.statements]


def test_a_step_is_lost_or_told_with_other_times(lived: Lived, matter: str) -> None:
    made = step_in(lived, matter)
    found = steps_of(lived.site, LEAD, matter)
    assert [(s.id, s.matter, s.item, s.began, s.ended, s.by, s.withdrawn_at) for s in found] == [
        (made, matter, "seizure", BEGAN, ENDED, "LEAD", None)]
    withdraw_step(lived.site, LEAD, matter, made, "选错事项")
    assert [s.withdrawn_at for s in steps_of(lived.site, LEAD, matter)] == [lived.clock.at]
    for act in (partial(withdraw_step, lived.site, LEAD, matter, made, "又撤"),
                partial(statement, lived, matter, made)):
        assert code_of(act) == "matter.no_step"


@pytest.mark.parametrize(("item", "began", "ended", "code"), [
    ("raid", BEGAN, ENDED, "matter.step_item"), ("", BEGAN, ENDED, "matter.step_item"),
    ("seizure", ENDED, BEGAN, "matter.step_times"), ("seizure", BEGAN, BEGAN, "matter.step_times"),
    ("seizure", BEGAN, AT + MINUTE, "matter.step_times"),
    ("seizure", AT - timedelta(days=31, seconds=1), AT, "matter.step_times"),
    ("seizure", AT.replace(year=2009, month=1), AT.replace(year=2009, month=2), "matter.step_times")])
def test_a_step_of_no_kind_or_with_times_that_cannot_be(
        lived: Lived, matter: str, item: str, began: object, ended: object, code: str) -> None:
    assert code_of(partial(take_step, lived.site, LEAD, matter, item, began, ended)) == code
    assert steps_of(lived.site, LEAD, matter) == ()


def test_a_time_of_beijing_is_refused_or_logged_as_another(lived: Lived, matter: str) -> None:
    beijing = timezone(8 * HOUR)
    step = take_step(lived.site, LEAD, matter, "hearing", BEGAN.astimezone(beijing), ENDED.astimezone(beijing))
    state(lived.site, LEAD, matter, step, "gap", "因", BEGAN.astimezone(beijing), ENDED.astimezone(beijing))
    found, = steps_of(lived.site, LEAD, matter)
    assert [(one.began, one.ended) for one in (found, *found.statements)] == [(BEGAN, ENDED)] * 2
    for first in (datetime.min.replace(tzinfo=beijing), AT + MINUTE):
        act = partial(state, lived.site, LEAD, matter, step, "gap", "因", first, AT)
        assert code_of(act) == "matter.statement_span"


def test_who_does_not_work_on_a_matter_speaks_of_its_steps(lived: Lived, matter: str) -> None:
    step = step_in(lived, matter)
    made = statement(lived, matter, step)
    for who, code in ((OTHER, "matter.unknown"), (SYSTEM, "matter.not_member"), (Actor("sta_x"), "matter.unknown")):
        for act in (partial(step_in, lived, matter, who), partial(statement, lived, matter, step, who),
                    partial(withdraw_step, lived.site, who, matter, step, "撤"),
                    partial(decline_statement, lived.site, who, matter, made, "否")):
            assert code_of(act) == code
    add_member(lived.site, HEAD, matter, "other", "taking_part")
    assert step_in(lived, matter, OTHER, "hearing")
    add_member(lived.site, HEAD, matter, "second_head", "recused")
    assert not knows(lived, SECOND_HEAD, matter)
    assert code_of(partial(confirm_statement, lived.site, SECOND_HEAD, matter, made)) == "matter.unknown"


def test_one_person_states_and_confirms_or_an_officer_confirms(lived: Lived, matter: str) -> None:
    step = step_in(lived, matter)
    by_lead, by_head = statement(lived, matter, step), statement(lived, matter, step, HEAD)
    assert code_of(partial(confirm_statement, lived.site, LEAD, matter, by_head)) == "matter.not_head"
    assert code_of(partial(confirm_statement, lived.site, HEAD, matter, by_head)) == "matter.same_person"
    assert code_of(partial(decline_statement, lived.site, LEAD, matter, by_head, "否")) == "matter.not_head"
    confirm_statement(lived.site, HEAD, matter, by_lead)
    confirm_statement(lived.site, SECOND_HEAD, matter, by_head)
    assert [(s.state, s.by, s.decided_by, s.text) for s in told(lived, matter)] == [
        ("confirmed", "LEAD", "HEAD", "电池耗尽"), ("confirmed", "HEAD", "SECOND_HEAD", "电池耗尽")]


def test_a_statement_is_decided_twice(lived: Lived, matter: str) -> None:
    step = step_in(lived, matter)
    back, declined = statement(lived, matter, step), statement(lived, matter, step)
    decline_statement(lived.site, LEAD, matter, back, "写错")
    decline_statement(lived.site, HEAD, matter, declined, "查封须全程记录")
    assert [s.state for s in told(lived, matter)] == ["declined", "declined"]
    for one in (back, declined):
        for act in (partial(confirm_statement, lived.site, HEAD, matter, one),
                    partial(decline_statement, lived.site, HEAD, matter, one, "再")):
            assert code_of(act) == "matter.statement_decided"
    race = statement(lived, matter, step)
    twice = Shelf(lived).at_once([partial(confirm_statement, lived.site, who, matter, race)
                                  for who in (HEAD, SECOND_HEAD)])
    assert sorted(getattr(one, "code", "done") for one in twice) == ["done", "matter.statement_decided"]


@pytest.mark.parametrize(("what", "began", "ended", "code"), [
    ("excuse", None, None, "matter.statement_kind"), ("gap", None, None, "matter.statement_span"),
    ("gap", BEGAN, None, "matter.statement_span"), ("gap", ENDED, BEGAN, "matter.statement_span"),
    ("gap", BEGAN - HOUR, BEGAN, "matter.statement_span"), ("gap", ENDED, AT, "matter.statement_span"),
    ("waiver", BEGAN, ENDED, "matter.statement_span"), ("no_recording", None, ENDED, "matter.statement_span")])
def test_a_statement_of_no_kind_or_of_times_beside_its_step(
        lived: Lived, matter: str, what: str, began: object, ended: object, code: str) -> None:
    step = step_in(lived, matter)
    assert code_of(partial(state, lived.site, LEAD, matter, step, what, "因", began, ended)) == code
    assert code_of(partial(state, lived.site, LEAD, matter, step, "waiver", " ")) == "recorder.text"
    assert code_of(partial(state, lived.site, LEAD, matter, new_id("stp"), "waiver", "因")) == "matter.no_step"
    assert told(lived, matter) == []
    assert state(lived.site, LEAD, matter, step, "gap", "因", BEGAN - HOUR, BEGAN + MINUTE)


def test_a_step_of_another_matter_is_acted_on_or_one_of_a_merged_matter_is_lost(lived: Lived, matter: str) -> None:
    other = open_matter(lived.site, LEAD, "clue", "投诉线索")
    step = step_in(lived, other)
    made = statement(lived, other, step)
    for act in (partial(withdraw_step, lived.site, LEAD, matter, step, "撤"), partial(statement, lived, matter, step),
                partial(confirm_statement, lived.site, HEAD, matter, made)):
        assert code_of(act) == "matter.no_step"
    assert code_of(partial(confirm_statement, lived.site, HEAD, matter, new_id("stm"))) == "matter.no_statement"
    merge(lived.site, LEAD, other, matter, "同案")
    for act in (partial(step_in, lived, other), partial(statement, lived, other, step),
                partial(withdraw_step, lived.site, LEAD, other, step, "撤")):
        assert code_of(act) == "matter.merged"
    assert [s.id for s in steps_of(lived.site, LEAD, matter)] == [step]
    confirm_statement(lived.site, HEAD, matter, made)
    assert [s.state for s in told(lived, matter)] == ["confirmed"]


def test_an_ended_act_takes_no_steps_or_what_was_erased_bars_a_decision(lived: Lived, matter: str) -> None:
    end_act(lived.site, LEAD, matter, "inspection_ended", AT.date().isoformat())
    made = statement(lived, matter, step_in(lived, matter))
    Shelf(lived).erase(made)
    Shelf(lived).erase(matter)
    confirm_statement(lived.site, HEAD, matter, made)
    assert [(s.state, s.text) for s in told(lived, matter)] == [("confirmed", None)]


def test_a_kind_of_step_cannot_be_entered(lived: Lived, matter: str) -> None:
    for item in STEP_ITEMS:
        step_in(lived, matter, LEAD, item)
    assert [s.item for s in steps_of(lived.site, LEAD, matter)] == list(STEP_ITEMS)
    for who in (HEAD, SECOND_HEAD):
        assert len(steps_of(lived.site, who, matter)) == len(STEP_ITEMS)
