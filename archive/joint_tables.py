"""Rows of joint matters: units that take part, owners of recordings, consents asked of them."""

from datetime import datetime
from typing import ClassVar

from archive.columns import Row, TableClass, key_column, number_column, text_column, when_column


class MatterUnit(Row, table=True):
    """A unit's part in a matter, over when ``left_at`` is set."""

    CLASS: ClassVar[TableClass] = "projection"
    __tablename__ = "matter_unit"
    id: str = key_column()
    matter: str = text_column(index=True)
    unit: str = text_column(index=True)
    part: str = text_column()
    added_by: str = text_column()
    added_at: datetime = when_column()
    left_by: str | None = text_column()
    left_at: datetime | None = when_column()
    leaf: int = number_column()


class RecordingOwner(Row, table=True):
    """The unit a recording (``id``) is of, as last stated."""

    CLASS: ClassVar[TableClass] = "projection"
    __tablename__ = "recording_owner"
    id: str = key_column()
    unit: str = text_column(index=True)
    leaf: int = number_column()


class OwnerConsent(Row, table=True):
    """A question to an owner; ``recordings``: ids with a space between; ``given`` None while it waits. Texts are None
    when erased."""

    CLASS: ClassVar[TableClass] = "projection"
    __tablename__ = "owner_consent"
    id: str = key_column()
    matter: str = text_column(index=True)
    unit: str = text_column(index=True)
    recordings: str = text_column()
    recipient: str | None = text_column()
    purpose: str | None = text_column()
    asked_by: str = text_column()
    asked_at: datetime = when_column()
    given: bool | None
    answered_by: str | None = text_column()
    answered_at: datetime | None = when_column()
    leaf: int = number_column(index=True)
