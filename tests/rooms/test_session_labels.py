"""A session is labelled once for all its segments: what owes a label, what belongs to its matter, what is erased."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from deadlines.takes import PACK
from matters.office import code_of, sees
from rooms.site import BOX, HANDLER, PEOPLE, STATION, RoomSite, room_site
from specimen_events import AT, ident

from archive import custody, room_sessions
from archive.actors import Actor
from archive.db import Tx
from archive.event_values import Interval
from archive.matter_recordings import withdraw
from archive.matter_views import find_matter
from archive.matters import open_matter
from archive.room_labels import label_room_session, latest_label
from retention.deadline_list import RecordingDeadline, deadlines_of

OTHER = Actor(ident("usr", 77))
MINUTE = timedelta(minutes=1)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[RoomSite]:
    with room_site(tmp_path) as made:
        yield made


def open_in(site: RoomSite, matter: str | None = None) -> str:
    return room_sessions.open_session(site.lived.site, HANDLER, site.room, PEOPLE, matter)


def label(site: RoomSite, recording: str) -> RecordingDeadline:
    """The deadline of its label, as the tables have it now."""
    found = deadlines_of(site.lived.site, HANDLER, PACK, recording)
    return next(one for one in found if one.deadline.clause.subject == "label")


def taken_in(site: RoomSite, session: str, channel: int, started: datetime, **other: str) -> str:
    """A segment, accessioned and assigned as accession does it."""
    recording = site.segment(site.session(session), channel, started, started + MINUTE, **other)
    moment = Interval(started, started + MINUTE)

    def accessioned(tx: Tx) -> None:
        for event in room_sessions.belonging(tx, BOX, recording, moment, moment):
            custody.append(tx, site.lived.site.ports.clock, event)

    site.lived.site.db.write(accessioned)
    return recording


def test_each_segment_of_a_labelled_session_owes_a_label_of_its_own(site: RoomSite) -> None:
    session = open_in(site)
    first = site.segment(site.session(session), 1, AT, AT + MINUTE)
    owed = label(site, first).deadline
    assert (owed.missing, owed.done) == (("case_no",), None)  # who is questioned and who questions is known
    label_room_session(site.lived.site, HANDLER, session, {"case_no": "吉市监罚〔2026〕6号"})
    later = site.segment(site.session(session), 3, AT + MINUTE, AT + 2 * MINUTE)
    for recording in (first, later):
        assert (label(site, recording).deadline.missing, label(site, recording).case_no) == ((), "吉市监罚〔2026〕6号")
        assert label(site, recording).named_by == "handling_officer"


def test_a_session_opened_for_a_matter_owes_labels_all_the_same(site: RoomSite) -> None:
    matter = open_matter(site.lived.site, HANDLER, "case", "某甲询问")
    session = open_in(site, matter)
    recording = taken_in(site, session, 2, AT)
    found = label(site, recording).deadline
    assert (found.missing, found.done) == ((), site.session(session).opened_at)


def test_a_stranger_profits_from_a_sessions_label(site: RoomSite) -> None:
    session = open_in(site, open_matter(site.lived.site, HANDLER, "case", "某甲询问"))
    row = site.session(session)
    for other in (site.segment(row, 1, AT, AT + MINUTE, station=STATION),
                  site.segment(row, 1, AT, AT + MINUTE, recorder=ident("rcd", 5))):
        assert label(site, other).deadline.missing == ("case_no", "party", "handling_officer")


def test_a_label_that_names_a_matter_leaves_segments_out_or_takes_others_in(site: RoomSite) -> None:
    live = site.lived.site
    matter = open_matter(live, HANDLER, "case", "某甲询问")
    session = open_in(site)
    before = [taken_in(site, session, n, AT) for n in (1, 2, 3)]
    edge = site.segment(replace(site.session(session), id=ident("ses", 5)), 1, AT - MINUTE, AT)
    long_ago = site.segment(replace(site.session(session), id=ident("ses", 5)), 1, AT - 9 * MINUTE, AT - 8 * MINUTE)
    stranger = site.segment(site.session(session), 1, AT, AT + MINUTE, station=STATION)
    label_room_session(live, HANDLER, session, {"matter": "某甲询问"})
    later = taken_in(site, session, 2, AT + MINUTE)
    held = {one.row.id for one in find_matter(live, HANDLER, matter).recordings}
    assert held == {*before, edge, later}
    assert [sees(site.lived, OTHER, one) for one in (before[0], later)] == [False, False]
    assert [sees(site.lived, OTHER, one) for one in (stranger, long_ago)] == [True, True]
    assert code_of(lambda: room_sessions.session_row(live, OTHER, session)) == "room.no_session"


def test_a_recording_taken_out_of_the_matter_comes_back_with_the_next_label(site: RoomSite) -> None:
    live = site.lived.site
    matter = open_matter(live, HANDLER, "case", "某甲询问")
    session = open_in(site, matter)
    recording = taken_in(site, session, 1, AT)
    (one,) = find_matter(live, HANDLER, matter).recordings
    withdraw(live, HANDLER, matter, one.id, "不属本案")
    head = Actor(HANDLER.id, roles=frozenset({"head"}))
    label_room_session(live, head, session, {"matter": "某甲询问", "party": "某公司"})
    assert recording not in {held.row.id for held in find_matter(live, HANDLER, matter).recordings}


def test_a_session_is_labelled_for_another_matter_by_a_station_by_strangers_or_with_nothing(site: RoomSite) -> None:
    live = site.lived.site
    open_matter(live, HANDLER, "case", "某甲询问")
    open_matter(live, HANDLER, "case", "某乙询问")
    session = open_in(site, "某甲询问")
    put = partial(label_room_session, live, untrusted_session=session)
    for actor, fields, code in ((HANDLER, {"matter": "某乙询问"}, "room.other_matter"),
                                (HANDLER, {"party": " "}, "label.empty"),
                                (HANDLER, {"party": "某" * 201}, "label.too_long"),
                                (OTHER, {"party": "某公司"}, "room.no_session"),
                                (Actor(BOX), {"party": "某公司"}, "room.not_person")):
        assert code_of(partial(put, actor=actor, untrusted_fields=fields)) == code
    assert latest_label(live, session) is None


def test_a_later_label_forgets_what_was_said_or_an_erasure_takes_more_than_its_own(site: RoomSite) -> None:
    live, session = site.lived.site, open_in(site)
    recording = site.segment(site.session(session), 1, AT, AT + MINUTE)
    label_room_session(live, HANDLER, session, {"party": "某公司"})
    second = label_room_session(live, HANDLER, session, {"case_no": "吉市监罚〔2026〕6号"})
    said = latest_label(live, session)
    assert said is not None
    assert said.said == {"party": "某公司", "case_no": "吉市监罚〔2026〕6号"}
    assert not any("某公司" in entry for entry in site.shelf.entries())
    site.shelf.erase(second)
    said = latest_label(live, session)
    assert said is not None
    assert said.said == {"party": "某公司"}
    assert label(site, recording).deadline.missing == ("case_no",)
    label_room_session(live, HANDLER, session, {"case_no": "吉市监罚〔2026〕7号"})
    assert label(site, recording).deadline.missing == ()
