"""Rooms and sessions in them: who may, what a leaf holds, what outlives an erasure, two at once."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from rooms.site import BOX, CHANNELS, HANDLER, PEOPLE, STATION, RoomSite, room_site
from specimen_events import AT, ident

from archive import room_sessions, rooms
from archive.actors import Actor
from archive.errors import ArchiveError
from archive.matters import open_matter
from archive.recorder_ledger import known_recorder
from archive.room_names import ROOM_VENDOR, channel_serial
from archive.room_sessions import Interrupted, People
from archive.rooms import Means

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[RoomSite]:
    with room_site(tmp_path) as made:
        yield made


def code_of(act: Callable[[], object]) -> str:
    with pytest.raises(ArchiveError) as refusal:
        act()
    return refusal.value.code


def test_a_room_is_registered_that_nothing_could_record_in(site: RoomSite) -> None:
    add = partial(rooms.register, site.lived.site)
    plain = Means("", "ntp", CHANNELS)
    for actor, purpose, name, means, code in (
            (Actor(BOX), "interview", "一", plain, "room.not_person"),
            (HANDLER, "kitchen", "一", plain, "room.purpose"),
            (HANDLER, "hearing", " ", plain, "recorder.text"),
            (HANDLER, "hearing", "一", replace(plain, untrusted_clock="sundial"), "room.clock"),
            (HANDLER, "hearing", "一", replace(plain, untrusted_channels=()), "room.channels"),
            (HANDLER, "hearing", "一", replace(plain, untrusted_channels=("x",) * 17), "room.channels"),
            (HANDLER, "hearing", "一", replace(plain, untrusted_channels=("a\nb",)), "recorder.text"),
            (HANDLER, "hearing", "一", replace(plain, untrusted_station=STATION), "room.station"),
            (HANDLER, "hearing", "一", replace(plain, untrusted_station="sta_x"), "room.station")):
        assert code_of(partial(add, actor, purpose, name, "", means)) == code
    assert [row.id for row in rooms.all_rooms(site.lived.site)] == [site.room]


def test_a_deposit_of_a_channel_is_taken_for_a_recorder_nobody_knows(site: RoomSite) -> None:
    row = rooms.room_row(site.lived.site, site.room)
    assert row.channel_names == CHANNELS
    found = [site.lived.site.db.read(lambda c, n=n: known_recorder(c, ROOM_VENDOR, channel_serial(site.room, n)))
             for n in (1, 2, 3)]
    assert found == list(row.channels)


def test_a_channel_changes_its_identity_when_the_room_is_changed(site: RoomSite) -> None:
    before = rooms.room_row(site.lived.site, site.room)
    rooms.change(site.lived.site, HANDLER, site.room, "询问室二", "", Means("", "gnss", (*CHANNELS, "门外")))
    after = rooms.room_row(site.lived.site, site.room)
    assert after.channels[:3] == before.channels
    assert (len(after.channels), after.name, after.place) == (4, "询问室二", None)
    assert (after.clock, after.station) == ("gnss", None)
    rooms.change(site.lived.site, HANDLER, site.room, "询问室二", "", Means("", "gnss", CHANNELS[:1]))
    rooms.change(site.lived.site, HANDLER, site.room, "询问室二", "", Means("", "gnss", CHANNELS))
    assert rooms.room_row(site.lived.site, site.room).channels == before.channels


def test_a_name_stands_in_a_leaf_or_its_erasure_takes_the_room_away(site: RoomSite) -> None:
    matter = open_matter(site.lived.site, HANDLER, "case", "某甲询问")
    session = room_sessions.open_session(site.lived.site, HANDLER, site.room, PEOPLE, "某甲询问")
    for name in ("询问室一", "城东所", *CHANNELS, PEOPLE.questioned, PEOPLE.officer_1, "650101"):
        assert not any(name in entry for entry in site.shelf.entries())
    site.shelf.erase(session)
    row = site.session(session)
    assert (row.questioned, row.officers, row.matter) == (None, ((None, None), (None, None)), matter)
    assert rooms.room_row(site.lived.site, site.room).name == "询问室一"
    room_sessions.end_session(site.lived.site, HANDLER, session, AT, AT)
    site.shelf.erase(_naming_of(site))
    erased = rooms.room_row(site.lived.site, site.room)
    assert (erased.name, erased.place, erased.channel_names) == (None, None, ("", "", ""))
    assert known_recorder_of(site, 1) == erased.channels[0]
    rooms.change(site.lived.site, HANDLER, site.room, "询问室甲", "", Means(BOX, "ntp", CHANNELS))
    assert rooms.room_row(site.lived.site, site.room).name == "询问室甲"


def known_recorder_of(site: RoomSite, number: int) -> str | None:
    return site.lived.site.db.read(lambda c: known_recorder(c, ROOM_VENDOR, channel_serial(site.room, number)))


def _naming_of(site: RoomSite) -> str:
    named = next(entry for entry in site.shelf.entries() if '"room.named/1"' in entry)
    return named.split('"remark":"')[1].split('"')[0]


def test_two_sessions_run_in_one_room(site: RoomSite) -> None:
    both = site.shelf.at_once([partial(room_sessions.open_session, site.lived.site, HANDLER, site.room, PEOPLE)] * 2)
    assert sorted(getattr(one, "code", "done") for one in both) == ["done", "room.busy"]


def test_one_officer_questions_alone_or_something_else_than_a_person_opens(site: RoomSite) -> None:
    begin = partial(room_sessions.open_session, site.lived.site)
    assert code_of(partial(begin, HANDLER, site.room, People("某", "王强", "王强"))) == "room.officers"
    assert code_of(partial(begin, HANDLER, site.room, People("某", "王强", " "))) == "recorder.text"
    assert code_of(partial(begin, Actor(BOX), site.room, PEOPLE)) == "room.not_person"
    assert code_of(partial(begin, HANDLER, ident("rom", 5), PEOPLE)) == "room.unknown"
    assert code_of(partial(begin, HANDLER, site.room, PEOPLE, "吉市监罚〔2026〕6号")) == "matter.unknown"
    room_sessions.open_session(site.lived.site, HANDLER, site.room, People("某", "王强", "王强", "1", "2"))


def test_a_closed_room_is_used_or_changed(site: RoomSite) -> None:
    rooms.close(site.lived.site, HANDLER, site.room)
    for act in (partial(rooms.close, site.lived.site, HANDLER, site.room),
                partial(room_sessions.open_session, site.lived.site, HANDLER, site.room, PEOPLE),
                partial(rooms.change, site.lived.site, HANDLER, site.room, "一", "", Means("", "ntp", CHANNELS))):
        assert code_of(act) == "room.closed"


def test_a_session_is_ended_twice_in_the_future_or_backwards(site: RoomSite) -> None:
    session = room_sessions.open_session(site.lived.site, HANDLER, site.room, PEOPLE)
    site.lived.clock.at = AT + HOUR
    end = partial(room_sessions.end_session, site.lived.site, HANDLER)
    assert code_of(partial(end, session, AT, AT + 2 * HOUR)) == "room.moment"
    assert code_of(partial(end, session, AT + MINUTE, AT)) == "room.moment"
    assert code_of(partial(end, ident("ses", 5), AT, AT)) == "room.no_session"
    room_sessions.notify_rights(site.lived.site, HANDLER, session, AT + MINUTE)
    end(session, AT, AT + HOUR)
    assert code_of(partial(end, session, AT, AT + HOUR)) == "room.ended"
    row = site.session(session)
    assert (row.rights_at, row.stated_start, row.stated_end) == (AT + MINUTE, AT, AT + HOUR)
    assert row.expected == (row.opened_at - 2 * MINUTE, (row.ended_at or AT) + 2 * MINUTE)


def test_another_station_tells_of_an_interruption_or_it_counts_twice(site: RoomSite) -> None:
    session = room_sessions.open_session(site.lived.site, HANDLER, site.room, PEOPLE)
    told = Interrupted(2, "source_lost", AT, AT + MINUTE)
    tell = partial(room_sessions.tell_interruption, site.lived.site)
    assert code_of(partial(tell, Actor(STATION), session, told)) == "room.no_session"
    for wrong in (replace(told, reason="lunch"), replace(told, channel=4), replace(told, channel=0),
                  replace(told, until=AT - MINUTE)):
        assert code_of(partial(tell, Actor(BOX), session, wrong)) == "room.interruption"
    tell(Actor(BOX), session, told)
    tell(Actor(BOX), session, told)
    assert room_sessions.interruptions(site.lived.site, session) == (told,)


def test_a_box_is_told_of_another_boxs_session_or_of_one_long_over(site: RoomSite) -> None:
    session = room_sessions.open_session(site.lived.site, HANDLER, site.room, PEOPLE)
    told = partial(room_sessions.for_box, site.lived.site)
    assert [row.id for row in told(BOX, AT + 100 * HOUR)] == [session]
    assert told(STATION, AT) == ()
    room_sessions.end_session(site.lived.site, HANDLER, session, AT, AT)
    assert [row.id for row in told(BOX, AT + 30 * 24 * HOUR)] == [session]
    assert told(BOX, AT + 32 * 24 * HOUR) == ()
