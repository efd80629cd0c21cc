"""Rows about stations that never stand in the log: codes that can still be redeemed, nonces of signed requests."""

from datetime import datetime
from typing import ClassVar

from sqlalchemy import LargeBinary, Text
from sqlmodel import Field

from archive.columns import Row, TableClass, key_column, number_column, text_column, when_column


class StationCode(Row, table=True):
    """A one-time code: its first characters to find it by, a keyed hash of the whole, wrong tries, who redeemed it."""

    CLASS: ClassVar[TableClass] = "secret"
    __tablename__ = "station_code"
    id: str = key_column()
    lookup: str = text_column(unique=True)
    code_hash: bytes = Field(sa_type=LargeBinary(32))
    title: str = text_column()
    kind: str = text_column()
    expires_at: datetime = when_column()
    tries: int = number_column(default=0)
    station: str | None = text_column()
    station_key: str | None = text_column()


class RequestNonce(Row, table=True):
    """A nonce a station has signed, kept until its signature's time window is over."""

    CLASS: ClassVar[TableClass] = "operational"
    __tablename__ = "request_nonce"
    station: str = Field(primary_key=True, sa_type=Text)
    nonce: str = Field(primary_key=True, sa_type=Text)
    until: datetime = when_column(index=True)
