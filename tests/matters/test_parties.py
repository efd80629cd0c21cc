"""Parties of matters: one party's matters and recordings together, nothing of it to whom the matters are hidden."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from matters.office import HEAD, LEAD, OTHER, SECOND_HEAD, SOUTH_HEAD, code_of, deposit, office, with_units
from rebuild.lived_site import Lived
from recorders.shelf import Shelf

from archive.actors import Actor
from archive.matter_members import add_member
from archive.matter_merging import merge
from archive.matter_parties import find_parties, find_party, involve, parties_of, withdraw
from archive.matter_recordings import assign
from archive.matters import open_matter

CODE, OTHER_CODE = "91350211M000100Y46", "91110000600037341L"
NUMBER = "11010519491231002X"


@pytest.fixture
def lived(tmp_path: Path) -> Iterator[Lived]:
    with office(tmp_path / "office") as made:
        with_units(made)
        yield made


def opened(lived: Lived, who: Actor, title: str = "检查") -> str:
    return open_matter(lived.site, who, "inspection", title)


def named(lived: Lived, who: Actor, text: str = "") -> list[str | None]:
    return [one.name for one in find_parties(lived.site, who, text)[0]]


def test_a_partys_matters_stand_apart_or_show_what_is_hidden(lived: Lived) -> None:
    mine, theirs, none = opened(lived, LEAD), opened(lived, OTHER), opened(lived, LEAD)
    involve(lived.site, LEAD, mine, "厦门某公司", CODE)
    involve(lived.site, OTHER, theirs, "某公司（厦门）", CODE.lower())
    assign(lived.site, LEAD, [deposit(lived, 1)], mine)
    assign(lived.site, OTHER, [deposit(lived, 2)], theirs)
    (party,) = {one.party for one in (*parties_of(lived.site, LEAD, mine), *parties_of(lived.site, OTHER, theirs))}
    assert party is not None

    def seen(who: Actor) -> tuple[set[str], int]:
        found = find_party(lived.site, who, party)
        assert (found.row.name, found.row.credit_code) == ("厦门某公司", CODE)
        return {one.id for one in found.matters}, len(found.recordings)

    assert seen(LEAD) == ({mine}, 1)
    assert seen(OTHER) == ({theirs}, 1)
    assert seen(HEAD) == ({mine, theirs}, 2)
    assert seen(SOUTH_HEAD) == ({theirs}, 1)
    add_member(lived.site, HEAD, theirs, "second_head", "recused")
    assert seen(SECOND_HEAD) == ({mine}, 1)
    assert none not in seen(HEAD)[0]


def test_a_party_is_found_by_whom_its_matters_are_hidden_from(lived: Lived) -> None:
    matter = opened(lived, LEAD)
    involve(lived.site, LEAD, matter, "李某某", untrusted_id_number=NUMBER)
    assert [named(lived, LEAD, text) for text in ("", "李某", NUMBER.lower(), "王", "%")] == [
        ["李某某"], ["李某某"], ["李某某"], [], []]
    assert [named(lived, who) for who in (OTHER, SOUTH_HEAD)] == [[], []]
    (party,) = [one.party for one in parties_of(lived.site, LEAD, matter)]
    assert party is not None
    assert code_of(lambda: find_party(lived.site, OTHER, party)) == "party.unknown"


def test_an_id_number_is_kept_or_shown(lived: Lived, tmp_path: Path) -> None:
    matter = opened(lived, LEAD)
    involve(lived.site, LEAD, matter, "李某某", untrusted_id_number=NUMBER)
    (found,) = parties_of(lived.site, LEAD, matter)
    assert (found.credit_code, found.identified) == (None, True)
    assert NUMBER not in repr(found)
    lived.site.db.read(lambda c: c.exec_driver_sql("PRAGMA wal_checkpoint"))
    assert all(NUMBER.encode() not in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


def test_a_party_is_there_twice_or_by_a_wrong_code(lived: Lived) -> None:
    matter = opened(lived, LEAD)
    involve(lived.site, LEAD, matter, "厦门某公司", CODE)
    assert code_of(lambda: involve(lived.site, LEAD, matter, "另名", CODE)) == "matter.party_there"
    wrong = CODE[:-1] + "0"
    for values in (("某公司", wrong, ""), ("某人", "", "110105194912310021"), ("", CODE, "")):
        assert code_of(partial(involve, lived.site, LEAD, matter, *values)) == "matter.party"
    assert code_of(lambda: involve(lived.site, LEAD, matter, " ")) == "recorder.text"
    assert code_of(lambda: involve(lived.site, OTHER, matter, "某公司")) == "matter.unknown"
    assert len(parties_of(lived.site, LEAD, matter)) == 1


def test_a_name_alone_is_put_together_with_another(lived: Lived) -> None:
    one, two = opened(lived, LEAD), opened(lived, LEAD)
    first = involve(lived.site, LEAD, one, "张伟")
    involve(lived.site, LEAD, two, "张伟")
    assert named(lived, LEAD) == []
    assert [(found.name, found.party) for found in parties_of(lived.site, LEAD, one)] == [("张伟", None)]
    Shelf(lived).erase(first)
    assert [found.name for found in parties_of(lived.site, LEAD, one)] == [None]
    assert [found.name for found in parties_of(lived.site, LEAD, two)] == ["张伟"]


def test_a_party_taken_out_is_still_together_with_the_matter(lived: Lived) -> None:
    matter, other = opened(lived, LEAD), opened(lived, LEAD)
    involve(lived.site, LEAD, other, "厦门某公司", CODE)
    made = involve(lived.site, LEAD, matter, "厦门某公司", CODE)
    merge(lived.site, LEAD, matter, other, "同案")
    (party,) = {one.party for one in parties_of(lived.site, LEAD, other)}
    assert party is not None
    assert len(parties_of(lived.site, LEAD, other)) == 2
    assert code_of(lambda: withdraw(lived.site, LEAD, matter, made, "错")) == "matter.merged"
    withdraw(lived.site, LEAD, other, made, "错")
    assert {one.id for one in find_party(lived.site, LEAD, party).matters} == {other}
    assert code_of(lambda: withdraw(lived.site, LEAD, other, made, "错")) == "matter.no_party"


def test_a_handler_changes_what_the_register_says(lived: Lived) -> None:
    matter = opened(lived, LEAD)
    involve(lived.site, LEAD, matter, "厦门某公司", CODE)
    other = opened(lived, LEAD)
    involve(lived.site, LEAD, other, "改了的名字", CODE)
    involve(lived.site, LEAD, other, "北京某公司", OTHER_CODE)
    assert sorted(one or "" for one in named(lived, LEAD)) == ["北京某公司", "厦门某公司"]
