"""Rooms 询问室, 听证室, 办案场所 and what is recorded in them (R10): registered, named, sessions opened and ended.

Names of rooms and channels, of the person questioned and of the officers are particulars.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from archive.event_body import Body

PURPOSES = ("interview", "hearing", "premises")
CLOCKS = ("ntp", "gnss", "box", "recorder")
"""What the room's clock follows; ``box``: the box's own, unsynchronised; ``recorder``: an NVR's or camera's own."""
INTERRUPTIONS = ("source_lost", "capture_died", "box_down", "disk_full")


@dataclass(frozen=True)
class RoomRegistered(Body):
    """A room is known to the archive. Subject: the room.

    ``purpose``: interview | hearing | premises. ``station``: the room box's. ``clock``: ntp | gnss | box | recorder.
    ``channels``: the recorder each channel counts as, channel 1 first.
    """

    KIND: ClassVar[str] = "room.registered/1"
    purpose: str
    station: str | None
    clock: str
    channels: tuple[str, ...]


@dataclass(frozen=True)
class RoomNamed(Body):
    """How people call the room and its channels; a later one goes before. Subject: the room. Particulars: name, place,
    channel_1 and on, under the key of the id ``remark``."""

    KIND: ClassVar[str] = "room.named/1"
    remark: str


@dataclass(frozen=True)
class RoomChanged(Body):
    """Another box, clock or number of channels, for sessions opened from now on. Subject: the room. Fields as in
    ``room.registered``."""

    KIND: ClassVar[str] = "room.changed/1"
    station: str | None
    clock: str
    channels: tuple[str, ...]


@dataclass(frozen=True)
class RoomClosed(Body):
    """The room is out of use: no session is opened in it any more. Subject: the room."""

    KIND: ClassVar[str] = "room.closed/1"


@dataclass(frozen=True)
class RoomSessionOpened(Body):
    """A handler began to record an act in a room. Subject: the session. Particulars: questioned, officer_1,
    officer_1_no, officer_2, officer_2_no, under the session's own key.

    ``station`` and ``channels`` as the room had them then. ``matter``: what it belongs to, if that is known yet.
    """

    KIND: ClassVar[str] = "room.session_opened/1"
    room: str
    station: str | None
    channels: tuple[str, ...]
    matter: str | None


@dataclass(frozen=True)
class RightsNotified(Body):
    """A handler says when the person questioned was told of their rights; the latest statement counts. Subject: the
    session."""

    KIND: ClassVar[str] = "room.rights_notified/1"
    notified_at: datetime


@dataclass(frozen=True)
class RoomSessionEnded(Body):
    """A handler ended the session. Subject: the session. ``started`` and ``ended`` are what the written record 笔录
    states; the log's own times stand beside them."""

    KIND: ClassVar[str] = "room.session_ended/1"
    started: datetime
    ended: datetime


@dataclass(frozen=True)
class RoomInterrupted(Body):
    """The room box says that a channel was not recorded for a while. Subject: the session.

    ``channel`` counts from 1. ``reason``: source_lost | capture_died | box_down | disk_full. By the box's clock.
    """

    KIND: ClassVar[str] = "room.interrupted/1"
    entry: str
    channel: int
    reason: str
    stopped_at: datetime
    resumed_at: datetime


@dataclass(frozen=True)
class RoomSessionLabelled(Body):
    """A person labelled a session once for all its segments; the latest that says something counts. Subject: the
    session. Particulars: case_no, matter, party, handling_officer, under the key of the id ``label``.

    ``matter``: what the session belongs to from now on, where it had none and the label names one.
    """

    KIND: ClassVar[str] = "room.session_labelled/1"
    label: str
    matter: str | None


@dataclass(frozen=True)
class RoomPlaybackOpened(Body):
    """A person was given access copies of a session's segments to play: one look at all of them. Subject: the playback.

    ``copies``: the derivatives given, of which each names its recording and bytes; of a long set there are several of
    these events, one after the other.
    """

    KIND: ClassVar[str] = "room.playback_opened/1"
    session: str
    copies: tuple[str, ...]


ROOM_BODIES: tuple[type[Body], ...] = (
    RoomRegistered, RoomNamed, RoomChanged, RoomClosed, RoomSessionOpened, RightsNotified, RoomSessionEnded,
    RoomInterrupted, RoomSessionLabelled, RoomPlaybackOpened,
)
