"""Gaps as the archive's own rows show them: explained by one person, confirmed by another, the same after a rebuild."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from recorders.shelf import CHECKED, KEEPER, Shelf, shelf_in
from specimen_events import AT, STATION, digest, ident

from archive.actors import SYSTEM, Actor
from archive.entries import CustodyEvent
from archive.errors import ArchiveError
from archive.event_values import Interval
from archive.recorder_events import RecordingUnreadable, UploadObserved
from archive.recorder_ledger import Check, Person, issue, take_back
from ingest.recorder_completeness import completeness, confirm, explain

HEAD = Actor("usr_" + "1" * 26, roles=frozenset({"head"}))
OFFICER = Actor("usr_" + "2" * 26, roles=frozenset({"officer"}))


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    with shelf_in(tmp_path) as made:
        yield made


def code_of(act: Any) -> str:
    with pytest.raises(ArchiveError) as refusal:
        act()
    return refusal.value.code


def take(shelf: Shelf, n: int, **seen: Any) -> str:
    """Take number ``n``, ten minutes each, the last of them just before AT; with what the dock saw."""
    start = AT - timedelta(minutes=10 * (100 - n))
    recorder = shelf.deposit("大华", "SN-7", sequence=n, started=Interval(start, start),
                             ended=Interval(start + timedelta(minutes=9), start + timedelta(minutes=9)))
    body = {"provenance": None, "previous": None, "measured_at": None, "offset_ms": None, "error_ms": None,
            "reset_suspected": None, **seen}
    if seen:
        event = CustodyEvent.plain(STATION, ident("upl", shelf.uploads), UploadObserved(recorder, **body))
        shelf.lived.append([(event, {})])
    return recorder


def test_a_gap_is_not_named_or_its_explanation_stays_one_persons_word(shelf: Shelf) -> None:
    for n in (1, 2, 5):
        recorder = take(shelf, n)
    assert [(f.key, f.says) for f in completeness(shelf.site, recorder).findings] == [
        ("gap/sequence/-/3-4", "dock_observed")]
    assert code_of(lambda: explain(shelf.site, OFFICER, recorder, "gap/sequence/-/3-9", "x")) == "gap.unknown"
    assert code_of(lambda: explain(shelf.site, OFFICER, recorder, "gap/sequence/-/3-4", "\n")) == "recorder.text"
    entry = explain(shelf.site, OFFICER, recorder, "gap/sequence/-/3-4", "存储卡损坏")
    own = explain(shelf.site, HEAD, recorder, "gap/sequence/-/3-4", "本人说明")
    assert code_of(lambda: confirm(shelf.site, OFFICER, entry)) == "gap.not_head"
    assert code_of(lambda: confirm(shelf.site, SYSTEM, entry)) == "gap.not_head"
    assert code_of(lambda: confirm(shelf.site, HEAD, own)) == "gap.same_person"
    assert code_of(lambda: confirm(shelf.site, HEAD, "led_x")) == "gap.no_explanation"
    confirm(shelf.site, HEAD, entry)
    assert code_of(lambda: confirm(shelf.site, HEAD, entry)) == "gap.confirmed"
    first, second = completeness(shelf.site, recorder).explained
    assert (first.text, first.by, first.confirmed_by) == ("存储卡损坏", OFFICER.id, HEAD.id)
    assert second.confirmed_by is None
    assert "损坏" not in "".join(shelf.entries())
    assert shelf.differences() == []


def test_what_the_dock_saw_is_not_in_the_log(shelf: Shelf) -> None:
    """Chain and clock stand in leaves, so that a rebuild finds the same gaps."""
    recorder = take(shelf, 1)
    take(shelf, 2, previous=digest(1001))
    take(shelf, 3, previous=digest(77), provenance="card_recovered")
    assert [f.key for f in completeness(shelf.site, recorder).findings] == [f"gap/chain/{digest(77)}"]
    assert '"provenance":"card_recovered"' in "".join(shelf.entries())
    assert shelf.differences() == []


def test_a_clock_a_day_ahead_overlaps_with_the_next_day(shelf: Shelf) -> None:
    recorder = take(shelf, 1)
    take(shelf, 1, measured_at=AT, offset_ms=600_000, error_ms=100, reset_suspected=False)
    assert "overlap" not in {f.kind for f in completeness(shelf.site, recorder).findings}
    take(shelf, 1)
    assert "overlap" in {f.kind for f in completeness(shelf.site, recorder).findings}


def test_an_unreadable_file_stays_a_gap(shelf: Shelf) -> None:
    recorder = take(shelf, 1)
    take(shelf, 3)
    body = RecordingUnreadable(
        ident("led", 1), "0" * 8, (digest(5),), "0f" * 16, "empty", 0, (digest(6),), None, 2, None)
    shelf.lived.append([(CustodyEvent.plain(STATION, recorder, body), {"file_name": "2.mp4"})])
    found = completeness(shelf.site, recorder)
    assert (found.findings, [file.reason for file in found.unreadable]) == ((), ["empty"])


def test_the_ledger_is_left_out_of_completeness(shelf: Shelf) -> None:
    recorder = take(shelf, 1)
    shelf.lived.clock.at += timedelta(hours=1)
    issue(shelf.site, KEEPER, recorder, Person("650101"), Check(("battery", "clock", "image"), ("memory",)))
    shelf.lived.clock.at += timedelta(hours=8)
    take_back(shelf.site, KEEPER, recorder, "sound")
    assert [f.basis for f in completeness(shelf.site, recorder).findings] == ["ledger"]
    shelf.lived.clock.at += timedelta(hours=1)
    start = AT + timedelta(hours=2)
    shelf.deposit("大华", "SN-7", sequence=4, started=Interval(start, start), ended=Interval(start, start))
    assert [(f.kind, f.says) for f in completeness(shelf.site, recorder).findings] == [("overwritten", "cannot_know")]
    issue(shelf.site, KEEPER, recorder, Person("650101"), CHECKED)
    assert [f.kind for f in completeness(shelf.site, recorder).findings] == ["overwritten"]
