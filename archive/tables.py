"""Rows behind the archive. Each table is marked: *log* (the truth), *projection* (rebuilt from it and compared),
*operational* (jobs, open uploads: re-derived from open events) or *secret* (credentials: re-enrolled, own backup).

Tables validate nothing by themselves; what must hold is also a database constraint or a guard (archive.guards).
"""

from datetime import datetime
from typing import Any, ClassVar, Literal

from sqlalchemy import BigInteger, Integer, LargeBinary, String, Table, Text, TypeDecorator, UniqueConstraint
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


def _key() -> Any:
    return Field(primary_key=True, sa_type=String(40))


def _number(**options: Any) -> Any:
    return Field(sa_type=Big, **options)


def _when(**options: Any) -> Any:
    return Field(sa_type=UTCDateTime, **options)


def _text(**options: Any) -> Any:
    return Field(sa_type=Text, **options)


def _blob() -> Any:
    return Field(sa_type=LargeBinary)


class Custody(Row, table=True):
    """One leaf of the log: contiguous from 0, append-only by trigger."""

    CLASS: ClassVar[TableClass] = "log"
    idx: int = Field(primary_key=True, sa_type=Big, sa_column_kwargs={"autoincrement": False})
    kind: str = _text()
    at: datetime = _when()
    actor: str = _text()
    subject: str = _text(index=True)
    entry: bytes = _blob()
    leaf_hash: bytes = _blob()


class SealedParticulars(Row, table=True):
    """Encrypted particulars of one leaf; append-only: erased by destroying the scope's key, not the row."""

    CLASS: ClassVar[TableClass] = "log"
    __tablename__ = "sealed_particulars"
    idx: int = Field(primary_key=True, sa_type=Big, sa_column_kwargs={"autoincrement": False})
    scope: str = _text(index=True)
    sealed: bytes = _blob()


class SignedCheckpoint(Row, table=True):
    """Every checkpoint ever signed and the staged batch beneath it; append-only, sizes only grow."""

    CLASS: ClassVar[TableClass] = "log"
    __tablename__ = "signed_checkpoint"
    size: int = Field(primary_key=True, sa_type=Big, sa_column_kwargs={"autoincrement": False})
    root: bytes = _blob()
    note: bytes = _blob()
    at: datetime = _when()
    staged_key: str = _text()
    staged_version: str = _text()


class Station(Row, table=True):
    """An enrolled docking station and its verification key."""

    CLASS: ClassVar[TableClass] = "projection"
    id: str = _key()
    station_key: str = _text()
    title: str | None = _text()
    enrolled_at: datetime = _when()


class Person(Row, table=True):
    """An account holder; the password stands elsewhere."""

    CLASS: ClassVar[TableClass] = "projection"
    id: str = _key()
    login: str | None = _text(unique=True)
    display_name: str | None = _text()
    roles: str = _text()
    active: bool = True
    added_at: datetime = _when()


class Credential(Row, table=True):
    """Argon2id hash of a person's password."""

    CLASS: ClassVar[TableClass] = "secret"
    person: str = _key()
    password_hash: str = _text()


class WebSession(Row, table=True):
    """A signed-in browser; only the SHA-256 of its token is kept."""

    CLASS: ClassVar[TableClass] = "secret"
    __tablename__ = "web_session"
    token_hash: bytes = Field(primary_key=True, sa_type=LargeBinary(32))
    person: str = _text()
    csrf: str = _text()
    opened_at: datetime = _when()
    expires_at: datetime = _when()


class LoginAttempt(Row, table=True):
    """Failed logins by login digest, so that guessing is slowed across processes and restarts."""

    CLASS: ClassVar[TableClass] = "operational"
    __tablename__ = "login_attempt"
    login_hash: bytes = Field(primary_key=True, sa_type=LargeBinary(32))
    failures: int = 0
    blocked_until: datetime | None = _when()


class Recorder(Row, table=True):
    """A body-worn recorder or camera as manifests name it."""

    CLASS: ClassVar[TableClass] = "projection"
    id: str = _key()
    vendor: str | None = _text()
    serial: str | None = _text()
    kind: str | None = _text()
    __table_args__ = (UniqueConstraint("vendor", "serial"),)


class Upload(Row, table=True):
    """A deposit from its manifest to its outcome. state: open finished accessioned repeated quarantined aborted."""

    CLASS: ClassVar[TableClass] = "projection"
    id: str = _key()
    recording: str = _text(unique=True)
    station: str = _text()
    station_key: str = _text()
    recorder: str = _text()
    nonce: str = _text(unique=True)
    manifest_digest: str = _text()
    digest: str = _text()
    size: int = _number()
    session: str | None = _text()
    sequence: int | None = _number()
    started_earliest: datetime = _when()
    started_latest: datetime = _when()
    ended_earliest: datetime = _when()
    ended_latest: datetime = _when()
    opened_at: datetime = _when()
    opened_leaf: int = _number()
    state: str = _text(index=True)
    object_key: str | None = _text()
    store: str | None = _text()
    version_id: str | None = _text()
    segments_root: str | None = _text()
    outcome_leaf: int | None = _number()
    first_recording: str | None = _text()
    differences: str | None = _text()


