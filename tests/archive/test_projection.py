"""The tables are the log's index: the same however leaves are grouped, without particulars too, and when rebuilt."""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import ledger
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ledger import SetClock
from specimen_events import AT, LOCK, PERSON, RECORDER, SPECIMENS, Leaf, beginning, digest, ident, ledger_acts, story
from sqlalchemy import Connection, create_engine, select
from sqlalchemy.exc import IntegrityError
from sqlmodel import SQLModel

from archive import entries, projection, tables
from archive.custody import CUSTODY
from archive.entries import CustodyEvent
from archive.errors import Contradiction
from archive.events import PersonAdded
from archive.log_events import ParticularsErased
from archive.projection import Applied
from archive.tables import Row, table

PROJECTIONS = [table(row) for row in Row.__subclasses__() if row.CLASS == "projection"]
OUTCOMES = ("open", "aborted", "expired", "quarantined", "repeated", "accessioned", "watched", "entered")


@contextlib.contextmanager
def projected() -> Iterator[Connection]:
    """Empty tables in memory: what ``apply`` does is a matter of its statements alone."""
    engine = create_engine("sqlite://")
    with engine.connect() as connection:
        SQLModel.metadata.create_all(connection, PROJECTIONS)
        yield connection
    engine.dispose()


def apply(connection: Connection, leaves: Sequence[Applied]) -> None:
    projection.apply(lambda statement, rows: connection.execute(statement, list(rows)), leaves)


def contents(connection: Connection) -> dict[str, list[Any]]:
    return {t.name: sorted(map(tuple, connection.execute(select(t))), key=repr) for t in PROJECTIONS}


def table_named(name: str) -> Any:
    return next(t for t in PROJECTIONS if t.name == name)


def applied(told: Sequence[Leaf]) -> list[Applied]:
    return [Applied(i, AT + timedelta(seconds=i), event, values) for i, (event, values) in enumerate(told)]


def test_a_table_stands_in_no_class() -> None:
    assert {row.CLASS for row in Row.__subclasses__()} <= {"log", "projection", "operational", "secret"}
    assert {t.name for t in PROJECTIONS} >= {"upload", "recording", "label", "playback", "object_place"}


def test_some_projection_table_is_never_written_by_these_stories() -> None:
    with projected() as connection:
        told = [*beginning(), *story(1, "accessioned"), *story(2, "watched", 1), *story(3, "entered"), erasure((3,))]
        apply(connection, applied(told))
        assert [name for name, rows in contents(connection).items() if not rows] == []


@st.composite
def histories(draw: st.DrawFn) -> list[Applied]:
    """Several uploads at once, each in its own order, some leaves' particulars erased."""
    outcomes = draw(st.lists(st.sampled_from(OUTCOMES), min_size=1, max_size=6))
    threads = [story(n, outcome, first=0) for n, outcome in enumerate(outcomes)]
    order = draw(st.permutations([n for n, thread in enumerate(threads) for _ in thread]))
    mixed = [(thread := threads[n]).pop(0) for n in order if threads[n]]
    assert thread == []
    erased = draw(st.sets(st.integers(0, len(mixed) + 2)))
    told = [(event, {} if i in erased else values) for i, (event, values) in enumerate([*beginning(), *mixed])]
    for at in sorted(draw(st.lists(st.integers(0, len(told)), max_size=3)), reverse=True):
        told.insert(at, erasure(tuple(draw(st.lists(st.integers(0, len(told) + 9), min_size=1, max_size=4)))))
    return applied(told)


def erasure(leaves: tuple[int, ...]) -> Leaf:
    return CustodyEvent.plain(PERSON, ident("rec", 1), ParticularsErased(leaves, "吉市监函〔2026〕7号", LOCK)), {}


