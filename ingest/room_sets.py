"""The set of a room session: its channels' deposited segments on one clock, what is missing of each, what is flagged.

A segment belongs to it when the session's own box delivered it under a channel's name, and under the session's id or of
its span: one at the edge of two sessions is delivered once and belongs to both.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select, true

from archive import room_access
from archive.actors import Actor
from archive.recordings import visible_to
from archive.room_access import OpenedSet
from archive.room_sessions import SessionRow, interruptions, session_row
from archive.rooms import require_person
from archive.site import Site
from archive.tables import Recording, Upload, table
from ingest.room_coverage import Channel, Flag, Lapse, Part, channel_of, flags

UPLOAD, RECORDING = table(Upload), table(Recording)


@dataclass(frozen=True)
class RoomSet:
    """``strangers``: segments under the session's id that are not its box's or not of one of its channels."""

    session: SessionRow
    channels: tuple[Channel, ...]
    flags: tuple[Flag, ...]
    strangers: int
    hidden: int


def room_set(site: Site, actor: Actor, untrusted_session: str) -> RoomSet:
    """The set as it is now; a recording this actor may not see counts as ``hidden`` and covers its time all the same.

    ``NotFound room.no_session``, ``Refused room.not_person``. Limit: the times are the box's, on its clock.
    """
    require_person(actor)
    session = session_row(site, actor, untrusted_session)
    seen = RECORDING.c.id.in_(visible_to(actor)).label("seen")
    query = (select(UPLOAD.c.recorder, UPLOAD.c.station, RECORDING.c.id, UPLOAD.c.started_earliest,
                    UPLOAD.c.started_latest, UPLOAD.c.ended_earliest, UPLOAD.c.ended_latest, UPLOAD.c.session, seen)
             .join_from(UPLOAD, RECORDING, RECORDING.c.id == UPLOAD.c.recording)
             .where((UPLOAD.c.session == session.id) | UPLOAD.c.recorder.in_(session.channels) & _within(session)))
    rows: Any = site.db.read(lambda c: c.execute(query).all())
    mine = [row for row in rows if row.station == session.station and row.recorder in session.channels]
    parts: dict[str, list[Part]] = defaultdict(list)
    for row in mine:
        parts[row.recorder].append(Part(row.id if row.seen else "", _middle(row.started_earliest, row.started_latest),
                                        _middle(row.ended_earliest, row.ended_latest)))
    channels = _channels(site, session, parts)
    strangers = sum(row.session == session.id for row in rows) - sum(row.session == session.id for row in mine)
    return RoomSet(session, channels, flags(channels, session.stated_start, session.stated_end), strangers,
                   sum(not row.seen for row in mine))


def open_set(site: Site, actor: Actor, untrusted_session: str) -> OpenedSet:
    """Open the set to play it: one look at all that is there of it now. Errors as ``room_set`` and
    ``room_access.open_set``."""
    held = room_set(site, actor, untrusted_session)
    parts = [part.recording for channel in held.channels for part in channel.parts if part.recording]
    return room_access.open_set(site, actor, held.session.id, parts)


def _channels(site: Site, session: SessionRow, parts: dict[str, list[Part]]) -> tuple[Channel, ...]:
    lapses: dict[int, list[Lapse]] = defaultdict(list)
    for told in interruptions(site, session.id):
        lapses[told.channel].append(Lapse(told.reason, told.since, told.until))
    since, until = session.expected
    return tuple(channel_of(number, parts[recorder], lapses[number], since, until)
                 for number, recorder in enumerate(session.channels, 1))


def _within(session: SessionRow) -> ColumnElement[bool]:
    since, until = session.expected
    begun = true() if until is None else UPLOAD.c.started_earliest < until
    return begun & (UPLOAD.c.ended_latest > since)


def _middle(earliest: datetime, latest: datetime) -> datetime:
    return earliest + (latest - earliest) / 2
