"""Sessions in rooms (R10): a handler opens one, states when rights were notified, ends it with the times of the record.
The box records from two minutes before to two minutes after, and tells when a channel was interrupted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select

from archive import custody, particulars
from archive.actors import SYSTEM, Actor
from archive.db import Tx
from archive.entries import CustodyEvent
from archive.errors import Conflict, NotFound, Refused
from archive.event_body import Body
from archive.event_values import Interval
from archive.identifiers import LedgerId, SessionId, new_id, parse_id
from archive.matter_entry import alive, require_may
from archive.matter_events import RecordingAssigned
from archive.matter_names import named
from archive.publication import Act, require
from archive.recorder_ledger import plain_text
from archive.room_events import (
    INTERRUPTIONS,
    RightsNotified,
    RoomInterrupted,
    RoomSessionEnded,
    RoomSessionOpened,
)
from archive.room_names import MARGIN
from archive.room_segments import SESSION, knows_session
from archive.room_tables import RoomInterruption
from archive.rooms import open_room, require_person
from archive.sight import MATTER
from archive.site import Site
from archive.tables import Person, table

INTERRUPTION, PERSON = table(RoomInterruption), table(Person)
_NAME, _MOST = 64, 500
_LATE = timedelta(days=31)
"""A box is told of a session for this long after its end: what it still holds of it is asked for."""


@dataclass(frozen=True)
class People:
    """Who was in the room, as typed: the person questioned and two officers, the second with a name of their own."""

    questioned: str
    officer_1: str
    officer_2: str
    officer_1_no: str = ""
    officer_2_no: str = ""


@dataclass(frozen=True)
class SessionRow:
    """A session as the tables have it; times of ``opened`` and ``ended`` are the log's, ``stated`` ones the written
    record's. Names are None when erased; ``by``: the opener's name or id."""

    id: str
    room: str
    station: str | None
    channels: tuple[str, ...]
    matter: str | None
    questioned: str | None
    officers: tuple[tuple[str | None, str | None], ...]
    by: str
    opened_at: datetime
    rights_at: datetime | None
    ended_at: datetime | None
    stated_start: datetime | None
    stated_end: datetime | None

    @property
    def expected(self) -> tuple[datetime, datetime | None]:
        """From when to when every channel should have been recorded; the end None while the session goes on."""
        return self.opened_at - MARGIN, None if self.ended_at is None else self.ended_at + MARGIN


@dataclass(frozen=True)
class Interrupted:
    """A channel, from 1, was not recorded for a while, in the box's words and by its clock."""

    channel: int
    reason: str
    since: datetime
    until: datetime


def open_session(site: Site, actor: Actor, untrusted_room: str, people: People,
                 untrusted_matter: str | None = None) -> SessionId:
    """Begin to record an act; a room has one session at a time.

    ``NotFound room.unknown``, ``Conflict room.closed | room.busy``, ``Refused room.not_person | room.officers |
    recorder.text | matter.not_member``, ``NotFound matter.unknown``, ``Conflict matter.several | matter.merged``. What
    the room's box delivers of a session belongs to its matter from accession on.
    """
    require_person(actor)
    require(site, Act.ORDINARY)
    room, session = parse_id("rom", untrusted_room), SessionId(new_id("ses"))
    matter = named(site, actor, untrusted_matter) if untrusted_matter else None
    sealed = particulars.seal(site.ports.vault, site.log_id, session, particulars.salted(_people(people)))

    def record(tx: Tx) -> None:
        held = open_room(tx, room)
        if matter is not None:
            alive(tx, matter)
            require_may(tx, actor, matter)
        if tx.execute(select(SESSION.c.id).where(SESSION.c.room == room, SESSION.c.ended_at.is_(None))).first():
            raise Conflict("room.busy", "a session is open in this room; end it first")
        body = RoomSessionOpened(room, held.station, held.channels, matter)
        event = CustodyEvent.committed(actor.id, session, body, sealed.commitment)
        custody.append(tx, site.ports.clock, event, sealed)

    site.db.write(record)
    return session


