"""What people type finds the recordings it should, says why, and shows nobody what they may not see."""

import random
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import ledger
import pytest
from ledger import SetClock
from specimen_events import PERSON, STATION, digest, ident, story

from archive import finding
from archive.actors import SYSTEM, Actor
from archive.db import Database
from archive.entries import CustodyEvent
from archive.errors import Refused
from archive.events import RecordingLabelled
from archive.finding import Finding, find
from archive.recording_search import case_hits
from archive.set_aside_events import BroughtBack, SetAside, SetAsideProposed
from archive.station_events import StationEnrolled2

CLERK = Actor(PERSON)
ACTS, UNITS, YEARS = ("罚", "不罚", "立", "强"), ("吉市监", "长农业", "卫监", ""), (2022, 2023)


class Shelf:
    """An archive of recordings that bear labels; nothing of it is sealed."""

    def __init__(self, db: Database) -> None:
        self.db, self.clock, self.count = db, SetClock(), 0
        self.site: Any = SimpleNamespace(db=db)

    def write(self, subject: str, body: Any, values: Mapping[str, str] | None = None, actor: str = "system") -> int:
        event = (CustodyEvent(actor, subject, body, commitment=digest(7)) if values else
                 CustodyEvent.plain(actor, subject, body))
        return ledger.write(self.db, self.clock, event, values)

    def recording(self, **label: str) -> str:
        """One more, labelled so."""
        self.count += 1
        for event, values in story(self.count, "accessioned")[:-1]:
            ledger.write(self.db, self.clock, event, values)
        self.label(self.count, **label)
        return ident("rec", self.count)

    def label(self, number: int, **label: str) -> None:
        made = ident("lbl", 1000 * number + len(self.labels(number)))
        self.write(ident("rec", number), RecordingLabelled(made, "person"), label, PERSON)

    def labels(self, number: int) -> list[Any]:
        return self.db.read(lambda c: list(c.exec_driver_sql(
            "SELECT id FROM label WHERE recording = ?", (ident("rec", number),))))

    def found(self, query: str, actor: Actor = CLERK) -> list[tuple[str, str]]:
        return [(one.row.id, one.why) for one in find(self.site, actor, query).found]


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    with ledger.opened(ledger.migrated(tmp_path)) as db:
        yield Shelf(db)


def test_a_case_number_finds_another_or_does_not_say_that_the_unit_differs(shelf: Shelf) -> None:
    numbers = [(unit, act, year, serial) for unit in UNITS for act in ACTS for year in YEARS for serial in (6, 60, 66)]
    bearing = {number: shelf.recording(case_no="{}{}〔{}〕{}号".format(*number)) for number in numbers}
    chance = random.Random(3)
    for number in chance.sample(numbers, 40):
        unit, act, year, serial = number
        typed = f"{unit}{act}({year})年第{serial}號"
        same = {bearing[other, act, year, serial] for other in UNITS}
        hits = shelf.found(typed)
        assert [one for one, why in hits if why == "case"] == [bearing[number]]
        assert hits[0] == (bearing[number], "case")
        assert {one for one, why in hits if why == "other_unit"} <= same - {bearing[number]}
        assert same <= {one for one, _ in hits}
        foreign = shelf.found(f"某某局{act}〔{year}〕{serial}号")
        assert {why for _, why in foreign} == {"other_unit"}
        assert {one for one, _ in foreign} == same


def test_the_exact_number_does_not_come_first(shelf: Shelf) -> None:
    names = ("吉市监罚〔2023〕66号", "吉市监罚〔2023〕6号", "吉市监罚〔2023〕6号之一", "长市监罚〔2023〕6号")
    longer, exact, part, other = [shelf.recording(case_no=name) for name in names]
    mention = shelf.recording(matter="吉市监罚（2023）6号案回访")
    assert shelf.found("吉市监罚2023年6号") == [
        (exact, "case"), (part, "case_begins"), (other, "other_unit"), (mention, "text")]
    assert shelf.found("吉市监罚〔2023〕6")[:3] == [(one, "case_begins") for one in (longer, exact, part)]


@pytest.mark.parametrize(("query", "fields"), [
    ("张建", ["handling_officer", "wearer"]), ("張建國", ["handling_officer", "wearer"]),
    ("zjg", ["handling_officer", "wearer"]), ("250017", ["wearer_no"]), ("麦德龙", ["party"]),
    ("长江路 建国", ["handling_officer", "place", "wearer"]),
    ("过期食品", ["matter"]), ("28_09", ["file_name"]), ("sn-1", ["recorder"]), ("海康", ["recorder"]),
    ("2026-11-20", ["recorded"]), ("2026年11月 麦德龙", ["party", "recorded"]), ("龘", ["party"]), ("𠮷野", ["party"]),
])
def test_a_field_does_not_find_its_recording_or_is_not_named(shelf: Shelf, query: str, fields: list[str]) -> None:
    wanted = shelf.recording(
        case_no="吉市监罚〔2023〕6号", matter="销售过期食品案", party="麦德龙商贸、龘某、𠮷野",
        handling_officer="张建国", wearer="张建国", wearer_no="250017", place="船营区长江路12号",
        file_name="20261128_093000.mp4")
    found = find(shelf.site, CLERK, query).found
    assert [one.row.id for one in found] == [wanted]
    assert sorted({mark.field for mark in found[0].marks}) == fields
    assert all(mark.value[a:b] for mark in found[0].marks for a, b in mark.spans)


