"""Names and numbers that labels, ledgers and absences name and no register knows.

Limit: a number is looked up as it is written; a name alone is matched whole, and two people may share one.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Column, ColumnElement, Connection, func, select

from archive.actors import Actor
from archive.columns import table
from archive.deadline_tables import Absence
from archive.recorder_ledger import CODE, ENTRY, RECORDER
from archive.recordings import LABEL, RECORDING, visible_to
from archive.register_state import NUMBER, PARTY, PERSON
from archive.site import Site
from archive.tables import Upload

ABSENCE, UPLOAD = table(Absence), table(Upload)
MOST = 500
Where = Literal["label", "ledger", "absence", "deposit"]
Of = Literal["person_number", "person_name", "party", "recorder"]


@dataclass(frozen=True)
class Unmatched:
    """``text`` stands in ``count`` places of one sort, the last time at ``last``, and no register entry has it."""

    of: Of
    text: str
    where: Where
    count: int
    last: datetime


def unmatched(site: Site, actor: Actor) -> tuple[tuple[Unmatched, ...], bool]:
    """What matches nothing, the latest first, of labels of recordings this actor may know of and of the ledgers that
    everybody with an account reads; whether there is more than ``MOST`` of one sort."""
    found = site.db.read(lambda c: [list(sort) for sort in _all(c, actor)])
    cut = any(len(sort) > MOST for sort in found)
    rows = [one for sort in found for one in sort[:MOST]]
    return tuple(sorted(rows, key=lambda one: (one.last, one.text), reverse=True)), cut


def _all(c: Connection, actor: Actor) -> Iterator[list[Unmatched]]:
    seen = LABEL.c.recording.in_(visible_to(actor))
    yield _of(c, "person_number", "label", LABEL.c.wearer_no, LABEL.c.labelled_at, seen)
    yield _of(c, "person_name", "label", LABEL.c.wearer, LABEL.c.labelled_at, seen & LABEL.c.wearer_no.is_(None))
    yield _of(c, "person_name", "label", LABEL.c.handling_officer, LABEL.c.labelled_at, seen)
    yield _of(c, "party", "label", LABEL.c.party, LABEL.c.labelled_at, seen)
    yield _of(c, "person_number", "ledger", ENTRY.c.wearer_no, ENTRY.c.at)
    yield _of(c, "person_number", "ledger", ENTRY.c.giver_no, ENTRY.c.at)
    yield _of(c, "person_number", "absence", ABSENCE.c.officer_no, ABSENCE.c.declared_at)
    yield _recorders(c, actor)


def _of(c: Connection, of: Of, where: Where, text: Column[Any], at: Column[Any],
        *conditions: ColumnElement[bool]) -> list[Unmatched]:
    known = {"person_number": select(NUMBER.c.officer_no).where(NUMBER.c.officer_no.is_not(None)),
             "person_name": select(PERSON.c.display_name).where(PERSON.c.display_name.is_not(None)),
             "party": select(PARTY.c.name).where(PARTY.c.name.is_not(None))}[of]
    query = (select(text.label("text"), func.count().label("count"), func.max(at).label("last"))
             .where(text.is_not(None), text.not_in(known), *conditions).group_by(text)
             .order_by(func.max(at).desc(), text).limit(MOST + 1))
    return [Unmatched(of, row.text, where, row[1], row.last) for row in c.execute(query)]


def _recorders(c: Connection, actor: Actor) -> list[Unmatched]:
    """Recorders that deposited and are not in the device ledger."""
    rows = c.execute(
        select(RECORDER.c.vendor, RECORDER.c.serial, func.count(), func.max(RECORDING.c.accessioned_at))
        .join_from(RECORDING, RECORDER, RECORDER.c.id == RECORDING.c.recorder)
        .where(RECORDING.c.id.in_(visible_to(actor)), RECORDER.c.serial.is_not(None),
               RECORDER.c.id.not_in(select(CODE.c.id)))
        .group_by(RECORDER.c.id, RECORDER.c.vendor, RECORDER.c.serial)
        .order_by(func.max(RECORDING.c.accessioned_at).desc()).limit(MOST + 1))
    return [Unmatched("recorder", f"{row[0]} {row[1]}", "deposit", row[2], row[3]) for row in rows]
