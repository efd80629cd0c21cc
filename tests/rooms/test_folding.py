"""Lists show a room session once: its segments are one line, and nobody learns of a session that is not theirs."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from rooms.site import HANDLER, PEOPLE, STATION, RoomSite, room_site
from specimen_events import AT, ident

from api.present import lines
from archive import room_sessions
from archive.actors import Actor
from archive.finding import find
from archive.matter_recordings import assign
from archive.matters import open_matter
from archive.recording_search import search

OTHER = Actor(ident("usr", 77))
MINUTE = timedelta(minutes=1)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[RoomSite]:
    with room_site(tmp_path) as made:
        yield made


def shown(site: RoomSite, actor: Actor = HANDLER, limit: int = 20) -> list[tuple[str, str | None, int]]:
    rows, _ = search(site.lived.site, actor, "", limit, folded=True)
    return [(one.recording_id, one.session, one.segments) for one in lines(site.lived.site, actor, rows)]


def test_a_list_shows_a_segment_of_each_ten_seconds_or_hides_what_is_no_segment(site: RoomSite) -> None:
    session = room_sessions.open_session(site.lived.site, HANDLER, site.room, PEOPLE)
    row = site.session(session)
    parts = [site.segment(row, n, AT + at * MINUTE, AT + (at + 1) * MINUTE) for at in range(3) for n in (1, 2, 3)]
    stranger = site.segment(row, 1, AT, AT + MINUTE, station=STATION)
    assert shown(site) == [(stranger, None, 0), (parts[-1], session, 9)]
    assert shown(site, limit=2) == shown(site)
    plain, _ = search(site.lived.site, HANDLER, "")
    assert {one.id for one in plain} == {*parts, stranger}
    day = AT.astimezone().strftime("%Y-%m")
    found = find(site.lived.site, HANDLER, day, limit=2)
    assert [(one.row.id, one.session and one.session.segments) for one in found.found] == [(stranger, None),
                                                                                           (parts[-1], 9)]
    assert (found.total, found.cut) == (10, False)
    assert find(site.lived.site, HANDLER, day, limit=1).cut


def test_a_fold_tells_of_a_session_or_counts_segments_that_are_not_ones_to_see(site: RoomSite) -> None:
    live = site.lived.site
    session = room_sessions.open_session(live, HANDLER, site.room, PEOPLE)
    row = site.session(session)
    first, second, third = (site.segment(row, n, AT, AT + MINUTE) for n in (1, 2, 3))
    assign(live, HANDLER, [third], open_matter(live, HANDLER, "case", "某甲询问"))
    assert shown(site, OTHER) == [(second, session, 2)]
    assert shown(site) == [(third, session, 3)]
    room_sessions.end_session(live, HANDLER, session, AT, AT)
    hidden = room_sessions.open_session(live, HANDLER, site.room, PEOPLE, "某甲询问")
    segment = site.segment(site.session(hidden), 1, AT, AT + MINUTE)  # not assigned: all may see it, not its session
    newer = site.segment(site.session(hidden), 2, AT, AT + MINUTE)
    assert {(segment, None, 0), (newer, None, 0)} <= set(shown(site, OTHER))
    assert (newer, hidden, 2) in shown(site)
    assert first not in {one for one, _, _ in shown(site)}
