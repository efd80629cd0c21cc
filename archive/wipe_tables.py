"""Rows of what stations say they wiped from their recorders."""

from datetime import datetime
from typing import ClassVar

from archive.columns import Row, TableClass, key_column, number_column, text_column, when_column


class RecordingWipe(Row, table=True):
    """A station's statement about the clip of one upload (``id``). ``contradictions``: codes, or empty."""

    CLASS: ClassVar[TableClass] = "projection"
    __tablename__ = "recording_wipe"
    id: str = key_column()
    entry: str = text_column()
    recording: str = text_column(index=True)
    station: str = text_column()
    statement_digest: str = text_column()
    receipt_digest: str = text_column()
    digest: str = text_column()
    wiped_at: datetime = when_column()
    contradictions: str = text_column()
    stated_at: datetime = when_column()
    leaf: int = number_column()
