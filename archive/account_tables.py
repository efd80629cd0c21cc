"""Rows about signing in: *secret* ones, which never stand in the log and do not come back by a rebuild."""

from datetime import datetime
from typing import ClassVar

from sqlalchemy import LargeBinary
from sqlmodel import Field

from archive.columns import Row, TableClass, key_column, text_column, when_column


class Credential(Row, table=True):
    """Argon2id hash of a person's password."""

    CLASS: ClassVar[TableClass] = "secret"
    person: str = key_column()
    password_hash: str = text_column()


class WebSession(Row, table=True):
    """A signed-in browser; only the SHA-256 of its token is kept."""

    CLASS: ClassVar[TableClass] = "secret"
    __tablename__ = "web_session"
    token_hash: bytes = Field(primary_key=True, sa_type=LargeBinary(32))
    person: str = text_column()
    csrf: str = text_column()
    opened_at: datetime = when_column()
    expires_at: datetime = when_column()


class LoginAttempt(Row, table=True):
    """Failed logins by login digest, so that guessing is slowed across processes and restarts."""

    CLASS: ClassVar[TableClass] = "operational"
    __tablename__ = "login_attempt"
    login_hash: bytes = Field(primary_key=True, sa_type=LargeBinary(32))
    failures: int = 0
    last_at: datetime = when_column()
    blocked_until: datetime | None = when_column()
