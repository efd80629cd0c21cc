"""A row that somebody changed, removed or added past the log is named, whatever table it stands in."""

import random
import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from contracts.memory_store import MemoryStore
from ledger import LOG_ID, SIGNER
from rebuild.lived_site import Lived, live, over
from specimen_events import ident, story

from archive import guards
from archive.columns import Row, table
from archive.comparing import Difference, read_only
from archive.custody import size
from archive.log_store import log_prefix
from archive.particulars import salted, seal
from archive.ports import ListedVersion, ObjectVersion
from archive.proof.checkpoint import Checkpoint
from archive.proof.note import sign_note
from archive.rebuild import Sources
from archive.rebuilding import Compared, compare_with_log

COMPARED = sorted(str(row.__tablename__) for row in Row.__subclasses__() if row.CLASS in ("log", "projection"))
PROJECTIONS = sorted(str(row.__tablename__) for row in Row.__subclasses__() if row.CLASS == "projection")
EDITS = 55


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lived]:
    with over(tmp_path_factory.mktemp("lived")) as made:
        live(made)
        yield made


@pytest.fixture
def copy(lived: Lived, tmp_path: Path) -> Path:
    """The database as somebody who owns the file would have it in hand."""
    with closing(read_only(lived.path)) as source, closing(sqlite3.connect(tmp_path / "copy.db")) as target:
        source.backup(target)
    return tmp_path / "copy.db"


def compared(lived: Lived, path: Path) -> Compared:
    return compare_with_log(lived.sources, path, lived.published(), lambda step, done, total: None)


