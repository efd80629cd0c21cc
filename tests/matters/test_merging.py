"""What merging and splitting do to sight, and whose recorder gives it: the cases chance seldom makes."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from deadlines.takes import GULI, Takes
from matters.office import HEAD, HOUR, LEAD, MINUTE, OTHER, SECOND_HEAD, WEARER, code_of, deposit, knows, office, sees
from rebuild.lived_site import Lived
from specimen_events import AT, ident

from archive.actors import Actor
from archive.entries import CustodyEvent
from archive.matter_members import add_member
from archive.matter_merging import merge, split
from archive.matter_recordings import assign
from archive.matter_views import find_matter
from archive.matters import open_matter
from archive.shift_events import PersonNumbered


@pytest.fixture
def lived(tmp_path: Path) -> Iterator[Lived]:
    with office(tmp_path / "office") as made:
        yield made


def test_a_denial_ends_where_matters_are_merged(lived: Lived) -> None:
    first, second = (open_matter(lived.site, LEAD, "case", title) for title in ("甲案", "乙案"))
    one = deposit(lived, 1)
    assign(lived.site, LEAD, [one], second)
    add_member(lived.site, LEAD, second, "other", "taking_part")
    add_member(lived.site, HEAD, first, "other", "recused")
    assert sees(lived, OTHER, one)
    merge(lived.site, LEAD, first, second, "同案")
    assert not sees(lived, OTHER, one)
    assert not knows(lived, OTHER, second)


def test_members_of_what_was_merged_see_the_rest_or_lose_their_own(lived: Lived) -> None:
    first, second = open_matter(lived.site, OTHER, "case", "甲案"), open_matter(lived.site, LEAD, "case", "乙案")
    one, two = deposit(lived, 1), deposit(lived, 2)
    assign(lived.site, OTHER, [one], first)
    assign(lived.site, LEAD, [two], second)
    merge(lived.site, HEAD, first, second, "同案")
    assert [sees(lived, OTHER, one), sees(lived, OTHER, two), knows(lived, OTHER, second)] == [True, False, False]
    assert [sees(lived, LEAD, one), sees(lived, LEAD, two), knows(lived, LEAD, first)] == [True, True, True]
    found = find_matter(lived.site, LEAD, second)
    assert [(one.row.id, one.matter) for one in found.recordings] == [(one, first), (two, second)]
    assert code_of(partial(assign, lived.site, LEAD, [one], first)) == "matter.merged"


def test_a_split_forgets_whom_the_matter_denies_or_who_works_on_it(lived: Lived) -> None:
    matter, one = open_matter(lived.site, LEAD, "case", "甲案"), deposit(lived, 1)
    (made,) = assign(lived.site, LEAD, [one], matter)
    add_member(lived.site, HEAD, matter, "wearer", "complained_against")
    add_member(lived.site, HEAD, matter, "second_head", "recused")
    add_member(lived.site, LEAD, matter, "other", "second")
    new = split(lived.site, LEAD, matter, "case", "乙案", [made], "分案")
    seen = [who for who in (WEARER, SECOND_HEAD, OTHER, LEAD, HEAD) if sees(lived, who, one)]
    assert seen == [OTHER, LEAD, HEAD]
    assert [(m.person, m.relation) for m in find_matter(lived.site, HEAD, new).members] == [
        (m.person, m.relation) for m in find_matter(lived.site, HEAD, matter).members]
    assert find_matter(lived.site, HEAD, matter).recordings == ()


def test_a_recorder_gives_sight_to_who_had_it_before_or_after(lived: Lived) -> None:
    takes = Takes(lived, entries=200)
    lived.append([(CustodyEvent.plain(OTHER.id, OTHER.id, PersonNumbered()), {"officer_no": GULI["wearer_no"]})])
    early = deposit(lived, 1)
    takes.bring_back(AT + HOUR)
    takes.issue(AT + HOUR, GULI)
    takes.deposit(2, AT + 3 * HOUR, AT + 2 * HOUR, AT + 2 * HOUR + MINUTE)
    late, matter = ident("rec", 2), open_matter(lived.site, LEAD, "case", "甲案")
    assign(lived.site, LEAD, [early, late], matter)
    assert [sees(lived, who, one) for who in (WEARER, OTHER) for one in (early, late)] == [True, False, False, True]
    assert not sees(lived, Actor(ident("usr", 99)), early)
