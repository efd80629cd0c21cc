"""Units: who may stand beneath whom, whose number is whose, where people belong; in any order, and after a rebuild."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rebuild.lived_site import Lived, over
from recorders.shelf import Shelf
from specimen_events import AT, PERSON, beginning, ident

from archive.actors import SYSTEM, Actor
from archive.erasure import erase
from archive.errors import ArchiveError, Conflict, NotFound, Refused
from archive.units import (
    PersonPlace,
    change_unit,
    close_unit,
    heads_of,
    place_of,
    register_unit,
    set_unit,
    units,
    with_units_beneath,
)

WHO = Actor(PERSON)


@pytest.fixture
def lived(tmp_path: Path) -> Iterator[Lived]:
    with over(tmp_path) as made:
        made.append(beginning())
        made.clock.at = AT
        yield made
        assert Shelf(made).differences() == []


def test_a_number_is_given_to_two_open_units(lived: Lived) -> None:
    first = register_unit(lived.site, SYSTEM, " 652327 ", "吉木萨尔县市场监督管理局")
    with pytest.raises(Conflict, match="number") as taken:
        register_unit(lived.site, SYSTEM, "652327", "某局")
    assert taken.value.code == "unit.number_taken"
    second = register_unit(lived.site, SYSTEM, "652328", "某局")
    with pytest.raises(Conflict):
        change_unit(lived.site, SYSTEM, second, "652327", "某局")
    close_unit(lived.site, SYSTEM, first)
    change_unit(lived.site, SYSTEM, second, "652327", "某局")
    assert {(one.id, one.number, one.name, one.closed_at is None) for one in units(lived.site, WHO)} == {
        (first, "652327", "吉木萨尔县市场监督管理局", False), (second, "652327", "某局", True)}


def test_a_unit_stands_beneath_itself(lived: Lived) -> None:
    top = register_unit(lived.site, SYSTEM, "1", "局")
    middle = register_unit(lived.site, SYSTEM, "2", "大队", top)
    low = register_unit(lived.site, SYSTEM, "3", "中队", middle)
    for above in (top, middle, low):
        with pytest.raises(Refused) as refusal:
            change_unit(lived.site, SYSTEM, top, "1", "局", above)
        assert refusal.value.code == "unit.circle"
    with pytest.raises(NotFound):
        register_unit(lived.site, SYSTEM, "4", "所", ident("unt", 9))
    parents = {one.id: one.parent for one in units(lived.site, WHO)}
    assert with_units_beneath(parents, middle) == {middle, low}


def test_a_unit_with_people_or_units_in_it_is_closed(lived: Lived) -> None:
    top = register_unit(lived.site, SYSTEM, "1", "局")
    low = register_unit(lived.site, SYSTEM, "2", "所", top)
    set_unit(lived.site, SYSTEM, PERSON, low, (top,))
    assert place_of(lived.site, WHO) == PersonPlace(low, (top,))
    assert (heads_of(lived.site, top), heads_of(lived.site, low)) == ((PERSON,), ())
    for unit in (low, top):
        with pytest.raises(Conflict) as refusal:
            close_unit(lived.site, SYSTEM, unit)
        assert refusal.value.code == "unit.not_empty"
    set_unit(lived.site, SYSTEM, PERSON, None)
    with pytest.raises(Conflict):
        close_unit(lived.site, SYSTEM, top)
    close_unit(lived.site, SYSTEM, low)
    close_unit(lived.site, SYSTEM, top)
    assert place_of(lived.site, WHO) == PersonPlace()
    with pytest.raises(Conflict) as closed:
        set_unit(lived.site, SYSTEM, PERSON, low)
    assert closed.value.code == "unit.closed"
    with pytest.raises(NotFound):
        set_unit(lived.site, SYSTEM, ident("usr", 99), None)


def test_an_erased_unit_keeps_its_name(lived: Lived) -> None:
    unit = register_unit(lived.site, SYSTEM, "1", "举报人张某的单位")
    change_unit(lived.site, SYSTEM, unit, "2", "举报人张某的单位")
    erase(lived.site, unit, "吉市监函〔2026〕7号", SYSTEM, key_lock=timedelta(0))
    assert [(one.number, one.name) for one in units(lived.site, WHO)] == [(None, None)]
    close_unit(lived.site, SYSTEM, unit)


ACTS = st.lists(st.tuples(st.sampled_from(("add", "move", "close", "join")), st.integers(0, 4), st.integers(0, 4)),
                max_size=12)


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lived]:
    with over(tmp_path_factory.mktemp("units")) as made:
        made.append(beginning())
        made.clock.at = AT
        yield made
        assert Shelf(made).differences() == []


@given(acts=ACTS)
@settings(max_examples=40, deadline=None)
def test_an_order_of_acts_makes_a_circle_or_an_open_unit_under_a_closed_one(
        many: Lived, acts: Sequence[tuple[str, int, int]]) -> None:
    made: list[str] = []
    for act, which, other in acts:
        try:
            one = made[which % len(made)] if made else None
            above = made[other % len(made)] if made and other else None
            if act == "add":
                made.append(register_unit(many.site, SYSTEM, f"n{len(units(many.site, WHO))}", "所", above))
            elif one is not None and act == "move":
                number = next(row.number for row in units(many.site, WHO) if row.id == one)
                change_unit(many.site, SYSTEM, one, str(number), "所", above)
            elif one is not None and act == "close":
                close_unit(many.site, SYSTEM, one)
            elif one is not None:
                set_unit(many.site, SYSTEM, PERSON, one)
        except ArchiveError:
            pass
        rows = {row.id: row for row in units(many.site, WHO)}
        for row in rows.values():
            seen, at = set[str](), row
            while at.parent is not None:
                assert at.id not in seen
                seen.add(at.id)
                at = rows[at.parent]
                assert row.closed_at is not None or at.closed_at is None
        place = place_of(many.site, WHO)
        assert place.unit is None or rows[place.unit].closed_at is None