def notify_rights(site: Site, actor: Actor, untrusted_session: str, at: datetime) -> None:
    """When the person questioned was told of their rights. ``NotFound room.no_session``, ``Refused room.not_person |
    room.moment``."""
    _enter(site, actor, untrusted_session, RightsNotified(_moment(site, at)))


def end_session(site: Site, actor: Actor, untrusted_session: str, started: datetime, ended: datetime) -> None:
    """End a session with the start and end the written record states. Errors as ``notify_rights``, ``Conflict
    room.ended``."""
    if not _moment(site, started) <= _moment(site, ended):
        raise Refused("room.moment", "the stated end lies before the stated start")

    def fits(row: Any) -> None:
        if row.ended_at is not None:
            raise Conflict("room.ended", "this session has been ended already")

    _enter(site, actor, untrusted_session, RoomSessionEnded(started, ended), fits)


def tell_interruption(site: Site, station: Actor, untrusted_session: str, told: Interrupted) -> None:
    """The session's own box says that a channel was not recorded for a while; the same again adds nothing.

    ``NotFound room.no_session``, ``Refused room.interruption``. Limit: a box that never tells is not noticed here; the
    gap itself is, by times and numbers.
    """
    require(site, Act.ORDINARY)
    session, entry = parse_id("ses", untrusted_session), LedgerId(new_id("led"))
    if told.reason not in INTERRUPTIONS or not told.since <= told.until:
        raise Refused("room.interruption", f"the reason is one of {', '.join(INTERRUPTIONS)}; it ends after it begins")

    def record(tx: Tx) -> None:
        row = _session(tx, session)
        if row.station != station.id:
            raise no_session()
        if not 0 < told.channel <= len(row.channels.split()):
            raise Refused("room.interruption", "the session has no channel of this number")
        same = (INTERRUPTION.c.session == session, INTERRUPTION.c.channel == told.channel,
                INTERRUPTION.c.since == told.since)
        if tx.execute(select(INTERRUPTION.c.id).where(*same)).first() is None:
            body = RoomInterrupted(entry, told.channel, told.reason, told.since, told.until)
            custody.append(tx, site.ports.clock, CustodyEvent.plain(station.id, session, body))

    site.db.write(record)


def belonging(tx: Tx, station: str, recording: str, started: Interval, ended: Interval) -> list[CustodyEvent]:
    """The events that assign a recording of a room's box to the matters of the sessions it is of, lead-in and run-out
    included. Limit: a segment at the edge of two sessions belongs to the matters of both."""
    query = select(SESSION.c.matter).join_from(SESSION, MATTER, MATTER.c.id == SESSION.c.matter).where(
        SESSION.c.station == station, MATTER.c.merged_into.is_(None), SESSION.c.opened_at <= ended.latest + MARGIN,
        SESSION.c.ended_at.is_(None) | (SESSION.c.ended_at >= started.earliest - MARGIN)).distinct()
    return [CustodyEvent.plain(SYSTEM.id, recording, RecordingAssigned(new_id("asg"), matter, None, None, None))
            for matter in tx.execute(query).scalars()]


def sessions(site: Site, actor: Actor, untrusted_room: str) -> tuple[SessionRow, ...]:
    """Sessions of a room this actor may know of, the newest first, at most 500."""
    where = SESSION.c.room == parse_id("rom", untrusted_room)
    return site.db.read(lambda c: _rows(c, where & knows_session(actor)))


def is_busy(site: Site, room: str) -> bool:
    """Whether a session is open in a room, whoever may know of it."""
    query = select(SESSION.c.id).where(SESSION.c.room == room, SESSION.c.ended_at.is_(None))
    return site.db.read(lambda c: c.execute(query).first()) is not None


