"""Units of the authority 单位: registered, changed, closed, and who belongs to which and heads which.

Limit: the archive believes whoever states it; who stated what and when stands in the log.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from archive import custody, particulars
from archive.actors import Actor
from archive.db import Tx
from archive.entries import CustodyEvent
from archive.errors import Conflict, NotFound, Refused
from archive.event_body import Body
from archive.headship import has_no_units, headed_units
from archive.identifiers import UnitId, new_id, parse_id
from archive.particulars import Sealed
from archive.publication import Act, require
from archive.recorder_ledger import plain_text
from archive.site import Site
from archive.tables import Person, table
from archive.unit_events import PersonUnitSet, UnitChanged, UnitClosed, UnitRegistered
from archive.unit_tables import PersonUnit, Unit

PERSON, UNIT, PLACE = table(Person), table(Unit), table(PersonUnit)
_NUMBER, _NAME = 64, 200
Reading = Connection | Tx
Event = tuple[CustodyEvent, Sealed | None]


@dataclass(frozen=True)
class UnitRow:
    """A unit; ``number`` and ``name`` None when erased, ``closed_at`` None while it is open."""

    id: UnitId
    number: str | None
    name: str | None
    parent: str | None
    closed_at: datetime | None


@dataclass(frozen=True)
class PersonPlace:
    """The unit a person belongs to, None for none, and the units they head, in the order stated."""

    unit: UnitId | None = None
    heads: tuple[UnitId, ...] = ()


def register_unit(site: Site, actor: Actor, untrusted_number: str, untrusted_name: str,
                  parent: str | None = None) -> UnitId:
    """Put a unit into the register. ``Refused recorder.text``, ``NotFound unit.unknown`` (the parent), ``Conflict
    unit.number_taken | unit.closed``."""
    unit = UnitId(new_id("unt"))
    event = named(site, actor, unit, UnitRegistered(parent), untrusted_number, untrusted_name)

    def fits(tx: Tx) -> None:
        require_fits(tx, unit, untrusted_number.strip(), parent)

    _enter(site, event, fits)
    return unit


def change_unit(site: Site, actor: Actor, untrusted_unit: str, untrusted_number: str, untrusted_name: str,
                parent: str | None = None) -> None:
    """Another number, name or parent of a unit: all three as they are from now on. Errors as ``register_unit``, and
    ``Refused unit.circle`` for a parent beneath the unit itself."""
    unit = UnitId(parse_id("unt", untrusted_unit))
    event = named(site, actor, unit, UnitChanged(parent), untrusted_number, untrusted_name)

    def fits(tx: Tx) -> None:
        require_open(tx, unit)
        require_fits(tx, unit, untrusted_number.strip(), parent)

    _enter(site, event, fits)


def close_unit(site: Site, actor: Actor, untrusted_unit: str) -> None:
    """A unit is no more. ``NotFound unit.unknown``, ``Conflict unit.closed | unit.not_empty`` while people belong to
    it or head it, or open units stand beneath it."""
    unit = UnitId(parse_id("unt", untrusted_unit))

    def fits(tx: Tx) -> None:
        require_open(tx, unit)
        beneath = tx.execute(select(UNIT.c.id).where(UNIT.c.parent == unit, UNIT.c.closed_at.is_(None))).first()
        inside = tx.execute(select(PLACE.c.id).where(
            (PLACE.c.unit == unit) | PLACE.c.heads.contains(unit, autoescape=True))).first()
        if beneath is not None or inside is not None:
            raise Conflict("unit.not_empty", "people belong to this unit or head it, or open units stand beneath it; "
                                             "move them first")

    _enter(site, (CustodyEvent.plain(actor.id, unit, UnitClosed()), None), fits)


def set_unit(site: Site, actor: Actor, untrusted_person: str, unit: str | None, heads: tuple[str, ...] = ()) -> None:
    """Say which unit a person belongs to and which they head, both as they are from now on.

    ``NotFound person.not_found | unit.unknown``, ``Conflict unit.closed``. Heading a unit gives no role: the role
    ``head`` is the account's.
    """
    person, heads = parse_id("usr", untrusted_person), tuple(dict.fromkeys(heads))

    def fits(tx: Tx) -> None:
        if tx.execute(select(PERSON.c.id).where(PERSON.c.id == person)).first() is None:
            raise NotFound("person.not_found", "there is no such person")
        for one in (*([] if unit is None else [unit]), *heads):
            require_open(tx, one)

    _enter(site, (CustodyEvent.plain(actor.id, person, PersonUnitSet(unit, heads)), None), fits)


def place_of(site: Site, actor: Actor) -> PersonPlace:
    """The unit this person belongs to and those they head, as the register says now."""
    return site.db.read(lambda c: person_place(c, actor.id))


def person_place(reading: Reading, person: str) -> PersonPlace:
    """As ``place_of``, by the person's id."""
    row: Any = reading.execute(select(PLACE.c.unit, PLACE.c.heads).where(PLACE.c.id == person)).first()
    return PersonPlace() if row is None else PersonPlace(row.unit, tuple(UnitId(one) for one in row.heads.split()))


