"""Rows behind the archive. Each table is marked: *log* (the truth, in log_tables), *projection* (rebuilt and compared),
*operational* (jobs, open uploads: re-derived from open events) or *secret* (credentials: re-enrolled, own backup).

Tables validate nothing by themselves; what must hold is also a database constraint or a guard (archive.guards).
"""

from datetime import datetime
from typing import ClassVar

from sqlalchemy import Text, UniqueConstraint
from sqlmodel import Field

from archive.columns import (
    Big,
    Row,
    TableClass,
    blob_column,
    key_column,
    number_column,
    text_column,
    when_column,
)
from archive.columns import table as table


class Station(Row, table=True):
    """An enrolled docking station and its verification key; its kind where the enrolment says one."""

    CLASS: ClassVar[TableClass] = "projection"
    id: str = key_column()
    station_key: str = text_column()
    title: str | None = text_column()
    enrolled_at: datetime = when_column()
    leaf: int = number_column(index=True)
    kind: str | None = text_column()
    previous_key: str | None = text_column()
    revoked_at: datetime | None = when_column()
    revoked_reason: str | None = text_column()


class Person(Row, table=True):
    """An account holder; the password stands elsewhere."""

    CLASS: ClassVar[TableClass] = "projection"
    id: str = key_column()
    login: str | None = text_column(unique=True)
    display_name: str | None = text_column()
    roles: str = text_column()
    active: bool = True
    added_at: datetime = when_column()
    leaf: int = number_column(index=True)


class Recorder(Row, table=True):
    """A body-worn recorder or camera as the manifest of its first deposit names it (``leaf``).

    Limit: when that deposit's particulars are erased the names go with them, and the recorder's next deposit makes
    another row: what the archive may no longer know it does not recognise.
    """

    CLASS: ClassVar[TableClass] = "projection"
    id: str = key_column()
    vendor: str | None = text_column()
    serial: str | None = text_column()
    kind: str | None = text_column()
    leaf: int = number_column(index=True)
    __table_args__ = (UniqueConstraint("vendor", "serial"),)


class Upload(Row, table=True):
    """A deposit from its manifest to its outcome. state: open finished accessioned repeated quarantined aborted
    expired."""

    CLASS: ClassVar[TableClass] = "projection"
    id: str = key_column()
    recording: str = text_column(unique=True)
    station: str = text_column()
    station_key: str = text_column()
    recorder: str = text_column(index=True)
    nonce: str = text_column(unique=True)
    manifest_digest: str = text_column()
    digest: str = text_column()
    size: int = number_column()
    session: str | None = text_column(index=True)
    sequence: int | None = number_column()
    started_earliest: datetime = when_column()
    started_latest: datetime = when_column()
    ended_earliest: datetime = when_column()
    ended_latest: datetime = when_column()
    opened_at: datetime = when_column()
    opened_leaf: int = number_column()
    state: str = text_column(index=True)
    object_key: str | None = text_column()
    store: str | None = text_column()
    version_id: str | None = text_column()
    segments_root: str | None = text_column()
    outcome_leaf: int | None = number_column()
    first_recording: str | None = text_column()
    differences: str | None = text_column()


class UploadProgress(Row, table=True):
    """How far an open upload has come: multipart id, segments stored, bytes that count in the tail file.

    ``fence`` grows with every writer; ``lease_until`` is absent while nobody writes; ``tail_fence`` is the writer whose
    tail file counts; ``last_byte_at`` is when bytes last came, or the opening; ``unsigned``: a request that its station
    had not signed brought bytes, or may have.
    """

    CLASS: ClassVar[TableClass] = "operational"
    __tablename__ = "upload_progress"
    upload: str = key_column()
    multipart_id: str = text_column()
    segments: int = number_column(default=0)
    tail_length: int = number_column(default=0)
    unsigned: bool = True
    fence: int = number_column(default=0)
    lease_until: datetime | None = when_column()
    tail_fence: int = number_column(default=0)
    last_byte_at: datetime | None = when_column()


class UploadSegment(Row, table=True):
    """A segment as received: number from 1, SHA-256, size in bytes, the store's tag for the part."""

    CLASS: ClassVar[TableClass] = "operational"
    __tablename__ = "upload_segment"
    upload: str = key_column()
    number: int = Field(primary_key=True, sa_type=Big)
    sha256: bytes = blob_column()
    size: int = number_column()
    etag: str = text_column()


