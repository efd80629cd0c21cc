"""What is searched: texts by their source, and the numbers the full-text index knows things by."""

from typing import ClassVar

from sqlalchemy import Index, text

from archive.columns import Row, TableClass, number_column, text_column

REFERRED = "kref"
"""The one word of a thing that others refer to (a recorder, a station): found itself, what refers to it is found."""
IS_REFERRED = text(f"words = '{REFERRED}'")


class SearchEntry(Row, table=True):
    """What one source says of a thing (``ref``), as ``search_text`` makes it; empty when erased.

    ``leaf``: whose particulars it holds; absent where it holds none.
    """

    CLASS: ClassVar[TableClass] = "projection"
    __tablename__ = "search_entry"
    id: str = text_column(primary_key=True)
    ref: str = text_column(index=True)
    source: str = text_column()
    grams: str | None = text_column()
    runs: str | None = text_column()
    words: str | None = text_column()
    leaf: int | None = number_column(index=True)
    __table_args__ = (Index("ix_search_entry_referred", "ref", sqlite_where=IS_REFERRED, postgresql_where=IS_REFERRED),)


class SearchNumber(Row, table=True):
    """The number under which the index holds a thing: in the order in which they first came. Made by a trigger."""

    CLASS: ClassVar[TableClass] = "operational"
    __tablename__ = "search_number"
    number: int = number_column(primary_key=True)
    ref: str = text_column(unique=True)
