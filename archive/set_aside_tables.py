"""Rows of proposals to set a recording aside."""

from datetime import datetime
from typing import ClassVar

from archive.columns import Row, TableClass, key_column, number_column, text_column, when_column


class SetAsideProposal(Row, table=True):
    """A proposal and what became of it; ``decision``: confirmed | declined | None while it waits.

    A recording is set aside while one of its proposals is confirmed and ``back_at`` is not set. ``remark`` is of who
    proposed; those of who declined or brought back stand in the custody history.
    """

    CLASS: ClassVar[TableClass] = "projection"
    __tablename__ = "set_aside_proposal"
    id: str = key_column()
    recording: str = text_column(index=True)
    reason: str = text_column()
    remark: str | None = text_column()
    proposed_by: str = text_column()
    proposed_at: datetime = when_column()
    decision: str | None = text_column()
    decided_by: str | None = text_column()
    decided_at: datetime | None = when_column()
    back_by: str | None = text_column()
    back_at: datetime | None = when_column()
    leaf: int = number_column(index=True)