class Recording(Row, table=True):
    """An accessioned original."""

    CLASS: ClassVar[TableClass] = "projection"
    id: str = key_column()
    upload: str = text_column()
    station: str = text_column()
    recorder: str = text_column(index=True)
    digest: str = text_column(index=True)
    digests: str = text_column()
    size: int = number_column()
    trust: str = text_column()
    object_key: str = text_column()
    stored_form: str = text_column()
    lock_until: datetime = when_column()
    started_earliest: datetime = when_column()
    started_latest: datetime = when_column()
    ended_earliest: datetime = when_column()
    ended_latest: datetime = when_column()
    probe: str = text_column()
    container: str | None = text_column()
    duration_us: int | None = number_column()
    streams: str = text_column()
    accessioned_at: datetime = when_column()
    leaf: int = number_column(index=True)


class ObjectPlace(Row, table=True):
    """The pinned version of an object, as ``object.placed`` said."""

    CLASS: ClassVar[TableClass] = "projection"
    __tablename__ = "object_place"
    object_key: str = Field(primary_key=True, sa_type=Text)
    store: str = Field(primary_key=True, sa_type=Text)
    version_id: str = Field(primary_key=True, sa_type=Text)
    subject: str = text_column(index=True)
    size: int = number_column()
    lock_until: datetime = when_column()


class SameBytes(Row, table=True):
    """Two recordings of different recorders with equal bytes."""

    CLASS: ClassVar[TableClass] = "projection"
    __tablename__ = "same_bytes"
    recording: str = key_column()
    other: str = key_column()
    digest: str = text_column()


class Label(Row, table=True):
    """What somebody said a recording is; particulars in the clear for search, gone when erased."""

    CLASS: ClassVar[TableClass] = "projection"
    id: str = key_column()
    recording: str = text_column(index=True)
    source: str = text_column()
    case_no: str | None = text_column()
    case_key: str | None = text_column(index=True)
    case_tail: str | None = text_column(index=True)
    matter: str | None = text_column()
    party: str | None = text_column()
    handling_officer: str | None = text_column()
    wearer: str | None = text_column()
    wearer_no: str | None = text_column(index=True)
    place: str | None = text_column()
    file_name: str | None = text_column()
    labelled_at: datetime = when_column()
    leaf: int = number_column(index=True)


class RecordingIndex(Row, table=True):
    """Essence digests and groups of pictures of an original."""

    CLASS: ClassVar[TableClass] = "projection"
    __tablename__ = "recording_index"
    recording: str = key_column()
    streams: str = text_column()
    gops: int = number_column()
    gop_root: str | None = text_column()
    gop_reason: str | None = text_column()


class Derivative(Row, table=True):
    """An access copy, poster, waveform or timestamp table."""

    CLASS: ClassVar[TableClass] = "projection"
    id: str = key_column()
    recording: str = text_column(index=True)
    purpose: str = text_column()
    method: str = text_column()
    media_type: str = text_column()
    digest: str = text_column()
    size: int = number_column()
    object_key: str = text_column()
    made_at: datetime = when_column()


class DerivativeMissing(Row, table=True):
    """Why there is no derivative of this purpose."""

    CLASS: ClassVar[TableClass] = "projection"
    __tablename__ = "derivative_missing"
    recording: str = key_column()
    purpose: str = key_column()
    reason: str = text_column()


class Playback(Row, table=True):
    """One look at one object by one person: opened once, read many times."""

    CLASS: ClassVar[TableClass] = "projection"
    id: str = key_column()
    recording: str = text_column(index=True)
    actor: str = text_column()
    what: str = text_column()
    object_key: str = text_column()
    version_id: str = text_column()
    opened_at: datetime = when_column()
    leaf: int = number_column()


class ErasedParticulars(Row, table=True):
    """A leaf (``idx``) whose particulars were erased, by which leaf, on whose order; see ``particulars.erased``."""

    CLASS: ClassVar[TableClass] = "projection"
    __tablename__ = "erased_particulars"
    idx: int = Field(primary_key=True, sa_type=Big, sa_column_kwargs={"autoincrement": False})
    scope: str = text_column(index=True)
    by_leaf: int = number_column()
    authority: str = text_column()
    complete_at: datetime = when_column()


class LockState(Row, table=True):
    """What the last probe of a store's lock came to, by who tried."""

    CLASS: ClassVar[TableClass] = "projection"
    __tablename__ = "lock_state"
    id: str = key_column()
    store: str = text_column()
    identity: str = text_column()
    held: bool
    probed_at: datetime = when_column()
    leaf: int = number_column()


class Job(Row, table=True):
    """Durable work, one row per key. state: ready leased done failed. ``fence`` grows with every lease."""

    CLASS: ClassVar[TableClass] = "operational"
    id: str = key_column()
    kind: str = text_column()
    key: str = text_column(unique=True)
    state: str = text_column(index=True)
    attempts: int = 0
    crashes: int = 0
    ready_at: datetime = when_column()
    lease_until: datetime | None = when_column()
    fence: int = number_column(default=0)
    payload: str = text_column()
    last_error: str | None = text_column()
