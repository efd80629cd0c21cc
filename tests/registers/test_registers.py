"""Registers: whose word is in force, what a file may change, what is refused whole, and what is never kept."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from rebuild.lived_site import Lived, over
from recorders.shelf import Shelf
from registers.lines import CODE, FEED, ID_NUMBER, held, put, read, verdicts
from specimen_events import AT, STATION, beginning
from sqlalchemy import func, select

from archive.actors import SYSTEM, Actor
from archive.custody import CUSTODY, size
from archive.erasure import erase
from archive.errors import ArchiveError, Conflict, Refused
from archive.people import add_person, signed_in
from archive.recorder_ledger import register as register_recorder
from archive.recorder_ledger import resolve
from archive.register_kinds import REGISTERS
from archive.registers import apply, certificate_valid, listed, preview
from archive.units import place_of, register_unit

ZHANG = {"number": "650101", "name": "张建国"}


@pytest.fixture
def lived(tmp_path: Path) -> Iterator[Lived]:
    with over(tmp_path) as made:
        made.append(beginning())
        made.clock.at = AT
        yield made
        assert Shelf(made).differences() == []


def test_a_hands_word_is_in_force_over_a_feeds(lived: Lived) -> None:
    assert verdicts(put(lived, "person", ZHANG)) == ["added"]
    put(lived, "person", {"number": "650101", "name": "张建帼"}, account=STATION)
    later = put(lived, "person", {"number": "650101", "name": "张三"})
    (change,) = later.lines[0].changes
    assert (change.field, change.before, change.after, change.counts) == ("name", "张建帼", "张三", False)
    (person,) = listed(lived.site, SYSTEM, REGISTERS["person"])
    (_, name, *_) = person.words
    assert (name.value, name.source, name.account, name.kept) == ("张建帼", "feed", STATION, "张三")
    assert name.at == AT


def test_a_field_the_feed_leaves_empty_hides_the_hands_word(lived: Lived) -> None:
    register_unit(lived.site, SYSTEM, "6523", "城东所")
    put(lived, "person", ZHANG | {"unit": "6523"})
    put(lived, "person", ZHANG, account=STATION)
    assert held(lived, "person") == [ZHANG | {"unit": "6523", "heads": ""}]
    put(lived, "person", ZHANG)
    assert held(lived, "person")[0]["unit"] == ""


def test_the_same_word_twice_is_a_second_event(lived: Lived) -> None:
    for account in (None, STATION):
        put(lived, "person", ZHANG | {"external_id": "HR-7"}, account=account)
        before = lived.db.read(size)
        assert verdicts(put(lived, "person", ZHANG | {"external_id": "HR-7"}, account=account)) == ["unchanged"]
        assert lived.db.read(size) == before


def test_a_feeds_own_id_is_forgotten_when_the_number_changes(lived: Lived) -> None:
    put(lived, "person", ZHANG | {"external_id": "HR-7"}, account=STATION)
    put(lived, "person", {"number": "650199", "name": "张建国", "external_id": "HR-7"}, account=STATION)
    assert [one["number"] for one in held(lived, "person")] == ["650199"]


def test_a_file_with_a_refused_line_is_applied_in_part(lived: Lived) -> None:
    lines = read(lived, "unit", [{"number": "1", "name": "局"}, {"number": "2"}, {"number": "3", "name": "所",
                                                                              "parent": "9"}])
    shown = preview(lived.site, SYSTEM, REGISTERS["unit"], lines)
    assert [(line.verdict, [(f.field, f.code) for f in line.faults]) for line in shown.lines] == [
        ("added", []), ("refused", [("name", "register.required")]), ("refused", [("parent", "register.reference")])]
    before = lived.db.read(size)
    with pytest.raises(Refused) as refusal:
        apply(lived.site, SYSTEM, REGISTERS["unit"], lines, shown.digest)
    assert refusal.value.code == "register.lines"
    assert (lived.db.read(size), held(lived, "unit")) == (before, [])


def test_what_was_not_previewed_is_applied(lived: Lived) -> None:
    register = REGISTERS["unit"]
    lines = read(lived, "unit", [{"number": "1", "name": "局"}])
    shown = preview(lived.site, SYSTEM, register, lines)
    with pytest.raises(Conflict):
        apply(lived.site, SYSTEM, register, read(lived, "unit", [{"number": "1", "name": "厅"}]), shown.digest)
    put(lived, "unit", {"number": "1", "name": "老局"})
    with pytest.raises(Conflict) as stale:
        apply(lived.site, SYSTEM, register, lines, shown.digest)
    assert stale.value.code == "register.stale"
    assert held(lived, "unit") == [{"number": "1", "name": "老局", "parent": ""}]


def test_two_who_apply_the_same_preview_at_once_both_succeed(lived: Lived) -> None:
    register, lines = REGISTERS["unit"], read(lived, "unit", [{"number": "1", "name": "局"}])
    digest = preview(lived.site, SYSTEM, register, lines).digest
    done = Shelf(lived).at_once([lambda: apply(lived.site, SYSTEM, register, lines, digest)] * 4)
    assert sorted(isinstance(one, ArchiveError) for one in done) == [False, True, True, True]
    assert len(held(lived, "unit")) == 1


@pytest.mark.parametrize(("rows", "code"), [
    ([{"number": "1", "name": "局", "parent": "1"}], "unit.circle"),
    ([{"number": "1", "name": "局", "parent": "2"}, {"number": "2", "name": "所", "parent": "1"}], "unit.circle"),
    ([{"number": "1", "name": "局"}, {"number": "1", "name": "所"}], "register.repeated"),
    ([{"number": "1", "name": "局\n"}, {"number": "2", "name": "a\u0000b"}], "register.text"),
])
def test_units_that_cannot_stand_are_taken(lived: Lived, rows: list[dict[str, str]], code: str) -> None:
    shown = preview(lived.site, SYSTEM, REGISTERS["unit"], read(lived, "unit", rows))
    assert {fault.code for line in shown.lines for fault in line.faults} == {code}


def test_a_line_cannot_name_a_unit_that_a_later_line_adds(lived: Lived) -> None:
    put(lived, "unit", {"number": "2", "name": "所", "parent": "1"}, {"number": "1", "name": "局"})
    assert held(lived, "unit") == [{"number": "1", "name": "局", "parent": ""},
                                   {"number": "2", "name": "所", "parent": "1"}]
    put(lived, "person", ZHANG | {"unit": "2", "heads": "2；1"})
    (person,) = listed(lived.site, SYSTEM, REGISTERS["person"])
    assert len(place_of(lived.site, Actor(person.thing)).heads) == 2


def test_a_certificate_holds_a_day_too_long_or_too_short(lived: Lived) -> None:
    put(lived, "person", ZHANG)
    put(lived, "certificate", {
        "number": "新B01", "holder": "650101", "valid_from": "2026/1/1", "valid_to": "2026年12月31日"})
    (person,) = listed(lived.site, SYSTEM, REGISTERS["person"])
    first, after = datetime(2025, 12, 31, 16, tzinfo=UTC), datetime(2026, 12, 31, 16, tzinfo=UTC)
    instant = timedelta(microseconds=1)
    times = (first - instant, first, after - instant, after)
    assert [certificate_valid(lived.site, person.thing, at) for at in times] == [False, True, True, False]
    assert not certificate_valid(lived.site, "usr_other", first)
    assert held(lived, "certificate") == [
        {"number": "新B01", "holder": "650101", "valid_from": "2026-01-01", "valid_to": "2026-12-31"}]


def test_a_recorder_has_a_second_way_into_the_ledger(lived: Lived) -> None:
    known = register_recorder(lived.site, SYSTEM, "海康", "SN-9", "执法记录仪", "LH-9")
    row = {"vendor": "海康", "serial": "SN-9", "kind": "执法记录仪", "code": "LH-9"}
    assert verdicts(put(lived, "recorder", row, row | {"serial": "SN-10", "code": "LH-10"})) == ["unchanged", "added"]
    assert (resolve(lived.site, "LH-9"), resolve(lived.site, "LH-10") != known) == (known, True)
    shown = preview(lived.site, SYSTEM, REGISTERS["recorder"], read(lived, "recorder", [row | {"code": "LH-11"}]))
    assert shown.lines[0].faults[0].code == "register.fixed"


def test_a_recorder_of_a_deposit_gets_another_id(lived: Lived) -> None:
    seen = Shelf(lived).deposit("海康", "SN-3")
    put(lived, "recorder", {"vendor": "海康", "serial": "SN-3", "kind": "x", "code": "LH-3"})
    assert resolve(lived.site, "LH-3") == seen


def test_an_id_number_is_kept_in_clear(lived: Lived, tmp_path: Path) -> None:
    put(lived, "party", {"name": "王某", "id_number": ID_NUMBER}, {"name": "某公司", "credit_code": CODE})
    assert verdicts(put(lived, "party", {"name": "王某", "id_number": ID_NUMBER.lower()})) == ["unchanged"]
    (person,) = (one for one in held(lived, "party") if one["id_number"])
    assert verdicts(put(lived, "party", person)) == ["unchanged"]
    lived.settle()
    kept = b"".join(path.read_bytes() for path in lived.folder.rglob("*") if path.is_file())
    assert person["id_number"].encode() in kept  # it is the HMAC that is found
    for way in (ID_NUMBER, ID_NUMBER[:17]):
        assert way.encode() not in kept


def test_an_erased_party_key_still_makes_the_same_code(lived: Lived) -> None:
    put(lived, "party", {"name": "王某", "id_number": ID_NUMBER})
    scope = lived.db.read(lambda c: c.execute(select(CUSTODY.c.subject).where(
        CUSTODY.c.kind == "party.key_made/1")).scalar_one())
    erase(lived.site, scope, "吉市监函〔2026〕7号", SYSTEM, key_lock=timedelta(0))
    assert verdicts(put(lived, "party", {"name": "王某", "id_number": ID_NUMBER})) == ["added"]
    assert lived.db.read(lambda c: c.execute(select(func.count()).where(
        CUSTODY.c.kind == "party.key_made/1")).scalar_one()) == 2


@pytest.mark.parametrize("number", ["110105194912310021", "1101051949123100", "abc", "１１０１０５19491231002X"])
def test_an_id_number_with_a_fault_is_taken_or_told(lived: Lived, number: str) -> None:
    (line,) = read(lived, "party", [{"name": "王某", "id_number": number}])
    assert [fault.code for fault in line.faults] == ["register.id_number"]
    assert number not in line.faults[0].message


@pytest.mark.parametrize("place", range(18))
def test_a_credit_code_with_one_character_wrong_is_taken(lived: Lived, place: int) -> None:
    wrong = CODE[:place] + ("1" if CODE[place] != "1" else "2") + CODE[place + 1:]
    assert [line.faults for line in read(lived, "party", [{"name": "某", "credit_code": CODE.lower()}])] == [()]
    (line,) = read(lived, "party", [{"name": "某", "credit_code": wrong}])
    assert [fault.code for fault in line.faults] == ["register.credit_code"]


def test_an_account_without_a_number_is_doubled_or_taken_over(lived: Lived) -> None:
    add_person(lived.site, "650101", "张建国", ("investigator",), "hash")
    shown = preview(lived.site, SYSTEM, REGISTERS["person"], read(lived, "person", [ZHANG]))
    assert [fault.code for fault in shown.lines[0].faults] == ["person.login_taken"]


def test_a_feed_gives_itself_a_role_or_a_way_in(lived: Lived) -> None:
    put(lived, "person", ZHANG | {"roles": "head"}, account=STATION)
    roles = lived.db.read(lambda c: c.exec_driver_sql("SELECT roles FROM person WHERE login = '650101'").scalar_one())
    assert roles == "investigator"
    assert signed_in(lived.site, "", lived.clock.at) is None
    assert lived.db.read(lambda c: c.exec_driver_sql("SELECT count(*) FROM credential").scalar_one()) == 0


def test_an_erased_person_is_still_named_in_the_register(lived: Lived) -> None:
    put(lived, "person", ZHANG)
    put(lived, "person", ZHANG | {"name": "张三"})
    (person,) = listed(lived.site, SYSTEM, REGISTERS["person"])
    erase(lived.site, person.thing, "吉市监函〔2026〕7号", SYSTEM, key_lock=timedelta(0))
    assert held(lived, "person") == []
    assert lived.db.read(lambda c: c.exec_driver_sql(
        "SELECT count(*) FROM register_field WHERE value IS NOT NULL").scalar_one()) == 0


def test_somebody_else_changes_a_register(lived: Lived) -> None:
    lines = read(lived, "unit", [{"number": "1", "name": "局"}])
    with pytest.raises(Refused) as refusal:
        preview(lived.site, Actor(FEED.id), REGISTERS["unit"], lines)
    assert refusal.value.code == "register.not_registrar"
    assert preview(lived.site, Actor("usr_x", frozenset({"registrar"})), REGISTERS["unit"], lines).count("added") == 1
