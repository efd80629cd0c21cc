"""Rows of units and of who belongs to them."""

from datetime import datetime
from typing import ClassVar

from archive.columns import Row, TableClass, key_column, number_column, text_column, when_column


class Unit(Row, table=True):
    """A unit as last stated; open while ``closed_at`` is not set. No two open ones have the same number."""

    CLASS: ClassVar[TableClass] = "projection"
    id: str = key_column()
    number: str | None = text_column(index=True)
    name: str | None = text_column()
    parent: str | None = text_column(index=True)
    registered_at: datetime = when_column()
    closed_at: datetime | None = when_column()
    leaf: int = number_column(index=True)


class PersonUnit(Row, table=True):
    """The unit a person (``id``) belongs to and those they head, ids with a space between; as last set."""

    CLASS: ClassVar[TableClass] = "projection"
    __tablename__ = "person_unit"
    id: str = key_column()
    unit: str | None = text_column(index=True)
    heads: str = text_column()
    since: datetime = when_column()
