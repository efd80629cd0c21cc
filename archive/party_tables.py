"""Rows of the parties of matters."""

from datetime import datetime
from typing import ClassVar

from archive.columns import Row, TableClass, key_column, number_column, text_column, when_column


class MatterParty(Row, table=True):
    """A party of a matter until ``withdrawn_at``. ``party``: its id in the register; ``name`` where it has none there,
    None when erased."""

    CLASS: ClassVar[TableClass] = "projection"
    __tablename__ = "matter_party"
    id: str = key_column()
    matter: str = text_column(index=True)
    party: str | None = text_column(index=True)
    name: str | None = text_column()
    added_by: str = text_column()
    added_at: datetime = when_column()
    withdrawn_by: str | None = text_column()
    withdrawn_at: datetime | None = when_column()
    leaf: int = number_column(index=True)
