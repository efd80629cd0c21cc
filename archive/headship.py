"""Which units a head 机关负责人 is head of, as parts of a query: those the register names, and all beneath them.

A head of whom the register names no unit is head of all: an agency that keeps no register of units has only such.
Limit: what the register says decides at once, and who keeps it can widen a head's sight; the log says that they did.
"""

from typing import Any

from sqlalchemy import ColumnElement, Select, exists, select

from archive.actors import Actor
from archive.tables import table
from archive.unit_tables import PersonUnit, Unit

PLACE, UNIT = table(PersonUnit), table(Unit)
_STATED, _BENEATH = PLACE.alias("stated"), UNIT.alias("beneath")


def has_no_units(actor: Actor) -> ColumnElement[bool]:
    """Whether the register names no unit this person heads."""
    return ~exists().where(_STATED.c.id == actor.id, _STATED.c.heads != "")


def headed_units(actor: Actor) -> Select[Any]:
    """Ids of the units this person heads, and of those beneath them."""
    down = select(UNIT.c.id).join_from(UNIT, PLACE, PLACE.c.heads.contains(UNIT.c.id)).where(
        PLACE.c.id == actor.id).cte(recursive=True)
    down = down.union(select(_BENEATH.c.id).join_from(_BENEATH, down, down.c.id == _BENEATH.c.parent))
    return select(down.c.id)
