"""The index holds what the entries say and nothing else; a migration fills it as the rules do; the erased is gone."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import ledger
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from log_site import LOCK
from rebuild.lived_site import ORDER, Lived, live, over
from specimen_events import STATION, ident, story
from sqlalchemy import Connection, create_engine, text

from archive import search_fill, search_index
from archive.actors import SYSTEM
from archive.case_numbers import case_key
from archive.db import Database, Tx
from archive.entries import CustodyEvent
from archive.erasure import erase
from archive.events import RecordingLabelled
from archive.migrations import migrate
from archive.row_changes import Changes
from archive.search_query import asked, expression_of, fts5
from archive.search_rows import say
from archive.search_triggers import FILL, TRIGGERS


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    with ledger.opened(ledger.migrated(tmp_path)) as opened:
        yield opened


def says(db: Database, ref: str, source: str, value: str | None, leaf: int | None = 1) -> None:
    changes = Changes()
    say(changes, ref, source, [("name", value)], leaf=leaf)
    db.write(lambda tx: changes.write(lambda statement, rows: tx.execute(statement, rows)))


def finds(path: Path, query: str) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute(
            "SELECT ref FROM search_index JOIN search_number ON number = search_index.rowid WHERE search_index MATCH ? "
            "ORDER BY ref", (fts5(expression_of(asked(query))),))
        return [ref for (ref,) in rows]


def tokens(connection: sqlite3.Connection) -> list[Any]:
    """Every place of every token, as the index itself tells."""
    connection.execute("CREATE VIRTUAL TABLE IF NOT EXISTS temp.told USING fts5vocab(main, search_index, instance)")
    return sorted(connection.execute("SELECT * FROM temp.told").fetchall())


SAID = st.tuples(st.sampled_from(["rec_1", "rec_2", "rcd_1"]), st.sampled_from(["label", "recording", "z"]),
                 st.sampled_from(["张建国", "李四", "某某 abcd", None, ""]), st.sampled_from([1, 2, None]))


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(SAID, max_size=12), st.booleans())
def test_the_index_holds_what_no_entry_says(db: Database, told: list[Any], cleared: bool) -> None:
    """Whatever sources say in whatever order, and whatever is cleared: as if it were filled anew."""
    for ref, source, value, leaf in told:
        says(db, ref, source, value, leaf)
    if cleared:
        changes = Changes()
        changes.clear(1)
        db.write(lambda tx: changes.write(lambda statement, rows: tx.execute(statement, rows)))
    with closing(sqlite3.connect(db.path)) as connection:
        lived = tokens(connection)
        for statement in FILL:
            connection.execute(statement)
        assert tokens(connection) == lived
        connection.rollback()


def test_what_a_source_said_before_is_still_found(db: Database) -> None:
    says(db, "rec_1", "label", "张建国")
    says(db, "rec_1", "recording", "李四", None)
    says(db, "rec_2", "label", "张建国")
    assert finds(db.path, "张建国 李四") == ["rec_1"]
    says(db, "rec_1", "label", "王五")
    assert (finds(db.path, "张建国"), finds(db.path, "王五 李四")) == (["rec_2"], ["rec_1"])
    says(db, "rec_2", "label", None)
    assert finds(db.path, "张建国") == []


def test_the_database_is_served_without_what_keeps_the_index(db: Database) -> None:
    with closing(sqlite3.connect(db.path)) as connection:
        found = dict(connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall())
    assert {name: found.get(name) for name in TRIGGERS} == TRIGGERS


@pytest.fixture
def lived(tmp_path: Path) -> Iterator[Lived]:
    with over(tmp_path / "lived") as made:
        live(made)
        yield made


def rows(connection: Connection) -> list[Any]:
    return sorted(map(tuple, connection.execute(text("SELECT * FROM search_entry")).all()))


def test_a_migration_fills_the_search_otherwise_than_the_rules_did(lived: Lived) -> None:
    told = story(700, "accessioned")
    body = RecordingLabelled(ident("lbl", 990), "person")
    lived.append([*told, (CustodyEvent(STATION, ident("rec", 700), body, commitment=told[-1][0].commitment),
                          {"party": "后来的当事人"})])
    before = lived.db.read(rows)
    assert len(before) > 20
    assert any(row[3] is None for row in before), "something was erased"
    with closing(sqlite3.connect(lived.path)) as connection:
        indexed = tokens(connection)
    engine = create_engine(f"sqlite:///{lived.path}")
    with engine.begin() as connection:
        for name in TRIGGERS:
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
        connection.exec_driver_sql("UPDATE label SET case_key = 'old', case_tail = 'old' WHERE case_no IS NOT NULL")
        search_fill.BATCH, kept = 3, search_fill.BATCH
        search_fill.key_labels(connection)
        search_fill.fill_search(connection)
        search_fill.BATCH = kept
        assert rows(connection) == before
        keyed: list[Any] = list(connection.exec_driver_sql("SELECT case_no, case_key FROM label").all())
    engine.dispose()
    assert {key for case_no, key in keyed if case_no is None} == {None}
    assert [key for case_no, key in keyed if case_no] == [case_key(case_no) for case_no, _ in keyed if case_no]
    with closing(sqlite3.connect(lived.path)) as raw:
        assert tokens(raw) == indexed


def test_a_label_of_an_older_release_keeps_its_key(tmp_path: Path) -> None:
    path = tmp_path / "liuhen.db"
    migrate(path, "0014")
    with closing(sqlite3.connect(path)) as connection:
        for number, case_no in enumerate(("吉市監罰〔2023〕第6號", None, "AQ-7")):
            connection.execute(
                "INSERT INTO label (id, recording, source, case_no, case_key, labelled_at, leaf) "
                "VALUES (?, ?, 'person', ?, ?, '2026-11-20T00:00:00.000000Z', ?)",
                (f"lbl_{number}", f"rec_{number}", case_no, case_no, number))
        connection.commit()
    migrate(path)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT case_key, case_tail FROM label ORDER BY id").fetchall() == [
            ("吉市监罚[2023]6号", "[2023]6号/罚"), (None, None), ("AQ-7", None)]
    assert finds(path, "吉市监罚2023年6号") == ["rec_0"]


RARE = "龘靐齉"


def set_index(setting: str, value: int, tx: Tx) -> None:
    tx.execute(text(f"INSERT INTO search_index(search_index, rank) VALUES ('{setting}', {value})"))


def test_an_erased_name_is_still_read_in_the_file(lived: Lived) -> None:
    """Also one that a later label had taken out of the index, whose pieces nobody had merged yet."""
    for setting, value in (("automerge", 0), ("crisismerge", 1_000)):  # by itself it merges at moments of its own
        lived.db.write(partial(set_index, setting, value))
    told = story(700, "accessioned")
    label = told[-1][0]
    for number, name in ((990, RARE), (991, "张建国")):
        body = RecordingLabelled(ident("lbl", number), "person")
        event = CustodyEvent(label.actor, label.subject, body, commitment=label.commitment)
        lived.append([*(told[:-1] if number == 990 else []), (event, {"party": name})])
        for filler in range(5):
            lived.append(story(10 * number + filler, "accessioned"))
    lived.settle()
    assert finds(lived.path, RARE) == []
    assert finds(lived.path, "张建国") != []
    with closing(sqlite3.connect(lived.path)) as connection:
        held = connection.execute("SELECT count(*) FROM search_index_data WHERE instr(block, ?)",
                                  (RARE[-1].encode(),)).fetchone()[0]
    assert held, "the index keeps what was taken out"
    erase(lived.site, ident("rec", 700), ORDER, SYSTEM, key_lock=LOCK)
    with closing(sqlite3.connect(lived.path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    data = lived.path.read_bytes()
    assert not any(c.encode() in data for c in RARE)
    assert finds(lived.path, "张建国") == []


def test_a_purge_is_done_in_one_step_or_never_ends(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(300):
        says(db, f"rec_{number}", "label", f"张{chr(0x4E00 + number)}{chr(0x5E00 + 7 * number)}")
    monkeypatch.setattr(search_index, "_MERGE", text(
        "INSERT INTO search_index(search_index, rank) VALUES ('merge', -1)"))
    steps = list[bool]()
    merged = search_index._merged_some
    monkeypatch.setattr(search_index, "_merged_some", lambda tx: steps.append(merged(tx)) or steps[-1])
    search_index.purge(db)
    assert steps[-1] is False
    assert len(steps) > 2
    with closing(sqlite3.connect(db.path)) as connection:
        assert connection.execute("SELECT count(DISTINCT segid) FROM search_index_idx").fetchone() == (1,)
    assert len(finds(db.path, "张")) == 300


def test_a_label_before_any_recording_is_lost(db: Database) -> None:
    """Numbers are given as things first come: newest last, whatever says something first."""
    says(db, "rec_9", "label", "张建国")
    says(db, "rec_1", "label", "张建国")
    with closing(sqlite3.connect(db.path)) as connection:
        found = connection.execute("SELECT ref FROM search_number ORDER BY number").fetchall()
    assert found == [("rec_9",), ("rec_1",)]


