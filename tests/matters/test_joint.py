"""Joint matters: heads know of their units' only, recordings stay their owner's, what goes out needs its consent."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from deadlines.takes import GULI, Takes
from matters.office import (
    HEAD,
    HOUR,
    LEAD,
    NORTH,
    NORTH_HEAD,
    NORTH_TEAM,
    OTHER,
    SOUTH,
    SOUTH_HEAD,
    TODAY,
    WEARER,
    code_of,
    deposit,
    knows,
    office,
    sees,
    with_units,
)
from rebuild.lived_site import Lived
from specimen_events import AT, ident

from archive import consents, owners
from archive.actors import SYSTEM, Actor
from archive.entries import CustodyEvent
from archive.events import PersonAdded
from archive.joint_matters import join_unit, unit_leaves, units_of
from archive.matter_members import add_member
from archive.matter_merging import merge, split
from archive.matter_recordings import assign, withdraw
from archive.matter_views import find_matter, looked_meanwhile
from archive.matters import end_act, open_matter
from archive.set_aside import confirm, propose
from archive.shift_events import PersonNumbered
from archive.unit_events import PersonUnitSet
from archive.units import close_unit, set_unit


@pytest.fixture
def lived(tmp_path: Path) -> Iterator[Lived]:
    with office(tmp_path / "office") as made:
        with_units(made)
        yield made


def owner(lived: Lived, recording: str) -> str | None:
    return lived.site.db.read(lambda c: owners.owners_of(c, [recording])).get(recording)


def parts(lived: Lived, matter: str) -> list[tuple[str, str]]:
    return [(one.unit, one.part) for one in units_of(lived.site, SYSTEM, matter)]


def joint(lived: Lived) -> str:
    """A matter of the north's team with the south as co-unit."""
    matter = open_matter(lived.site, LEAD, "case", "联合检查")
    join_unit(lived.site, LEAD, matter, SOUTH, "co_unit")
    return matter


def test_a_head_knows_of_another_units_matter(lived: Lived) -> None:
    matter, recording = open_matter(lived.site, LEAD, "case", "检查"), deposit(lived, 1)
    assert parts(lived, matter) == [(NORTH_TEAM, "responsible")]
    assign(lived.site, LEAD, [recording], matter)
    assert [knows(lived, who, matter) for who in (HEAD, NORTH_HEAD, SOUTH_HEAD, OTHER)] == [True, True, False, False]
    assert [sees(lived, who, recording) for who in (HEAD, NORTH_HEAD, SOUTH_HEAD)] == [True, True, False]
    assert sees(lived, WEARER, recording)


def test_a_co_units_head_decides_on_the_matter_or_is_shut_out_of_it(lived: Lived) -> None:
    matter, recording = joint(lived), deposit(lived, 1)
    assign(lived.site, LEAD, [recording], matter)
    assert knows(lived, SOUTH_HEAD, matter)
    assert sees(lived, SOUTH_HEAD, recording)
    assert find_matter(lived.site, SOUTH_HEAD, matter).headed is False
    assert find_matter(lived.site, NORTH_HEAD, matter).headed is True
    for act in (lambda who: end_act(lived.site, who, matter, "enforced", TODAY),
                lambda who: add_member(lived.site, who, matter, "other", "recused"),
                lambda who: join_unit(lived.site, who, matter, NORTH, "co_unit")):
        assert code_of(partial(act, SOUTH_HEAD)) == "matter.not_member"
        act(NORTH_HEAD)
    assert code_of(lambda: looked_meanwhile(lived.site, SOUTH_HEAD, matter)) == "matter.not_head"
    assert looked_meanwhile(lived.site, NORTH_HEAD, matter) == []


def test_a_head_is_head_of_a_unit_beside_or_above_theirs(lived: Lived) -> None:
    above = Actor(ident("usr", 18), roles=frozenset({"head"}))
    added = CustodyEvent.plain(above.id, above.id, PersonAdded(("head",)))
    lived.append([(added, {"login": "team", "display_name": "队"}),
                  (CustodyEvent.plain(HEAD.id, above.id, PersonUnitSet(NORTH_TEAM, (NORTH_TEAM,))), {})])
    matter = open_matter(lived.site, NORTH_HEAD, "case", "所里的事项")
    assert parts(lived, matter) == [(NORTH, "responsible")]
    assert (knows(lived, above, matter), knows(lived, SOUTH_HEAD, matter)) == (False, False)
    set_unit(lived.site, HEAD, above.id, NORTH_TEAM, (NORTH_TEAM, NORTH))
    assert knows(lived, above, matter)


