"""Somebody leaves or moves: what is forgotten, who may still sign in, what closes too early."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from deadlines.takes import Takes
from rebuild.lived_site import Lived, over
from recorders.shelf import CHECKED, Shelf
from registers.lines import put
from specimen_events import AT, PERSON, beginning, ident

from archive.absences import Officer, declare
from archive.actors import SYSTEM, Actor
from archive.errors import ArchiveError
from archive.identifiers import UserId
from archive.leaving import close, hand_over, run_of, suspend
from archive.officer_numbers import set_number
from archive.people import add_person, credential, sign_in, signed_in
from archive.recorder_ledger import Person, issue, register
from archive.recorder_views import recorders
from archive.register_kinds import REGISTERS
from archive.registers import listed
from archive.set_aside import propose
from archive.units import place_of

HEAD = Actor(ident("usr", 8), frozenset({"head"}))
CASE = "吉市监罚〔2026〕6号"
HOUR = timedelta(hours=1)


@pytest.fixture
def lived(tmp_path: Path) -> Iterator[Lived]:
    """Zhang, with a recorder out, an absence, a proposal, a take without a label, and a unit; Li, who has nothing."""
    with over(tmp_path) as made:
        made.append(beginning())
        made.clock.at = AT
        set_number(made.site, "zhang", "650101")
        put(made, "unit", {"number": "1", "name": "城东所"}, {"number": "2", "name": "城西所"})
        put(made, "person", {"number": "650101", "name": "张建国", "unit": "1", "heads": "1"},
            {"number": "650102", "name": "李敏"})
        Takes(made).deposit(1, AT, AT - HOUR, AT - HOUR / 2, wearer_no="650101", case_no=CASE)
        issue(made.site, SYSTEM, register(made.site, SYSTEM, "海康", "SN-77", "x", "LH-77"), Person("650101"), CHECKED)
        declare(made.site, HEAD, Officer("张建国", "650101"), "remote", AT)
        propose(made.site, Actor(PERSON), ident("rec", 1), "by_mistake", "误触")
        yield made
        assert Shelf(made).differences() == []


def code_of(act: Callable[[], object]) -> str:
    with pytest.raises(ArchiveError) as refusal:
        act()
    return refusal.value.code


def test_something_open_in_a_name_is_left_out(lived: Lived) -> None:
    run = run_of(lived.site, HEAD, PERSON)
    assert [one.what for one in run.open] == ["recorder", "absence", "proposal", "label", "unit"]
    assert (run.id, run.active, run.name) == (None, True, "张建国")
    li = next(one.thing for one in listed(lived.site, SYSTEM, REGISTERS["person"]) if one.words[0].value == "650102")
    assert run_of(lived.site, HEAD, li).open == ()


def test_a_suspended_person_acts_on_or_signs_in(lived: Lived) -> None:
    person = add_person(lived.site, "wang", "王强", (), "hash")
    token = sign_in(lived.site, UserId(person), "wang", AT)
    assert signed_in(lived.site, token, AT) is not None
    suspend(lived.site, HEAD, person, "transfers")
    assert (signed_in(lived.site, token, AT), credential(lived.site, "wang")) == (None, None)
    assert close(lived.site, HEAD, person) == "transferred"
    assert signed_in(lived.site, token, AT) is None  # the browser's session is gone, not asleep
    assert credential(lived.site, "wang") is not None


def test_a_run_closes_while_something_is_open(lived: Lived) -> None:
    suspend(lived.site, HEAD, PERSON, "leaves")
    assert code_of(lambda: close(lived.site, HEAD, PERSON)) == "leaving.not_empty"
    for what in ("recorder", "absence", "proposal", "unit"):
        assert hand_over(lived.site, HEAD, PERSON, what, "", "650102") == 1
    assert code_of(lambda: close(lived.site, HEAD, PERSON)) == "leaving.not_empty"
    hand_over(lived.site, HEAD, PERSON, "label", ident("rec", 1), untrusted_remark="当事人已撤诉")
    assert close(lived.site, HEAD, PERSON) == "left"
    run = run_of(lived.site, HEAD, PERSON)
    assert (run.active, run.outcome) == (False, "left")
    place = place_of(lived.site, Actor(PERSON))
    assert (place.unit, place.heads) == (None, ())
    assert {(one.what, one.successor is None, one.remark) for one in run.handed} == {
        ("recorder", False, None), ("absence", False, None), ("proposal", False, None), ("unit", False, None),
        ("label", True, "当事人已撤诉")}
    assert code_of(lambda: suspend(lived.site, HEAD, PERSON, "leaves")) == "leaving.left"


def test_a_recorder_handed_over_stays_with_the_leaver(lived: Lived) -> None:
    suspend(lived.site, HEAD, PERSON, "leaves")
    hand_over(lived.site, HEAD, PERSON, "recorder", "", "650102")
    (row,) = (one for one in recorders(lived.site, HEAD) if one.code == "LH-77")
    assert row.now.holder is not None
    assert (row.now.holder.number, row.now.holder.name) == ("650102", "李敏")


def test_a_cancelled_run_takes_something_away(lived: Lived) -> None:
    before = place_of(lived.site, Actor(PERSON))
    suspend(lived.site, HEAD, PERSON, "leaves")
    assert close(lived.site, HEAD, PERSON, cancel=True) == "cancelled"
    assert (run_of(lived.site, HEAD, PERSON).active, place_of(lived.site, Actor(PERSON))) == (True, before)
    suspend(lived.site, HEAD, PERSON, "transfers")


def test_acts_that_do_not_fit_are_taken(lived: Lived) -> None:
    site = lived.site
    assert code_of(lambda: run_of(site, Actor(ident("usr", 5)), PERSON)) == "leaving.not_allowed"
    assert code_of(lambda: suspend(site, Actor(PERSON, frozenset({"head"})), PERSON, "leaves")) == "leaving.same_person"
    assert code_of(lambda: suspend(site, HEAD, ident("usr", 99), "leaves")) == "person.not_found"
    assert code_of(lambda: suspend(site, HEAD, PERSON, "dies")) == "leaving.how"
    assert code_of(lambda: hand_over(site, HEAD, PERSON, "recorder", "", "650102")) == "leaving.none"
    assert code_of(lambda: close(site, HEAD, PERSON)) == "leaving.none"
    suspend(site, HEAD, PERSON, "leaves")
    assert code_of(lambda: suspend(site, HEAD, PERSON, "leaves")) == "leaving.open"
    assert code_of(lambda: hand_over(site, HEAD, PERSON, "label", "", "650102", "x")) == "leaving.one_of"
    assert code_of(lambda: hand_over(site, HEAD, PERSON, "label", "")) == "leaving.one_of"
    assert code_of(lambda: hand_over(site, HEAD, PERSON, "label", "", "650101")) == "leaving.successor"
    assert code_of(lambda: hand_over(site, HEAD, PERSON, "label", ident("rec", 9), "650102")) == "leaving.unknown"
    assert code_of(lambda: hand_over(site, HEAD, PERSON, "weather", "", "650102")) == "leaving.unknown"


def test_two_who_suspend_at_once_both_begin_a_run(lived: Lived) -> None:
    done = Shelf(lived).at_once([lambda: suspend(lived.site, HEAD, PERSON, "leaves")] * 3)
    assert sorted(isinstance(one, ArchiveError) for one in done) == [False, True, True]