@settings(max_examples=40)
@given(histories(), st.data())
def test_tables_depend_on_how_leaves_are_grouped(leaves: list[Applied], data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.sets(st.integers(1, len(leaves) - 1), max_size=len(leaves) - 1)))
    with projected() as one_by_one, projected() as all_at_once, projected() as in_groups:
        for leaf in leaves:
            apply(one_by_one, [leaf])
        apply(all_at_once, leaves)
        for start, end in zip([0, *cuts], [*cuts, len(leaves)], strict=True):
            apply(in_groups, leaves[start:end])
        assert contents(one_by_one) == contents(all_at_once) == contents(in_groups)


@pytest.mark.parametrize("event", SPECIMENS, ids=lambda event: event.body.KIND)
def test_a_leaf_whose_particulars_are_gone_cannot_be_applied(event: entries.CustodyEvent) -> None:
    with projected() as connection:
        apply(connection, [Applied(0, AT, event, {})])


def test_a_leaf_whose_particulars_are_in_part_disclosed_cannot_be_applied() -> None:
    for event, values in story(1, "accessioned"):
        for name in values:
            with projected() as connection:
                apply(connection, [Applied(0, AT, event, {name: values[name]})])


def test_erased_particulars_stay_in_the_tables_of_a_rebuild() -> None:
    with projected() as connection:
        apply(connection, applied([(event, {}) for event, _ in story(1, "accessioned")]))
        assert "某公司" not in repr(contents(connection))


@settings(max_examples=40)
@given(histories())
def test_an_erasure_lived_through_leaves_other_rows_than_one_replayed(leaves: list[Applied]) -> None:
    named = {i for leaf in leaves if isinstance(leaf.event.body, ParticularsErased)
             for i in leaf.event.body.leaves if i < leaf.index}
    replayed = [replace(leaf, particulars={}) if leaf.index in named else leaf for leaf in leaves]
    with projected() as lived, projected() as rebuilt:
        for leaf in leaves:
            apply(lived, [leaf])
        apply(rebuilt, replayed)
        assert contents(lived) == contents(rebuilt)


@pytest.mark.parametrize("erased", [(0,), (1,), (0, 1), (1, 0)])
@pytest.mark.parametrize("cut", [0, 1, 2, 3])
def test_a_recorder_registered_after_its_first_deposit_keeps_a_name_that_was_erased(
        erased: tuple[int, ...], cut: int) -> None:
    deposit, register = story(1, "open")[0], ledger_acts(1)[0]
    told = [deposit, (CustodyEvent(PERSON, RECORDER, register[1], commitment=digest(7)), register[2]),
            *(erasure((leaf,)) for leaf in erased)]
    leaves, table_of = applied(told), table_named("recorder")
    with projected() as lived, projected() as rebuilt:
        for group in (leaves[:cut], leaves[cut:]):
            apply(lived, group)
        apply(rebuilt, [replace(leaf, particulars={}) if leaf.index in erased else leaf for leaf in leaves])
        assert contents(lived) == contents(rebuilt)
        row: Any = lived.execute(select(table_of)).one()
        assert (row.serial, row.leaf) == (None if 1 in erased else "SN-L1", 1)


def test_an_erasure_reaches_other_leaves_or_forgets_a_column() -> None:
    told = [*beginning(), *story(1, "accessioned"), *story(2, "accessioned")]
    with projected() as connection:
        apply(connection, applied(told))
        before = contents(connection)
        apply(connection, [replace(applied([erasure(tuple(range(3, 8)))])[0], index=len(told))])
        after = contents(connection)
        assert before["label"][1] == after["label"][1]
        assert not any(text in repr(after["label"][0]) for text in story(1, "accessioned")[-1][1].values())
        assert after["station"] == before["station"]
        apply(connection, [replace(applied([erasure((0, 1, 2))])[0], index=len(told) + 1)])
        kept = repr([rows for name, rows in contents(connection).items() if name != "erased_particulars"])
        others = {value for _, values in story(2, "accessioned") for value in values.values()}
        named = {value for _, values in [*beginning(), *story(1, "accessioned")] for value in values.values()} - others
        assert [value for value in named if f"'{value}'" in kept] == []
        assert len(named) >= 5


