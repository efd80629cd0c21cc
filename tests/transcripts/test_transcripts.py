"""Transcripts brought, replaced, taken back, erased and found: who may, what a leaf holds, what others learn."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from matters.office import code_of
from rooms.site import BOX, HANDLER, PEOPLE, RoomSite, room_site
from specimen_events import AT, ident
from sqlalchemy import select

from archive import room_sessions, transcripts
from archive.actors import Actor
from archive.finding import find
from archive.matter_recordings import assign
from archive.matters import open_matter
from archive.search_tables import SearchEntry
from archive.tables import table
from archive.transcripts import Brought, Cue, add, file_of, transcript_row, transcripts_of, withdraw
from ingest.transcript_text import brought

OTHER = Actor(ident("usr", 77))
MINUTE = timedelta(minutes=1)
RECORD = "[00:00:05] 问：货从哪里来？\n答：从库尔勒进的。\n[00:12:31] 问：有发票吗？\n"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[RoomSite]:
    with room_site(tmp_path) as made:
        yield made


def said(text: str = RECORD, encoding: str = "utf-8") -> Brought:
    return brought(text.encode(encoding), "record", "zh", AT)


def open_in(site: RoomSite, matter: str | None = None) -> str:
    return room_sessions.open_session(site.lived.site, HANDLER, site.room, PEOPLE, matter)


def found(site: RoomSite, words: str, actor: Actor = HANDLER) -> list[tuple[str, list[str]]]:
    """By why, the places where it was said."""
    hits = find(site.lived.site, actor, words).found
    return [(hit.why, [mark.value for mark in hit.marks if mark.field == "said"]) for hit in hits]


def test_a_transcript_is_lost_or_comes_back_with_other_bytes(site: RoomSite) -> None:
    live, session = site.lived.site, open_in(site)
    made = add(live, HANDLER, session, said(encoding="gbk"))
    (row,) = transcripts_of(live, HANDLER, session)
    assert (row.id, row.state, row.size) == (made, "in_force", len(RECORD.encode("gbk")))
    assert row.cues[1] == Cue(751_000, 761_000, "问：有发票吗？")
    assert file_of(live, row) == RECORD.encode("gbk")
    assert not any("库尔勒" in entry or (row.digest or "?") in entry for entry in site.shelf.entries())


def test_what_was_said_is_not_found_or_found_at_another_time(site: RoomSite) -> None:
    live, session = site.lived.site, open_in(site)
    add(live, HANDLER, session, said())
    assert found(site, "库尔勒") == []  # nothing to play yet: recordings are what is found
    segment = site.segment(site.session(session), 2, AT, AT + MINUTE)
    assert found(site, "库尔勒") == [("said", ["问：货从哪里来？\n答：从库尔勒进的。"])]
    (hit,) = find(live, HANDLER, "发票").found
    (mark,) = [one for one in hit.marks if one.field == "said"]
    assert (hit.row.id, mark.of, mark.moment) == (segment, session, AT + timedelta(seconds=751))
    assert mark.value[slice(*mark.spans[0])] == "发票"
    add(live, HANDLER, segment, said("[00:01] 问：另外一批香烟呢？"))
    assert found(site, "香烟") == [("said", ["问：另外一批香烟呢？"])]
    assert found(site, "票吗问货") == []  # no cue runs into the next


def test_one_who_may_not_know_of_a_session_or_recording_learns_of_what_was_said(site: RoomSite) -> None:
    live = site.lived.site
    matter = open_matter(live, HANDLER, "case", "某甲询问")
    session = open_in(site, matter)
    segment = site.segment(site.session(session), 1, AT, AT + MINUTE)
    made = add(live, HANDLER, session, said())
    assert [hit.why for hit in find(live, OTHER, "库尔勒").found] == []  # the segment is his to see, the session not
    assign(live, HANDLER, [segment], matter)
    mine = add(live, HANDLER, segment, said("[00:01] 问：香烟呢？"))
    for act in (partial(transcripts_of, live, OTHER, session), partial(add, live, OTHER, session, said())):
        assert code_of(act) == "room.no_session"
    for act in (partial(transcripts_of, live, OTHER, segment), partial(add, live, OTHER, segment, said())):
        assert code_of(act) == "recording.unknown"
    for one in (made, mine):
        assert code_of(partial(transcript_row, live, OTHER, one)) == "transcript.unknown"
        assert code_of(partial(withdraw, live, OTHER, one, "无")) == "transcript.unknown"
    assert [len(find(live, who, "香烟").found) for who in (HANDLER, OTHER)] == [1, 0]
    assert find(live, OTHER, "香烟").total == 0


def test_a_replaced_or_withdrawn_transcript_is_found_or_leaves_no_trace(site: RoomSite) -> None:
    live, session = site.lived.site, open_in(site)
    site.segment(site.session(session), 1, AT, AT + MINUTE)
    first = add(live, HANDLER, session, said())
    second = add(live, HANDLER, session, said("[00:01] 问：羊肉从哪里来？"), first)
    assert (found(site, "库尔勒"), len(found(site, "羊肉"))) == ([], 1)
    for gone in (partial(add, live, HANDLER, session, said(), first), partial(withdraw, live, HANDLER, first, "误")):
        assert code_of(gone) == "transcript.gone"
    withdraw(live, HANDLER, second, "录入有误")
    assert found(site, "羊肉") == []
    entry = table(SearchEntry)
    held = select(entry.c.grams).where(entry.c.ref.in_((first, second)))
    left = live.db.read(lambda c: c.execute(held).scalars().all())
    assert list(left) == ["", ""]  # nor does the index hold it
    assert [(row.id, row.state) for row in transcripts_of(live, HANDLER, session)] == [
        (first, "replaced"), (second, "withdrawn")]
    assert [len(row.cues) for row in transcripts_of(live, HANDLER, session)] == [2, 1]  # both stay
    other = open_in_next(site, session)
    assert code_of(partial(add, live, HANDLER, other, said(), second)) == "transcript.unknown"


def open_in_next(site: RoomSite, session: str) -> str:
    room_sessions.end_session(site.lived.site, HANDLER, session, AT, AT)
    return open_in(site)


def test_an_erased_transcript_is_read_or_found_or_takes_the_session_away(site: RoomSite) -> None:
    live, session = site.lived.site, open_in(site)
    site.segment(site.session(session), 1, AT, AT + MINUTE)
    made = add(live, HANDLER, session, said())
    site.shelf.erase(made)
    (row,) = transcripts_of(live, HANDLER, session)
    assert (row.state, row.cues, row.digest) == ("erased", (), None)
    assert code_of(lambda: file_of(live, row)) == "transcript.erased"
    assert found(site, "库尔勒") == []
    assert site.session(session).questioned == PEOPLE.questioned
    withdraw(live, HANDLER, made, "已无文字")
    assert found(site, "库尔勒") == []


def test_more_is_searched_or_taken_than_the_papers_say(site: RoomSite) -> None:
    live, session = site.lived.site, open_in(site)
    site.segment(site.session(session), 1, AT, AT + MINUTE)
    text = "".join(f"[{n // 3600:02}:{n // 60 % 60:02}:{n % 60:02}] {'甲乙丙丁' * 250}\n" for n in range(60))
    add(live, HANDLER, session, said(f"{text}[00:02:00] 到此为止\n"))
    assert (len(found(site, "甲乙丙丁")), found(site, "到此为止")) == (1, [])
    long = replace(said(), text="\n" * 500_000, cues=[Cue(0, 1, "\n" * 100_000)])
    assert code_of(partial(add, live, HANDLER, session, long)) == "transcript.too_large"
    assert code_of(partial(add, live, Actor(BOX), session, said())) == "room.not_person"
    for _ in range(transcripts.MOST - 1):
        add(live, HANDLER, session, said("[00:01] 甲\n"))
    assert code_of(partial(add, live, HANDLER, session, said())) == "transcript.too_many"
