"""Recordings found by what their matters go by: by whom, and by nothing of a matter that is hidden."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from matters.office import HEAD, LEAD, OTHER, deposit, office
from rebuild.lived_site import Lived
from recorders.shelf import Shelf

from archive import recording_search
from archive.actors import Actor
from archive.finding import find
from archive.matter_merging import merge
from archive.matter_recordings import assign, withdraw
from archive.matters import give_case_number, open_matter, retitle

CASE = "吉市监罚〔2026〕6号"


@pytest.fixture
def lived(tmp_path: Path) -> Iterator[Lived]:
    with office(tmp_path / "office") as made:
        yield made


def why(lived: Lived, text: str, who: Actor = LEAD) -> dict[str, str]:
    return {one.row.id: one.why for one in find(lived.site, who, text).found}


def test_a_recording_is_not_found_by_its_matters_title_number_or_case_number(lived: Lived) -> None:
    matter = open_matter(lived.site, LEAD, "inspection", "某乳品公司檢查")
    one, _two = deposit(lived, 1), deposit(lived, 2)
    (made,) = assign(lived.site, LEAD, [one], matter)
    assert {text: why(lived, text) for text in ("乳品", "检查", "M2026-1", "某公司")} == {
        "乳品": {one: "matter"}, "检查": {one: "matter"}, "M2026-1": {one: "matter"}, "某公司": {}}
    give_case_number(lived.site, LEAD, matter, CASE)
    for text in ("吉市监罚(2026)6号", "吉市監罰[2026]第6号"):
        assert why(lived, text) == {one: "case"}
        assert [row.id for row in recording_search.by_case(lived.site, LEAD, text)[0]] == [one]
    assert why(lived, "吉市监罚〔2026") == {one: "case_begins"}
    assert [row.id for row in recording_search.search(lived.site, LEAD, "吉市监罚")[0]] == [one]
    assert recording_search.count(lived.site, LEAD, CASE, exact=True) == 1
    assert [(mark.field, mark.value[slice(*mark.spans[0])]) for hit in find(lived.site, LEAD, "乳品").found
            for mark in hit.marks] == [("title", "乳品")]
    retitle(lived.site, LEAD, matter, "改名")
    give_case_number(lived.site, LEAD, matter, "吉市监罚〔2026〕7号")
    assert (why(lived, "乳品"), why(lived, CASE)) == ({}, {})
    withdraw(lived.site, LEAD, matter, made, "误归")
    assert why(lived, "吉市监罚〔2026〕7号", HEAD) == {}


def test_a_hidden_matter_tells_what_belongs_to_it(lived: Lived) -> None:
    own, one = open_matter(lived.site, OTHER, "case", "甲案"), deposit(lived, 1)
    hidden = open_matter(lived.site, LEAD, "case", "乙方线索", CASE)
    assign(lived.site, OTHER, [one], own)
    assign(lived.site, HEAD, [one], hidden)
    assert why(lived, "甲案", OTHER) == {one: "matter"}
    for text in ("乙方线索", CASE, "M2026-2"):
        assert why(lived, text, OTHER) == {}, text
        assert why(lived, text, HEAD).keys() == {one}
    assert recording_search.count(lived.site, OTHER, CASE) == 0
    assert [mark for hit in find(lived.site, OTHER, "甲案").found for mark in hit.marks if "乙" in mark.value] == []


def test_what_was_merged_is_lost_to_the_matter_it_went_into(lived: Lived) -> None:
    first, second = (open_matter(lived.site, LEAD, "case", title) for title in ("甲公司案", "乙公司案"))
    one = deposit(lived, 1)
    assign(lived.site, LEAD, [one], first)
    merge(lived.site, LEAD, first, second, "同案")
    assert why(lived, "乙公司案") == why(lived, "甲公司案") == {one: "matter"}


def test_an_erased_title_is_found(lived: Lived) -> None:
    matter = open_matter(lived.site, LEAD, "case", "张三门店案", CASE)
    one = deposit(lived, 1)
    assign(lived.site, LEAD, [one], matter)
    Shelf(lived).erase(matter)
    assert (why(lived, "张三"), why(lived, CASE), why(lived, "M2026-1")) == ({}, {}, {one: "matter"})