def test_a_login_that_an_erasure_made_free_cannot_be_given_again_in_the_same_group() -> None:
    again = (CustodyEvent.plain("system", ident("usr", 2), PersonAdded(("auditor",))), {"login": "zhang"})
    told = [*beginning(), erasure((2,)), again]
    with projected() as in_one, projected() as in_two:
        apply(in_one, applied(told))
        apply(in_two, applied(told)[:3])
        apply(in_two, applied(told)[3:])
        assert contents(in_one) == contents(in_two)


def test_a_column_of_personal_data_is_forgotten_by_the_rule() -> None:
    told = [*beginning(), *story(1, "watched", 2), *story(3, "entered")]
    secret = [replace(leaf, particulars={name: f"§{name}" for name in leaf.particulars}) for leaf in applied(told)]
    with projected() as connection:
        apply(connection, secret)
        found = {(name, column) for name, rows in contents(connection).items() for row in rows
                 for column, value in zip(table_named(name).c.keys(), row, strict=True) if "§" in repr(value)}
        assert found <= {(row.__tablename__, name) for row, names in projection.PERSONAL.items() for name in names}
        assert len(found) >= 8


def test_a_row_made_twice_passes_in_one_group() -> None:
    told = story(1, "watched", 2)
    with projected() as connection, pytest.raises(Contradiction, match="a second event"):
        apply(connection, applied([*told, told[4]]))


def test_a_row_made_twice_passes_in_two_groups() -> None:
    told = applied(story(1, "watched", 2))
    with projected() as connection:
        apply(connection, told)
        with pytest.raises(IntegrityError):
            apply(connection, [told[4]])


def test_a_rebuilt_database_differs_from_the_one_that_was_lived_in(tmp_path: Path) -> None:
    path, clock = ledger.migrated(tmp_path / "lived"), SetClock()
    told = [*beginning()]
    for n, outcome in enumerate(OUTCOMES * 3):
        told += story(n, outcome, first=5)
    particulars: dict[int, Any] = {}
    with ledger.opened(path) as lived, ledger.opened(ledger.migrated(tmp_path / "rebuilt")) as rebuilt:
        for event, values in told:
            clock.at += timedelta(milliseconds=7)
            particulars[ledger.write(lived, clock, event, values)] = values
        rows = lived.read(lambda c: c.execute(select(CUSTODY).order_by(CUSTODY.c.idx)).all())
        leaves = [Applied(row.idx, *entries.decode(row.entry), particulars[row.idx]) for row in rows]
        for start in range(0, len(leaves), 17):
            rebuilt.write(lambda tx, start=start: projection.apply(tx.execute, leaves[start:start + 17]))
        assert lived.read(contents) == rebuilt.read(contents)
        assert len(lived.read(contents)["upload"]) == len(OUTCOMES) * 3


def test_apply_asks_the_clock_or_chance() -> None:
    leaves = applied([*beginning(), *story(1, "watched", 2)])
    with projected() as once, projected() as again:
        apply(once, leaves)
        apply(again, leaves)
        assert contents(once) == contents(again)
    source = Path(projection.__file__).read_text()
    assert not any(name in source for name in ("import random", "import time", "new_id", "random_bytes", "Clock"))


def test_a_later_state_of_an_upload_is_overwritten_by_an_earlier_one() -> None:
    for outcome, state in (("open", "open"), ("aborted", "aborted"), ("expired", "expired"),
                           ("quarantined", "quarantined"), ("repeated", "repeated"), ("accessioned", "accessioned")):
        with projected() as connection:
            apply(connection, applied(story(1, outcome, 0)))
            row: Any = connection.execute(select(table(tables.Upload))).one()
            assert row.state == state
            assert (row.outcome_leaf is None) == (state == "open")
            assert (row.object_key is None) == (state in ("open", "aborted", "expired"))
