"""Rows of the log itself, and what the service knows of its publication: cosignatures, anchors, how far it has come.

*log* rows are the truth; *operational* rows can be had again from the store, the cosigners and the log.
"""

from datetime import datetime
from typing import ClassVar

from sqlalchemy import Text
from sqlmodel import Field

from archive.columns import Big, Row, TableClass, blob_column, key_column, number_column, text_column, when_column


class Custody(Row, table=True):
    """One leaf of the log: contiguous from 0, append-only by trigger."""

    CLASS: ClassVar[TableClass] = "log"
    idx: int = Field(primary_key=True, sa_type=Big, sa_column_kwargs={"autoincrement": False})
    kind: str = text_column()
    at: datetime = when_column()
    actor: str = text_column()
    subject: str = text_column(index=True)
    entry: bytes = blob_column()
    leaf_hash: bytes = blob_column()


class SealedParticulars(Row, table=True):
    """Encrypted particulars of one leaf; append-only: erased by destroying the scope's key, not the row."""

    CLASS: ClassVar[TableClass] = "log"
    __tablename__ = "sealed_particulars"
    idx: int = Field(primary_key=True, sa_type=Big, sa_column_kwargs={"autoincrement": False})
    scope: str = text_column(index=True)
    sealed: bytes = blob_column()


class SignedCheckpoint(Row, table=True):
    """Every checkpoint ever signed and the staged batch beneath it; append-only, sizes only grow."""

    CLASS: ClassVar[TableClass] = "log"
    __tablename__ = "signed_checkpoint"
    size: int = Field(primary_key=True, sa_type=Big, sa_column_kwargs={"autoincrement": False})
    root: bytes = blob_column()
    note: bytes = blob_column()
    at: datetime = when_column()
    staged_key: str = text_column()
    staged_version: str = text_column()


class CosignedCheckpoint(Row, table=True):
    """A checkpoint with the cosignatures it has: the note as published, and since when the policy's quorum is met."""

    CLASS: ClassVar[TableClass] = "operational"
    __tablename__ = "cosigned_checkpoint"
    size: int = Field(primary_key=True, sa_type=Big, sa_column_kwargs={"autoincrement": False})
    note: bytes = blob_column()
    at: datetime = when_column()
    met: bool = False


class Anchor(Row, table=True):
    """A checkpoint under time-stamps, locked in the store as ``log/<log id>/anchor/<size>``."""

    CLASS: ClassVar[TableClass] = "operational"
    size: int = Field(primary_key=True, sa_type=Big, sa_column_kwargs={"autoincrement": False})
    at: datetime = when_column()
    stamped_at: datetime | None = when_column()
    object_key: str = text_column()
    version_id: str = text_column()


class LogProgress(Row, table=True):
    """How far a step of publication has come, in leaves: locked (tiles and bundles), collected (staged batches)."""

    CLASS: ClassVar[TableClass] = "operational"
    __tablename__ = "log_progress"
    name: str = key_column()
    size: int = number_column()


class KeyCopy(Row, table=True):
    """A locked object in the store that holds the wrapped key of a scope; the date is what was asked for at least."""

    CLASS: ClassVar[TableClass] = "operational"
    __tablename__ = "key_copy"
    scope: str = Field(primary_key=True, sa_type=Text)
    object_key: str = Field(primary_key=True, sa_type=Text, index=True)
    version_id: str = text_column()
    lock_until: datetime = when_column()
