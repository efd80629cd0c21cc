"""Matters: numbers of their own, case numbers, filing, ends, members; who may, and who may know."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from deadlines.takes import GULI
from matters.office import (
    HEAD,
    LEAD,
    OTHER,
    SECOND_HEAD,
    TODAY,
    WEARER,
    code_of,
    deposit,
    knows,
    office,
    sees,
)
from rebuild.lived_site import Lived
from recorders.shelf import Shelf
from specimen_events import AT, ident

from archive.actors import SYSTEM, Actor
from archive.entries import CustodyEvent
from archive.errors import NotFound
from archive.leaving import close, hand_over, run_of, suspend
from archive.matter_members import add_member, remove_member
from archive.matter_recordings import Span, assign, correct, withdraw
from archive.matter_views import find_matter, find_matters, looked_meanwhile, matters_of
from archive.matters import end_act, file_case, give_case_number, open_matter, retitle, withdraw_end
from archive.shift_events import PersonNumbered

CASE = "吉市监罚〔2026〕6号"


@pytest.fixture
def lived(tmp_path: Path) -> Iterator[Lived]:
    with office(tmp_path / "office") as made:
        yield made


def opened(lived: Lived, kind: str = "inspection", title: str = "某公司日常检查", **more: str) -> str:
    return open_matter(lived.site, LEAD, kind, title, **more)


def row(lived: Lived, matter: str) -> tuple[object, ...]:
    found = find_matter(lived.site, HEAD, matter).row
    return found.number, found.kind, found.title, found.case_no, found.state, found.owes_case_no


def test_two_matters_get_one_number_or_a_year_goes_on_with_the_last_ones(lived: Lived) -> None:
    lived.clock.at = AT.replace(year=2026, month=12, day=31, hour=15)  # 23:00 in Beijing
    made = Shelf(lived).at_once([partial(opened, lived)] * 8)
    numbers = sorted(find_matter(lived.site, LEAD, one).row.number for one in made)
    assert numbers == [f"M2026-{n}" for n in range(1, 9)]
    lived.clock.at = AT.replace(year=2026, month=12, day=31, hour=17)
    assert find_matter(lived.site, LEAD, opened(lived)).row.number == "M2027-1"


@pytest.mark.parametrize(("kind", "title", "case_no", "code"), [
    ("raid", "检查", "", "matter.kind"), ("case", " ", "", "recorder.text"), ("case", "长" * 201, "", "recorder.text"),
    ("case", "检\n查", "", "recorder.text"), ("case", "检查", "6\u202e号", "recorder.text")])
def test_a_matter_is_opened_of_no_kind_or_without_a_title(
        lived: Lived, kind: str, title: str, case_no: str, code: str) -> None:
    assert code_of(partial(opened, lived, kind, title, untrusted_case_no=case_no)) == code
    assert find_matters(lived.site, HEAD) == ([], False)


def test_the_system_or_a_station_opens_a_matter_or_knows_of_one(lived: Lived) -> None:
    for nobody in (SYSTEM, Actor("sta_x")):
        assert code_of(partial(open_matter, lived.site, nobody, "case", "检查")) == "matter.not_person"
    matter = opened(lived)
    assert not knows(lived, Actor("sta_x"), matter)
    assert find_matters(lived.site, Actor("sta_x")) == ([], False)


def test_a_matter_becomes_a_case_and_owes_no_number_or_is_filed_twice(lived: Lived) -> None:
    matter = opened(lived)
    assert row(lived, matter) == ("M2026-1", "inspection", "某公司日常检查", None, "going_on", False)
    file_case(lived.site, LEAD, matter, "2026-11-19")
    assert row(lived, matter)[1:] == ("case", "某公司日常检查", None, "going_on", True)
    assert code_of(partial(file_case, lived.site, LEAD, matter, TODAY)) == "matter.already_case"
    retitle(lived.site, LEAD, matter, "某公司销售过期食品案")
    give_case_number(lived.site, LEAD, matter, CASE)
    assert row(lived, matter)[2:] == ("某公司销售过期食品案", CASE, "going_on", False)
    assert code_of(partial(opened, lived, untrusted_case_no="吉市监罚(2026) 6 号")) == "matter.case_no_taken"
    give_case_number(lived.site, LEAD, matter, "吉市监罚〔2026〕60号")
    second = opened(lived, "clue", "投诉线索", untrusted_case_no=CASE)
    assert code_of(partial(give_case_number, lived.site, LEAD, matter, CASE)) == "matter.case_no_taken"
    give_case_number(lived.site, LEAD, second, CASE)
    file_case(lived.site, LEAD, second, TODAY, "吉市监罚〔2026〕7号")
    assert row(lived, second)[1:] == ("case", "投诉线索", "吉市监罚〔2026〕7号", "going_on", False)


@pytest.mark.parametrize("day", ["", "2026-11-21", "2026-1-2", "20261120", "2026-02-30", "2026-11-20T00:00:00", "昨天"])
def test_a_day_is_none_or_still_to_come(lived: Lived, day: str) -> None:
    matter = opened(lived)
    assert code_of(partial(file_case, lived.site, LEAD, matter, day)) == "matter.day"
    assert code_of(partial(end_act, lived.site, LEAD, matter, "inspection_ended", day)) == "matter.day"
    assert row(lived, matter)[4] == "going_on"


def test_an_act_ends_twice_or_by_what_ends_none(lived: Lived) -> None:
    matter = opened(lived, "clue", "投诉线索")
    assert code_of(partial(end_act, lived.site, LEAD, matter, "tired", TODAY)) == "matter.basis"
    end_act(lived.site, LEAD, matter, "not_filed", TODAY)
    assert (find_matter(lived.site, LEAD, matter).row.basis, row(lived, matter)[4]) == ("not_filed", "ended")
    for act in (partial(end_act, lived.site, LEAD, matter, "not_filed", TODAY),
                partial(file_case, lived.site, LEAD, matter, TODAY)):
        assert code_of(act) == "matter.act_ended"
    withdraw_end(lived.site, LEAD, matter, "又有新证据")
    assert code_of(partial(withdraw_end, lived.site, LEAD, matter, "再次")) == "matter.going_on"
    file_case(lived.site, LEAD, matter, TODAY)
    assert code_of(partial(end_act, lived.site, LEAD, matter, "not_filed", TODAY)) == "matter.basis"
    end_act(lived.site, HEAD, matter, "case_closed", "2026-11-18")
    recording = deposit(lived, 1)
    assert len(assign(lived.site, LEAD, [recording], matter)) == 1  # late footage belongs somewhere


def test_who_takes_part_decides_what_the_lead_does(lived: Lived) -> None:
    matter = opened(lived)
    assert code_of(partial(retitle, lived.site, OTHER, matter, "x")) == "matter.unknown"
    add_member(lived.site, LEAD, matter, "other", "taking_part")
    retitle(lived.site, OTHER, matter, "改名")
    for act in (partial(file_case, lived.site, OTHER, matter, TODAY),
                partial(end_act, lived.site, OTHER, matter, "inspection_ended", TODAY),
                partial(add_member, lived.site, OTHER, matter, "wearer", "lead")):
        assert code_of(act) == "matter.not_member"
    file_case(lived.site, HEAD, matter, TODAY)


def test_a_matter_loses_its_last_lead_or_a_person_is_added_twice_or_unknown(lived: Lived) -> None:
    matter = opened(lived)
    (lead,) = find_matter(lived.site, LEAD, matter).members
    assert (lead.person, lead.name, lead.relation) == (LEAD.id, "LEAD", "lead")
    assert code_of(partial(remove_member, lived.site, LEAD, matter, lead.id)) == "matter.last_lead"
    assert code_of(partial(add_member, lived.site, LEAD, matter, "nobody", "lead")) == "person.unknown"
    assert code_of(partial(add_member, lived.site, LEAD, matter, "other", "boss")) == "matter.relation"
    twice = Shelf(lived).at_once([partial(add_member, lived.site, LEAD, matter, "other", "lead")] * 2)
    assert sorted(getattr(one, "code", "done") for one in twice) == ["done", "matter.is_member"]
    remove_member(lived.site, OTHER, matter, lead.id)
    assert code_of(partial(remove_member, lived.site, OTHER, matter, lead.id)) == "matter.no_member"
    assert not knows(lived, LEAD, matter)


def test_a_denial_is_made_without_a_head_or_loses_to_anything(lived: Lived) -> None:
    matter, recording = opened(lived), deposit(lived, 1)
    assign(lived.site, LEAD, [recording], matter)
    assert code_of(partial(add_member, lived.site, LEAD, matter, "head", "recused")) == "matter.not_head"
    for who, login in ((WEARER, "wearer"), (SECOND_HEAD, "second_head"), (LEAD, "lead")):
        assert sees(lived, who, recording)
        made = add_member(lived.site, HEAD, matter, login, "complained_against")
        assert not sees(lived, who, recording)
        assert not knows(lived, who, matter)
        assert code_of(partial(remove_member, lived.site, who, matter, made)) == "matter.unknown"
        remove_member(lived.site, HEAD, matter, made)
        assert sees(lived, who, recording)


def test_a_recording_of_a_matter_is_seen_by_who_has_no_part_in_it(lived: Lived) -> None:
    matter, one, two = opened(lived), deposit(lived, 1), deposit(lived, 2)
    assert all(sees(lived, who, one) for who in (LEAD, OTHER, WEARER, HEAD))
    assign(lived.site, LEAD, [one], matter)
    assert [who for who in (LEAD, OTHER, WEARER, HEAD) if sees(lived, who, one)] == [LEAD, WEARER, HEAD]
    assert sees(lived, OTHER, two)
    found = find_matter(lived.site, LEAD, matter)
    assert [(a.row.id, a.matter, a.from_us, a.to_us) for a in found.recordings] == [(one, matter, None, None)]
    assert [m.id for _, m, _, _ in matters_of(lived.site, LEAD, one)] == [matter]
    assert matters_of(lived.site, OTHER, one) == []


def test_a_correction_leaves_the_wrong_members_their_sight_or_forgets_who_looked(lived: Lived) -> None:
    wrong, one = open_matter(lived.site, OTHER, "case", "另案"), deposit(lived, 1)
    right = opened(lived)
    (made,) = assign(lived.site, OTHER, [one], wrong)
    assert not sees(lived, LEAD, one)
    assert code_of(partial(correct, lived.site, OTHER, wrong, made, right, "选错")) == "matter.unknown"
    again = correct(lived.site, HEAD, wrong, made, right, "选错事项")
    assert [sees(lived, who, one) for who in (OTHER, LEAD)] == [False, True]
    assert looked_meanwhile(lived.site, HEAD, wrong) == []
    assert code_of(partial(looked_meanwhile, lived.site, OTHER, wrong)) == "matter.not_head"
    for gone in (partial(withdraw, lived.site, OTHER, wrong, made, "x"),
                 partial(correct, lived.site, HEAD, wrong, made, right, "x")):
        assert code_of(gone) == "matter.no_assignment"
    withdraw(lived.site, LEAD, right, again, "不属于本案")
    assert [who for who in (LEAD, OTHER, WEARER, HEAD) if sees(lived, who, one)] == [WEARER, HEAD]


def test_spans_lie_outside_or_one_recording_has_one_matter_only(lived: Lived) -> None:
    first, second, one = opened(lived), opened(lived), deposit(lived, 1)
    for span in (Span(5, 5), Span(-1, 5), Span(9, 2)):
        assert code_of(partial(assign, lived.site, LEAD, [one], first, span)) == "matter.span"
    assign(lived.site, LEAD, [one], first, Span(0, 6_000_000))
    assign(lived.site, LEAD, [one], second, Span(6_000_000, 12_345_678))
    assert assign(lived.site, LEAD, [one], first, Span(0, 6_000_000)) == ()
    assert [(m.id, a, b) for _, m, a, b in matters_of(lived.site, LEAD, one)] == [
        (first, 0, 6_000_000), (second, 6_000_000, 12_345_678)]
    assert code_of(partial(assign, lived.site, LEAD, [], first)) == "matter.recordings"
    both = [one, deposit(lived, 2)]
    assert code_of(partial(assign, lived.site, LEAD, both, first, Span(0, 1))) == "matter.recordings"


def test_one_hidden_recording_lets_the_others_through(lived: Lived) -> None:
    matter, one, two = opened(lived), deposit(lived, 1), deposit(lived, 2)
    assign(lived.site, OTHER, [two], open_matter(lived.site, OTHER, "case", "另案"))
    assert code_of(partial(assign, lived.site, LEAD, [one, two], matter)) == "recording.unknown"
    assert find_matter(lived.site, LEAD, matter).recordings == ()


def test_a_matter_is_found_by_what_it_is_not_called(lived: Lived) -> None:
    first = opened(lived, "case", "某公司销售过期食品案", untrusted_case_no=CASE)
    second = opened(lived, "clue", "举报线索 100%")
    for text, found in (("M2026-1", [first]), ("m2026-2", [second]), ("2026-2", [second]), ("过期", [first]),
                        ("吉市监罚(2026)", [first]), ("100%", [second]), ("%", [second]), ("M2026-3", []),
                        ("", [second, first]), ("M2026-²", [])):
        assert [one.id for one in find_matters(lived.site, LEAD, text)[0]] == found, text
        assert find_matters(lived.site, OTHER, text) == ([], False)
    give_case_number(lived.site, LEAD, first, "吉市监罚〔2026〕7号")
    assert find_matters(lived.site, LEAD, CASE) == ([], False)
    assert [one.id for one in find_matters(lived.site, HEAD, own=True)[0]] == []
    assert find_matters(lived.site, LEAD, limit=1)[1]


def test_an_erased_matter_keeps_its_title_or_can_no_more_be_worked_on(lived: Lived) -> None:
    matter = opened(lived, "inspection", "张三门店检查", untrusted_case_no=CASE)
    (made,) = assign(lived.site, LEAD, [deposit(lived, 1)], matter)
    Shelf(lived).erase(matter)
    assert row(lived, matter)[2:4] == (None, None)
    assert find_matters(lived.site, LEAD, "张三") == ([], False)
    assert code_of(partial(retitle, lived.site, LEAD, matter, "改名")) == "particulars.scope_erased"
    end_act(lived.site, LEAD, matter, "inspection_ended", TODAY)
    withdraw_end(lived.site, LEAD, matter, "误报")
    withdraw(lived.site, LEAD, matter, made, "误归")
    assert row(lived, matter)[4] == "going_on"


def test_who_leaves_keeps_a_matter_or_hands_it_to_one_it_denies(lived: Lived) -> None:
    registrar = Actor(HEAD.id, roles=frozenset({"head", "registrar"}))
    lived.append([(CustodyEvent.plain(OTHER.id, OTHER.id, PersonNumbered()), {"officer_no": GULI["wearer_no"]})])
    matter, done = opened(lived), opened(lived, title="已办结")
    end_act(lived.site, LEAD, done, "inspection_ended", TODAY)
    suspend(lived.site, registrar, LEAD.id, "leaves")
    assert [(one.what, one.thing, one.text) for one in run_of(lived.site, registrar, LEAD.id).open] == [
        ("matter", matter, "M2026-1")]
    barred = add_member(lived.site, HEAD, matter, "other", "recused")
    hand = partial(hand_over, lived.site, registrar, LEAD.id, "matter", matter, GULI["wearer_no"])
    assert code_of(hand) == "leaving.successor"
    remove_member(lived.site, HEAD, matter, barred)
    assert hand() == 1
    assert [(m.person, m.relation) for m in find_matter(lived.site, OTHER, matter).members] == [(OTHER.id, "lead")]
    assert not knows(lived, LEAD, matter)
    assert close(lived.site, registrar, LEAD.id) == "left"


def test_an_unknown_matter_differs_from_a_hidden_one(lived: Lived) -> None:
    hidden = opened(lived)
    told = []
    for matter in (hidden, ident("mat", 404)):
        with pytest.raises(NotFound) as refusal:
            find_matter(lived.site, OTHER, matter)
        told.append(str(refusal.value))
    assert told[0] == told[1]
    assert code_of(partial(find_matter, lived.site, OTHER, "mat_x")) == "id.malformed"
