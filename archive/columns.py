"""What rows are made of: the base class, and column types that fit SQLite and PostgreSQL alike."""

from datetime import datetime
from typing import Any, ClassVar, Literal

from sqlalchemy import BigInteger, Integer, LargeBinary, String, Table, Text, TypeDecorator
from sqlmodel import Field, SQLModel

from archive.proof import canonical

TableClass = Literal["log", "projection", "operational", "secret"]
Big = BigInteger().with_variant(Integer(), "sqlite")


class UTCDateTime(TypeDecorator[datetime]):
    """A UTC-aware datetime kept as canonical text: it sorts as text and never comes back naive."""

    impl = String(27)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> str | None:
        """To canonical text."""
        return None if value is None else canonical.format_time(value)

    def process_result_value(self, value: str | None, dialect: Any) -> datetime | None:
        """From canonical text."""
        return None if value is None else canonical.parse_time(value)


class Row(SQLModel):
    """Base of all tables; ``CLASS`` says how a row comes back after a loss."""

    CLASS: ClassVar[TableClass]


def table(model: type[Row]) -> Table:
    """The Core table of a row class: writes go through Core statements."""
    return SQLModel.metadata.tables[str(model.__tablename__)]


def key_column() -> Any:
    """Primary key that holds an id."""
    return Field(primary_key=True, sa_type=String(40))


def number_column(**options: Any) -> Any:
    """64-bit integer: byte counts, leaf indexes."""
    return Field(sa_type=Big, **options)


def when_column(**options: Any) -> Any:
    """UTC time."""
    return Field(sa_type=UTCDateTime, **options)


def text_column(**options: Any) -> Any:
    """Text."""
    return Field(sa_type=Text, **options)


def blob_column() -> Any:
    """Bytes."""
    return Field(sa_type=LargeBinary)
