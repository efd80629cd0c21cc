"""Bodies of the JSON API about rooms and sessions in them. Times are UTC."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from api.schemas import Body

Name = Annotated[str, Field(max_length=200)]


class ChannelNameBody(Body):
    """A channel of a room: its number from 1, the recorder it counts as, its name."""

    number: int
    recorder: str
    name: str


class RoomBody(Body):
    """A room as it is now; ``name`` and ``place`` are null where erased or not said."""

    id: str
    purpose: Literal["interview", "hearing", "premises"]
    name: str | None
    place: str | None
    station: str | None
    clock: Literal["ntp", "gnss", "box", "recorder"]
    channels: list[ChannelNameBody]
    registered_at: datetime
    closed_at: datetime | None


class RoomRequest(Body):
    """A room to register or change. ``station`` empty: it has no box yet."""

    purpose: Name = "interview"
    name: Name
    place: Name = ""
    station: Name = ""
    clock: Name = "ntp"
    channels: list[Name] = Field(max_length=200)


class RoomMadeBody(Body):
    """The room's id."""

    room: str


class SessionRequest(Body):
    """Who is in the room, and the matter where it is known: its id, own number, case number or title."""

    questioned: Name
    officer_1: Name
    officer_2: Name
    officer_1_no: Name = ""
    officer_2_no: Name = ""
    matter: str | None = Field(default=None, max_length=64)


class SessionMadeBody(Body):
    """The session's id."""

    session: str


class MomentRequest(Body):
    """When the person questioned was told of their rights."""

    at: AwareDatetime


class EndRequest(Body):
    """Start and end as the written record states them."""

    started: AwareDatetime
    ended: AwareDatetime


class SessionLabelRequest(Body):
    """What is said of a session, for all its segments; an empty field says nothing."""

    matter: Name = ""
    case_no: Name = ""
    party: Name = ""
    handling_officer: Name = ""


class SessionLabelBody(Body):
    """The label's id."""

    label: str


class SetPlaybackBody(Body):
    """One look at a set; ``media``: by recording the address of its bytes, for those that have an access copy."""

    media: dict[str, str]


class OfficerBody(Body):
    """An officer as typed; null where erased or not given."""

    name: str | None
    number: str | None


class SessionBody(Body):
    """A session; ``expected_*``: from when to when every channel should have been recorded."""

    id: str
    room: str
    matter: str | None
    questioned: str | None
    officers: list[OfficerBody]
    by: str
    opened_at: datetime
    rights_at: datetime | None
    ended_at: datetime | None
    stated_start: datetime | None
    stated_end: datetime | None
    expected_since: datetime
    expected_until: datetime | None


class PartBody(Body):
    """A deposited segment; ``recording`` is empty where you may not know of it."""

    recording: str
    started: datetime
    ended: datetime


class MissingBody(Body):
    """A while without a segment; ``reason`` is what the box told, null where it told nothing."""

    since: datetime
    until: datetime
    reason: Literal["source_lost", "capture_died", "box_down", "disk_full"] | None


class ChannelBody(Body):
    """One channel of a set."""

    number: int
    parts: list[PartBody]
    missing: list[MissingBody]
    deposited_until: datetime | None


class SetBody(Body):
    """A session's set; ``strangers``: segments under its id that are not its box's or no channel's."""

    session: SessionBody
    channels: list[ChannelBody]
    flags: list[Literal["start_outside", "end_outside"]]
    strangers: int
    hidden: int


class BoxSessionBody(Body):
    """A span a box is to deliver; ``until`` null while it goes on."""

    session: str
    since: datetime
    until: datetime | None


class BoxRoomBody(Body):
    """A room of a box: how many channels it has, and the spans to deliver."""

    room: str
    channels: int
    sessions: list[BoxSessionBody]


class BoxBody(Body):
    """What a box is told."""

    rooms: list[BoxRoomBody]
