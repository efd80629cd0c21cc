"""Rows of links between documents and recordings."""

from datetime import datetime
from typing import ClassVar

from archive.columns import Row, TableClass, key_column, number_column, text_column, when_column


class DocumentLink(Row, table=True):
    """A link, in force while ``withdrawn_at`` is not set; ``paragraph`` or ``page`` of the derivative, from 1. It holds
    nothing personal: the paragraph's digest stands in the custody history."""

    CLASS: ClassVar[TableClass] = "projection"
    __tablename__ = "document_link"
    id: str = key_column()
    document: str = text_column(index=True)
    derivative: str = text_column()
    paragraph: int | None = number_column()
    page: int | None = number_column()
    recording: str = text_column(index=True)
    from_us: int | None = number_column()
    to_us: int | None = number_column()
    made_by: str = text_column()
    made_at: datetime = when_column()
    withdrawn_by: str | None = text_column()
    withdrawn_at: datetime | None = when_column()
    leaf: int = number_column()
