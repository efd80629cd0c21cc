"""Coverage of a matter from what the tables know: which recordings count, and for how long."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from deadlines.takes import PACK, Takes
from matters.office import HEAD, HOUR, LEAD, MINUTE, OTHER, SECOND_HEAD, WEARER, code_of, deposit, office
from rebuild.lived_site import Lived
from specimen_events import AT, ident

from archive.actors import Actor
from archive.matter_members import add_member
from archive.matter_merging import merge
from archive.matter_recordings import Span, assign, withdraw
from archive.matters import open_matter
from archive.set_aside import bring_back, confirm, propose
from archive.step_statements import confirm_statement, decline_statement, state
from archive.steps import take_step, withdraw_step
from retention.matter_coverage import coverage_of
from retention.recording_lists import load_lists

LISTS = load_lists()
FIRST = AT - HOUR + MINUTE
"""When recording 1 begins; each lasts a minute and the next follows at once."""


@pytest.fixture
def lived(tmp_path: Path) -> Iterator[Lived]:
    with office(tmp_path / "office") as made:
        made.clock.at = AT
        yield made


@pytest.fixture
def matter(lived: Lived) -> str:
    """A seizure of two minutes."""
    made = open_matter(lived.site, LEAD, "measure", "查封某库房")
    take_step(lived.site, LEAD, made, "seizure", FIRST, FIRST + 2 * MINUTE)
    return made


def states(lived: Lived, matter: str, who: Actor = LEAD) -> list[str]:
    """Of the first step, by Urumqi's, Nantong's, Puyang's and the Bingtuan's list."""
    found = coverage_of(lived.site, who, PACK, LISTS, matter).steps
    return [one.state for one in found[0].judged]


def test_what_belongs_to_another_matter_or_to_this_one_no_more_counts(lived: Lived, matter: str) -> None:
    for n in (1, 2, 3):
        deposit(lived, n)
    assert states(lived, matter) == ["missing"] * 4
    first, = assign(lived.site, LEAD, [ident("rec", 1)], matter)
    assert states(lived, matter) == ["short", "covered", "short", "short"]
    assign(lived.site, LEAD, [ident("rec", 2)], matter)
    assert states(lived, matter) == ["covered"] * 4
    withdraw(lived.site, LEAD, matter, first, "选错事项")
    assert states(lived, matter) == ["short", "covered", "short", "short"]


def test_what_a_merged_matter_brings_is_lost(lived: Lived, matter: str) -> None:
    deposit(lived, 1)
    deposit(lived, 2)
    other = open_matter(lived.site, LEAD, "clue", "投诉线索")
    assign(lived.site, LEAD, [ident("rec", 1), ident("rec", 2)], other)
    assert states(lived, matter) == ["missing"] * 4
    merge(lived.site, LEAD, other, matter, "同案")
    assert states(lived, matter) == ["covered"] * 4


def test_what_was_set_aside_counts(lived: Lived, matter: str) -> None:
    deposit(lived, 1)
    deposit(lived, 2)
    assign(lived.site, LEAD, [ident("rec", 1), ident("rec", 2)], matter)
    proposal = propose(lived.site, WEARER, ident("rec", 1), "by_mistake", "误触")
    assert states(lived, matter)[0] == "covered"
    confirm(lived.site, HEAD, ident("rec", 1), proposal)
    assert states(lived, matter)[0] == "short"
    bring_back(lived.site, HEAD, ident("rec", 1), "误会")
    assert states(lived, matter)[0] == "covered"


def test_more_than_the_span_assigned_counts(lived: Lived, matter: str) -> None:
    deposit(lived, 1)
    deposit(lived, 2)
    assign(lived.site, LEAD, [ident("rec", 1)], matter)
    assign(lived.site, LEAD, [ident("rec", 2)], matter, Span(0, 12_000_000))
    found = coverage_of(lived.site, LEAD, PACK, LISTS, matter)
    assert [(u.where, u.surely.start) for u in found.steps[0].judged[0].unrecorded] == [
        ("end", FIRST + MINUTE + timedelta(seconds=12))]
    assert [(t.started.earliest, t.ended.latest) for t in found.takes] == [
        (FIRST, FIRST + MINUTE), (FIRST + MINUTE, FIRST + MINUTE + timedelta(seconds=12))]


def test_a_clock_the_dock_found_wrong_is_believed(lived: Lived, matter: str) -> None:
    deposit(lived, 1)
    Takes(lived).measure(1, AT, 10 * MINUTE)
    assign(lived.site, LEAD, [ident("rec", 1)], matter)
    assert states(lived, matter) == ["missing"] * 4
    take_step(lived.site, LEAD, matter, "seizure", FIRST - 10 * MINUTE, FIRST - 9 * MINUTE)
    assert states(lived, matter) == ["covered"] * 4


def test_a_clock_that_lost_its_time_says_missing(lived: Lived, matter: str) -> None:
    deposit(lived, 1)
    Takes(lived).measure(1, AT, reset=True)
    assign(lived.site, LEAD, [ident("rec", 1)], matter)
    assert states(lived, matter) == ["cannot_know"] * 4


def test_a_statement_or_a_step_that_is_no_more_counts(lived: Lived, matter: str) -> None:
    step = coverage_of(lived.site, LEAD, PACK, LISTS, matter).steps[0].step.id
    first = state(lived.site, LEAD, matter, step, "no_recording", "电池耗尽")
    decline_statement(lived.site, HEAD, matter, first, "有备用设备")
    judged = coverage_of(lived.site, LEAD, PACK, LISTS, matter).steps[0].judged[0]
    assert (judged.state, judged.waiting) == ("missing", ())
    second = state(lived.site, LEAD, matter, step, "no_recording", "电池耗尽")
    judged = coverage_of(lived.site, LEAD, PACK, LISTS, matter).steps[0].judged[0]
    assert (judged.state, judged.waiting) == ("missing", (second,))
    confirm_statement(lived.site, HEAD, matter, second)
    assert states(lived, matter) == ["explained"] * 4
    withdraw_step(lived.site, LEAD, matter, step, "选错")
    found = coverage_of(lived.site, LEAD, PACK, LISTS, matter)
    assert (found.steps, [one.id for one in found.withdrawn]) == ((), [step])


def test_coverage_depends_on_who_asks_or_is_told_to_whom_the_matter_is_hidden(lived: Lived, matter: str) -> None:
    deposit(lived, 1)
    deposit(lived, 2)
    assign(lived.site, LEAD, [ident("rec", 1), ident("rec", 2)], matter)
    other = open_matter(lived.site, LEAD, "clue", "另案")
    assign(lived.site, LEAD, [ident("rec", 1)], other)
    add_member(lived.site, HEAD, other, "second_head", "recused")
    assert states(lived, matter, SECOND_HEAD) == states(lived, matter, HEAD) == ["covered"] * 4
    assert code_of(partial(states, lived, matter, OTHER)) == "matter.unknown"
