"""No revision of the schema leaves custody open to attack, and a database without its guards is not served."""

import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import ledger
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.operations import Operations
from ledger import SetClock
from specimen_events import SPECIMENS
from sqlalchemy import Text, create_engine, text
from sqlalchemy.exc import IntegrityError
from sqlmodel import SQLModel

from archive import account_tables, guards, log_tables, migrations, tables
from archive.errors import Contradiction
from archive.migrations import migrate, require_current, revisions

ATTACKS = {
    "update": "UPDATE {t} SET {c} = {c}",
    "update one": "UPDATE {t} SET {c} = x'00' WHERE {k} = (SELECT max({k}) FROM {t})",
    "update or replace": "UPDATE OR REPLACE {t} SET {k} = {k} + 1",
    "update or ignore": "UPDATE OR IGNORE {t} SET {c} = x'00'",
    "delete": "DELETE FROM {t}",
    "delete one": "DELETE FROM {t} WHERE {k} = (SELECT max({k}) FROM {t})",
    "insert or replace": "INSERT OR REPLACE INTO {t} SELECT * FROM {t}",
    "replace": "REPLACE INTO {t} SELECT * FROM {t} LIMIT 1",
    "upsert": "INSERT INTO {t} SELECT * FROM {t} WHERE true ON CONFLICT DO UPDATE SET {c} = x'00'",
    "upsert nothing": "INSERT INTO {t} SELECT * FROM {t} WHERE true ON CONFLICT DO NOTHING",
    "insert or ignore": "INSERT OR IGNORE INTO {t} SELECT * FROM {t}",
}
COLUMN = {"custody": "entry", "sealed_particulars": "sealed", "signed_checkpoint": "root"}
CUSTODY_ROW = "INSERT {how} INTO custody SELECT {idx}, kind, at, actor, subject, entry, leaf_hash FROM custody LIMIT 1"
CHECKPOINT_ROW = "INSERT {how} INTO signed_checkpoint VALUES ({size}, x'02', x'03', '', 'k', 'v')"


def fill(path: Path) -> None:
    """Three leaves, one with particulars, and a signed checkpoint over two of them."""
    with sqlite3.connect(path) as connection:
        for index in range(3):
            connection.execute("INSERT INTO custody VALUES (?, 'k', 't', 'a', 's', x'01', x'02')", (index,))
        connection.execute("INSERT INTO sealed_particulars VALUES (1, 'scope', x'01')")
        connection.execute(CHECKPOINT_ROW.format(how="", size=2))
    connection.close()


def contents(path: Path) -> list[object]:
    connection = sqlite3.connect(path)
    try:
        return [connection.execute(f"SELECT * FROM {t} ORDER BY 1").fetchall() for t in guards.APPEND_ONLY]
    finally:
        connection.close()


def attack(path: Path, statement: str) -> None:
    """As an outsider would: with the pragmas SQLite starts with, not ours."""
    connection = sqlite3.connect(path)
    try:
        with pytest.raises(sqlite3.IntegrityError):
            connection.execute(statement)
        connection.commit()
    finally:
        connection.close()


