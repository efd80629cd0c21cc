"""Rows of the device ledger: codes, entries, what docks observed, files that cannot be read, gaps explained."""

from datetime import datetime
from typing import ClassVar

from sqlalchemy import String
from sqlmodel import Field

from archive.columns import Row, TableClass, key_column, number_column, text_column, when_column


class RecorderCode(Row, table=True):
    """A registered recorder and the code on its card or label."""

    CLASS: ClassVar[TableClass] = "projection"
    __tablename__ = "recorder_code"
    id: str = key_column()
    code: str | None = text_column(unique=True)
    registered_at: datetime = when_column()
    leaf: int = number_column(index=True)


class LedgerEntry(Row, table=True):
    """One line of the ledger about one recorder. ``what``: issued returned lost damaged recovered handed_over.

    A hand-over sheet has one row for each recorder on it. ``at`` is when it was entered, not when it happened.
    """

    CLASS: ClassVar[TableClass] = "projection"
    __tablename__ = "ledger_entry"
    entry: str = key_column()
    recorder: str = Field(primary_key=True, sa_type=String(40), index=True)
    what: str = text_column()
    at: datetime = when_column()
    actor: str = text_column()
    wearer_no: str | None = text_column()
    wearer: str | None = text_column()
    giver_no: str | None = text_column()
    giver: str | None = text_column()
    passed: str | None = text_column()
    failed: str | None = text_column()
    clock_offset_ms: int | None = number_column()
    condition: str | None = text_column()
    remark: str | None = text_column()
    leaf: int = number_column(index=True)


class UploadObservation(Row, table=True):
    """What a station saw of the recorder when it opened an upload (``id``)."""

    CLASS: ClassVar[TableClass] = "projection"
    __tablename__ = "upload_observation"
    id: str = key_column()
    recorder: str = text_column(index=True)
    provenance: str | None = text_column()
    previous: str | None = text_column()
    measured_at: datetime | None = when_column()
    offset_ms: int | None = number_column()
    error_ms: int | None = number_column()
    reset_suspected: bool | None = None


class UnreadableFile(Row, table=True):
    """A file a station signed that it cannot deposit."""

    CLASS: ClassVar[TableClass] = "projection"
    __tablename__ = "unreadable_file"
    id: str = key_column()
    recorder: str = text_column(index=True)
    station: str = text_column()
    nonce: str = text_column(unique=True)
    manifest_digest: str = text_column()
    reason: str = text_column()
    size: int = number_column()
    session: str | None = text_column()
    sequence: int | None = number_column()
    previous: str | None = text_column()
    file_name: str | None = text_column()
    stated_at: datetime = when_column()
    leaf: int = number_column(index=True)


class GapExplanation(Row, table=True):
    """Why something is missing, by whom; ``confirmed_by`` is another person's."""

    CLASS: ClassVar[TableClass] = "projection"
    __tablename__ = "gap_explanation"
    id: str = key_column()
    recorder: str = text_column(index=True)
    finding: str = text_column()
    explanation: str | None = text_column()
    explained_by: str = text_column()
    explained_at: datetime = when_column()
    confirmed_by: str | None = text_column()
    confirmed_at: datetime | None = when_column()
    leaf: int = number_column(index=True)
