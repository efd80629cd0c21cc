"""What coverage is to say of a matter, from what a model has belong to it and nothing else."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from deadlines.takes import PACK
from rebuild.lived_site import Lived
from sqlalchemy import Connection, select

from archive.actors import Actor
from archive.event_values import Interval
from archive.matter_recordings import Span
from archive.recordings import RECORDING, UPLOAD
from retention.coverage import Judged, StepFact, Take, judge
from retention.deadline_facts import Known, facts, joined, labels_of, seen_columns
from retention.deadlines import made
from retention.matter_coverage import coverage_of
from retention.recording_lists import load_lists

LISTS = load_lists()


def take_of(lived: Lived, recording: str, span: Span | None) -> Take:
    """When all of a recording, or the span of it, can have been made."""
    now, known = lived.clock.at, Known(())

    def read(c: Connection) -> tuple[Any, Sequence[Any]]:
        row = c.execute(select(RECORDING.c.accessioned_at, *seen_columns()).select_from(
            joined(RECORDING.join(UPLOAD, UPLOAD.c.id == RECORDING.c.upload))).where(RECORDING.c.id == recording)).one()
        known.ask(c, [row.recorder])
        return row, labels_of(c, [recording])[recording]

    row, labels = lived.site.db.read(read)
    told, _ = facts(PACK, row, row.finished_at or row.accessioned_at, labels, known, now)
    times, _ = made(told, PACK.clock_floor, now)
    if span is None:
        return Take(times.started, times.ended)

    def later(by: int) -> Interval:
        return Interval(*(at + timedelta(microseconds=by) for at in (times.started.earliest, times.started.latest)))

    return Take(later(span.from_us), later(span.to_us))


def in_order(takes: Iterable[Take]) -> list[Take]:
    """Takes as coverage gives them."""
    return sorted(takes, key=lambda one: (one.started.earliest, one.ended.latest))


def judged(step: StepFact, takes: Sequence[Take]) -> tuple[Judged, ...]:
    """The step by every list, when nothing was stated of it."""
    return tuple(judge(plan, step, takes, ()) for plan in LISTS)


def found(lived: Lived, actor: Actor, matter: str) -> tuple[list[Take], dict[str, tuple[Judged, ...]]]:
    """What the archive says: the takes, and each step in force."""
    told = coverage_of(lived.site, actor, PACK, LISTS, matter)
    return in_order(told.takes), {one.step.id: one.judged for one in told.steps}
