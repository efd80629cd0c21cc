"""Rooms (R10): registered with their channels and clock, named, changed, closed. A channel is a recorder whose name
follows from the room's id, so that what a box deposits is known to be of that channel."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from archive import custody, particulars
from archive.actors import SYSTEM, Actor
from archive.db import Tx
from archive.entries import CustodyEvent
from archive.errors import Conflict, NotFound, Refused
from archive.event_body import Body
from archive.identifiers import RemarkId, RoomId, new_id, parse_id
from archive.publication import Act, require
from archive.recorder_ledger import known_recorder, plain_text
from archive.room_events import CLOCKS, PURPOSES, RoomChanged, RoomClosed, RoomNamed, RoomRegistered
from archive.room_names import MOST_CHANNELS, ROOM_VENDOR, channel_serial
from archive.room_tables import Room, RoomName
from archive.site import Site
from archive.tables import Station, table

ROOM, NAME, STATION = table(Room), table(RoomName), table(Station)
_NAME = 64


@dataclass(frozen=True)
class Means:
    """What a room records with. ``station``: its box's id, "" for none; ``channels``: their names, channel 1 first."""

    untrusted_station: str
    untrusted_clock: str
    untrusted_channels: Sequence[str]


@dataclass(frozen=True)
class RoomRow:
    """A room as it is now; ``name`` and ``place`` are None where erased or not said. ``channels``: recorders, with
    ``channel_names`` beside them, "" where there is none."""

    id: str
    purpose: str
    station: str | None
    clock: str
    channels: tuple[str, ...]
    name: str | None
    place: str | None
    channel_names: tuple[str, ...]
    registered_at: datetime
    closed_at: datetime | None


def register(site: Site, actor: Actor, untrusted_purpose: str, name: str, place: str, means: Means) -> RoomId:
    """Put a room on the list. ``Refused room.not_person | room.purpose | room.clock | room.channels | room.station |
    recorder.text``."""
    require_person(actor)
    require(site, Act.ORDINARY)
    if untrusted_purpose not in PURPOSES:
        raise Refused("room.purpose", f"a room's purpose is one of {', '.join(PURPOSES)}")
    room = RoomId(new_id("rom"))
    named = _named(site, actor, room, name, place, means.untrusted_channels)

    def record(tx: Tx) -> None:
        station, channels = _means(tx, room, means)
        body = RoomRegistered(untrusted_purpose, station, means.untrusted_clock, channels)
        custody.append(tx, site.ports.clock, CustodyEvent.plain(actor.id, room, body))
        custody.append(tx, site.ports.clock, *named)

    site.db.write(record)
    return room


def change(site: Site, actor: Actor, untrusted_room: str, name: str, place: str, means: Means) -> None:
    """Another name, box, clock or set of channels, for sessions opened from now on. Errors as ``register``, ``NotFound
    room.unknown``, ``Conflict room.closed``."""
    require_person(actor)
    require(site, Act.ORDINARY)
    room = parse_id("rom", untrusted_room)
    named = _named(site, actor, room, name, place, means.untrusted_channels)

    def record(tx: Tx) -> None:
        open_room(tx, room)
        station, channels = _means(tx, room, means)
        body = RoomChanged(station, means.untrusted_clock, channels)
        custody.append(tx, site.ports.clock, CustodyEvent.plain(actor.id, room, body))
        custody.append(tx, site.ports.clock, *named)

    site.db.write(record)


def close(site: Site, actor: Actor, untrusted_room: str) -> None:
    """Take a room out of use. ``NotFound room.unknown``, ``Conflict room.closed``, ``Refused room.not_person``."""
    require_person(actor)
    require(site, Act.ORDINARY)
    room = parse_id("rom", untrusted_room)

    def record(tx: Tx) -> None:
        open_room(tx, room)
        body: Body = RoomClosed()
        custody.append(tx, site.ports.clock, CustodyEvent.plain(actor.id, room, body))

    site.db.write(record)


