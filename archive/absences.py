"""Absences that move a deadline (R27): declared before or after the fact, ended by the return to the unit."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from archive import custody, particulars
from archive.actors import Actor
from archive.columns import table
from archive.db import Tx
from archive.deadline_events import ABSENCE_REASONS, AbsenceDeclared, AbsenceEnded
from archive.deadline_tables import Absence
from archive.entries import CustodyEvent
from archive.errors import Conflict, NotFound, Refused
from archive.identifiers import AbsenceId, new_id, parse_id
from archive.publication import Act, require
from archive.site import Site

ABSENCE = table(Absence)
LONGEST_NAME, LONGEST_REMARK = 100, 500


@dataclass(frozen=True)
class Officer:
    """Who is away: name and number as their recordings' labels write them; ``person`` is their account, if any."""

    name: str = ""
    number: str = ""
    person: str | None = None


@dataclass(frozen=True)
class AbsenceRow:
    """A declared absence; open while ``returned`` is None. ``officer`` and ``officer_no`` are None when erased."""

    id: str
    reason: str
    officer: str | None
    officer_no: str | None
    remark: str | None
    began: datetime
    returned: datetime | None
    declared_by: str
    declared_at: datetime


def declare(site: Site, actor: Actor, officer: Officer, untrusted_reason: str, began: datetime,
            untrusted_remark: str = "") -> AbsenceId:
    """Declare that an officer cannot hand over from ``began`` on (UTC); answers the absence's id.

    ``Refused absence.reason | absence.officer | absence.remark``. Who is away, and the remark, are particulars.
    Limit: the archive believes the declaration; it shows who made it and when, also when that was afterwards.
    """
    if untrusted_reason not in ABSENCE_REASONS:
        raise Refused("absence.reason", f"the reason of an absence is one of {', '.join(ABSENCE_REASONS)}")
    name, number, remark = officer.name.strip(), officer.number.strip(), untrusted_remark.strip()
    if not (name or number) or max(len(name), len(number)) > LONGEST_NAME:
        raise Refused("absence.officer", f"name the officer by name or number, in at most {LONGEST_NAME} characters")
    if len(remark) > LONGEST_REMARK:
        raise Refused("absence.remark", f"a remark has at most {LONGEST_REMARK} characters")
    require(site, Act.ORDINARY)
    absence = AbsenceId(new_id("abs"))
    said = {"officer": name, "officer_no": number, "remark": remark}
    sealed = particulars.seal(site.ports.vault, site.log_id, absence,
                              particulars.salted({key: text for key, text in said.items() if text}))
    body = AbsenceDeclared(untrusted_reason, began, officer.person)
    event = CustodyEvent.committed(actor.id, absence, body, sealed.commitment)
    site.db.write(lambda tx: custody.append(tx, site.ports.clock, event, sealed))
    return absence


def end(site: Site, actor: Actor, untrusted_absence: str, returned: datetime) -> None:
    """The officer is back since ``returned`` (UTC). ``NotFound absence.unknown``, ``Conflict absence.ended``,
    ``Refused absence.times`` when that is before the absence began or still to come."""
    absence = parse_id("abs", untrusted_absence)
    require(site, Act.ORDINARY)
    event = CustodyEvent.plain(actor.id, absence, AbsenceEnded(returned))
    if returned > site.ports.clock.now():
        raise Refused("absence.times", "a return is stated when it has happened")

    def record(tx: Tx) -> None:
        row: Any = tx.execute(select(ABSENCE).where(ABSENCE.c.id == absence)).first()
        if row is None:
            raise NotFound("absence.unknown", "no such absence has been declared")
        if row.returned is not None:
            raise Conflict("absence.ended", "this absence has ended already; declare another if there was one")
        if returned < row.began:
            raise Refused("absence.times", "an absence ends after it began")
        custody.append(tx, site.ports.clock, event)

    site.db.write(record)


def declared(site: Site, *, only_open: bool = False) -> list[AbsenceRow]:
    """All absences, or the open ones, the earliest first."""
    query = select(ABSENCE).order_by(ABSENCE.c.began, ABSENCE.c.leaf)
    if only_open:
        query = query.where(ABSENCE.c.returned.is_(None))
    return [AbsenceRow(r.id, r.reason, r.officer, r.officer_no, r.remark, r.began, r.returned, r.declared_by,
                       r.declared_at) for r in site.db.read(lambda c: c.execute(query).all())]
