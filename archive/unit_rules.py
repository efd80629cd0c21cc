"""What events about units make of the tables; part of ``projection.apply`` and as pure."""

from collections.abc import Callable, Mapping
from typing import Any

from archive.event_body import Body
from archive.row_changes import Applied, Changes
from archive.unit_events import PersonUnitSet, UnitChanged, UnitClosed, UnitRegistered
from archive.unit_tables import PersonUnit, Unit


def _registered(changes: Changes, leaf: Applied, body: UnitRegistered) -> None:
    changes.add(Unit, leaf.event.subject, id=leaf.event.subject, number=leaf.text("number"), name=leaf.text("name"),
                parent=body.parent, registered_at=leaf.at, closed_at=None, leaf=leaf.index)


def _changed(changes: Changes, leaf: Applied, body: UnitChanged) -> None:
    changes.change(Unit, leaf.event.subject, number=leaf.text("number"), name=leaf.text("name"), parent=body.parent,
                   leaf=leaf.index)


def _closed(changes: Changes, leaf: Applied, body: UnitClosed) -> None:
    changes.change(Unit, leaf.event.subject, closed_at=leaf.at)


def _unit_set(changes: Changes, leaf: Applied, body: PersonUnitSet) -> None:
    person, said = leaf.event.subject, {"unit": body.unit, "heads": " ".join(body.heads), "since": leaf.at}
    changes.add_unless_there(PersonUnit, person, id=person, **said)
    changes.change(PersonUnit, person, **said)


RULES: Mapping[type[Body], Callable[[Changes, Applied, Any], None]] = {
    UnitRegistered: _registered, UnitChanged: _changed, UnitClosed: _closed, PersonUnitSet: _unit_set,
}
