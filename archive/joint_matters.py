"""Units in a matter: the responsible one 主办单位, co-units 协办单位. Their heads see it; recordings keep their owner.

A matter is its opener's unit's; where the register names none it is no unit's, and every head decides on it.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from archive.actors import Actor
from archive.db import Tx
from archive.errors import Conflict, NotFound, Refused
from archive.identifiers import ParticipationId, UnitId, new_id, parse_id
from archive.joint_events import PARTS, UnitJoined, UnitLeft
from archive.matter_entry import LEADS, Step, alive, enter, require_matter, require_may
from archive.sight import TAKES_PART
from archive.site import Site
from archive.units import UNIT, person_place, require_open


@dataclass(frozen=True)
class TakesPart:
    """A unit's part in a matter; ``name`` is its id when it was erased."""

    id: ParticipationId
    unit: UnitId
    name: str
    part: str
    added_at: datetime


def opened_by(reading: Connection | Tx, actor: Actor, matter: str) -> list[Step]:
    """The event that makes a new matter that of its opener's unit; none where the register names none."""
    unit = person_place(reading, actor.id).unit
    return [] if unit is None else [Step(matter, UnitJoined(ParticipationId(new_id("ptn")), unit, "responsible"))]


def inherited(reading: Connection | Tx, matter: str, new: str) -> list[Step]:
    """The events that give a matter split off another the same units."""
    return [Step(new, UnitJoined(ParticipationId(new_id("ptn")), row.unit, row.part)) for row in rows(reading, matter)]


def join_unit(site: Site, actor: Actor, untrusted_matter: str, untrusted_unit: str,
              untrusted_part: str) -> ParticipationId:
    """A unit takes part: its heads see the matter; its officers do as they are made members. The lead or a head does.

    ``NotFound matter.unknown | unit.unknown``, ``Refused matter.unit_part | matter.not_member``, ``Conflict
    matter.merged | unit.closed | matter.unit_there | matter.unit_responsible`` where another is responsible.
    """
    if untrusted_part not in PARTS:
        raise Refused("matter.unit_part", f"a unit takes part as one of {', '.join(PARTS)}")
    matter, unit = require_matter(site, actor, untrusted_matter), parse_id("unt", untrusted_unit)
    made = ParticipationId(new_id("ptn"))

    def fits(tx: Tx) -> None:
        alive(tx, matter)
        require_may(tx, actor, matter, LEADS)
        require_open(tx, unit)
        there = rows(tx, matter)
        if any(row.unit == unit for row in there):
            raise Conflict("matter.unit_there", "this unit takes part already; end its part before it takes another")
        if untrusted_part == "responsible" and any(row.part == "responsible" for row in there):
            raise Conflict("matter.unit_responsible", "another unit is responsible; end its part first")

    enter(site, actor, [Step(matter, UnitJoined(made, unit, untrusted_part))], fits)
    return made


def unit_leaves(site: Site, actor: Actor, untrusted_matter: str, untrusted_participation: str) -> None:
    """A unit's part is over: its heads see the matter no more, and its recordings still as their owner.

    ``NotFound matter.unknown | matter.no_unit``, ``Refused matter.not_member``, ``Conflict matter.merged``. Limit: a
    matter no unit is responsible for any more is every head's.
    """
    matter, participation = require_matter(site, actor, untrusted_matter), parse_id("ptn", untrusted_participation)

    def fits(tx: Tx) -> None:
        alive(tx, matter)
        require_may(tx, actor, matter, LEADS)
        if all(row.id != participation for row in rows(tx, matter)):
            raise NotFound("matter.no_unit", "no unit has this part in the matter any more")

    enter(site, actor, [Step(matter, UnitLeft(ParticipationId(participation)))], fits)


def rows(reading: Connection | Tx, matter: str) -> list[Any]:
    """The parts in force, the responsible unit's first."""
    found: Any = reading.execute(select(TAKES_PART, UNIT.c.name).join_from(
        TAKES_PART, UNIT, UNIT.c.id == TAKES_PART.c.unit, isouter=True).where(
        TAKES_PART.c.matter == matter, TAKES_PART.c.left_at.is_(None)).order_by(
        TAKES_PART.c.part.desc(), TAKES_PART.c.leaf)).all()
    return list(found)


def units_of(site: Site, actor: Actor, untrusted_matter: str) -> tuple[TakesPart, ...]:
    """The units that take part; ``NotFound matter.unknown``."""
    matter = require_matter(site, actor, untrusted_matter)
    return tuple(TakesPart(row.id, row.unit, row.name or row.unit, row.part, row.added_at)
                 for row in site.db.read(lambda c: rows(c, matter)))
