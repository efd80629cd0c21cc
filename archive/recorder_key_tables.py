"""Rows of the keys recorders hold, and of the uploads whose manifests they signed."""

from datetime import datetime
from typing import ClassVar

from archive.columns import Row, TableClass, key_column, number_column, text_column, when_column


class RecorderKey(Row, table=True):
    """A key of a recorder (``id``: ``recorder_key_events.key_id``); at most one of a recorder's is not revoked."""

    CLASS: ClassVar[TableClass] = "projection"
    __tablename__ = "recorder_key"
    id: str = key_column()
    recorder: str = text_column(index=True)
    recorder_key: str = text_column()
    registered_at: datetime = when_column()
    revoked_at: datetime | None = when_column()
    revoked_reason: str | None = text_column()
    leaf: int = number_column()


class RecorderSignature(Row, table=True):
    """The manifest of an upload (``id``) is signed by its recorder too, with ``recorder_key`` (its id)."""

    CLASS: ClassVar[TableClass] = "projection"
    __tablename__ = "recorder_signature"
    id: str = key_column()
    recorder: str = text_column()
    recorder_key: str = text_column()
    leaf: int = number_column()
