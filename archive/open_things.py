"""Everything open in a person's name: one function for each sort, so that a new sort is one more in ``OPEN``.

Limit: what the archive knows under another name or number than the register's is not found.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from archive.columns import table
from archive.deadline_tables import Absence
from archive.matter_tables import own_number
from archive.recorder_ledger import ENTRY, RECORDER, lines_of
from archive.recorder_states import standing
from archive.recordings import ASIDE, LABEL, RECORDING, is_set_aside
from archive.register_state import NUMBER
from archive.sight import MATTER, MEMBER, WORKS
from archive.units import Reading, person_place

ABSENCE = table(Absence)


@dataclass(frozen=True)
class OpenThing:
    """``what``: its sort, ``thing``: its id, ``text``: how people tell it, None when erased, ``since``: from when."""

    what: str
    thing: str
    text: str | None
    since: datetime | None


@dataclass(frozen=True)
class Named:
    """A person as the archive's parts name them."""

    person: str
    number: str | None


Find = Callable[[Reading, Named], Iterator[OpenThing]]


def open_in_name(reading: Reading, person: str) -> tuple[OpenThing, ...]:
    """All of it, by sort."""
    number = reading.execute(select(NUMBER.c.officer_no).where(NUMBER.c.id == person)).scalar()
    named = Named(person, number)
    return tuple(one for find in OPEN.values() for one in find(reading, named))


def _recorders(reading: Reading, named: Named) -> Iterator[OpenThing]:
    """Recorders the ledger has with them."""
    if named.number is None:
        return
    query = select(ENTRY.c.recorder).where(ENTRY.c.wearer_no == named.number).distinct()
    for recorder in sorted(reading.execute(query).scalars().all()):
        now = standing(lines_of(reading, recorder))
        if now.state == "issued" and now.holder is not None and now.holder.number == named.number:
            row: Any = reading.execute(select(RECORDER).where(RECORDER.c.id == recorder)).first()
            text = None if row is None else f"{row.vendor or ''} {row.serial or ''}".strip() or None
            yield OpenThing("recorder", recorder, text, now.since)


def _absences(reading: Reading, named: Named) -> Iterator[OpenThing]:
    """Absences that have not ended, of theirs or declared by them."""
    mine = (ABSENCE.c.person == named.person) | (ABSENCE.c.declared_by == named.person)
    if named.number is not None:
        mine = mine | (ABSENCE.c.officer_no == named.number)
    query = select(ABSENCE).where(ABSENCE.c.returned.is_(None), mine).order_by(ABSENCE.c.leaf)
    for row in reading.execute(query).all():
        yield OpenThing("absence", row.id, row.officer or row.officer_no, row.began)


def _proposals(reading: Reading, named: Named) -> Iterator[OpenThing]:
    """Proposals to set a recording aside that nobody decided."""
    query = select(ASIDE).where(ASIDE.c.proposed_by == named.person, ASIDE.c.decision.is_(None)).order_by(
        ASIDE.c.leaf)
    for row in reading.execute(query).all():
        yield OpenThing("proposal", row.id, row.recording, row.proposed_at)


def _labels(reading: Reading, named: Named) -> Iterator[OpenThing]:
    """Recordings their number is on, by the station's claim, and that no person labelled."""
    if named.number is None:
        return
    labelled = select(LABEL.c.recording).where(LABEL.c.source == "person")
    query = (select(RECORDING.c.id, func.max(LABEL.c.file_name).label("file"), RECORDING.c.accessioned_at)
             .join_from(RECORDING, LABEL, LABEL.c.recording == RECORDING.c.id)
             .where(LABEL.c.wearer_no == named.number, RECORDING.c.id.not_in(labelled), ~is_set_aside())
             .group_by(RECORDING.c.id, RECORDING.c.accessioned_at).order_by(RECORDING.c.accessioned_at))
    for row in reading.execute(query).all():
        yield OpenThing("label", row.id, row.file, row.accessioned_at)


def _headships(reading: Reading, named: Named) -> Iterator[OpenThing]:
    """Units they head."""
    for unit in person_place(reading, named.person).heads:
        yield OpenThing("unit", unit, None, None)


def _matters(reading: Reading, named: Named) -> Iterator[OpenThing]:
    """Matters they work on whose act is not over."""
    query = (select(MATTER).join_from(MEMBER, MATTER, MATTER.c.id == MEMBER.c.matter)
             .where(MEMBER.c.person == named.person, MEMBER.c.relation.in_(WORKS), MEMBER.c.removed_at.is_(None),
                    MATTER.c.basis.is_(None), MATTER.c.merged_into.is_(None)).distinct().order_by(MATTER.c.leaf))
    for row in reading.execute(query).all():
        yield OpenThing("matter", row.id, own_number(row.year, row.number), row.opened_at)


OPEN: Mapping[str, Find] = {
    "recorder": _recorders, "absence": _absences, "proposal": _proposals, "label": _labels, "unit": _headships,
    "matter": _matters,
}
"""Sorts of open things; another part of the archive adds its own here."""
