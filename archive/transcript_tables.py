"""Rows of transcripts."""

from datetime import datetime
from typing import ClassVar

from archive.columns import Row, TableClass, key_column, number_column, text_column, when_column


class Transcript(Row, table=True):
    """A transcript ``of`` a room session or a recording; ``said``: its cues as JSON, ``[[from ms, to ms, text], …]``
    from ``zero``."""

    CLASS: ClassVar[TableClass] = "projection"
    __tablename__ = "transcript"
    id: str = key_column()
    of: str = text_column(index=True)
    form: str = text_column()
    encoding: str = text_column()
    language: str = text_column()
    size: int = number_column()
    cues: int = number_column()
    zero: datetime = when_column()
    starts: datetime | None = when_column()
    ends: datetime | None = when_column()
    said: str | None = text_column()
    digest: str | None = text_column()
    added_by: str = text_column()
    added_at: datetime = when_column()
    replaced_by: str | None = text_column()
    withdrawn_by: str | None = text_column()
    withdrawn_at: datetime | None = when_column()
    leaf: int = number_column(index=True)
