"""Rows of matters: what became of them, what they are called, who works on them, which recordings are theirs."""

from datetime import datetime
from typing import ClassVar

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from archive.columns import Big, Row, TableClass, key_column, number_column, text_column, when_column


class ShownMatter(Row, table=True):
    """The matter whose code a recording (``id``) shows in its first seconds; None when erased."""

    CLASS: ClassVar[TableClass] = "projection"
    __tablename__ = "matter_shown"
    id: str = key_column()
    matter: str | None = text_column()
    at_us: int = number_column()
    leaf: int = number_column(index=True)


class Matter(Row, table=True):
    """A matter. ``merged_into``: it goes on as part of that one. ``basis`` and ``ended_on`` while its act is over;
    ``filed_on`` once it became a case. Days are texts YYYY-MM-DD."""

    CLASS: ClassVar[TableClass] = "projection"
    __tablename__ = "matter"
    id: str = key_column()
    kind: str = text_column()
    year: int = number_column()
    number: int = number_column()
    split_from: str | None = text_column(index=True)
    merged_into: str | None = text_column(index=True)
    filed_on: str | None = text_column()
    basis: str | None = text_column()
    ended_on: str | None = text_column(index=True)
    opened_by: str = text_column()
    opened_at: datetime = when_column()
    leaf: int = number_column(index=True)
    __table_args__ = (UniqueConstraint("year", "number"),)


def own_number(year: int, number: int) -> str:
    """A matter's own number as people read and type it, such as ``M2026-17``."""
    return f"M{year}-{number}"


class MatterSaid(Row, table=True):
    """A title or a case number a leaf gave a matter; the latest of each is in force. None when erased."""

    CLASS: ClassVar[TableClass] = "projection"
    __tablename__ = "matter_said"
    leaf: int = Field(sa_type=Big, primary_key=True)
    matter: str = text_column(index=True)
    what: str = text_column()
    text: str | None = text_column()
    case_key: str | None = text_column(index=True)


class MatterMember(Row, table=True):
    """A person's relation to a matter, over when ``removed_at`` is set."""

    CLASS: ClassVar[TableClass] = "projection"
    __tablename__ = "matter_member"
    id: str = key_column()
    matter: str = text_column(index=True)
    person: str = text_column(index=True)
    relation: str = text_column()
    added_by: str = text_column()
    added_at: datetime = when_column()
    removed_by: str | None = text_column()
    removed_at: datetime | None = when_column()
    leaf: int = number_column()


class MatterRecording(Row, table=True):
    """A recording, or a span of it, that belongs to a matter, until ``withdrawn_at``; spans are microseconds."""

    CLASS: ClassVar[TableClass] = "projection"
    __tablename__ = "matter_recording"
    id: str = key_column()
    recording: str = text_column(index=True)
    matter: str = text_column(index=True)
    from_us: int | None = number_column()
    to_us: int | None = number_column()
    corrects: str | None = text_column()
    assigned_by: str = text_column()
    assigned_at: datetime = when_column()
    withdrawn_by: str | None = text_column()
    withdrawn_at: datetime | None = when_column()
    leaf: int = number_column()
