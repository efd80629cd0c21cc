"""Which recordings belong to a matter, whole or by span, many to many; corrections are new assertions beside the old.

Limit: who says that a recording belongs to a matter may be wrong; who said it, when, and who could see it meanwhile
stands in the log.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from archive.actors import Actor
from archive.db import Tx
from archive.errors import Conflict, NotFound, Refused
from archive.identifiers import AssignmentId, new_id, parse_id
from archive.matter_entry import Step, alive, enter, remarked, require_matter, require_may
from archive.matter_events import AssignmentWithdrawn, RecordingAssigned
from archive.owners import owned
from archive.recordings import RECORDING, require_visible
from archive.sight import ASSIGNED
from archive.site import Site

MOST = 500
"""Recordings in one act."""


@dataclass(frozen=True)
class Span:
    """Part of a recording in microseconds from its first picture or sound; ``from_us`` below ``to_us``."""

    from_us: int
    to_us: int


def span_of(from_us: int | None, to_us: int | None) -> Span | None:
    """The span two ends give, None without either; ``Refused matter.span`` when one is missing."""
    if from_us is None and to_us is None:
        return None
    if from_us is None or to_us is None:
        raise Refused("matter.span", "a span has a start and an end; leave both out for all of the recording")
    return Span(from_us, to_us)


def assign(site: Site, actor: Actor, untrusted_recordings: Sequence[str], untrusted_matter: str,
           span: Span | None = None) -> tuple[AssignmentId, ...]:
    """Say that recordings belong to a matter, all of them or none; a span is of one recording. What belongs there
    already is left as it is; answers the new assignments.

    ``NotFound recording.unknown | matter.unknown``, ``Refused matter.recordings | matter.span | matter.not_member``,
    ``Conflict matter.merged``. A matter whose act is over takes recordings still: late footage belongs somewhere.
    """
    wanted = list(dict.fromkeys(untrusted_recordings))
    if not 0 < len(wanted) <= MOST or (span is not None and len(wanted) > 1):
        raise Refused("matter.recordings", f"name 1 to {MOST} recordings; a span is of one")
    recordings = [require_visible(site, actor, one) for one in wanted]
    matter = require_matter(site, actor, untrusted_matter)
    _require_span(site, recordings, span)
    steps, fits = belongs(site, actor, recordings, matter, span)
    enter(site, actor, steps, fits)
    return tuple(AssignmentId(step.body.assignment) for step in steps if isinstance(step.body, RecordingAssigned))


def belongs(site: Site, actor: Actor, recordings: Sequence[str], matter: str,
            span: Span | None = None) -> tuple[list[Step], Callable[[Tx], None]]:
    """The events that assign recordings to a matter unless they belong there, and give them an owner if they have none;
    and what must hold when they are appended."""
    there = {row.recording for row in site.db.read(lambda c: c.execute(_same(matter, span)).all())}
    new = [one for one in recordings if one not in there]
    steps = [*(Step(one, _assigned(AssignmentId(new_id("asg")), matter, span, None)) for one in new),
             *site.db.read(lambda c: owned(c, actor, new))]

    def fits(tx: Tx) -> None:
        alive(tx, matter)
        require_may(tx, actor, matter)

    return steps, fits


def withdraw(site: Site, actor: Actor, untrusted_matter: str, untrusted_assignment: str, untrusted_remark: str) -> None:
    """A recording does not belong to the matter after all: its members lose sight of it.

    ``NotFound matter.unknown | matter.no_assignment``, ``Refused recorder.text | matter.not_member``. It goes back to
    who oversees and who wore the recorder until somebody assigns it.
    """
    matter, assignment = require_matter(site, actor, untrusted_matter), parse_id("asg", untrusted_assignment)
    row = _in_force(site, matter, assignment)
    remark, said = remarked(untrusted_remark)
    enter(site, actor, [Step(row.recording, AssignmentWithdrawn(assignment, remark), remark, said)],
          lambda tx: _still(tx, actor, matter, [assignment]))


def correct(site: Site, actor: Actor, untrusted_matter: str, untrusted_assignment: str, untrusted_right: str,
            untrusted_remark: str, span: Span | None = None) -> AssignmentId:
    """A recording belongs to another matter, or another span of it to the same: the old assignment is withdrawn and a
    new one made, in one act. Errors as ``assign`` and ``withdraw``; who corrects must work on both matters."""
    matter, assignment = require_matter(site, actor, untrusted_matter), parse_id("asg", untrusted_assignment)
    right, row = require_matter(site, actor, untrusted_right), _in_force(site, matter, assignment)
    _require_span(site, [row.recording], span)
    new, (remark, said) = AssignmentId(new_id("asg")), remarked(untrusted_remark)

    def fits(tx: Tx) -> None:
        _still(tx, actor, matter, [assignment])
        alive(tx, right)
        require_may(tx, actor, right)
        if tx.execute(_same(right, span).where(ASSIGNED.c.recording == row.recording)).first() is not None:
            raise Conflict("matter.assigned", "the recording belongs to that matter already; withdraw the wrong one")

    enter(site, actor, [Step(row.recording, AssignmentWithdrawn(assignment, remark), remark, said),
                        Step(row.recording, _assigned(new, right, span, assignment))], fits)
    return new


def _assigned(assignment: str, matter: str, span: Span | None, corrects: str | None) -> RecordingAssigned:
    return RecordingAssigned(assignment, matter, span.from_us if span else None, span.to_us if span else None, corrects)


def _same(matter: str, span: Span | None) -> Any:
    return select(ASSIGNED.c.recording).where(
        ASSIGNED.c.matter == matter, ASSIGNED.c.withdrawn_at.is_(None),
        ASSIGNED.c.from_us.is_(None) if span is None else ASSIGNED.c.from_us == span.from_us,
        ASSIGNED.c.to_us.is_(None) if span is None else ASSIGNED.c.to_us == span.to_us)


def _in_force(site: Site, matter: str, assignment: str) -> Any:
    row = site.db.read(lambda c: c.execute(select(ASSIGNED).where(
        ASSIGNED.c.id == assignment, ASSIGNED.c.matter == matter, ASSIGNED.c.withdrawn_at.is_(None))).first())
    if row is None:
        raise NotFound("matter.no_assignment", "the matter has no such recording, or not any more")
    return row


def _still(tx: Tx, actor: Actor, matter: str, assignments: Sequence[str]) -> None:
    require_may(tx, actor, matter)
    left = tx.execute(select(ASSIGNED.c.id).where(
        ASSIGNED.c.id.in_(assignments), ASSIGNED.c.withdrawn_at.is_(None))).all()
    if len(left) != len(assignments):
        raise NotFound("matter.no_assignment", "the matter has no such recording, or not any more")


def _require_span(site: Site, recordings: Sequence[str], span: Span | None) -> None:
    if span is None:
        return
    length = site.db.read(lambda c: c.execute(
        select(RECORDING.c.duration_us).where(RECORDING.c.id == recordings[0])).scalar())
    if not 0 <= span.from_us < span.to_us or (length is not None and span.to_us > length):
        raise Refused("matter.span", "a span begins before it ends and lies inside the recording")
