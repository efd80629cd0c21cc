"""Rows of people who leave or move, and of what was handed over."""

from datetime import datetime
from typing import ClassVar

from sqlalchemy import Text
from sqlmodel import Field

from archive.columns import Row, TableClass, key_column, number_column, text_column, when_column


class Leaving(Row, table=True):
    """A run by which somebody leaves or moves; open while ``outcome`` is not set: left | transferred | cancelled."""

    CLASS: ClassVar[TableClass] = "projection"
    id: str = key_column()
    person: str = text_column(index=True)
    how: str = text_column()
    began_at: datetime = when_column()
    began_by: str = text_column()
    outcome: str | None = text_column()
    closed_at: datetime | None = when_column()
    closed_by: str | None = text_column()


class HandedOver(Row, table=True):
    """Something open in a leaver's name that has a successor, or a remark on why it needs none; ``id``: run, sort and
    thing with spaces between."""

    CLASS: ClassVar[TableClass] = "projection"
    __tablename__ = "leaving_handed_over"
    id: str = Field(primary_key=True, sa_type=Text)
    leaving: str = text_column(index=True)
    what: str = text_column()
    thing: str = text_column()
    successor: str | None = text_column()
    remark: str | None = text_column()
    at: datetime = when_column()
    by: str = text_column()
    leaf: int = number_column(index=True)
