"""Units of the authority, who belongs to which and who heads it. Numbers and names are particulars."""

from dataclasses import dataclass
from typing import ClassVar

from archive.event_body import Body


@dataclass(frozen=True)
class UnitRegistered(Body):
    """A unit is in the register. Subject: the unit. Particulars: number, name, under the unit's own key.

    ``parent``: the unit above it, absent at the top.
    """

    KIND: ClassVar[str] = "unit.registered/1"
    parent: str | None


@dataclass(frozen=True)
class UnitChanged(Body):
    """Number, name and place of a unit from here on, each of them anew. Subject: the unit. Particulars: number, name.

    ``parent``: the unit above it, absent at the top.
    """

    KIND: ClassVar[str] = "unit.changed/1"
    parent: str | None


@dataclass(frozen=True)
class UnitClosed(Body):
    """A unit is no more; its number may be given again. Subject: the unit."""

    KIND: ClassVar[str] = "unit.closed/1"


@dataclass(frozen=True)
class PersonUnitSet(Body):
    """Where a person belongs from here on; a later one takes its place. Subject: the person.

    ``unit``: the unit they belong to, absent for none. ``heads``: the units they head, which may be others.
    """

    KIND: ClassVar[str] = "person.unit_set/1"
    unit: str | None
    heads: tuple[str, ...]


UNIT_BODIES: tuple[type[Body], ...] = (UnitRegistered, UnitChanged, UnitClosed, PersonUnitSet)