@pytest.fixture(scope="module", params=revisions())
def revision(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A filled database that was brought to each revision in turn, one run each."""
    path = tmp_path_factory.mktemp("revision") / "liuhen.db"
    for step in revisions()[: revisions().index(request.param) + 1]:
        migrate(path, step)
    fill(path)
    return path


@pytest.mark.parametrize("table", guards.APPEND_ONLY)
@pytest.mark.parametrize("how", ATTACKS)
def test_a_revision_leaves_the_log_tables_open_to(revision: Path, table: str, how: str) -> None:
    before = contents(revision)
    attack(revision, ATTACKS[how].format(t=table, k=guards.APPEND_ONLY[table], c=COLUMN[table]))
    assert contents(revision) == before


@pytest.mark.parametrize("how", ["", "OR REPLACE", "OR IGNORE", "OR ROLLBACK", "OR FAIL"])
@pytest.mark.parametrize("index", [-1, 0, 2, 4, 1000])
def test_a_revision_lets_a_row_in_that_is_not_the_next(revision: Path, how: str, index: int) -> None:
    before = contents(revision)
    attack(revision, CUSTODY_ROW.format(how=how, idx=index))
    assert contents(revision) == before


@pytest.mark.parametrize("how", ["", "OR REPLACE", "OR IGNORE"])
@pytest.mark.parametrize("size", [-1, 0, 1, 2, 4])
def test_a_revision_lets_a_checkpoint_in_that_shrinks_or_runs_ahead(revision: Path, how: str, size: int) -> None:
    before = contents(revision)
    attack(revision, CHECKPOINT_ROW.format(how=how, size=size))
    assert contents(revision) == before


def test_the_next_row_and_checkpoint_are_refused(tmp_path: Path) -> None:
    path = ledger.migrated(tmp_path)
    fill(path)
    connection = sqlite3.connect(path)
    with connection:
        connection.execute(CUSTODY_ROW.format(how="", idx=3))
        connection.execute(CHECKPOINT_ROW.format(how="", size=4))
    connection.close()
    assert len(contents(path)[0]) == 4


@pytest.mark.parametrize("name", guards.GUARDS)
@pytest.mark.parametrize("weaker", [False, True])
def test_a_database_without_one_guard_is_served(tmp_path: Path, name: str, weaker: bool) -> None:
    path = ledger.migrated(tmp_path)
    require_current(path)
    connection = sqlite3.connect(path)
    connection.execute(f"DROP TRIGGER {name}")
    if weaker:
        connection.execute(f"CREATE TRIGGER {name} BEFORE UPDATE ON custody WHEN false BEGIN SELECT 1; END")
    connection.close()
    with pytest.raises(Contradiction, match=name) as refusal:
        require_current(path)
    assert refusal.value.code == "database.unguarded"


LATER = """from alembic import op
import sqlalchemy as sa

revision = "9999"
down_revision = {down!r}


def upgrade():
    with op.batch_alter_table("custody", recreate="always") as batch:
        batch.alter_column("kind", type_=sa.String(80))
        batch.add_column(sa.Column("later", sa.Text(), nullable=True))
    with op.batch_alter_table("signed_checkpoint", recreate="always") as batch:
        batch.alter_column("staged_key", type_=sa.String(200))
    {ending}
"""


def migrate_later(path: Path, folder: Path, ending: str = "pass") -> None:
    """A later release's migration that makes the log tables anew, as SQLite demands for most changes."""
    scripts = shutil.copytree(Path(migrations.__file__).parent, folder / "migrations")
    (scripts / "versions" / "r9999_later.py").write_text(LATER.format(down=revisions()[-1], ending=ending))
    config = Config()
    config.set_main_option("script_location", str(scripts))
    config.set_main_option("sqlalchemy.url", f"sqlite:///{path}")
    command.upgrade(config, "head")


def test_a_migration_that_makes_custody_anew_leaves_it_open(tmp_path: Path) -> None:
    path = ledger.migrated(tmp_path)
    fill(path)
    before = contents(path)
    migrate_later(path, tmp_path)
    connection = create_engine(f"sqlite:///{path}").connect()
    guards.require(connection)
    connection.close()
    for statement in ATTACKS.values():
        for table, key in guards.APPEND_ONLY.items():
            attack(path, statement.format(t=table, k=key, c=COLUMN[table]))
    assert [row[:7] for row in contents(path)[0]] == before[0]
    assert contents(path)[1:] == before[1:]


def test_a_migration_that_fails_halfway_leaves_half_a_schema(tmp_path: Path) -> None:
    path = ledger.migrated(tmp_path)
    fill(path)
    before = contents(path)
    with pytest.raises(ZeroDivisionError):
        migrate_later(path, tmp_path, ending="1 / 0")
    require_current(path)
    assert contents(path) == before
    attack(path, "UPDATE custody SET entry = x'00'")


def test_a_table_made_anew_without_our_migrations_is_served(tmp_path: Path) -> None:
    path = ledger.migrated(tmp_path)
    fill(path)
    before = contents(path)
    engine = create_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        connection.exec_driver_sql("DROP TRIGGER signed_checkpoint_grows")
        operations = Operations(MigrationContext.configure(connection))
        with operations.batch_alter_table("custody", recreate="always") as batch:
            batch.alter_column("kind", type_=Text())
        connection.commit()
        assert connection.exec_driver_sql("UPDATE custody SET entry = entry").rowcount == 3  # the trap is real
        connection.rollback()
    engine.dispose()
    with pytest.raises(Contradiction) as refusal:
        require_current(path)
    assert all(name in refusal.value.message for name in guards.GUARDS if name.startswith("custody"))
    migrate(path)
    require_current(path)
    attack(path, "UPDATE custody SET entry = x'00'")
    assert contents(path) == before


@pytest.mark.parametrize("state", ["absent", "empty", "another"])
def test_a_database_that_is_not_migrated_is_served(tmp_path: Path, state: str) -> None:
    path = tmp_path / "liuhen.db"
    if state == "empty":
        path.touch()
    elif state == "another":
        path = ledger.migrated(tmp_path)
        connection = sqlite3.connect(path)
        connection.execute("UPDATE alembic_version SET version_num = '0000'")
        connection.commit()
        connection.close()
    with pytest.raises(Contradiction, match="run `liuhen migrate`") as refusal:
        require_current(path)
    assert refusal.value.code == "database.not_migrated"


def test_migrating_twice_or_a_used_database_changes_it(tmp_path: Path) -> None:
    path, clock = ledger.migrated(tmp_path), SetClock()
    with ledger.opened(path) as db:
        for event in SPECIMENS:
            ledger.write(db, clock, event)
    before = contents(path)
    migrate(path)
    migrate(path)
    assert contents(path) == before


def test_the_service_itself_can_change_a_leaf(tmp_path: Path) -> None:
    """Also through our own connection, whose pragmas differ."""
    with ledger.opened(ledger.migrated(tmp_path)) as db:
        ledger.write(db, SetClock(), SPECIMENS[0])
        for statement in ("UPDATE custody SET entry = x'00'", "DELETE FROM custody",
                          "INSERT OR REPLACE INTO custody SELECT * FROM custody"):
            with pytest.raises(IntegrityError, match=r"append-only|contiguous"):
                db.write(lambda tx, statement=statement: tx.execute(text(statement)))


def test_the_migrated_schema_is_not_the_one_the_code_declares(tmp_path: Path) -> None:
    made = {row.__tablename__ for row in (log_tables.Custody, tables.Station, account_tables.Credential)}
    assert made <= SQLModel.metadata.tables.keys()
    engine = create_engine(f"sqlite:///{ledger.migrated(tmp_path)}")
    with engine.connect() as connection:
        declared = MigrationContext.configure(connection, opts={"include_name": lambda name, kind, _: not (
            kind == "table" and name.startswith("search_index"))})  # FTS5 and the tables it keeps, made by SQL of ours
        assert compare_metadata(declared, SQLModel.metadata) == []
    engine.dispose()
