"""Rows of steps of matters, and of statements about what was not recorded of them."""

from datetime import datetime
from typing import ClassVar

from archive.columns import Row, TableClass, key_column, number_column, text_column, when_column


class MatterStep(Row, table=True):
    """A step of a matter; its times are claims, UTC. ``withdrawn_at``: it had been entered wrongly."""

    CLASS: ClassVar[TableClass] = "projection"
    __tablename__ = "matter_step"
    id: str = key_column()
    matter: str = text_column(index=True)
    item: str = text_column()
    began: datetime = when_column()
    ended: datetime = when_column()
    taken_by: str = text_column()
    taken_at: datetime = when_column()
    withdrawn_by: str | None = text_column()
    withdrawn_at: datetime | None = when_column()
    leaf: int = number_column()


class StepStatement(Row, table=True):
    """A statement about a step; ``decision``: confirmed | declined | None while it waits. ``text`` None: erased."""

    CLASS: ClassVar[TableClass] = "projection"
    __tablename__ = "step_statement"
    id: str = key_column()
    step: str = text_column(index=True)
    what: str = text_column()
    began: datetime | None = when_column()
    ended: datetime | None = when_column()
    text: str | None = text_column()
    stated_by: str = text_column()
    stated_at: datetime = when_column()
    decision: str | None = text_column()
    decided_by: str | None = text_column()
    decided_at: datetime | None = when_column()
    leaf: int = number_column(index=True)
