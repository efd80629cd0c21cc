"""Rows of what sources say of things in the registers, of certificates and of parties."""

from datetime import datetime
from typing import ClassVar

from sqlalchemy import Text
from sqlmodel import Field

from archive.columns import Row, TableClass, key_column, number_column, text_column, when_column


class RegisterField(Row, table=True):
    """The last word of one source about one field of one thing; ``id``: thing, field and source with spaces between.

    ``value`` None: said to be empty, or erased. A feed's word is in force before a hand's.
    """

    CLASS: ClassVar[TableClass] = "projection"
    __tablename__ = "register_field"
    id: str = Field(primary_key=True, sa_type=Text)
    thing: str = text_column(index=True)
    register_name: str = text_column(index=True)
    field: str = text_column()
    source: str = text_column()
    account: str | None = text_column()
    value: str | None = text_column()
    actor: str = text_column()
    at: datetime = when_column()
    leaf: int = number_column(index=True)


class Certificate(Row, table=True):
    """A certificate of enforcement as last stated; valid from ``valid_from`` and before ``valid_until``."""

    CLASS: ClassVar[TableClass] = "projection"
    id: str = key_column()
    number: str | None = text_column(index=True)
    holder: str = text_column(index=True)
    valid_from: datetime = when_column()
    valid_until: datetime | None = when_column()
    leaf: int = number_column(index=True)


class Party(Row, table=True):
    """A party as last stated; ``id_number`` is an HMAC."""

    CLASS: ClassVar[TableClass] = "projection"
    id: str = key_column()
    name: str | None = text_column()
    credit_code: str | None = text_column(index=True)
    id_number: str | None = text_column(index=True)
    leaf: int = number_column(index=True)