class UploadProgress(Row, table=True):
    """How far an open upload has come: multipart id, segments stored, bytes that count in the tail file."""

    CLASS: ClassVar[TableClass] = "operational"
    __tablename__ = "upload_progress"
    upload: str = _key()
    multipart_id: str = _text()
    segments: int = _number(default=0)
    tail_length: int = _number(default=0)


class UploadSegment(Row, table=True):
    """A segment as received: number from 1, SHA-256, size in bytes, the store's tag for the part."""

    CLASS: ClassVar[TableClass] = "operational"
    __tablename__ = "upload_segment"
    upload: str = _key()
    number: int = Field(primary_key=True, sa_type=Big)
    sha256: bytes = _blob()
    size: int = _number()
    etag: str = _text()


class Recording(Row, table=True):
    """An accessioned original."""

    CLASS: ClassVar[TableClass] = "projection"
    id: str = _key()
    upload: str = _text()
    station: str = _text()
    recorder: str = _text()
    digest: str = _text(index=True)
    digests: str = _text()
    size: int = _number()
    trust: str = _text()
    object_key: str = _text()
    stored_form: str = _text()
    lock_until: datetime = _when()
    started_earliest: datetime = _when()
    started_latest: datetime = _when()
    ended_earliest: datetime = _when()
    ended_latest: datetime = _when()
    probe: str = _text()
    container: str | None = _text()
    duration_us: int | None = _number()
    streams: str = _text()
    accessioned_at: datetime = _when()
    leaf: int = _number()


class ObjectPlace(Row, table=True):
    """The pinned version of an object, as ``object.placed`` said."""

    CLASS: ClassVar[TableClass] = "projection"
    __tablename__ = "object_place"
    object_key: str = Field(primary_key=True, sa_type=Text)
    store: str = Field(primary_key=True, sa_type=Text)
    version_id: str = Field(primary_key=True, sa_type=Text)
    subject: str = _text(index=True)
    size: int = _number()
    lock_until: datetime = _when()


class SameBytes(Row, table=True):
    """Two recordings of different recorders with equal bytes."""

    CLASS: ClassVar[TableClass] = "projection"
    __tablename__ = "same_bytes"
    recording: str = _key()
    other: str = _key()
    digest: str = _text()


class Label(Row, table=True):
    """What somebody said a recording is; particulars in the clear for search, gone when erased."""

    CLASS: ClassVar[TableClass] = "projection"
    id: str = _key()
    recording: str = _text(index=True)
    source: str = _text()
    case_no: str | None = _text()
    case_key: str | None = _text(index=True)
    party: str | None = _text()
    handling_officer: str | None = _text()
    wearer: str | None = _text()
    place: str | None = _text()
    file_name: str | None = _text()
    labelled_at: datetime = _when()
    leaf: int = _number()


class RecordingIndex(Row, table=True):
    """Essence digests and groups of pictures of an original."""

    CLASS: ClassVar[TableClass] = "projection"
    __tablename__ = "recording_index"
    recording: str = _key()
    streams: str = _text()
    gops: int = _number()
    gop_root: str | None = _text()
    gop_reason: str | None = _text()


class Derivative(Row, table=True):
    """An access copy, poster, waveform or timestamp table."""

    CLASS: ClassVar[TableClass] = "projection"
    id: str = _key()
    recording: str = _text(index=True)
    purpose: str = _text()
    method: str = _text()
    media_type: str = _text()
    digest: str = _text()
    size: int = _number()
    object_key: str = _text()
    made_at: datetime = _when()


class DerivativeMissing(Row, table=True):
    """Why there is no derivative of this purpose."""

    CLASS: ClassVar[TableClass] = "projection"
    __tablename__ = "derivative_missing"
    recording: str = _key()
    purpose: str = _key()
    reason: str = _text()


class Playback(Row, table=True):
    """One look at one object by one person: opened once, read many times."""

    CLASS: ClassVar[TableClass] = "projection"
    id: str = _key()
    recording: str = _text(index=True)
    actor: str = _text()
    what: str = _text()
    object_key: str = _text()
    version_id: str = _text()
    opened_at: datetime = _when()
    leaf: int = _number()


class Job(Row, table=True):
    """Durable work, one row per key. state: ready leased done failed. ``fence`` grows with every lease."""

    CLASS: ClassVar[TableClass] = "operational"
    id: str = _key()
    kind: str = _text()
    key: str = _text(unique=True)
    state: str = _text(index=True)
    attempts: int = 0
    ready_at: datetime = _when()
    lease_until: datetime | None = _when()
    fence: int = _number(default=0)
    payload: str = _text()
    last_error: str | None = _text()