def attack(path: Path, *statements: str, values: tuple[Any, ...] = ()) -> None:
    """Lift the guards, act, put the guards back: nothing tells that they were lifted."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA foreign_keys=OFF")
        for name in guards.GUARDS:
            connection.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            assert connection.execute(statement, values).rowcount >= 1, statement
        for sql in guards.GUARDS.values():
            connection.execute(sql)
        connection.commit()


def random_edit(path: Path, name: str, chance: random.Random) -> tuple[str, str]:
    """One row of a table changed in one column, removed, or copied under another key; answers what and SQL."""
    columns, keys = list(table(_row(name)).c), {c.name for c in table(_row(name)).primary_key}
    what = chance.choice(("changed", "changed", "missing", "extra"))
    with closing(sqlite3.connect(path)) as connection:
        (rowid,) = connection.execute(f"SELECT rowid FROM {name} ORDER BY random() LIMIT 1").fetchone()
        if what == "missing":
            return what, f"DELETE FROM {name} WHERE rowid = {rowid}"
        if what == "changed":
            column = chance.choice([c for c in columns if c.name not in keys] or columns)
            (old,) = connection.execute(f"SELECT {column.name} FROM {name} WHERE rowid = {rowid}").fetchone()
            return what, f"UPDATE {name} SET {column.name} = {_other(old, column, chance)} WHERE rowid = {rowid}"
        unique = {c.name for c in columns if c.unique} | keys | {"vendor", "serial"}
        fresh = [("'zz' || " if not isinstance(c.type.python_type(), int) else "99999 + ") + c.name
                 if c.name in unique else c.name for c in columns]
        names = ", ".join(c.name for c in columns)
        return what, f"INSERT INTO {name} ({names}) SELECT {', '.join(fresh)} FROM {name} WHERE rowid = {rowid}"


def _row(name: str) -> type[Row]:
    return next(row for row in Row.__subclasses__() if row.__tablename__ == name)


def _other(old: Any, column: Any, chance: random.Random) -> str:
    if isinstance(old, int):
        return str(old + chance.choice((-1, 1)) if column.type.python_type is not bool else 1 - old)
    if isinstance(old, bytes):
        return f"x'{bytes([old[0] ^ 1]).hex()}{old[1:].hex()}'"
    if old is None:
        return "1" if column.type.python_type is int else "'2026-01-01T00:00:00.000000Z'"
    return chance.choice((f"'{old} '", "'x'")) if not column.nullable else chance.choice((f"'{old}x'", "NULL"))


def test_a_lived_in_database_is_said_to_differ(lived: Lived, copy: Path) -> None:
    for path in (lived.path, copy):
        found = compared(lived, path)
        assert found.differences == ()
        assert (found.unstaged, found.rebuilt.unreadable) == (0, ())


@pytest.mark.parametrize("seed", range(EDITS))
def test_a_single_edited_row_goes_unnoticed(lived: Lived, copy: Path, seed: int) -> None:
    chance = random.Random(seed)
    name = PROJECTIONS[seed % len(PROJECTIONS)]  # each table at least once
    what, statement = random_edit(copy, name, chance)
    attack(copy, statement)
    found = compared(lived, copy).differences
    assert (name, what) in [(one.table, one.what) for one in found], statement
    assert len(found) == 1 if what != "changed" else len(found) in (1, 2)


def test_the_edits_leave_a_projection_table_out() -> None:
    assert len(PROJECTIONS) <= EDITS
    assert set(COMPARED) - set(PROJECTIONS) == {"custody", "sealed_particulars", "signed_checkpoint"}


@pytest.mark.parametrize(("statement", "expected"), [
    ("UPDATE custody SET actor = 'usr_other' WHERE idx = 9", Difference("custody", ("9",), "changed", ("actor",))),
    ("UPDATE custody SET entry = entry || x'20' WHERE idx = 280",
     Difference("custody", ("280",), "changed", ("entry",))),
    ("DELETE FROM sealed_particulars WHERE idx = 3", Difference("sealed_particulars", ("3",), "missing")),
    ("UPDATE sealed_particulars SET scope = 'usr_x' WHERE idx = 3",
     Difference("sealed_particulars", ("3",), "changed", ("scope",))),
    ("UPDATE recording SET size = size || 'x' WHERE id = (SELECT min(id) FROM recording)",
     Difference("recording", (ident("rec", 4),), "changed", ("size",))),
    ("UPDATE label SET party = CAST(party AS BLOB) WHERE id = (SELECT max(id) FROM label)", None),
])
def test_an_edit_of_the_log_or_of_a_type_goes_unnoticed(
        lived: Lived, copy: Path, statement: str, expected: Difference | None) -> None:
    attack(copy, statement)
    found = compared(lived, copy).differences
    assert len(found) == 1
    assert expected is None or found == (expected,)


def test_rows_cut_off_at_the_end_pass_for_newer_leaves(lived: Lived, copy: Path) -> None:
    attack(copy, "DELETE FROM custody WHERE idx >= (SELECT max(idx) - 40 FROM custody)",
           "DELETE FROM sealed_particulars WHERE idx > (SELECT max(idx) FROM custody)",
           "DELETE FROM signed_checkpoint WHERE size > (SELECT max(idx) + 1 FROM custody)")
    found = compared(lived, copy).differences
    assert {(one.table, one.what) for one in found} >= {("custody", "missing"), ("signed_checkpoint", "missing")}


def test_a_checkpoint_forged_or_taken_out_goes_unnoticed(lived: Lived, copy: Path) -> None:
    with closing(sqlite3.connect(copy)) as connection:
        sizes = [size for (size,) in connection.execute("SELECT size FROM signed_checkpoint ORDER BY size")]
    attack(copy, f"DELETE FROM signed_checkpoint WHERE size = {sizes[0]}",
           f"UPDATE signed_checkpoint SET root = x'00' WHERE size = {sizes[1]}")
    assert [(one.table, one.what) for one in compared(lived, copy).differences] == [
        ("signed_checkpoint", "missing"), ("signed_checkpoint", "changed")]
    note = sign_note(Checkpoint(SIGNER.key.name, 2, bytes(32)).text(), [SIGNER])
    attack(copy, "INSERT INTO signed_checkpoint VALUES (2, ?, ?, '', '', '')", values=(bytes(32), note))
    assert ("signed_checkpoint", "changed", ("root", "note")) in [
        (one.table, one.what, one.columns) for one in compared(lived, copy).differences]


def test_a_missing_guard_goes_unnoticed(lived: Lived, copy: Path) -> None:
    with closing(sqlite3.connect(copy)) as connection:
        connection.execute("DROP TRIGGER custody_no_update")
        connection.execute("CREATE TRIGGER quiet BEFORE INSERT ON label BEGIN SELECT 1; END")
        connection.commit()
    assert [(one.key, one.what) for one in compared(lived, copy).differences] == [
        (("custody_no_update",), "missing"), (("quiet",), "extra")]


def test_what_is_committed_and_not_staged_yet_is_called_a_difference(lived: Lived, tmp_path: Path) -> None:
    folder = tmp_path / "site"
    with over(folder) as site:
        live(site, 8)
        site.site.sequencer.stop()
        site.append(story(50, "accessioned"))
        found = compared(site, site.path)
    assert (found.differences, found.unstaged) == ((), 5)


def test_a_leaf_staged_while_it_compares_is_taken_twice(tmp_path: Path) -> None:
    with over(tmp_path / "site") as site:
        live(site, 8)
        site.append(story(50, "accessioned"))
        site.settle()
        reads = list[str]()

        class Staging(MemoryStore):
            """The site's store, in which the last batch is there from the second reading of its leaves on."""

            def versions(self, prefix: str) -> Iterator[ListedVersion]:
                reads.extend([prefix] * (prefix == log_prefix(LOG_ID)))
                listed = list(site.store.versions(prefix))
                batches = sorted((row.version.key for row in listed), key=lambda key: int(re.split("[/-]", key)[-2]))
                late = {batches[-1]} if prefix.startswith("staged/") and len(reads) < 2 else set()
                return (row for row in listed if row.version.key not in late)

            def get(self, version: ObjectVersion, start: int = 0, length: int | None = None) -> Iterator[bytes]:
                return site.store.get(version, start, length)

        with closing(sqlite3.connect(tmp_path / "snapshot.db")) as snapshot, closing(read_only(site.path)) as served:
            served.backup(snapshot)  # of the moment before the last batch was signed
        attack(tmp_path / "snapshot.db", f"DELETE FROM signed_checkpoint WHERE size = {site.db.read(size)}")
        sources = Sources(Staging(), site.site.ports.vault, SIGNER)
        found = compare_with_log(sources, tmp_path / "snapshot.db", [], lambda step, done, total: None)
    assert len(reads) == 3
    assert (found.differences, found.unstaged) == ((), 5)


def test_a_lost_key_passes_for_clean(lived: Lived, copy: Path, tmp_path: Path) -> None:
    keys = lived.folder / "keys" / "scopes"
    shutil.move(keys / f"{ident('rec', 5)}.key", tmp_path / "kept.key")
    try:
        found = compared(lived, copy)
    finally:
        shutil.move(tmp_path / "kept.key", keys / f"{ident('rec', 5)}.key")
    assert [one.code for one in found.rebuilt.unreadable] == ["particulars.missing"] * 4
    assert {one.table for one in found.differences} == {"label", "matter_shown", "search_entry"}
    assert seal(lived.site.ports.vault, "x", ident("rec", 5), salted({"a": "b"})).fields  # the key is back
