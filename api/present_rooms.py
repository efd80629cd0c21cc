"""From rooms, sessions and sets to what pages show of them."""

import json
from datetime import datetime, timedelta

from api.present_transcripts import transcript_lines
from api.web.room_views import (
    ChannelLine,
    GapLine,
    RoomLine,
    RoomsView,
    RoomView,
    SessionLabelLine,
    SessionLine,
    SetView,
)
from api.web.views import Frame
from archive import room_sessions, rooms
from archive.actors import Actor
from archive.room_labels import latest_label
from archive.room_sessions import SessionRow
from archive.rooms import RoomRow
from archive.site import Site
from ingest.room_coverage import flags
from ingest.room_sets import RoomSet, room_set


def rooms_view(site: Site, frame: Frame) -> RoomsView:
    """The list of rooms."""
    return RoomsView(frame, tuple(_room(row) for row in rooms.all_rooms(site)))


def room_view(site: Site, actor: Actor, untrusted_room: str, frame: Frame) -> RoomView:
    """One room; ``NotFound room.unknown``."""
    row = rooms.room_row(site, untrusted_room)
    found = room_sessions.sessions(site, actor, row.id)
    return RoomView(frame, _room(row), tuple(_session(one) for one in found), room_sessions.is_busy(site, row.id))


def set_view(site: Site, actor: Actor, untrusted_session: str, frame: Frame) -> SetView:
    """One session's set; ``NotFound room.no_session``."""
    held = room_set(site, actor, untrusted_session)
    row = rooms.room_row(site, held.session.room)
    lines = tuple(ChannelLine(
        c.number, row.channel_names[c.number - 1] if c.number <= len(row.channel_names) else "", len(c.parts),
        c.deposited_until, tuple(GapLine(gap.since, gap.until, gap.reason) for gap in c.missing))
        for c in held.channels)
    begin, end = _span(held)
    playing, length = _playing(held, begin, end)
    said_in = transcript_lines(site, actor, held.session.id, begin, length,
                               lambda starts, ends: flags(held.channels, starts, ends))
    said = latest_label(site, held.session.id)
    label = None if said is None else SessionLabelLine(said.label, said.said, said.by, said.at)
    return SetView(frame, _session(held.session), _room(row), lines, held.flags, held.strangers, held.hidden, playing,
                   length, label, said_in, None if begin is None else int(begin.timestamp() * 1000))


def _span(held: RoomSet) -> tuple[datetime | None, datetime | None]:
    """From the first picture of any channel to the last."""
    return (min((c.parts[0].started for c in held.channels if c.parts), default=None),
            max((c.deposited_until for c in held.channels if c.deposited_until), default=None))


def _playing(held: RoomSet, begin: datetime | None, end: datetime | None) -> tuple[str, int]:
    """Recording, start and end of each segment that may be seen, in seconds from the first one's start."""
    if begin is None or end is None:
        return "[]", 0
    second = timedelta(seconds=1)
    parts = [[[part.recording, (part.started - begin) / second, (part.ended - begin) / second]
              for part in c.parts if part.recording] for c in held.channels]
    return json.dumps(parts), -((begin - end) // second)


def _room(row: RoomRow) -> RoomLine:
    return RoomLine(row.id, row.purpose, row.name, row.place, row.station, row.clock, row.channel_names,
                    row.closed_at)


def _session(row: SessionRow) -> SessionLine:
    return SessionLine(row.id, row.room, row.matter, row.questioned, row.officers, row.by, row.opened_at,
                       row.rights_at, row.ended_at, row.stated_start, row.stated_end)
