"""Many rows by one statement: its SQL text and its parameters' converters are worked out once, not once a group."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, CursorResult, Dialect, Insert, Update

Statement = Insert | Update


class _Prepared:
    """The text of a statement for these parameter names, and rows as the driver wants them."""

    def __init__(self, statement: Statement, names: tuple[str, ...], dialect: Dialect) -> None:
        compiled: Any = statement.compile(dialect=dialect, column_keys=list(names))
        order: list[str] = compiled.positiontup
        converters = [compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect) for name in order]
        self.text = str(compiled)
        self._pick = itemgetter(*order)
        self._count = len(names)
        self._convert = [(place, convert) for place, convert in enumerate(converters) if convert is not None]

    def parameters(self, row: Mapping[str, Any]) -> tuple[Any, ...]:
        """The row's values in the statement's order; ``ValueError`` unless it names exactly its parameters."""
        if len(row) != self._count:
            raise ValueError("the rows of one statement name different parameters")
        values = list(self._pick(row))
        for place, convert in self._convert:
            values[place] = convert(values[place])
        return tuple(values)


@lru_cache(maxsize=256)
def _prepared(statement: Statement, names: tuple[str, ...], dialect: Dialect) -> _Prepared:
    return _Prepared(statement, names, dialect)


def write_rows(connection: Connection, statement: Statement, rows: Sequence[Mapping[str, Any]]) -> CursorResult[Any]:
    """Run ``statement`` once for each of ``rows`` (not empty), which all name the same parameters, two or more.

    Give the same statement *object* each time: it is known by identity, and preparing one costs more than a small
    group. ``ValueError`` or ``KeyError`` when rows differ. Limit: for dialects with positional parameters (SQLite).
    """
    prepared = _prepared(statement, tuple(rows[0]), connection.dialect)
    return connection.exec_driver_sql(prepared.text, [prepared.parameters(row) for row in rows])
