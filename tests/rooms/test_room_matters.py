"""Sessions of a matter: who may open and know of them, and that what the box delivers belongs to it."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from matters.office import code_of, sees
from rooms.site import BOX, HANDLER, PEOPLE, RoomSite, room_site
from specimen_events import AT, ident

from archive import custody, room_sessions
from archive.actors import Actor
from archive.db import Tx
from archive.event_values import Interval
from archive.matter_views import find_matter
from archive.matters import open_matter

OTHER = Actor(ident("usr", 77))
HEAD = Actor(ident("usr", 78), roles=frozenset({"head"}))
MINUTE = timedelta(minutes=1)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[RoomSite]:
    with room_site(tmp_path) as made:
        yield made


def test_a_session_is_opened_for_a_matter_of_others_or_shown_to_them(site: RoomSite) -> None:
    live = site.lived.site
    matter = open_matter(live, HANDLER, "case", "某甲询问")
    opening = partial(room_sessions.open_session, live, untrusted_room=site.room, people=PEOPLE)
    assert code_of(lambda: opening(actor=OTHER, untrusted_matter=matter)) == "matter.unknown"
    session = opening(actor=HANDLER, untrusted_matter="M2026-1")
    assert [row.matter for row in room_sessions.sessions(live, HEAD, site.room)] == [matter]
    assert room_sessions.sessions(live, OTHER, site.room) == ()
    for act in (partial(room_sessions.session_row, live, OTHER, session),
                partial(room_sessions.end_session, live, OTHER, session, AT, AT),
                partial(room_sessions.notify_rights, live, OTHER, session, AT)):
        assert code_of(act) == "room.no_session"
    assert room_sessions.is_busy(live, site.room)
    room_sessions.end_session(live, HANDLER, session, AT, AT)
    assert not room_sessions.is_busy(live, site.room)


def test_a_segment_belongs_to_a_matter_of_another_time_or_box_or_to_none(site: RoomSite) -> None:
    live = site.lived.site
    matter = open_matter(live, HANDLER, "case", "某甲询问")
    session = room_sessions.open_session(live, HANDLER, site.room, PEOPLE, matter)
    opened = site.session(session).opened_at

    def of(station: str, start: timedelta, end: timedelta) -> list[str]:
        moments = [Interval(at, at) for at in (opened + start, opened + end)]
        events = live.db.write(lambda tx: room_sessions.belonging(tx, station, ident("rec", 1), *moments))
        return [vars(event.body)["matter"] for event in events]

    assert of(BOX, -2 * MINUTE, -MINUTE) == of(BOX, MINUTE, 2 * MINUTE) == [matter]
    assert of(BOX, -5 * MINUTE, -3 * MINUTE) == of("sta_x", MINUTE, 2 * MINUTE) == []
    room_sessions.end_session(live, HANDLER, session, AT, AT)
    ended = site.session(session).ended_at
    assert ended is not None
    assert of(BOX, ended - opened + 3 * MINUTE, ended - opened + 4 * MINUTE) == []


def test_what_a_matter_was_given_by_its_session_is_seen_by_others(site: RoomSite) -> None:
    live = site.lived.site
    matter = open_matter(live, HANDLER, "case", "某甲询问")
    session = room_sessions.open_session(live, HANDLER, site.room, PEOPLE, matter)
    recording = site.segment(site.session(session), 1, AT, AT + MINUTE)
    moment = Interval(AT, AT + MINUTE)

    def accessioned(tx: Tx) -> None:
        for event in room_sessions.belonging(tx, BOX, recording, moment, moment):
            custody.append(tx, live.ports.clock, event)

    live.db.write(accessioned)
    assert [(one.row.id, one.by) for one in find_matter(live, HANDLER, matter).recordings] == [(recording, "system")]
    assert [sees(site.lived, who, recording) for who in (HANDLER, HEAD, OTHER)] == [True, True, False]
