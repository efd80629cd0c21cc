"""A document in a matter never counts as a recording of one of its steps, and no term runs for it."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from rebuild.lived_site import over
from specimen_events import AT, PERSON, beginning, ident, story

from archive.actors import Actor
from archive.event_values import Interval
from archive.events import RecordingAccessioned
from archive.matter_recordings import assign
from archive.matters import open_matter
from archive.mediums import DOCUMENTS, STILLS, medium_of
from retention.clauses import DEFAULT_PACK, load_pack
from retention.deadline_list import deadlines_of
from retention.deadlines import Facts, deadlines
from retention.matter_coverage import coverage_of

PACK, ACTOR, RECORDING = load_pack(DEFAULT_PACK), Actor(PERSON, roles=frozenset({"head"})), ident("rec", 1)


@pytest.mark.parametrize(("container", "takes", "states"), [
    ("pdf", 0, {"text_record"}), ("docx", 0, {"text_record"}), ("ofd", 0, {"text_record"}),
    ("heif", 1, None), ("jpeg_pipe", 1, None), ("mov_mp4", 1, None), (None, 1, None)])
def test_a_document_covers_a_step_or_a_photograph_does_not(
        tmp_path: Path, container: str | None, takes: int, states: set[str] | None) -> None:
    told = [(replace(event, body=replace(event.body, container=container))
             if isinstance(event.body, RecordingAccessioned) else event, said)
            for event, said in (*beginning(), *story(1, "accessioned"))]
    with over(tmp_path) as lived:
        lived.append(told)
        matter = open_matter(lived.site, ACTOR, "inspection", "检查")
        assign(lived.site, ACTOR, [RECORDING], matter)
        assert len(coverage_of(lived.site, ACTOR, PACK, (), matter).takes) == takes
        found = {one.deadline.state for one in deadlines_of(lived.site, ACTOR, PACK, RECORDING)}
        assert found == states if states else "text_record" not in found


def test_a_document_of_an_old_share_is_called_adopted() -> None:
    moment = Interval(AT - timedelta(days=9), AT - timedelta(days=9))
    found = deadlines(PACK, Facts(moment, AT, adopted=True, text_record=True), AT)
    assert {(one.state, one.due, one.why) for one in found} == {("text_record", (None, None), ("text_record",))}


def test_a_container_is_of_two_mediums() -> None:
    assert not STILLS & DOCUMENTS
    assert medium_of(None) == "footage"
