"""Rows of matters shown to a recorder's camera."""

from typing import ClassVar

from archive.columns import Row, TableClass, key_column, number_column, text_column


class ShownMatter(Row, table=True):
    """The matter whose code a recording (``id``) shows in its first seconds; None when erased."""

    CLASS: ClassVar[TableClass] = "projection"
    __tablename__ = "matter_shown"
    id: str = key_column()
    matter: str | None = text_column()
    at_us: int = number_column()
    leaf: int = number_column(index=True)