def session_row(site: Site, actor: Actor, untrusted_session: str) -> SessionRow:
    """One session; ``NotFound room.no_session`` when absent or of a matter this actor may not know of."""
    session = parse_id("ses", untrusted_session)
    found = site.db.read(lambda c: _rows(c, (SESSION.c.id == session) & knows_session(actor)))
    if not found:
        raise no_session()
    return found[0]


def for_box(site: Site, station: str, now: datetime) -> tuple[SessionRow, ...]:
    """Sessions this box records or may still hold something of."""
    late = (SESSION.c.ended_at.is_(None)) | (SESSION.c.ended_at > now - _LATE)
    return site.db.read(lambda c: _rows(c, (SESSION.c.station == station) & late))


def interruptions(site: Site, session: str) -> tuple[Interrupted, ...]:
    """What the box told of, in order of time."""
    found: Any = site.db.read(lambda c: c.execute(select(INTERRUPTION).where(INTERRUPTION.c.session == session)
                                                  .order_by(INTERRUPTION.c.since, INTERRUPTION.c.channel)).all())
    return tuple(Interrupted(row.channel, row.reason, row.since, row.until) for row in found)


def no_session() -> NotFound:
    """There is no such session."""
    return NotFound("room.no_session", "there is no such session in a room; look at the list of rooms")


def _people(people: People) -> dict[str, str]:
    said = {"questioned": plain_text(people.questioned, "the person questioned", _NAME),
            "officer_1": plain_text(people.officer_1, "the first officer", _NAME),
            "officer_2": plain_text(people.officer_2, "the second officer", _NAME)}
    numbers = {name: plain_text(text, f"the number of {name}", _NAME) for name, text in
               (("officer_1_no", people.officer_1_no), ("officer_2_no", people.officer_2_no)) if text.strip()}
    first, second = ((said[name], numbers.get(f"{name}_no")) for name in ("officer_1", "officer_2"))
    if first == second:
        raise Refused("room.officers", "two officers, who are two people, question a person; name both")
    return said | numbers


def _enter(site: Site, actor: Actor, untrusted_session: str, body: Body, fits: Any = lambda row: None) -> None:
    require_person(actor)
    require(site, Act.ORDINARY)
    session = parse_id("ses", untrusted_session)

    def record(tx: Tx) -> None:
        if tx.execute(select(SESSION.c.id).where(SESSION.c.id == session, knows_session(actor))).first() is None:
            raise no_session()
        fits(_session(tx, session))
        custody.append(tx, site.ports.clock, CustodyEvent.plain(actor.id, session, body))

    site.db.write(record)


def _session(tx: Tx, session: str) -> Any:
    row = tx.execute(select(SESSION).where(SESSION.c.id == session)).first()
    if row is None:
        raise no_session()
    return row


def _moment(site: Site, at: datetime) -> datetime:
    if at > site.ports.clock.now() + timedelta(minutes=10):
        raise Refused("room.moment", "this time lies in the future; state when it was")
    return at


def _rows(c: Connection, where: Any) -> tuple[SessionRow, ...]:
    found: Any = c.execute(select(SESSION, PERSON.c.display_name).join_from(
        SESSION, PERSON, PERSON.c.id == SESSION.c.opened_by, isouter=True)
        .where(where).order_by(SESSION.c.leaf.desc()).limit(_MOST)).all()
    return tuple(_row(row) for row in found)


def _row(row: Any) -> SessionRow:
    officers: Sequence[tuple[str | None, str | None]] = (
        (row.officer_1, row.officer_1_no), (row.officer_2, row.officer_2_no))
    by = row.display_name or ("" if row.opened_by == SYSTEM.id else row.opened_by)
    return SessionRow(row.id, row.room, row.station, tuple(row.channels.split()), row.matter, row.questioned,
                      tuple(officers), by, row.opened_at, row.rights_at, row.ended_at, row.stated_start,
                      row.stated_end)