def test_a_matter_of_no_unit_is_hidden_from_heads(lived: Lived) -> None:
    matter = open_matter(lived.site, WEARER, "clue", "线索")
    assert parts(lived, matter) == []
    assert all(knows(lived, who, matter) for who in (HEAD, NORTH_HEAD, SOUTH_HEAD))
    join_unit(lived.site, WEARER, matter, SOUTH, "responsible")
    assert [knows(lived, who, matter) for who in (NORTH_HEAD, SOUTH_HEAD)] == [False, True]
    assert code_of(lambda: join_unit(lived.site, WEARER, matter, NORTH, "responsible")) == "matter.unit_responsible"
    assert code_of(lambda: join_unit(lived.site, WEARER, matter, SOUTH, "co_unit")) == "matter.unit_there"
    assert code_of(lambda: join_unit(lived.site, WEARER, matter, NORTH, "guest")) == "matter.unit_part"


def test_a_unit_that_left_keeps_sight_or_loses_its_own_recordings(lived: Lived) -> None:
    matter, theirs, ours = joint(lived), deposit(lived, 1), deposit(lived, 2)
    set_unit(lived.site, HEAD, WEARER.id, SOUTH)
    assign(lived.site, LEAD, [theirs], matter)
    set_unit(lived.site, HEAD, WEARER.id, NORTH_TEAM)
    assign(lived.site, LEAD, [ours], matter)
    assert (owner(lived, theirs), owner(lived, ours)) == (SOUTH, NORTH_TEAM)
    (part,) = [one.id for one in units_of(lived.site, LEAD, matter) if one.part == "co_unit"]
    assert code_of(lambda: unit_leaves(lived.site, OTHER, matter, part)) == "matter.unknown"
    unit_leaves(lived.site, LEAD, matter, part)
    assert not knows(lived, SOUTH_HEAD, matter)
    assert (sees(lived, SOUTH_HEAD, theirs), sees(lived, SOUTH_HEAD, ours)) == (True, False)
    assert code_of(lambda: unit_leaves(lived.site, LEAD, matter, part)) == "matter.no_unit"


def test_a_recording_is_whose_who_put_it_there_is(lived: Lived) -> None:
    set_unit(lived.site, HEAD, WEARER.id, SOUTH)
    matter, recording = open_matter(lived.site, LEAD, "case", "检查"), deposit(lived, 1)
    assign(lived.site, LEAD, [recording], matter)
    assert owner(lived, recording) == SOUTH
    held = find_matter(lived.site, LEAD, matter).recordings[0].id
    withdraw(lived.site, LEAD, matter, held, "误归")
    assert (sees(lived, SOUTH_HEAD, recording), sees(lived, NORTH_HEAD, recording)) == (True, False)
    assert code_of(lambda: owners.give_to(lived.site, WEARER, recording, NORTH)) == "owner.not_head"
    owners.give_to(lived.site, SOUTH_HEAD, recording, NORTH)
    assert (sees(lived, SOUTH_HEAD, recording), sees(lived, NORTH_HEAD, recording)) == (False, True)
    assert code_of(lambda: owners.give_to(lived.site, NORTH_HEAD, recording, NORTH)) == "owner.same"
    assert code_of(lambda: owners.give_to(lived.site, SOUTH_HEAD, recording, SOUTH)) == "recording.unknown"


def test_of_officers_of_two_units_one_owns_the_recording(lived: Lived) -> None:
    takes = Takes(lived, entries=200)
    set_unit(lived.site, HEAD, WEARER.id, SOUTH)
    matter = open_matter(lived.site, LEAD, "case", "检查")
    takes.deposit(1, AT - HOUR, AT - 3 * HOUR, AT - HOUR)
    assign(lived.site, LEAD, [ident("rec", 1)], matter)
    assert owner(lived, ident("rec", 1)) == SOUTH
    lived.append([(CustodyEvent.plain(LEAD.id, LEAD.id, PersonNumbered()), {"officer_no": GULI["wearer_no"]})])
    takes.issue(AT - HOUR / 2, GULI)  # of the north's team, while it was recording
    takes.deposit(2, AT, AT - HOUR, AT)
    assign(lived.site, LEAD, [ident("rec", 2)], matter)
    assert owner(lived, ident("rec", 2)) is None


def test_who_belongs_to_no_unit_owns_what_they_assign(lived: Lived) -> None:
    matter = open_matter(lived.site, HEAD, "case", "检查")
    assign(lived.site, HEAD, [deposit(lived, 1)], matter)
    assert owner(lived, ident("rec", 1)) is None


