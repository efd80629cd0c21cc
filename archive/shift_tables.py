"""Rows of what makes a wearer's own page possible."""

from typing import ClassVar

from archive.columns import Row, TableClass, key_column, number_column, text_column


class PersonNumber(Row, table=True):
    """The officer's number of an account (``id``), as last given; None when erased."""

    CLASS: ClassVar[TableClass] = "projection"
    __tablename__ = "person_number"
    id: str = key_column()
    officer_no: str | None = text_column(index=True)
    leaf: int = number_column(index=True)
