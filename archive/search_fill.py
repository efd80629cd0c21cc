"""Columns and rows that searches need, made again from rows that are there: for migrations, when their form changes."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, text

from archive.case_numbers import case_key, case_tail

BATCH = 1000


def key_labels(connection: Connection) -> None:
    """``case_key`` and ``case_tail`` of every label as this release makes them; of erased ones they stay empty."""
    for rows in _batches(connection, "SELECT id AS key, case_no FROM label WHERE case_no IS NOT NULL AND id > :after "
                                     "ORDER BY id LIMIT :many"):
        keys = [(row.key, case_key(row.case_no)) for row in rows]
        connection.execute(text("UPDATE label SET case_key = :made, case_tail = :tail WHERE id = :key"),
                           [{"key": key, "made": made, "tail": case_tail(made)} for key, made in keys])


def _batches(connection: Connection, query: str) -> Iterator[list[Any]]:
    """Rows of a query with ``:after`` and ``:many``, by their ``key``: memory does not grow with the archive."""
    after = ""
    while rows := list(connection.execute(text(query), {"after": after, "many": BATCH}).all()):
        yield rows
        after = rows[-1].key
