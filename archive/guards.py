"""Triggers that make the log tables append-only and keep the search index; every migration ends by making them again.

Alembic's batch mode on SQLite drops triggers silently; start-up refuses a database in which one is missing or differs.
Limit: whoever owns the database file can drop them; signed checkpoints and staged batches detect what follows.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection

from archive.errors import Contradiction
from archive.search_triggers import TRIGGERS

APPEND_ONLY = {"custody": "idx", "sealed_particulars": "idx", "signed_checkpoint": "size"}


def _append_only(table: str, key: str) -> dict[str, str]:
    """UPDATE and DELETE refused, and INSERT OR REPLACE too, which would otherwise pass as a deletion."""
    stop = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    return {
        f"{table}_no_update": f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} {stop}",
        f"{table}_no_delete": f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {stop}",
        f"{table}_no_replace": f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} "
                               f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {key} = NEW.{key}) {stop}",
    }


GUARDS: dict[str, str] = {
    name: sql for table, key in APPEND_ONLY.items() for name, sql in _append_only(table, key).items()
} | {
    "custody_contiguous":
        "CREATE TRIGGER custody_contiguous BEFORE INSERT ON custody "
        "WHEN NEW.idx <> (SELECT coalesce(max(idx), -1) + 1 FROM custody) "
        "BEGIN SELECT RAISE(ABORT, 'custody must be contiguous'); END",
    "signed_checkpoint_grows":
        "CREATE TRIGGER signed_checkpoint_grows BEFORE INSERT ON signed_checkpoint "
        "WHEN NEW.size <= (SELECT coalesce(max(size), 0) FROM signed_checkpoint) "
        "OR NEW.size > (SELECT coalesce(max(idx), -1) + 1 FROM custody) "
        "BEGIN SELECT RAISE(ABORT, 'a signed checkpoint must grow and lie within the rows'); END",
} | TRIGGERS


@contextmanager
def lifted(connection: Connection) -> Iterator[None]:
    """No guards while the schema changes, all of them again at its end; the caller's transaction covers both.

    A guard that reads another table would make SQLite refuse to put that table back under its name.
    """
    for name in GUARDS:
        connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name}")
    yield
    create(connection)


def create(connection: Connection) -> None:
    """Make every guard again; the last act of every migration. An early revision has not all tables yet."""
    tables = {name for (name,) in connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'")}
    for name, sql in GUARDS.items():
        connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name}")
        if tables & set(sql.split()):
            connection.exec_driver_sql(sql)


def require(connection: Connection) -> None:
    """``Contradiction database.unguarded`` when a guard is missing or not as it should be."""
    rows = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
    found: dict[str, str] = {row.name: row.sql for row in rows}
    wrong = [name for name, sql in GUARDS.items() if found.get(name) != sql]
    if wrong:
        raise Contradiction(
            "database.unguarded",
            f"the database lacks the guards {', '.join(wrong)}: custody could be changed there. "
            "Find out who removed them, then run `liuhen migrate`.",
        )
