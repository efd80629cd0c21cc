"""What is missing of a room session: against a second by second count, and through the tables."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rooms.site import BOX, HANDLER, PEOPLE, STATION, RoomSite, room_site
from specimen_events import AT

from archive import room_sessions
from archive.actors import Actor
from archive.room_sessions import Interrupted
from ingest.room_coverage import TOLERANCE, Lapse, Missing, Part, channel_of, flags
from ingest.room_sets import room_set

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
SPANS = st.lists(st.tuples(st.integers(-20, 140), st.integers(1, 60)), max_size=12)


def at(second: float) -> datetime:
    return AT + second * SECOND


def parts_of(spans: Sequence[tuple[int, int]]) -> list[Part]:
    return [Part(f"rec_{n}", at(start), at(start + length)) for n, (start, length) in enumerate(spans)]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[RoomSite]:
    with room_site(tmp_path) as made:
        yield made


@given(SPANS)
def test_a_second_nobody_recorded_is_not_named_or_one_is_named_that_was(spans: list[tuple[int, int]]) -> None:
    channel = channel_of(1, parts_of(spans), (), at(0), at(120))
    named = {n for gap in channel.missing for n in range(120)
             if gap.since <= at(n) and at(n + 1) <= gap.until}
    bare = {n for n in range(120) if not any(start <= n < start + length for start, length in spans)}
    lone = {n for n in bare if n - 1 not in bare and n + 1 not in bare}  # a pause within the tolerance
    assert bare - lone <= named <= bare
    assert all(gap.until - gap.since > TOLERANCE for gap in channel.missing)


@given(SPANS.map(parts_of).flatmap(lambda parts: st.tuples(st.just(parts), st.permutations(parts))))
def test_the_order_of_arrival_changes_what_is_missing(both: tuple[list[Part], list[Part]]) -> None:
    first, other = (channel_of(1, parts, (), at(0), at(120)) for parts in both)
    assert first == other


def test_a_gap_gets_the_reason_of_another_one() -> None:
    parts = parts_of([(0, 30), (90, 30)])
    lapses = [Lapse("capture_died", at(29), at(32)), Lapse("source_lost", at(33), at(88)),
              Lapse("disk_full", at(95), at(99))]
    assert channel_of(1, parts, lapses, at(0), at(120)).missing == (Missing(at(30), at(90), "source_lost"),)
    assert channel_of(1, parts, lapses[2:], at(0), at(120)).missing == (Missing(at(30), at(90), None),)


def test_what_is_still_being_recorded_counts_as_missing() -> None:
    channel = channel_of(1, parts_of([(0, 30)]), (), at(0), None)
    assert (channel.missing, channel.deposited_until) == ((), at(30))
    assert channel_of(1, [], (), at(0), None).missing == ()
    assert channel_of(1, [], (), at(0), at(120)).missing == (Missing(at(0), at(120), None),)


def test_stated_times_outside_the_set_go_unflagged() -> None:
    whole, short = (channel_of(n, parts_of([(0, length)]), (), at(0), at(120)) for n, length in ((1, 120), (2, 90)))
    assert flags([whole, whole], at(5), at(115)) == ()
    assert flags([whole, short], at(5), at(115)) == ("end_outside",)
    assert flags([whole, whole], at(-60), at(180)) == ("start_outside", "end_outside")
    assert flags([whole], None, None) == ()


def test_one_missing_minute_in_one_channel_is_not_named(site: RoomSite) -> None:
    """Ten minutes and the margins on three channels; channel 2 lacks its fifth minute, and the box says why."""
    session = site.session(room_sessions.open_session(site.lived.site, HANDLER, site.room, PEOPLE))
    begin = session.opened_at - 2 * MINUTE
    site.lived.clock.at = session.opened_at + 10 * MINUTE
    for channel in (1, 2, 3):
        for minute in range(14):
            if (channel, minute) != (2, 5):
                site.segment(session, channel, begin + minute * MINUTE, begin + (minute + 1) * MINUTE)
    lost = begin + 5 * MINUTE
    room_sessions.tell_interruption(site.lived.site, Actor(BOX), session.id,
                                    Interrupted(2, "source_lost", lost, lost + MINUTE))
    room_sessions.end_session(site.lived.site, HANDLER, session.id, session.opened_at,
                              session.opened_at + 10 * MINUTE)
    found = room_set(site.lived.site, HANDLER, session.id)
    assert [channel.missing for channel in found.channels] == [
        (), (Missing(lost, lost + MINUTE, "source_lost"),), ()]
    assert [len(channel.parts) for channel in found.channels] == [14, 13, 14]
    assert (found.flags, found.strangers, found.hidden) == ((), 0, 0)


def test_another_station_or_recorder_fills_a_gap(site: RoomSite) -> None:
    session = site.session(room_sessions.open_session(site.lived.site, HANDLER, site.room, PEOPLE))
    begin = session.opened_at
    site.segment(session, 1, begin, begin + MINUTE, station=STATION)
    site.segment(session, 1, begin, begin + MINUTE, recorder="rcd_0123456789abcdefghjkmnpqrs")
    found = room_set(site.lived.site, HANDLER, session.id)
    assert [channel.parts for channel in found.channels] == [(), (), ()]
    assert found.strangers == 2


def test_a_segment_at_the_edge_of_two_sessions_is_missing_from_one(site: RoomSite) -> None:
    first = site.session(room_sessions.open_session(site.lived.site, HANDLER, site.room, PEOPLE))
    site.lived.clock.at = first.opened_at + 10 * MINUTE
    room_sessions.end_session(site.lived.site, HANDLER, first.id, first.opened_at, first.opened_at)
    site.lived.clock.at = first.opened_at + 11 * MINUTE
    second = site.session(room_sessions.open_session(site.lived.site, HANDLER, site.room, PEOPLE))
    edge = second.opened_at - MINUTE
    shared = site.segment(first, 1, edge, edge + MINUTE)
    early = site.segment(first, 1, edge - 5 * MINUTE, edge - 4 * MINUTE)
    found = [room_set(site.lived.site, HANDLER, one.id).channels[0] for one in (first, second)]
    assert [[part.recording for part in channel.parts] for channel in found] == [[early, shared], [shared]]
