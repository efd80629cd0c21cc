"""What was announced and is not here stands in a list until it is, overdue first, and can be explained."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from deadlines.takes import GULI, OFFICER, PACK, WANG, Takes
from log_site import LOCK
from rebuild.lived_site import ORDER, over
from specimen_events import AT, STATION, beginning, ident, quarantined

from archive import absences
from archive.absences import Officer
from archive.actors import SYSTEM, Actor
from archive.erasure import erase
from archive.errors import NotFound
from archive.identifiers import new_id
from archive.rebuilding import compare_with_log
from retention import announced as listing
from retention import lateness
from retention.announced import Announced, announced

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
START, END = AT - 2 * HOUR, AT - HOUR
HEAD = Actor(ident("usr", 9), roles=frozenset({"head"}))


@pytest.fixture
def takes(tmp_path: Path) -> Iterator[Takes]:
    with over(tmp_path) as lived:
        lived.clock.at = AT - 10 * DAY
        lived.append(beginning())
        yield Takes(lived)
        lived.settle()
        found = compare_with_log(lived.sources, lived.path, lived.published(), lambda *_: None)
        assert [one.text() for one in found.differences] == []


def owed(takes: Takes, actor: Actor = OFFICER) -> list[Announced]:
    return announced(takes.lived.site, actor, PACK)


def states(takes: Takes) -> list[tuple[str, str]]:
    return [(one.how, one.deadline.state) for one in owed(takes)]


def test_an_upload_that_never_came_has_no_deadline(takes: Takes) -> None:
    takes.announce(1, AT, START, END)
    assert states(takes) == [("open", "pending")]
    takes.lived.clock.at = END + DAY + timedelta(seconds=1)
    assert states(takes) == [("open", "late")]
    takes.expire(1, AT + 8 * DAY)
    assert states(takes) == [("expired", "late")]
    assert owed(takes)[0].unexplained


def test_what_has_come_is_listed_still(takes: Takes) -> None:
    takes.announce(1, AT, START, END)
    takes.finish(1, AT + HOUR, signed=True)
    takes.lived.clock.at = AT + 9 * DAY
    assert owed(takes) == []  # in time, and nobody's to hurry
    takes.announce(2, AT + 9 * DAY, START, END)
    takes.finish(2, AT + 9 * DAY)
    assert states(takes) == [("finished", "late")]
    takes.take_in(1, AT + 9 * DAY, START, END)
    takes.take_in(2, AT + 9 * DAY, START, END)
    assert owed(takes) == []


def test_bytes_that_are_not_what_was_announced_satisfy_the_clock(takes: Takes) -> None:
    takes.announce(2, AT, START, END)
    takes.finish(2, AT)
    takes.quarantine(2, AT, quarantined(2))
    takes.lived.clock.at = AT + 2 * DAY
    assert states(takes) == [("quarantined", "late")]


def test_a_second_announcement_of_the_same_bytes_is_owed_twice(takes: Takes) -> None:
    takes.announce(1, AT, START, END)
    takes.give_up(1, AT)
    again = takes.same_bytes_as(1)
    again.announce(2, AT + HOUR, START, END)
    assert [(one.recording, one.how) for one in owed(takes)] == [(ident("rec", 2), "open")]
    again.finish(2, AT + HOUR)
    again.take_in(2, AT + HOUR, START, END)
    assert owed(takes) == []
    again.announce(3, AT + 3 * DAY, START, END)  # a repeat on its way owes nothing
    assert owed(takes) == []


def test_an_overdue_one_stands_behind_one_that_has_time(takes: Takes) -> None:
    absences.declare(takes.lived.site, OFFICER, Officer(number="650101"), "remote", AT - 3 * DAY)
    takes.announce(1, AT, AT - HOUR, AT - HOUR)
    takes.announce(2, AT, AT - 3 * DAY, AT - 3 * DAY)
    takes.announce(3, AT, AT - 2 * DAY, AT - 2 * DAY)
    takes.announce(4, AT, AT - HOUR, AT - HOUR, wearer_no="650101")
    takes.cannot_read(5, AT)
    assert [(one.recording, one.deadline.state) for one in owed(takes)] == [
        (ident("rec", 2), "late"), (ident("rec", 3), "late"), (None, "cannot_know"), (ident("rec", 1), "pending"),
        (ident("rec", 4), "exempt")]


def test_an_absence_of_whom_only_the_manifest_names_moves_nothing(takes: Takes) -> None:
    absences.declare(takes.lived.site, OFFICER, Officer("王强"), "remote", START - HOUR)
    takes.announce(1, AT, START, END, wearer="王强")
    takes.lived.clock.at = AT + 2 * DAY
    assert [(one.deadline.state, one.named_by) for one in owed(takes)] == [("exempt", "label")]
    takes.lived.settle()
    erase(takes.lived.site, ident("upl", 1), ORDER, SYSTEM, key_lock=LOCK)
    assert [(one.deadline.state, one.named_by) for one in owed(takes)] == [("late", "nobody")]


def test_the_ledger_does_not_come_before_the_manifest(takes: Takes) -> None:
    absences.declare(takes.lived.site, OFFICER, Officer("王强"), "remote", START - HOUR)
    takes.issue(START - HOUR, GULI)
    takes.announce(1, AT, START, END, wearer="王强")
    takes.lived.clock.at = AT + 2 * DAY
    assert [(one.deadline.state, one.named_by) for one in owed(takes)] == [("late", "ledger")]


def test_an_unreadable_file_is_forgotten_or_called_late_too_early(takes: Takes) -> None:
    takes.issue(AT - 10 * HOUR, WANG)
    takes.cannot_read(1, AT)
    assert states(takes) == [("unreadable", "pending")]
    takes.lived.clock.at = AT + 20 * HOUR
    assert states(takes) == [("unreadable", "cannot_know")]
    takes.lived.clock.at = AT + DAY + HOUR
    one = owed(takes)[0]
    assert (one.deadline.state, one.reason, one.recording, one.unexplained) == ("late", "empty", None, False)
    # A technician read the card after all: number 4, as the statement said.
    takes.deposit(4, AT + 2 * DAY, START, END)
    assert owed(takes) == []


def test_what_is_only_announced_cannot_be_explained(takes: Takes) -> None:
    takes.announce(1, AT, START, END)
    takes.expire(1, AT + 8 * DAY)
    site, recording = takes.lived.site, ident("rec", 1)
    with pytest.raises(NotFound):
        lateness.explain(site, OFFICER, PACK, recording, "R25", "other", "no labels are owed yet")
    made = lateness.explain(site, OFFICER, PACK, recording, "R23", "device_fault", "记录仪烧毁")
    assert owed(takes)[0].unexplained
    lateness.confirm(site, HEAD, recording, made)
    assert [(one.settled, one.unexplained) for one in owed(takes)] == [(True, False)]
    # It comes after all: what was said stands with the recording.
    again = takes.same_bytes_as(1)
    again.deposit(2, AT + 9 * DAY, START, END)
    assert owed(takes) == []


def test_a_stranger_sees_or_explains_what_another_station_announced(takes: Takes) -> None:
    takes.announce(1, AT, START, END)
    takes.cannot_read(2, AT)
    assert len(owed(takes, Actor(STATION))) == 2
    for stranger in (Actor(new_id("sta")), Actor("nobody")):
        assert owed(takes, stranger) == []
        with pytest.raises(NotFound):
            lateness.explain(takes.lived.site, stranger, PACK, ident("rec", 1), "R23", "other", "x")


def test_a_long_list_repeats_or_loses_some(takes: Takes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "CHUNK", 2)
    for n in range(1, 8):
        takes.announce(n, AT + n * HOUR, START, END)
        takes.cannot_read(n + 10, AT + n * HOUR)
    assert sorted(one.entry for one in owed(takes)) == sorted(
        [ident("upl", n) for n in range(1, 8)] + [ident("led", 10 * n + 5) for n in range(11, 18)])
    recent = announced(takes.lived.site, OFFICER, PACK, AT + 5 * HOUR)
    assert {one.announced_at for one in recent} == {AT + n * HOUR for n in (5, 6, 7)}
    assert len(recent) == 6
