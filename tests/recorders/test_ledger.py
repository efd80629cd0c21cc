"""Acts on recorders through the real database: one recorder has one id, no act passes that the state forbids, and what
the ledger says survives a rebuild and ends with an erasure."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from recorders.shelf import CHECKED, KEEPER, Shelf, shelf_in
from sqlalchemy import select

from archive.actors import Actor
from archive.errors import ArchiveError, Conflict, NotFound, Refused
from archive.recorder_ledger import CODE, Check, Person, hand_over, issue, known_recorder, register, report, take_back
from archive.recorder_states import Holder
from archive.recorder_views import recorder, recorders, sheet

WANG, GULI = Person("650101", "王强"), Person("650102", "古丽")


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    with shelf_in(tmp_path) as made:
        yield made


def code_of(act: Any) -> str:
    with pytest.raises(ArchiveError) as refusal:
        act()
    return refusal.value.code


def test_a_recorder_registered_before_its_first_deposit_becomes_another_one(shelf: Shelf) -> None:
    registered = register(shelf.site, KEEPER, "Hikvision", "DSJ-0042", "body_camera", "LH-1")
    assert shelf.site.db.read(lambda c: known_recorder(c, "Hikvision", "DSJ-0042")) == registered


def test_a_recorder_seen_in_a_deposit_gets_a_second_id_when_it_is_registered(shelf: Shelf) -> None:
    seen = shelf.deposit("Hikvision", "DSJ-0042")
    assert register(shelf.site, KEEPER, "Hikvision", "DSJ-0042", "body_camera", "LH-1") == seen
    assert [row.id for row in recorders(shelf.site, KEEPER)] == [seen]
    assert code_of(lambda: register(shelf.site, KEEPER, "Hikvision", "DSJ-0042", "body_camera", "LH-2")) == (
        "recorder.registered")


def test_a_code_stands_for_two_recorders(shelf: Shelf) -> None:
    first = register(shelf.site, KEEPER, "a", "1", "body_camera", "LH-1")
    for code in ("LH-1", first):
        assert code_of(lambda code=code: register(shelf.site, KEEPER, "a", "2", "body_camera", code)) == (
            "recorder.code_taken")
    second = register(shelf.site, KEEPER, "a", "2", "body_camera")
    assert recorder(shelf.site, KEEPER, second)[0].code == second


def test_an_act_the_state_forbids_is_entered(shelf: Shelf) -> None:
    one = register(shelf.site, KEEPER, "a", "1", "body_camera", "LH-1")
    assert code_of(lambda: take_back(shelf.site, KEEPER, one, "sound")) == "recorder.not_issued"
    issue(shelf.site, KEEPER, "LH-1", WANG, CHECKED)
    assert code_of(lambda: issue(shelf.site, KEEPER, "LH-1", GULI, CHECKED)) == "recorder.already_issued"
    assert code_of(lambda: hand_over(shelf.site, KEEPER, ["LH-1"], GULI, WANG)) == "recorder.not_held_by"
    report(shelf.site, KEEPER, one, "lost", "执勤途中遗失")
    assert code_of(lambda: take_back(shelf.site, KEEPER, one, "sound")) == "recorder.reported_lost"
    row, entries = recorder(shelf.site, KEEPER, one)
    assert (row.now.state, [entry.what for entry in entries]) == ("lost", ["lost", "issued"])
    assert (entries[0].remark, entries[1].wearer, entries[1].by) == ("执勤途中遗失", "王强", KEEPER.id)


def test_two_issues_at_once_both_pass(shelf: Shelf) -> None:
    register(shelf.site, KEEPER, "a", "1", "body_camera", "LH-1")
    outcomes = shelf.at_once([lambda who=who: issue(shelf.site, KEEPER, "LH-1", who, CHECKED)
                              for who in (WANG, GULI, WANG, GULI)])
    assert sorted(isinstance(outcome, Conflict) for outcome in outcomes) == [False, True, True, True]


def test_a_sheet_with_one_wrong_recorder_hands_over_the_others(shelf: Shelf) -> None:
    for n in "123":
        register(shelf.site, KEEPER, "a", n, "body_camera", f"LH-{n}")
    for n in "12":
        issue(shelf.site, KEEPER, f"LH-{n}", WANG, CHECKED)
    assert code_of(lambda: hand_over(shelf.site, KEEPER, ["LH-1", "LH-2", "LH-3"], WANG, GULI)) == "recorder.not_issued"
    assert recorder(shelf.site, KEEPER, "LH-1")[0].now.holder == recorder(shelf.site, KEEPER, "LH-2")[0].now.holder
    entry = hand_over(shelf.site, KEEPER, ["LH-1", " LH-2\r", "", "LH-1"], WANG, GULI)
    shown = sheet(shelf.site, KEEPER, entry)
    assert [row.code for row in shown.recorders] == sorted(["LH-1", "LH-2"], key=lambda c: shelf.id_of(c))
    assert (shown.entry.giver, shown.entry.wearer) == ("王强", "古丽")
    assert recorder(shelf.site, KEEPER, "LH-2")[0].now.holder == Holder("650102", "古丽")
    assert code_of(lambda: sheet(shelf.site, KEEPER, "led_x")) == "recorder.no_sheet"
    assert code_of(lambda: hand_over(shelf.site, KEEPER, [" "], WANG, GULI)) == "recorder.sheet"


@pytest.mark.parametrize("check", [
    Check(()), Check(("battery", "memory", "clock")), Check(("battery", "memory", "clock", "image"), ("image",)),
    Check(("battery", "memory", "clock", "smell")), Check(("battery", "battery", "memory", "clock", "image"))])
def test_a_recorder_goes_out_with_something_unchecked(shelf: Shelf, check: Check) -> None:
    register(shelf.site, KEEPER, "a", "1", "body_camera", "LH-1")
    assert code_of(lambda: issue(shelf.site, KEEPER, "LH-1", WANG, check)) == "recorder.check"


def test_text_nobody_can_read_gets_into_the_ledger(shelf: Shelf) -> None:
    register(shelf.site, KEEPER, "a", "1", "body_camera", "LH-1")
    for number, name in (("", ""), (" ", "王"), ("6" * 65, ""), ("65\x00", ""), ("65", "王\u202e强")):
        with pytest.raises(Refused, match="must be text"):
            issue(shelf.site, KEEPER, "LH-1", Person(number, name), CHECKED)
    with pytest.raises(Refused, match="must be text"):
        report(shelf.site, KEEPER, "LH-1", "lost", " ")
    with pytest.raises(Refused, match="condition"):
        take_back(shelf.site, KEEPER, "LH-1", "fine")
    with pytest.raises(Refused, match="report"):
        report(shelf.site, KEEPER, "LH-1", "issued", "why")


def test_a_station_reads_the_ledger(shelf: Shelf) -> None:
    with pytest.raises(NotFound):
        recorders(shelf.site, Actor("sta_0123456789abcdefghjkmnpqrs"))


def test_names_stand_in_a_leaf(shelf: Shelf) -> None:
    register(shelf.site, KEEPER, "大华", "SN-7", "body_camera", "LH-1")
    issue(shelf.site, KEEPER, "LH-1", WANG, CHECKED)
    report(shelf.site, KEEPER, "LH-1", "lost", "执勤途中遗失")
    logged = "".join(shelf.entries())
    assert not [text for text in ("大华", "SN-7", "LH-1", "650101", "王强", "遗失") if text in logged]


def test_a_rebuilt_ledger_differs_or_an_erased_name_comes_back(shelf: Shelf) -> None:
    shelf.deposit("大华", "SN-7")
    one = register(shelf.site, KEEPER, "大华", "SN-7", "body_camera", "LH-1")
    entry = issue(shelf.site, KEEPER, "LH-1", WANG, CHECKED)
    take_back(shelf.site, KEEPER, "LH-1", "incomplete", "缺背夹")
    shelf.erase(entry)
    row, entries = recorder(shelf.site, KEEPER, "LH-1")
    assert (row.id, row.serial, entries[1].wearer, entries[0].remark) == (one, "SN-7", None, "缺背夹")
    assert shelf.differences() == []
    assert shelf.site.db.read(lambda c: c.execute(select(CODE.c.code)).scalars().all()) == ["LH-1"]
