"""The closed list of what can happen to a recording: each kind a frozen body, each field fixed for ever once released.

A leaf can never be changed, so nothing personal stands here: names, titles, places and reasons are *particulars*,
committed to by the event and encrypted beside it. Docs: docs/events.md (tested against this file).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from archive.adoption_events import ADOPTION_BODIES
from archive.deadline_events import DEADLINE_BODIES
from archive.event_body import Body as Body
from archive.event_values import Interval, StreamSeen, ToolUsed
from archive.import_events import ImportAccountAdded
from archive.joint_events import JOINT_BODIES
from archive.leaving_events import LEAVING_BODIES
from archive.link_events import LINK_BODIES
from archive.log_events import KeyRevoked, KeyRotated, LockProbed, LogSucceeds, ParticularsErased
from archive.matter_events import MATTER_BODIES
from archive.media_events import MEDIA_BODIES
from archive.party_events import PARTY_BODIES
from archive.proof.digest import Digest
from archive.recorder_events import RECORDER_BODIES
from archive.recorder_key_events import RECORDER_KEY_BODIES
from archive.register_events import REGISTER_BODIES
from archive.room_events import ROOM_BODIES
from archive.set_aside_events import SET_ASIDE_BODIES
from archive.shift_events import SHIFT_BODIES
from archive.station_events import (
    StationCodeIssued,
    StationEnrolled2,
    StationKeyChanged,
    StationRevoked,
    UploadFinished2,
)
from archive.step_events import STEP_BODIES
from archive.transcript_events import TRANSCRIPT_BODIES
from archive.unit_events import UNIT_BODIES
from archive.upload_events import UploadExpired
from archive.wipe_events import WIPE_BODIES


@dataclass(frozen=True)
class LogOpened(Body):
    """The first leaf. Subject: the log id."""

    KIND: ClassVar[str] = "log.opened/1"
    origin: str
    log_key: str
    release: str


@dataclass(frozen=True)
class StationEnrolled(Body):
    """A docking station and the key it made. Subject: the station. Particulars: title."""

    KIND: ClassVar[str] = "station.enrolled/1"
    station_key: str


@dataclass(frozen=True)
class PersonAdded(Body):
    """An account for a person. Subject: the person. Particulars: login, display_name."""

    KIND: ClassVar[str] = "person.added/1"
    roles: tuple[str, ...]


@dataclass(frozen=True)
class UploadOpened(Body):
    """A station announced a recording with a signed manifest. Subject: the upload.

    ``manifest`` digests the signed note; the note itself and the claimed labels are particulars.
    ``digests``, ``size``, ``started`` and ``ended`` are the station's claims.
    """

    KIND: ClassVar[str] = "upload.opened/1"
    recording: str
    station: str
    station_key: str
    manifest: tuple[Digest, ...]
    manifest_nonce: str
    digests: tuple[Digest, ...]
    size: int
    recorder: str
    session: str | None
    sequence: int | None
    started: Interval
    ended: Interval


@dataclass(frozen=True)
class UploadFinished(Body):
    """All bytes are in the store and the staging lock holds. Subject: the upload.

    ``segments_root`` is over the digests of the segments as they were received.
    """

    KIND: ClassVar[str] = "upload.finished/1"
    recording: str
    object_key: str
    store: str
    version_id: str
    size: int
    segment_size: int
    segments: int
    segments_root: Digest
    lock_until: datetime


@dataclass(frozen=True)
class UploadQuarantined(Body):
    """What is in the store contradicts the manifest or what was received. Subject: the upload.

    ``reasons`` from: digest (manifest ≠ read-back), segment (received ≠ read-back), size.
    """

    KIND: ClassVar[str] = "upload.quarantined/1"
    recording: str
    reasons: tuple[str, ...]
    claimed: tuple[Digest, ...]
    found: tuple[Digest, ...]
    claimed_size: int
    found_size: int
    segments_differing: tuple[int, ...]
    object_key: str
    store: str
    version_id: str


@dataclass(frozen=True)
class UploadRepeated(Body):
    """The same recorder delivered bytes the archive already holds. Subject: the upload.

    ``recording`` is the first one; ``first_intact`` says that its pinned version was re-read and its digest equal.
    """

    KIND: ClassVar[str] = "upload.repeated/1"
    recording: str
    own_recording: str
    station: str
    station_key: str
    manifest: tuple[Digest, ...]
    digests: tuple[Digest, ...]
    size: int
    segment_size: int
    segments: int
    segments_root: Digest
    object_key: str
    store: str
    version_id: str
    first_intact: bool


@dataclass(frozen=True)
class UploadAborted(Body):
    """An upload was given up; nothing of it counts. Subject: the upload."""

    KIND: ClassVar[str] = "upload.aborted/1"
    recording: str
    reason: str


@dataclass(frozen=True)
class RecordingAccessioned(Body):
    """The original was read back, equals its manifest, and is locked. Subject: the recording.

    ``trust``: recorder_signed | dock_signed | named_only | adopted. ``probe``: done | deferred | refused.
    """

    KIND: ClassVar[str] = "recording.accessioned/1"
    upload: str
    station: str
    station_key: str
    recorder: str
    manifest: tuple[Digest, ...]
    digests: tuple[Digest, ...]
    size: int
    segment_size: int
    segments: int
    segments_root: Digest
    trust: str
    object_key: str
    stored_form: str
    lock_mode: str
    lock_until: datetime
    started: Interval
    ended: Interval
    probe: str
    probe_reason: str | None
    container: str | None
    duration_us: int | None
    streams: tuple[StreamSeen, ...]
    tools: tuple[ToolUsed, ...]


@dataclass(frozen=True)
class ObjectPlaced(Body):
    """Where bytes lie: store and pinned version. Subject: the recording or derivative."""

    KIND: ClassVar[str] = "object.placed/1"
    object_key: str
    store: str
    version_id: str
    size: int
    lock_until: datetime


@dataclass(frozen=True)
class RecordingSameBytes(Body):
    """Another recorder delivered equal bytes; both are kept. Subject: the later recording."""

    KIND: ClassVar[str] = "recording.same_bytes/1"
    other: str
    digest: Digest


@dataclass(frozen=True)
class RecordingLabelled(Body):
    """A label was put on. Subject: the recording. Particulars: matter, case_no, party, officer, wearer, place, …

    ``source``: manifest (claimed by the station), sheet (claimed by the sheet of an adopted share) or person.
    """

    KIND: ClassVar[str] = "recording.labelled/1"
    label: str
    source: str


@dataclass(frozen=True)
class PlaybackOpened(Body):
    """A person was given one object to look at or read. Subject: the playback. ``what``: access_copy |
    original | text."""

    KIND: ClassVar[str] = "playback.opened/1"
    recording: str
    what: str
    derivative: str | None
    object_key: str
    store: str
    version_id: str


BODIES: tuple[type[Body], ...] = (
    LogOpened, StationEnrolled, PersonAdded, UploadOpened, UploadFinished, UploadQuarantined, UploadRepeated,
    UploadAborted, RecordingAccessioned, ObjectPlaced, RecordingSameBytes, RecordingLabelled,
    *MEDIA_BODIES, PlaybackOpened,
    ParticularsErased, LockProbed, KeyRotated, KeyRevoked, LogSucceeds,
    *RECORDER_BODIES,
    StationCodeIssued, StationEnrolled2, StationKeyChanged, StationRevoked, UploadFinished2,
    UploadExpired, ImportAccountAdded,
    *WIPE_BODIES,
    *DEADLINE_BODIES,
    *RECORDER_KEY_BODIES,
    *SHIFT_BODIES,
    *SET_ASIDE_BODIES,
    *MATTER_BODIES,
    *UNIT_BODIES,
    *REGISTER_BODIES,
    *LEAVING_BODIES,
    *ADOPTION_BODIES,
    *ROOM_BODIES,
    *STEP_BODIES,
    *JOINT_BODIES,
    *PARTY_BODIES,
    *TRANSCRIPT_BODIES,
    *LINK_BODIES,
)
BY_KIND: dict[str, type[Body]] = {body.KIND: body for body in BODIES}
