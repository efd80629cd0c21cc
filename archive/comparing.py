"""Compare a database row by row with one rebuilt from the store: every row changed, missing or extra is named."""

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlmodel import SQLModel

from archive import guards
from archive.columns import Row
from archive.log_tables import SignedCheckpoint

SKIPPED: dict[str, tuple[str, ...]] = {str(SignedCheckpoint.__tablename__): ("at", "staged_key", "staged_version")}
"""Columns no leaf or object tells of: they are not compared."""
LONGEST_SHOWN = 60


@dataclass(frozen=True)
class Difference:
    """One row that is not as the log says. ``what``: changed | missing | extra. ``columns`` that differ, for changed;
    ``key``: the primary key's values. ``table`` is ``schema`` for a guard that is missing or not as it should be."""

    table: str
    key: tuple[str, ...]
    what: str
    columns: tuple[str, ...] = ()

    def text(self) -> str:
        """One line."""
        where = f" ({', '.join(self.columns)})" if self.columns else ""
        return f"{self.what:8} {self.table} {' '.join(value[:LONGEST_SHOWN] for value in self.key)}{where}"


def compare(of_log: sqlite3.Connection, other: sqlite3.Connection) -> Iterator[Difference]:
    """Every row of every log and projection table of ``other`` that differs from ``of_log``, which a rebuild made.

    Limit: *operational* and *secret* rows are not compared: no leaf tells what they should be.
    """
    yield from _guards(other)
    for row in sorted(Row.__subclasses__(), key=lambda kind: str(kind.__tablename__)):
        if row.CLASS in ("log", "projection"):
            yield from _table(of_log, other, str(row.__tablename__))


def read_only(path: Path) -> sqlite3.Connection:
    """A connection that cannot write and sees one state of the database until it is closed."""
    # Used by one thread only, but whichever collects a reader that was left half-way closes it.
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None,
                                 check_same_thread=False)
    connection.execute("PRAGMA query_only=ON")
    connection.execute("BEGIN")
    connection.execute("SELECT count(*) FROM sqlite_master").fetchone()  # takes the snapshot
    return connection


def _guards(other: sqlite3.Connection) -> Iterator[Difference]:
    found = dict(other.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall())
    for name in sorted({*guards.GUARDS, *found}):
        if name not in found:
            yield Difference("schema", (name,), "missing")
        elif name not in guards.GUARDS:
            yield Difference("schema", (name,), "extra")
        elif found[name] != guards.GUARDS[name]:
            yield Difference("schema", (name,), "changed")


def _table(of_log: sqlite3.Connection, other: sqlite3.Connection, name: str) -> Iterator[Difference]:
    """Both sides in the order of their key, side by side; values as they are stored, with their types."""
    declared = SQLModel.metadata.tables[name]
    key = [column.name for column in declared.primary_key]
    left_out = (*key, *SKIPPED.get(name, ()))
    columns = [*key, *(column.name for column in declared.columns if column.name not in left_out)]
    order_by = ", ".join(map(_quoted, key))
    query = f"SELECT {', '.join(map(_quoted, columns))} FROM {_quoted(name)} ORDER BY {order_by}"
    ours, theirs = of_log.execute(query), other.execute(query)
    mine, its = ours.fetchone(), theirs.fetchone()
    while mine is not None or its is not None:
        order = _order(mine, its, len(key))
        if order == 0:
            differing = tuple(c for c, a, b in zip(columns, mine, its, strict=True) if a != b)
            if differing:
                yield Difference(name, _shown(mine, len(key)), "changed", differing)
        elif order < 0:
            yield Difference(name, _shown(mine, len(key)), "missing")
        else:
            yield Difference(name, _shown(its, len(key)), "extra")
        mine = ours.fetchone() if order <= 0 else mine
        its = theirs.fetchone() if order >= 0 else its


def _order(mine: Sequence[Any] | None, its: Sequence[Any] | None, width: int) -> int:
    if mine is None or its is None:
        return 1 if mine is None else -1
    one, two = [_rank(v) for v in mine[:width]], [_rank(v) for v in its[:width]]
    return (one > two) - (one < two)


def _rank(value: Any) -> tuple[int, Any]:
    """SQLite's order of values of different types: null, numbers, text (by its bytes), blobs."""
    if value is None:
        return 0, 0
    if isinstance(value, int | float):
        return 1, value
    return (2, value.encode("utf-8", "surrogatepass")) if isinstance(value, str) else (3, value)


def _shown(row: Sequence[Any], width: int) -> tuple[str, ...]:
    return tuple(value.hex() if isinstance(value, bytes) else str(value) for value in row[:width])


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
