"""Rooms, sessions in them and their sets as JSON; what a room's box asks and tells, by its signature."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import AwareDatetime

from api.deps import Person, PersonWriting, Service, ServiceDep
from api.room_schemas import (
    BoxBody,
    EndRequest,
    MomentRequest,
    RoomBody,
    RoomMadeBody,
    RoomRequest,
    SessionBody,
    SessionLabelBody,
    SessionLabelRequest,
    SessionMadeBody,
    SessionRequest,
    SetBody,
)
from api.station_requests import signer
from archive import room_labels, room_sessions, rooms
from archive.actors import Actor
from archive.errors import Refused
from archive.identifiers import StationId
from archive.room_sessions import Interrupted, People, SessionRow
from archive.rooms import Means, RoomRow
from ingest.room_sets import room_set

router = APIRouter(prefix="/api/v1", tags=["rooms"])


@router.get("/rooms")
def listed(service: ServiceDep, who: Person) -> list[RoomBody]:
    """Every room, those in use first."""
    return [_room(row) for row in rooms.all_rooms(service.archive.site)]


@router.post("/rooms", status_code=201)
def register(service: ServiceDep, who: PersonWriting, ask: RoomRequest) -> RoomMadeBody:
    """Register a room with its channels."""
    means = Means(ask.station, ask.clock, ask.channels)
    return RoomMadeBody(room=rooms.register(service.archive.site, who.actor, ask.purpose, ask.name, ask.place, means))


@router.get("/room-box")
async def box(request: Request, service: ServiceDep) -> BoxBody:
    """The rooms of a box and the spans it is to deliver. Signed by the box."""
    return await asyncio.to_thread(_box, service, await _station(request, service))


@router.put("/rooms/{room}", status_code=204)
def change(service: ServiceDep, who: PersonWriting, room: str, ask: RoomRequest) -> None:
    """Another name, box, clock or set of channels; the purpose stays."""
    means = Means(ask.station, ask.clock, ask.channels)
    rooms.change(service.archive.site, who.actor, room, ask.name, ask.place, means)


@router.post("/rooms/{room}/close", status_code=204)
def close(service: ServiceDep, who: PersonWriting, room: str) -> None:
    """Take a room out of use."""
    rooms.close(service.archive.site, who.actor, room)


@router.get("/rooms/{room}/sessions")
def sessions(service: ServiceDep, who: Person, room: str) -> list[SessionBody]:
    """Sessions of a room, the newest first."""
    return [_session(row) for row in room_sessions.sessions(service.archive.site, who.actor, room)]


@router.post("/rooms/{room}/sessions", status_code=201)
def open_session(service: ServiceDep, who: PersonWriting, room: str, ask: SessionRequest) -> SessionMadeBody:
    """Open a session: the box delivers from two minutes before."""
    people = People(ask.questioned, ask.officer_1, ask.officer_2, ask.officer_1_no, ask.officer_2_no)
    made = room_sessions.open_session(service.archive.site, who.actor, room, people, ask.matter)
    return SessionMadeBody(session=made)


@router.get("/room-sessions/{session}")
def found(service: ServiceDep, who: Person, session: str) -> SetBody:
    """A session's set: segments, gaps and flags."""
    held = room_set(service.archive.site, who.actor, session)
    channels: list[dict[str, Any]] = [
        {"number": c.number, "deposited_until": c.deposited_until, "parts": [vars(part) for part in c.parts],
         "missing": [vars(gap) for gap in c.missing]} for c in held.channels]
    return SetBody.model_validate({"session": _session(held.session), "channels": channels, "flags": list(held.flags),
                                   "strangers": held.strangers, "hidden": held.hidden})


@router.post("/room-sessions/{session}/rights", status_code=204)
def rights(service: ServiceDep, who: PersonWriting, session: str, ask: MomentRequest) -> None:
    """Say when rights were notified."""
    room_sessions.notify_rights(service.archive.site, who.actor, session, ask.at)


@router.post("/room-sessions/{session}/end", status_code=204)
def end(service: ServiceDep, who: PersonWriting, session: str, ask: EndRequest) -> None:
    """End a session with the written record's times."""
    room_sessions.end_session(service.archive.site, who.actor, session, ask.started, ask.ended)


@router.post("/room-sessions/{session}/labels", status_code=201)
def label(service: ServiceDep, who: PersonWriting, session: str, ask: SessionLabelRequest) -> SessionLabelBody:
    """Label a session once, for all its segments."""
    made = room_labels.label_room_session(service.archive.site, who.actor, session, ask.model_dump())
    return SessionLabelBody(label=made)


@router.post("/room-sessions/{session}/interruptions", status_code=204)
async def interrupted(request: Request, service: ServiceDep, session: str, channel: int,
                      reason: Annotated[str, Query(max_length=32)], since: AwareDatetime, until: AwareDatetime) -> None:
    """A channel was not recorded for a while. Signed by the box; all of it stands in the address, which the signature
    covers, so there is no body."""
    actor = Actor(await _station(request, service))
    told = Interrupted(channel, reason, since, until)
    await asyncio.to_thread(room_sessions.tell_interruption, service.archive.site, actor, session, told)


async def _station(request: Request, service: Service) -> StationId:
    station = await signer(request, service)
    if station is None:
        raise Refused("signature.required", "a room's box asks for this with a signed request")
    return station


def _box(service: Service, station: StationId) -> BoxBody:
    site = service.archive.site
    told = room_sessions.for_box(site, station, site.ports.clock.now())
    mine = [row for row in rooms.all_rooms(site)
            if row.station == station or row.id in {session.room for session in told}]
    return BoxBody.model_validate({"rooms": [{
        "room": row.id, "channels": len(row.channels),
        "sessions": [{"session": one.id, "since": one.expected[0], "until": one.expected[1]}
                     for one in reversed(told) if one.room == row.id]} for row in mine]})


def _room(row: RoomRow) -> RoomBody:
    channels = [{"number": n, "recorder": recorder, "name": row.channel_names[n - 1]}
                for n, recorder in enumerate(row.channels, 1)]
    return RoomBody.model_validate({
        "id": row.id, "purpose": row.purpose, "name": row.name, "place": row.place, "station": row.station,
        "clock": row.clock, "channels": channels, "registered_at": row.registered_at, "closed_at": row.closed_at})


def _session(row: SessionRow) -> SessionBody:
    since, until = row.expected
    return SessionBody.model_validate({
        "id": row.id, "room": row.room, "matter": row.matter, "questioned": row.questioned,
        "officers": [{"name": name, "number": number} for name, number in row.officers], "by": row.by,
        "opened_at": row.opened_at, "rights_at": row.rights_at, "ended_at": row.ended_at,
        "stated_start": row.stated_start, "stated_end": row.stated_end, "expected_since": since,
        "expected_until": until})
