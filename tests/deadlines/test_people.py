"""Absences, explanations and labels by people: kept, judged by, confirmed by a second person, rebuilt, and erasable."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from log_site import LOCK
from rebuild.lived_site import ORDER, Lived, over
from specimen_events import AT, PERSON, beginning, ident, story

from archive import absences, labelling
from archive.absences import Officer
from archive.actors import SYSTEM, Actor
from archive.columns import table
from archive.deadline_tables import Absence
from archive.erasure import erase
from archive.errors import ArchiveError, Conflict, NotFound, Refused
from archive.rebuilding import compare_with_log
from archive.tables import Label
from retention import lateness
from retention.clauses import DEFAULT_PACK, load_pack
from retention.deadline_list import RecordingDeadline, deadlines_of, needing_attention

PACK = load_pack(DEFAULT_PACK)
RECORDING, OTHER = ident("rec", 1), ident("rec", 2)
OFFICER, HEAD = Actor(PERSON), Actor(ident("usr", 9), roles=frozenset({"head"}))
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
ENDED = AT - HOUR
LABEL = {"matter": "日常检查", "party": "某公司", "handling_officer": "李敏"}


@pytest.fixture
def lived(tmp_path: Path) -> Iterator[Lived]:
    """Two recordings that ended an hour before AT and were taken in three days later."""
    with over(tmp_path) as made:
        made.clock.at = AT + 3 * DAY
        made.append([*beginning(), *story(1, "accessioned"), *story(2, "accessioned")])
        yield made
        made.settle()
        found = compare_with_log(made.sources, made.path, made.published(), lambda *_: None)
        assert [one.text() for one in found.differences] == []


def found(lived: Lived, rule: str = "R23", recording: str = RECORDING) -> RecordingDeadline:
    return next(one for one in deadlines_of(lived.site, OFFICER, PACK, recording) if one.deadline.clause.rule == rule)


def refused(code: str, family: type[ArchiveError]) -> "pytest.RaisesExc[ArchiveError]":
    return pytest.raises(family, check=lambda fault: fault.code == code)


def test_a_late_deposit_is_refused_or_not_called_late(lived: Lived) -> None:
    late = found(lived)
    assert (late.deadline.state, late.unexplained, late.case_no) == ("late", True, "吉市监罚〔2026〕1号")
    assert found(lived, "R25").deadline.missing == ("handling_officer",)
    listed = list(needing_attention(lived.site, OFFICER, PACK))
    assert [(one.recording, one.deadline.clause.rule) for one in listed] == [
        (OTHER, "R23"), (OTHER, "R25"), (RECORDING, "R23"), (RECORDING, "R25")]
    assert list(needing_attention(lived.site, OFFICER, PACK, AT + 4 * DAY)) == []
    assert list(needing_attention(lived.site, Actor("sta_x"), PACK)) == []


def test_an_explanation_counts_before_a_second_person_confirmed_it(lived: Lived) -> None:
    with refused("lateness.reason", Refused):
        lateness.explain(lived.site, OFFICER, PACK, RECORDING, "R23", "weather", "断电")
    with refused("lateness.text", Refused):
        lateness.explain(lived.site, OFFICER, PACK, RECORDING, "R23", "other", "  ")
    with refused("lateness.unknown_rule", NotFound):
        lateness.explain(lived.site, OFFICER, PACK, RECORDING, "R26", "other", "断电")
    head = Actor(PERSON, roles=frozenset({"head"}))
    made = lateness.explain(lived.site, head, PACK, RECORDING, "R23", "device_fault", "采集站断电")
    assert found(lived).unexplained
    for who, code in ((OFFICER, "lateness.not_head"), (head, "lateness.same_person"), (SYSTEM, "lateness.not_head")):
        with refused(code, Refused):
            lateness.confirm(lived.site, who, RECORDING, made)
    with refused("lateness.unknown", NotFound):
        lateness.confirm(lived.site, HEAD, OTHER, made)
    lateness.confirm(lived.site, HEAD, RECORDING, made)
    assert not found(lived).unexplained
    assert found(lived).deadline.state == "late"
    assert found(lived, recording=OTHER).unexplained
    with refused("lateness.confirmed", Conflict):
        lateness.confirm(lived.site, HEAD, RECORDING, made)
    lived.settle()
    erase(lived.site, RECORDING, ORDER, SYSTEM, key_lock=LOCK)
    kept = found(lived).explanation
    assert kept is not None
    assert (kept.text, kept.reason) == (None, "device_fault")


def test_what_is_on_time_is_explained_all_the_same(lived: Lived) -> None:
    labelling.put_label(lived.site, OFFICER, RECORDING, {"handling_officer": "王强"})
    absences.declare(lived.site, OFFICER, Officer("王强"), "remote", ENDED - HOUR)
    with refused("lateness.not_late", Conflict):
        lateness.explain(lived.site, OFFICER, PACK, RECORDING, "R23", "other", "断电")


def test_a_label_of_a_person_loses_what_stood_there_before(lived: Lived) -> None:
    lived.clock.at += HOUR
    labelling.put_label(lived.site, OFFICER, RECORDING, {**LABEL, "file_name": "not asked for"})
    labels = lived.site.db.read(lambda c: c.execute(table(Label).select()).all())
    latest = max(labels, key=lambda row: row.leaf)
    assert (latest.source, latest.case_no, latest.matter, latest.file_name) == (
        "person", "吉市监罚〔2026〕1号", "日常检查", "1.mp4")
    done = found(lived, "R25")
    assert (done.deadline.missing, done.deadline.state) == ((), "late")
    assert done.deadline.done is not None
    assert done.deadline.done == lived.clock.at


def test_an_empty_or_endless_label_is_put_on(lived: Lived) -> None:
    with refused("label.empty", Refused):
        labelling.put_label(lived.site, OFFICER, RECORDING, {"party": "  ", "place": "somewhere"})
    with refused("label.too_long", Refused):
        labelling.put_label(lived.site, OFFICER, RECORDING, {"party": "长" * 201})
    with refused("recording.unknown", NotFound):
        labelling.put_label(lived.site, Actor("sta_x"), RECORDING, LABEL)


def test_an_absence_of_another_officer_moves_the_deadline(lived: Lived) -> None:
    labelling.put_label(lived.site, OFFICER, RECORDING, {"handling_officer": "王强"})
    absences.declare(lived.site, OFFICER, Officer("古丽"), "remote", ENDED - HOUR)
    assert found(lived).deadline.state == "late"
    made = absences.declare(lived.site, OFFICER, Officer(" 王强 ", person=PERSON), "remote", ENDED - HOUR, "牧区")
    assert found(lived).deadline.state == "on_time"
    assert found(lived, "R25").deadline.state == "on_time"
    assert [one.officer for one in absences.declared(lived.site, only_open=True)] == ["古丽", "王强"]
    absences.end(lived.site, OFFICER, made, AT + DAY)
    assert (found(lived).deadline.state, found(lived, "R25").deadline.state) == ("late", "late")
    with refused("absence.ended", Conflict):
        absences.end(lived.site, OFFICER, made, AT + DAY)


def test_an_absence_that_cannot_be_is_declared(lived: Lived) -> None:
    for officer, reason, remark, code in (
            (Officer(), "remote", "", "absence.officer"), (Officer("王" * 101), "remote", "", "absence.officer"),
            (Officer("王强"), "holiday", "", "absence.reason"),
            (Officer("王强"), "away", "长" * 501, "absence.remark")):
        with refused(code, Refused):
            absences.declare(lived.site, OFFICER, officer, reason, AT, remark)
    made = absences.declare(lived.site, OFFICER, Officer(number="650101"), "away", AT)
    for returned in (AT - HOUR, lived.clock.at + HOUR):
        with refused("absence.times", Refused):
            absences.end(lived.site, OFFICER, made, returned)
    with refused("absence.unknown", NotFound):
        absences.end(lived.site, OFFICER, ident("abs", 7), AT)


def test_a_name_in_an_absence_outlives_its_erasure(lived: Lived) -> None:
    made = absences.declare(lived.site, OFFICER, Officer("王强", "650101"), "remote", AT, "牧区")
    lived.settle()
    erase(lived.site, made, ORDER, SYSTEM, key_lock=LOCK)
    rows = lived.site.db.read(lambda c: c.execute(table(Absence).select()).all())
    assert [(row.officer, row.officer_no, row.remark, row.reason) for row in rows] == [(None, None, None, "remote")]
