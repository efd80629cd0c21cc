"""What the tables know of a matter's steps and recordings, judged by recording lists.

Recordings of matters merged into it count, withdrawn assignments and what was set aside do not. Every recording of the
matter counts, also one that is hidden from who asks: an answer that depended on who asks would be none.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, or_, select

from archive.actors import Actor
from archive.event_values import Interval
from archive.matter_entry import require_matter, tree_of
from archive.mediums import DOCUMENTS
from archive.recordings import RECORDING, UPLOAD, is_set_aside
from archive.sight import ASSIGNED
from archive.site import Site
from archive.step_views import StatementRow, StepRow, steps_of
from retention.clauses import RulePack
from retention.cover import Span
from retention.coverage import Judged, Said, StepFact, Take, What, judge
from retention.deadline_facts import Known, facts, joined, labels_of, seen_columns
from retention.deadlines import made
from retention.recording_lists import RecordingList

_WHATS: dict[str, What] = {"waiver": "waiver", "no_recording": "no_recording", "gap": "gap"}


@dataclass(frozen=True)
class StepCoverage:
    """A step in force and what each list says of it, in the order of the lists."""

    step: StepRow
    judged: tuple[Judged, ...]


@dataclass(frozen=True)
class MatterCoverage:
    """The steps of a matter, those ``withdrawn``, and the takes they were judged by, in the order they started."""

    steps: tuple[StepCoverage, ...]
    withdrawn: tuple[StepRow, ...]
    takes: tuple[Take, ...]


def coverage_of(site: Site, actor: Actor, pack: RulePack, lists: Sequence[RecordingList],
                untrusted_matter: str) -> MatterCoverage:
    """Each step of the matter under each list, as known now; ``NotFound matter.unknown``. ``pack`` bounds what a
    recorder's clock is believed."""
    matter = require_matter(site, actor, untrusted_matter)
    steps, now = steps_of(site, actor, matter), site.ports.clock.now()
    takes = site.db.read(lambda c: _takes(c, pack, matter, now))
    said = [_said(one) for step in steps for one in step.statements if one.state != "declined"]
    return MatterCoverage(
        tuple(StepCoverage(step, tuple(judge(plan, _fact(step), takes, said) for plan in lists))
              for step in steps if step.withdrawn_at is None),
        tuple(step for step in steps if step.withdrawn_at is not None), tuple(takes))


def _takes(c: Connection, pack: RulePack, matter: str, now: datetime) -> list[Take]:
    uploads = joined(ASSIGNED.join(RECORDING, RECORDING.c.id == ASSIGNED.c.recording)
                     .join(UPLOAD, UPLOAD.c.id == RECORDING.c.upload))
    rows = c.execute(
        select(ASSIGNED.c.recording, ASSIGNED.c.from_us, ASSIGNED.c.to_us, RECORDING.c.accessioned_at, *seen_columns())
        .select_from(uploads)
        .where(ASSIGNED.c.matter.in_(tree_of(matter)), ASSIGNED.c.withdrawn_at.is_(None), ~is_set_aside(),
               or_(RECORDING.c.container.is_(None), RECORDING.c.container.not_in(DOCUMENTS)))).all()
    known, labels = Known(()), labels_of(c, [row.recording for row in rows])
    known.ask(c, (row.recorder for row in rows))
    found = [_take(pack, row, labels[row.recording], known, now) for row in rows]
    return sorted(found, key=lambda one: (one.started.earliest, one.ended.latest))


def _take(pack: RulePack, row: Any, labels: Sequence[Any], known: Known, now: datetime) -> Take:
    """When it was made, after what the dock found of the clock; of a span, that part of it."""
    told, _ = facts(pack, row, row.finished_at or row.accessioned_at, labels, known, now)
    times, _ = made(told, pack.clock_floor, now)
    if row.from_us is None:
        return Take(times.started, times.ended)
    return Take(_later(times.started, row.from_us), _later(times.started, row.to_us))


def _later(one: Interval, microseconds: int) -> Interval:
    by = timedelta(microseconds=microseconds)
    return Interval(one.earliest + by, one.latest + by)


def _fact(step: StepRow) -> StepFact:
    return StepFact(step.id, step.item, Interval(step.began, step.began), Interval(step.ended, step.ended))


def _said(one: StatementRow) -> Said:
    span = None if one.began is None or one.ended is None else Span(one.began, one.ended)
    return Said(one.id, one.step, _WHATS[one.what], one.state == "confirmed", span)
