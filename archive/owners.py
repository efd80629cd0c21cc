"""Whose a recording is: the unit of the officer who made it, whatever matter it belongs to and whoever put it there.

Limit: the ledger, else the station's label, says who made it; where neither does, it is the unit's that first assigned
it. Nobody is asked; a head of the owner gives it to another unit.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, exists, select

from archive.actors import Actor
from archive.db import Tx
from archive.errors import Conflict, Refused
from archive.headship import has_no_units, headed_units
from archive.identifiers import parse_id
from archive.joint_events import RecordingOwned
from archive.matter_entry import Step, enter
from archive.recordings import LABEL, RECORDING, require_visible
from archive.sight import HELD, NUMBER, OWNER, was_held
from archive.site import Site
from archive.units import PLACE, UNIT, person_place, require_open

Reading = Connection | Tx


def owned(reading: Reading, actor: Actor, recordings: Sequence[str]) -> list[Step]:
    """The events that give those of the recordings an owner that have none: the unit of its one maker; of several
    units' officers none is; where no maker's unit is known that of ``actor``, if any."""
    there = owners_of(reading, recordings)
    free = [one for one in recordings if one not in there]
    makers, own = _makers(reading, free), person_place(reading, actor.id).unit
    told = {one: makers[one] or ({own} if own is not None else set()) for one in free}
    return [Step(one, RecordingOwned(min(told[one]))) for one in free if len(told[one]) == 1]


def owners_of(reading: Reading, recordings: Sequence[str]) -> Mapping[str, str]:
    """The owning unit by recording, where there is one."""
    return {row.id: row.unit for row in reading.execute(
        select(OWNER.c.id, OWNER.c.unit).where(OWNER.c.id.in_(recordings)))}


def owner_for(reading: Reading, actor: Actor, recording: str) -> tuple[str | None, bool]:
    """The unit a recording is of, if any, and whether this person may give it to another."""
    owner = owners_of(reading, [recording]).get(recording)
    return owner, actor.is_head if owner is None else heads_unit(reading, actor, owner)


def give_to(site: Site, actor: Actor, untrusted_recording: str, untrusted_unit: str) -> None:
    """A recording is another unit's: a head of the owner says so, any head where it has none.

    ``NotFound recording.unknown | unit.unknown``, ``Refused owner.not_head``, ``Conflict unit.closed | owner.same``.
    """
    recording, unit = require_visible(site, actor, untrusted_recording), parse_id("unt", untrusted_unit)

    def fits(tx: Tx) -> None:
        require_open(tx, unit)
        owner, may = owner_for(tx, actor, recording)
        if not may:
            raise Refused("owner.not_head", "only a head of the unit that owns a recording gives it to another")
        if owner == unit:
            raise Conflict("owner.same", "the recording is this unit's already")

    enter(site, actor, [Step(recording, RecordingOwned(unit))], fits)


def heads_unit(reading: Reading, actor: Actor, unit: str) -> bool:
    """Whether this person is a head of the unit or of one above it, or of all."""
    return actor.is_head and reading.execute(select(UNIT.c.id).where(
        UNIT.c.id == unit, has_no_units(actor) | UNIT.c.id.in_(headed_units(actor)))).first() is not None


def _makers(reading: Reading, recordings: Sequence[str]) -> Mapping[str, set[str]]:
    """Units of the officers in whose hands the recorder was, else of the officer the station's label names."""
    held = select(RECORDING.c.id, HELD.c.wearer_no).where(RECORDING.c.id.in_(recordings), was_held())
    named = select(LABEL.c.recording, LABEL.c.wearer_no).where(
        LABEL.c.recording.in_(recordings), LABEL.c.wearer_no.is_not(None),
        ~exists().where(RECORDING.c.id == LABEL.c.recording, was_held()))
    found: list[Any] = [*reading.execute(held), *reading.execute(named)]
    homes: Any = reading.execute(select(NUMBER.c.officer_no, PLACE.c.unit).join_from(
        NUMBER, PLACE, PLACE.c.id == NUMBER.c.id).where(
        NUMBER.c.officer_no.in_({row.wearer_no for row in found}), PLACE.c.unit.is_not(None)))
    unit_of = {row.officer_no: row.unit for row in homes}
    units: dict[str, set[str]] = defaultdict(set)
    for recording, number in found:
        if number in unit_of:
            units[recording].add(unit_of[number])
    return units
