"""Rows of old shares that were adopted."""

from datetime import datetime
from typing import ClassVar

from archive.columns import Row, TableClass, key_column, number_column, text_column, when_column


class Adoption(Row, table=True):
    """A batch and what came of it; ``ended_at`` and the counts are None until a run came to the end of its list."""

    CLASS: ClassVar[TableClass] = "projection"
    __tablename__ = "adoption"
    id: str = key_column()
    account: str = text_column(index=True)
    holder: str | None = text_column()
    holder_key: str = text_column()
    listed: str = text_column(index=True)
    sheet: str = text_column()
    files: int = number_column()
    size: int = number_column()
    began_at: datetime = when_column()
    taken: int | None = number_column()
    already_held: int | None = number_column()
    skipped: int | None = number_column()
    ended_at: datetime | None = when_column()
    leaf: int = number_column(index=True)