def test_a_station_is_not_looked_for_by_its_title(shelf: Shelf) -> None:
    shelf.write(STATION, StationEnrolled2(f"{STATION}+00000000+AQ==", "code", ident("cod", 1), "dock"),
                {"title": "城东所采集站"})
    one, two = shelf.recording(party="甲公司"), shelf.recording(party="乙公司")
    assert shelf.found("城东所") == [(two, "text"), (one, "text")]
    assert shelf.found("城东所 甲公司") == [(one, "text")]
    assert shelf.found("城东所 丙公司") == []


def test_a_label_that_was_replaced_still_finds(shelf: Shelf) -> None:
    wanted = shelf.recording(case_no="吉市监罚〔2023〕6号", party="甲某")
    shelf.label(1, case_no="吉市监罚〔2023〕7号", party="乙某")
    for old in ("吉市监罚〔2023〕6号", "甲某", "长市监罚〔2023〕6号"):
        assert shelf.found(old) == []
    assert shelf.found("乙某") == [(wanted, "text")]
    assert [hit.recordings for hit in case_hits(shelf.site, CLERK, ["吉市监罚[2023]7号", "吉市监罚[2023]6号"])] == [1]


def counted(found: Finding) -> tuple[int, bool, int]:
    return found.total, found.beyond, found.aside


QUERIES = ["吉市监罚〔2023〕6号", "吉市监", "长市监罚〔2023〕6号", "市监罚", "张建国", "sn-1", "2026-11-20"]


@pytest.mark.parametrize("query", QUERIES)
def test_what_is_set_aside_is_shown_or_not_counted(shelf: Shelf, query: str) -> None:
    kept = shelf.recording(case_no="吉市监罚〔2023〕6号", wearer="张建国")
    aside = shelf.recording(case_no="吉市监罚〔2023〕6号", wearer="张建国")
    shelf.write(aside, SetAsideProposed(ident("prp", 1), "by_mistake"), {"remark": "x"}, PERSON)
    assert counted(find(shelf.site, CLERK, query)) == (2, False, 0)
    shelf.write(aside, SetAside(ident("prp", 1)), actor=PERSON)
    assert [one for one, _ in shelf.found(query)] == [kept]
    assert counted(find(shelf.site, CLERK, query)) == (1, False, 1)
    shelf.write(aside, BroughtBack(ident("prp", 1), ident("rmk", 1)), {"remark": "x"}, PERSON)
    assert counted(find(shelf.site, CLERK, query)) == (2, False, 0)


@pytest.mark.parametrize("query", QUERIES)
def test_somebody_who_may_not_see_a_recording_finds_it(shelf: Shelf, query: str) -> None:
    wanted = shelf.recording(case_no="吉市监罚〔2023〕6号", wearer="张建国")
    shelf.write(wanted, SetAsideProposed(ident("prp", 1), "by_mistake"), {"remark": "x"}, PERSON)
    for actor, seen in ((CLERK, 1), (SYSTEM, 1), (Actor(STATION), 1), (Actor(ident("sta", 9)), 0)):
        found = find(shelf.site, actor, query)
        assert (len(found.found), *counted(found)) == (seen, seen, False, 0)
    shelf.write(wanted, SetAside(ident("prp", 1)), actor=PERSON)
    assert counted(find(shelf.site, Actor(ident("sta", 9)), query)) == (0, False, 0)


def test_more_than_are_counted_are_all_read(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finding, "MOST", 3)
    ids = [shelf.recording(case_no=f"吉市监罚〔2023〕{n}号", wearer="张建国") for n in range(1, 6)]
    for query in ("张建国", "吉市监"):
        found = find(shelf.site, CLERK, query, 2)
        assert (len(found.found), *counted(found)) == (2, 3, True, 0)
    assert [one.row.id for one in find(shelf.site, CLERK, "张建国", 9).found] == ids[:0:-1]


def test_a_name_that_too_many_recorders_bear_stops_the_search(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted, other = shelf.recording(party="海康公司"), shelf.recording(party="乙公司")
    assert shelf.found("海康") == [(other, "text"), (wanted, "text")]
    monkeypatch.setattr(finding, "MOST_REFERRED", 0)
    assert shelf.found("海康") == [(wanted, "text")]


@pytest.mark.parametrize("query", ["", " ", "7", "·", "%"])
def test_a_search_for_too_little_lists_something(shelf: Shelf, query: str) -> None:
    shelf.recording(case_no="吉市监罚〔2023〕6号", party="7")
    with pytest.raises(Refused) as refusal:
        find(shelf.site, CLERK, query)
    assert refusal.value.code == "search.too_short"


def test_one_letter_that_begins_a_case_number_is_too_little(shelf: Shelf) -> None:
    wanted = shelf.recording(case_no="AQ-7")
    assert shelf.found("a") == [(wanted, "case_begins")]
