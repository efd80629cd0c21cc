"""What events about leavers make of the tables; part of ``projection.apply`` and as pure."""

from collections.abc import Callable, Mapping
from typing import Any

from archive.event_body import Body
from archive.leaving_events import LeavingClosed, OpenHandedOver, PersonSuspended
from archive.leaving_tables import HandedOver, Leaving
from archive.row_changes import Applied, Changes
from archive.tables import Person


def _suspended(changes: Changes, leaf: Applied, body: PersonSuspended) -> None:
    changes.add(Leaving, body.leaving, id=body.leaving, person=leaf.event.subject, how=body.how, began_at=leaf.at,
                began_by=leaf.event.actor, outcome=None, closed_at=None, closed_by=None)
    changes.change(Person, leaf.event.subject, active=False)


def _handed_over(changes: Changes, leaf: Applied, body: OpenHandedOver) -> None:
    key = f"{body.leaving} {body.what} {body.thing}"
    said = {"successor": body.successor, "remark": leaf.text("remark"), "at": leaf.at, "by": leaf.event.actor,
            "leaf": leaf.index}
    changes.add_unless_there(HandedOver, key, id=key, leaving=body.leaving, what=body.what, thing=body.thing, **said)
    changes.change(HandedOver, key, **said)


def _closed(changes: Changes, leaf: Applied, body: LeavingClosed) -> None:
    changes.change(Leaving, body.leaving, outcome=body.outcome, closed_at=leaf.at, closed_by=leaf.event.actor)
    changes.change(Person, leaf.event.subject, active=body.outcome != "left")


RULES: Mapping[type[Body], Callable[[Changes, Applied, Any], None]] = {
    PersonSuspended: _suspended, OpenHandedOver: _handed_over, LeavingClosed: _closed,
}