def all_rooms(site: Site) -> tuple[RoomRow, ...]:
    """Every room, those in use first, then by name."""
    found = site.db.read(lambda c: rows(c))
    return tuple(sorted(found, key=lambda row: (row.closed_at is not None, row.name or "", row.id)))


def room_row(site: Site, untrusted_room: str) -> RoomRow:
    """One room; ``NotFound room.unknown``."""
    found = site.db.read(lambda c: rows(c, ROOM.c.id == parse_id("rom", untrusted_room)))
    if not found:
        raise unknown()
    return found[0]


def rows(reading: Connection | Tx, where: Any = True) -> list[RoomRow]:
    """Rooms that fit a condition on their table."""
    found: Any = reading.execute(
        select(ROOM, NAME.c.name, NAME.c.place, NAME.c.channels.label("names"))
        .join_from(ROOM, NAME, NAME.c.id == ROOM.c.id, isouter=True).where(where).order_by(ROOM.c.leaf)).all()
    return [_row(row) for row in found]


def open_room(tx: Tx, room: str) -> RoomRow:
    """The room, if it is in use; ``NotFound room.unknown``, ``Conflict room.closed``."""
    found = rows(tx, ROOM.c.id == room)
    if not found:
        raise unknown()
    if found[0].closed_at is not None:
        raise Conflict("room.closed", "this room is out of use; register a new one")
    return found[0]


def unknown() -> NotFound:
    """There is no such room."""
    return NotFound("room.unknown", "there is no such room; look at the list of rooms")


def require_person(actor: Actor) -> None:
    """``Refused room.not_person`` for anything but a person or the service's own command."""
    if actor != SYSTEM and not actor.is_person:
        raise Refused("room.not_person", "rooms and sessions in them are a person's to open, change and close")


def _means(tx: Tx, room: str, means: Means) -> tuple[str | None, tuple[str, ...]]:
    """The box and the recorders of the channels; one a deposit named already keeps its id."""
    if means.untrusted_clock not in CLOCKS:
        raise Refused("room.clock", f"the clock of a room is one of {', '.join(CLOCKS)}")
    station = means.untrusted_station.strip() or None
    if station is not None:
        held: Any = tx.execute(select(STATION.c.kind, STATION.c.revoked_at).where(STATION.c.id == station)).first()
        if held is None or held.revoked_at is not None or held.kind not in ("room", "import"):
            raise Refused("room.station", "the box is no station of kind room (or import, for an NVR) in force")
    numbers = range(1, len(means.untrusted_channels) + 1)
    known = (known_recorder(tx, ROOM_VENDOR, channel_serial(room, number)) for number in numbers)
    return station, tuple(one or new_id("rcd") for one in known)


def _named(site: Site, actor: Actor, room: str, name: str, place: str,
           untrusted_channels: Sequence[str]) -> tuple[CustodyEvent, particulars.Sealed]:
    """Names have a key of their own: erasing them leaves the room."""
    if not 0 < len(untrusted_channels) <= MOST_CHANNELS:
        raise Refused("room.channels", f"a room has 1 to {MOST_CHANNELS} channels, each with a name")
    said: Mapping[str, str] = {
        "name": plain_text(name, "the name of the room", _NAME),
        **({"place": plain_text(place, "the place", 200)} if place.strip() else {}),
        **{f"channel_{n}": plain_text(one, f"the name of channel {n}", _NAME)
           for n, one in enumerate(untrusted_channels, 1)}}
    remark = RemarkId(new_id("rmk"))
    sealed = particulars.seal(site.ports.vault, site.log_id, remark, particulars.salted(said))
    return CustodyEvent.committed(actor.id, room, RoomNamed(remark), sealed.commitment), sealed


def _row(row: Any) -> RoomRow:
    channels, names = tuple(row.channels.split()), (row.names or "").split("\n")
    return RoomRow(row.id, row.purpose, row.station, row.clock, channels, row.name, row.place,
                   tuple(names[n] if n < len(names) else "" for n in range(len(channels))), row.registered_at,
                   row.closed_at)