def heads_of(site: Site, unit: str) -> tuple[str, ...]:
    """Ids of the active people who head this unit itself; those of a unit above it are not among them."""
    query = (select(PLACE.c.id).join_from(PLACE, PERSON, PERSON.c.id == PLACE.c.id)
             .where(PLACE.c.heads.contains(unit, autoescape=True), PERSON.c.active).order_by(PLACE.c.id))
    return tuple(site.db.read(lambda c: c.execute(query).scalars().all()))


def heads_person(reading: Reading, actor: Actor, person: str) -> bool:
    """Whether this head decides on what that person states: one of their unit or of a unit above it.

    Also where the register names no unit the head heads, or none the person belongs to.
    """
    unit = person_place(reading, person).unit
    if not actor.is_head or unit is None:
        return actor.is_head
    headed = select(UNIT.c.id).where(UNIT.c.id == unit, has_no_units(actor) | UNIT.c.id.in_(headed_units(actor)))
    return reading.execute(headed).first() is not None


def units(site: Site, actor: Actor) -> tuple[UnitRow, ...]:
    """Every unit, closed ones too, by number: what the units are is nobody's secret inside the archive."""
    rows: Any = site.db.read(lambda c: c.execute(select(UNIT).order_by(UNIT.c.number, UNIT.c.id)).all())
    return tuple(UnitRow(UnitId(row.id), row.number, row.name, row.parent, row.closed_at) for row in rows)


def with_units_beneath(parents: Mapping[str, str | None], unit: str) -> frozenset[str]:
    """The unit and all that stand beneath it, given each unit's parent. Pure; ends on a circle too."""
    found, left = {unit}, [unit]
    while left:
        above = left.pop()
        new = [one for one, parent in parents.items() if parent == above and one not in found]
        found.update(new)
        left.extend(new)
    return frozenset(found)


def named(site: Site, actor: Actor, unit: str, body: Body, untrusted_number: str, untrusted_name: str) -> Event:
    """An event that states number and name, sealed under the unit's own key. ``Refused recorder.text``."""
    sealed = particulars.seal(site.ports.vault, site.log_id, unit, particulars.salted({
        "number": plain_text(untrusted_number, "the unit's number", _NUMBER),
        "name": plain_text(untrusted_name, "the unit's name", _NAME)}))
    return CustodyEvent.committed(actor.id, unit, body, sealed.commitment), sealed


def require_open(reading: Reading, unit: str) -> None:
    """``NotFound unit.unknown``, ``Conflict unit.closed``."""
    row: Any = reading.execute(select(UNIT.c.closed_at).where(UNIT.c.id == unit)).first()
    if row is None:
        raise NotFound("unit.unknown", "there is no such unit in the register")
    if row.closed_at is not None:
        raise Conflict("unit.closed", "this unit has been closed")


def require_fits(reading: Reading, unit: str, number: str, parent: str | None) -> None:
    """Nobody else has the number and the parent is open and not beneath; errors as ``change_unit``."""
    if parent is not None:
        require_open(reading, parent)
        parents: Any = reading.execute(select(UNIT.c.id, UNIT.c.parent)).all()
        if parent in with_units_beneath({row.id: row.parent for row in parents}, unit):
            raise Refused("unit.circle", "a unit cannot stand beneath itself")
    taken = select(UNIT.c.id).where(UNIT.c.number == number, UNIT.c.id != unit, UNIT.c.closed_at.is_(None))
    if reading.execute(taken).first() is not None:
        raise Conflict("unit.number_taken", "another open unit has this number")


def _enter(site: Site, event: Event, fits: Callable[[Tx], None]) -> None:
    require(site, Act.ORDINARY)

    def record(tx: Tx) -> None:
        fits(tx)
        custody.append(tx, site.ports.clock, *event)

    site.db.write(record)
