"""Rows of what people say about deadlines."""

from datetime import datetime
from typing import ClassVar

from archive.columns import Row, TableClass, key_column, number_column, text_column, when_column


class Absence(Row, table=True):
    """A time an officer could not hand over (R27); open while ``returned`` is not set."""

    CLASS: ClassVar[TableClass] = "projection"
    id: str = key_column()
    reason: str = text_column()
    person: str | None = text_column()
    officer: str | None = text_column()
    officer_no: str | None = text_column()
    remark: str | None = text_column()
    began: datetime = when_column()
    declared_by: str = text_column()
    declared_at: datetime = when_column()
    returned: datetime | None = when_column()
    ended_by: str | None = text_column()
    ended_at: datetime | None = when_column()
    leaf: int = number_column(index=True)


class LatenessExplanation(Row, table=True):
    """Why a recording missed the deadline of a clause; counts when a second person has confirmed it."""

    CLASS: ClassVar[TableClass] = "projection"
    __tablename__ = "lateness_explanation"
    id: str = key_column()
    recording: str = text_column(index=True)
    clause: str = text_column()
    reason: str = text_column()
    explanation: str | None = text_column()
    explained_by: str = text_column()
    explained_at: datetime = when_column()
    confirmed_by: str | None = text_column()
    confirmed_at: datetime | None = when_column()
    leaf: int = number_column(index=True)
