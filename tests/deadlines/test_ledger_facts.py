"""The ledger bounds what a clock lost, and names who made a recording; a label does only where the ledger does not."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from deadlines.takes import GULI, OFFICER, PACK, WANG, Takes
from hypothesis import example, given
from hypothesis import strategies as st
from log_site import LOCK
from rebuild.lived_site import ORDER, over
from specimen_events import AT, IMPORT, IMPORT_KEY, beginning, ident

from archive import absences
from archive.absences import Officer
from archive.actors import SYSTEM
from archive.erasure import erase
from archive.event_values import Interval
from archive.import_events import ImportAccountAdded
from archive.recorder_states import Holder, Line, What, wearer_at
from retention.announced import announced
from retention.deadline_facts import Ledger
from retention.deadline_list import needing_attention

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FLAT = datetime(2000, 1, 1, 0, 5, tzinfo=UTC)
START, END = AT - 2 * HOUR, AT - HOUR


@pytest.fixture
def takes(tmp_path: Path) -> Iterator[Takes]:
    with over(tmp_path) as lived:
        lived.clock.at = AT - 10 * DAY
        lived.append(beginning())
        yield Takes(lived)


def state(takes: Takes, n: int) -> tuple[str, str]:
    found = takes.deposit_deadline(n)
    return found.deadline.state, found.named_by


@pytest.mark.parametrize(("issued", "expected"), [(10 * HOUR, "on_time"), (3 * DAY, "cannot_know")])
def test_a_clock_that_lost_the_time_is_not_bounded_by_the_issue(
        takes: Takes, issued: timedelta, expected: str) -> None:
    takes.issue(AT - issued, WANG)
    takes.deposit(1, AT, FLAT, FLAT)
    assert state(takes, 1) == (expected, "ledger")
    assert "since_issue" in takes.deposit_deadline(1).deadline.why


def test_a_deposit_that_waited_in_the_dock_for_days_is_bounded_by_its_announcement(takes: Takes) -> None:
    takes.issue(AT - 3 * DAY - 5 * HOUR, WANG)
    takes.announce(1, AT, FLAT, FLAT)
    takes.measure(1, AT - 3 * DAY)
    takes.finish(1, AT)
    takes.take_in(1, AT, FLAT, FLAT)
    assert state(takes, 1)[0] == "late"


def test_an_issue_after_the_docking_makes_an_earlier_take_be_in_time(takes: Takes) -> None:
    """It was docked on Monday, given out again on Wednesday, and came over a slow line that day."""
    takes.issue(AT - 3 * DAY, WANG)
    takes.bring_back(AT - 2 * DAY)
    takes.issue(AT - HOUR, GULI)
    takes.announce(1, AT, FLAT, FLAT)
    takes.measure(1, AT - 2 * DAY)
    takes.finish(1, AT)
    takes.take_in(1, AT, FLAT, FLAT)
    assert state(takes, 1)[0] == "late"
    assert takes.deposit_deadline(1).deadline.due == (AT - 2 * DAY, AT - DAY)


def test_a_recorder_issued_without_free_memory_was_empty(takes: Takes) -> None:
    takes.issue(AT - 3 * DAY, WANG)
    takes.issue(AT - HOUR, GULI, "memory")
    takes.deposit(1, AT, FLAT, FLAT)
    assert state(takes, 1)[0] == "cannot_know"


def test_what_an_import_account_announces_was_docked_then(takes: Takes) -> None:
    takes.say(AT - 4 * DAY, ImportAccountAdded(IMPORT_KEY, "manifest"), IMPORT, title="导入")
    takes.issue(AT - HOUR, WANG)
    takes.announce(1, AT, FLAT, FLAT, IMPORT)
    takes.finish(1, AT)
    takes.take_in(1, AT, FLAT, FLAT)
    assert state(takes, 1)[0] == "cannot_know"


def test_a_term_runs_for_what_an_adopted_share_delivers(takes: Takes) -> None:
    takes.say(AT - 4 * DAY, ImportAccountAdded(IMPORT_KEY, "adoption"), IMPORT, title="旧共享")
    takes.announce(1, AT, START - 900 * DAY, END - 900 * DAY, IMPORT)
    assert announced(takes.lived.site, SYSTEM, PACK) == []
    takes.finish(1, AT)
    takes.take_in(1, AT, START - 900 * DAY, END - 900 * DAY)
    assert state(takes, 1)[0] == "adopted"
    assert list(needing_attention(takes.lived.site, SYSTEM, PACK)) == []


def test_a_dock_whose_own_clock_is_wrong_decides(takes: Takes) -> None:
    takes.issue(AT - HOUR, WANG)
    for n, wrong in enumerate((FLAT, AT + 40 * DAY), 1):
        takes.announce(n, AT, FLAT, FLAT)
        takes.measure(n, wrong)
        takes.finish(n, AT)
        takes.take_in(n, AT, FLAT, FLAT)
        assert state(takes, n)[0] == "cannot_know"


def test_a_recorder_two_days_slow_makes_its_takes_late(takes: Takes) -> None:
    slow = 2 * DAY
    takes.issue(START - HOUR, WANG)
    takes.announce(1, AT, START - slow, END - slow)
    takes.measure(1, AT, -slow)
    takes.finish(1, AT)
    takes.take_in(1, AT, START - slow, END - slow)
    assert state(takes, 1) == ("on_time", "ledger")


def test_a_clock_the_dock_found_reset_is_believed(takes: Takes) -> None:
    takes.issue(AT - 3 * HOUR, WANG)
    takes.announce(1, AT, AT - 3 * DAY, AT - 3 * DAY)
    takes.measure(1, AT, reset=True)
    takes.finish(1, AT)
    takes.take_in(1, AT, AT - 3 * DAY, AT - 3 * DAY)
    assert state(takes, 1)[0] == "on_time"


@pytest.mark.parametrize("signed", [False, True])
def test_a_deposit_counts_from_its_accession(takes: Takes, signed: bool) -> None:
    """Whatever kind says that all bytes lie under lock."""
    takes.announce(1, AT, START, END)
    takes.finish(1, END + DAY, signed=signed)
    takes.take_in(1, END + DAY + HOUR, START, END)
    assert state(takes, 1)[0] == "on_time"


def test_an_absence_of_whom_the_label_names_counts_though_somebody_else_wore_it(takes: Takes) -> None:
    takes.issue(START - HOUR, GULI)
    absences.declare(takes.lived.site, OFFICER, Officer("王强", "650101"), "remote", START - HOUR)
    takes.deposit(1, AT + 3 * DAY, START, END, wearer="王强", wearer_no="650101")
    assert state(takes, 1) == ("late", "ledger")
    absences.declare(takes.lived.site, OFFICER, Officer(number="650102"), "remote", START - HOUR)
    assert state(takes, 1) == ("on_time", "ledger")


def test_a_label_is_not_asked_where_the_ledger_knows_nobody(takes: Takes) -> None:
    takes.issue(START - 3 * HOUR, GULI)
    takes.bring_back(START - 2 * HOUR)
    absences.declare(takes.lived.site, OFFICER, Officer("王强", "650101"), "remote", START - HOUR)
    takes.deposit(1, AT + 3 * DAY, START, END, wearer="王强", wearer_no="650101")
    takes.deposit(2, AT + 3 * DAY, START, END, handling_officer="王强")
    takes.deposit(3, AT + 3 * DAY, START, END)
    assert [state(takes, n) for n in (1, 2, 3)] == [
        ("on_time", "label"), ("on_time", "handling_officer"), ("late", "nobody")]


def test_a_take_that_changed_hands_is_excused_or_late_for_the_absence_of_one(takes: Takes) -> None:
    takes.issue(START - HOUR, WANG)
    takes.bring_back(START + HOUR / 2)
    takes.issue(START + HOUR / 2, GULI)
    absences.declare(takes.lived.site, OFFICER, Officer(number="650101"), "remote", START - HOUR)
    takes.deposit(1, AT + 3 * DAY, START, END)
    assert state(takes, 1) == ("cannot_know", "ledger")
    assert "several_makers" in takes.deposit_deadline(1).deadline.why
    absences.declare(takes.lived.site, OFFICER, Officer(number="650102"), "remote", START - HOUR)
    assert state(takes, 1) == ("on_time", "ledger")


def test_a_wearer_whose_entry_was_erased_is_still_known(takes: Takes) -> None:
    takes.issue(START - HOUR, GULI)
    takes.deposit(1, AT, START, END, wearer="王强")
    assert state(takes, 1)[1] == "ledger"
    takes.lived.settle()
    erase(takes.lived.site, takes.recorder, ORDER, SYSTEM, key_lock=LOCK)
    assert state(takes, 1)[1] == "label"


def test_a_list_since_a_day_reaches_further_back_or_loses_some(takes: Takes) -> None:
    for n in range(1, 7):
        takes.deposit(n, AT + n * DAY, START, START)
    site = takes.lived.site
    for back in range(7):
        found = {one.recording for one in needing_attention(site, OFFICER, PACK, AT + 6 * DAY - back * DAY)}
        assert found == {ident("rec", n) for n in range(1, 7) if n >= 6 - back}


LINES = st.lists(st.tuples(st.sampled_from(["issued", "returned", "lost", "damaged", "recovered", "handed_over"]),
                           st.integers(0, 3), st.sampled_from(["1", "2", "3"])), max_size=12)


@given(LINES, st.integers(0, 20), st.integers(0, 20))
@example([("issued", 0, "1"), ("lost", 1, "1")], 5, 1)
def test_a_ledger_read_in_part_names_others_than_read_whole(
        told: list[tuple[What, int, str]], start: int, length: int) -> None:
    at, ledger = START, Ledger()
    for what, later, number in told:
        at += timedelta(minutes=later)
        holds = what in ("issued", "handed_over")
        ledger.lines.append(Line(what, at, Holder(number, None) if holds else None))
    during = Interval(START + timedelta(minutes=start), START + timedelta(minutes=start + length))
    assert set(ledger.makers(during)) == set(wearer_at(ledger.lines, during.earliest, during.latest).holders)
