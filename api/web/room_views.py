"""The pages of rooms and of sessions in them, as plain values. Times are UTC-aware; all text is shown escaped."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from api.web.transcript_views import TranscriptLine
from api.web.views import Frame


@dataclass(frozen=True)
class RoomLine:
    """A room in the list."""

    id: str
    purpose: str
    name: str | None
    place: str | None
    station: str | None
    clock: str
    channels: tuple[str, ...]
    closed_at: datetime | None


@dataclass(frozen=True)
class RoomsView:
    """The list of rooms."""

    frame: Frame
    rooms: tuple[RoomLine, ...]


@dataclass(frozen=True)
class SessionLine:
    """A session; names are None when erased, an officer is name and number."""

    id: str
    room: str
    matter: str | None
    questioned: str | None
    officers: tuple[tuple[str | None, str | None], ...]
    by: str
    opened_at: datetime
    rights_at: datetime | None
    ended_at: datetime | None
    stated_start: datetime | None
    stated_end: datetime | None


@dataclass(frozen=True)
class RoomView:
    """One room with its sessions, the newest first; ``busy``: one goes on."""

    frame: Frame
    room: RoomLine
    sessions: tuple[SessionLine, ...]
    busy: bool


@dataclass(frozen=True)
class GapLine:
    """A while without a segment; ``reason`` None: the box told none."""

    since: datetime
    until: datetime
    reason: str | None


@dataclass(frozen=True)
class ChannelLine:
    """A channel of the set: what it is called, how many segments, what is missing."""

    number: int
    name: str
    segments: int
    deposited_until: datetime | None
    missing: tuple[GapLine, ...]


@dataclass(frozen=True)
class SessionLabelLine:
    """What a session's label says, by field; ``label``: its id; ``by``: who put it on and when."""

    label: str
    said: Mapping[str, str]
    by: str
    at: datetime


@dataclass(frozen=True)
class SetView:
    """A session's set. ``playing``: JSON for the player, one list of segments a channel, seconds from the set's
    beginning; ``length_s``: the set's whole seconds; ``label``: the latest put on it;
    ``begin_ms``: the set's beginning in milliseconds since 1970."""

    frame: Frame
    session: SessionLine
    room: RoomLine
    channels: tuple[ChannelLine, ...]
    flags: tuple[str, ...]
    strangers: int
    hidden: int
    playing: str
    length_s: int
    label: SessionLabelLine | None = None
    transcripts: tuple[TranscriptLine, ...] = ()
    begin_ms: int | None = None
