"""Rows of import accounts and their drop folders: who attests, what was taken in, what stands there unclaimed."""

from datetime import datetime
from typing import ClassVar

from sqlalchemy import Text, UniqueConstraint
from sqlmodel import Field

from archive.columns import Row, TableClass, key_column, number_column, text_column, when_column


class ImportAccount(Row, table=True):
    """A station that is an import account (``id`` is the station's), and how it reads its folder."""

    CLASS: ClassVar[TableClass] = "projection"
    __tablename__ = "import_account"
    id: str = key_column()
    profile: str = text_column()
    leaf: int = number_column(index=True)


class DropFile(Row, table=True):
    """A file of a drop folder that is being or was taken in, by its path, size and modification time.

    ``note`` and ``openings`` are the manifest signed for it, kept so that a restart goes on with the same upload;
    empty once every byte is in the store. ``digest`` is what the manifest says. ``state``: taking taken
    quarantined settled.
    Lost with the database: the file is then taken in once more and counts as a repeat.
    """

    CLASS: ClassVar[TableClass] = "operational"
    __tablename__ = "drop_file"
    account: str = key_column()
    path: str = Field(primary_key=True, sa_type=Text)
    size: int = number_column(primary_key=True)
    mtime_ns: int = number_column(primary_key=True)
    digest: str = text_column()
    note: str = text_column()
    openings: str = text_column()
    upload: str | None = text_column()
    state: str = text_column()
    taken_at: datetime = when_column()


class UnclaimedFile(Row, table=True):
    """A file of a drop folder nobody could take in, why, and since when; made new from the folder at every scan."""

    CLASS: ClassVar[TableClass] = "operational"
    __tablename__ = "unclaimed_file"
    id: str = key_column()
    account: str = text_column()
    path: str = text_column()
    reason: str = text_column()
    detail: str = text_column()
    size: int = number_column()
    since: datetime = when_column()
    __table_args__ = (UniqueConstraint("account", "path"),)