def test_splitting_or_merging_loses_a_unit(lived: Lived) -> None:
    matter, recording = joint(lived), deposit(lived, 1)
    assign(lived.site, LEAD, [recording], matter)
    moved = [one.id for one in find_matter(lived.site, LEAD, matter).recordings]
    new = split(lived.site, LEAD, matter, "case", "另案", moved, "分案")
    assert parts(lived, new) == [(NORTH_TEAM, "responsible"), (SOUTH, "co_unit")]
    assert sees(lived, SOUTH_HEAD, recording)
    lone = open_matter(lived.site, LEAD, "case", "本所的")
    only = deposit(lived, 2)
    assign(lived.site, LEAD, [only], lone)
    assert not sees(lived, SOUTH_HEAD, only)
    merge(lived.site, LEAD, lone, new, "同案")
    assert sees(lived, SOUTH_HEAD, only)
    assert knows(lived, SOUTH_HEAD, lone)


def test_a_recording_goes_outside_without_its_owners_consent(lived: Lived) -> None:
    matter, theirs, ours = joint(lived), deposit(lived, 1), deposit(lived, 2)
    assert code_of(lambda: consents.ask(lived.site, LEAD, matter, "某公司", "复制申请")) == "consent.none_owed"
    set_unit(lived.site, HEAD, WEARER.id, SOUTH)
    assign(lived.site, LEAD, [theirs], matter)
    set_unit(lived.site, HEAD, WEARER.id, NORTH_TEAM)
    assign(lived.site, LEAD, [ours], matter)
    assert code_of(lambda: consents.ask(lived.site, OTHER, matter, "某公司", "复制申请")) == "matter.unknown"
    (asked,) = consents.ask(lived.site, LEAD, matter, "某公司", "复制申请")
    (told,) = consents.of_matter(lived.site, LEAD, matter)
    assert (told.unit, told.recordings, told.recipient, told.purpose, told.state, told.may_answer) == (
        SOUTH, (theirs,), "某公司", "复制申请", "waiting", False)

    def lacking(*given: str) -> tuple[str, ...]:
        return lived.site.db.read(lambda c: consents.unconsented(c, given, matter, [theirs, ours]))

    assert lacking(asked) == (theirs,)
    assert [len(consents.to_answer(lived.site, who)) for who in (SOUTH_HEAD, NORTH_HEAD, LEAD)] == [1, 0, 0]
    assert code_of(lambda: consents.answer(lived.site, NORTH_HEAD, asked, True, "同意")) == "consent.unknown"
    assert code_of(lambda: consents.answer(lived.site, OTHER, asked, True, "同意")) == "consent.unknown"
    consents.answer(lived.site, SOUTH_HEAD, asked, True, "同意提供")
    assert (lacking(asked), lacking()) == ((), (theirs,))
    assert code_of(lambda: consents.answer(lived.site, SOUTH_HEAD, asked, False, "收回")) == "consent.answered"
    owners.give_to(lived.site, SOUTH_HEAD, theirs, NORTH)  # the owner's consent, not a former owner's
    assert lacking(asked) == (theirs,)
    (refused,) = consents.ask(lived.site, LEAD, matter, "某公司", "复制申请", [theirs])
    consents.answer(lived.site, NORTH_HEAD, refused, False, "涉密")
    assert lacking(asked, refused) == (theirs,)
    assert [one.state for one in consents.of_matter(lived.site, LEAD, matter)] == ["refused", "given"]


def test_who_asks_consents_or_asks_for_what_is_not_there(lived: Lived) -> None:
    matter, theirs = joint(lived), deposit(lived, 1)
    set_unit(lived.site, HEAD, WEARER.id, SOUTH)
    assign(lived.site, LEAD, [theirs], matter)
    assert code_of(lambda: consents.ask(lived.site, LEAD, matter, "某公司", "复制", [deposit(lived, 2)])) == \
        "recording.unknown"
    (asked,) = consents.ask(lived.site, HEAD, matter, "某公司", "复制")
    assert code_of(lambda: consents.answer(lived.site, HEAD, asked, True, "同意")) == "consent.same_person"
    consents.answer(lived.site, SOUTH_HEAD, asked, True, "同意")


def test_a_head_confirms_what_another_units_officer_stated(lived: Lived) -> None:
    recording = deposit(lived, 1)
    set_unit(lived.site, HEAD, WEARER.id, NORTH_TEAM)
    made = propose(lived.site, WEARER, recording, "not_enforcement", "误录")
    assert code_of(lambda: confirm(lived.site, SOUTH_HEAD, recording, made)) == "set_aside.not_head"
    confirm(lived.site, NORTH_HEAD, recording, made)


def test_a_closed_unit_joins(lived: Lived) -> None:
    matter = open_matter(lived.site, LEAD, "case", "检查")
    set_unit(lived.site, HEAD, OTHER.id, None)
    set_unit(lived.site, HEAD, SOUTH_HEAD.id, None)
    close_unit(lived.site, HEAD, SOUTH)
    assert code_of(lambda: join_unit(lived.site, LEAD, matter, SOUTH, "co_unit")) == "unit.closed"
