"""The pages of rooms and of sessions in them, and their forms. Times in forms are Beijing time, as on every page."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api import page_answers, present_rooms
from api.deps import Person, ServiceDep, language_of
from api.page_answers import PersonForm, away, page
from api.routes.deadline_pages import local_time
from archive import room_labels, room_sessions, rooms, transcripts
from archive.identifiers import parse_id
from archive.room_sessions import People
from archive.rooms import Means

router = APIRouter(include_in_schema=False)


@router.get("/rooms")
def listed(request: Request, service: ServiceDep, who: Person) -> Response:
    """All rooms, and the form to register one."""
    view = present_rooms.rooms_view(service.archive.site, page_answers.frame(request, who))
    return page(service.pages.rooms(view, language_of(request)))


@router.post("/rooms")
def register(service: ServiceDep, who: Person, form: PersonForm) -> Response:
    """Register a room."""
    names = [line.strip() for line in form.get("channels", "").splitlines() if line.strip()]
    means = Means(form.get("station", ""), form.get("clock", ""), names)
    room = rooms.register(service.archive.site, who.actor, form.get("purpose", ""), form.get("name", ""),
                          form.get("place", ""), means)
    return away(f"/rooms/{room}")


@router.get("/rooms/{room}")
def shown(request: Request, service: ServiceDep, who: Person, room: str) -> Response:
    """One room, its sessions, and the form to open one."""
    view = present_rooms.room_view(service.archive.site, who.actor, room, page_answers.frame(request, who))
    return page(service.pages.room(view, language_of(request)))


@router.post("/rooms/{room}/close")
def close(service: ServiceDep, who: Person, room: str, form: PersonForm) -> Response:
    """Take a room out of use."""
    rooms.close(service.archive.site, who.actor, room)
    return away("/rooms")


@router.post("/rooms/{room}/sessions")
def open_session(service: ServiceDep, who: Person, room: str, form: PersonForm) -> Response:
    """Open a session."""
    people = People(*(form.get(name, "") for name in
                      ("questioned", "officer_1", "officer_2", "officer_1_no", "officer_2_no")))
    session = room_sessions.open_session(service.archive.site, who.actor, room, people,
                                         form.get("matter", "").strip() or None)
    return away(f"/room-sessions/{session}")


@router.get("/room-sessions/{session}")
def session_set(request: Request, service: ServiceDep, who: Person, session: str) -> Response:
    """A session's set."""
    view = present_rooms.set_view(service.archive.site, who.actor, session, page_answers.frame(request, who))
    return page(service.pages.room_set(view, language_of(request)))


@router.post("/room-sessions/{session}/rights")
def rights(service: ServiceDep, who: Person, session: str, form: PersonForm) -> Response:
    """Say when rights were notified."""
    room_sessions.notify_rights(service.archive.site, who.actor, session, local_time(form.get("at", "")))
    return _again(session)


@router.post("/room-sessions/{session}/end")
def end(service: ServiceDep, who: Person, session: str, form: PersonForm) -> Response:
    """End a session."""
    room_sessions.end_session(service.archive.site, who.actor, session, local_time(form.get("started", "")),
                              local_time(form.get("ended", "")))
    return _again(session)


@router.post("/room-sessions/{session}/label")
def label(service: ServiceDep, who: Person, session: str, form: PersonForm) -> Response:
    """Label the session, for all its segments."""
    room_labels.label_room_session(service.archive.site, who.actor, session, form)
    return _again(session)


@router.post("/transcripts/{transcript}/withdraw")
def withdraw(service: ServiceDep, who: Person, transcript: str, form: PersonForm) -> Response:
    """Take a transcript back; then the page it stands on."""
    of = transcripts.transcript_row(service.archive.site, who.actor, transcript).of
    transcripts.withdraw(service.archive.site, who.actor, transcript, form.get("remark", ""))
    return _again(of) if of.startswith("ses_") else away(f"/recordings/{of}")


def _again(untrusted_session: str) -> Response:
    return away(f"/room-sessions/{parse_id('ses', untrusted_session)}")
