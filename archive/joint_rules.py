"""What joint matters make of the tables; part of ``projection.apply`` and as pure."""

from collections.abc import Callable, Mapping
from typing import Any

from archive.event_body import Body
from archive.joint_events import ConsentAnswered, ConsentAsked, RecordingOwned, UnitJoined, UnitLeft
from archive.joint_tables import MatterUnit, OwnerConsent, RecordingOwner
from archive.row_changes import Applied, Changes


def _joined(changes: Changes, leaf: Applied, body: UnitJoined) -> None:
    changes.add(MatterUnit, body.participation, id=body.participation, matter=leaf.event.subject, unit=body.unit,
                part=body.part, added_by=leaf.event.actor, added_at=leaf.at, left_by=None, left_at=None,
                leaf=leaf.index)


def _left(changes: Changes, leaf: Applied, body: UnitLeft) -> None:
    changes.change(MatterUnit, body.participation, left_by=leaf.event.actor, left_at=leaf.at)


def _owned(changes: Changes, leaf: Applied, body: RecordingOwned) -> None:
    recording = leaf.event.subject
    changes.add_unless_there(RecordingOwner, recording, id=recording, unit=body.unit, leaf=leaf.index)
    changes.change(RecordingOwner, recording, unit=body.unit, leaf=leaf.index)


def _asked(changes: Changes, leaf: Applied, body: ConsentAsked) -> None:
    changes.add(OwnerConsent, body.consent, id=body.consent, matter=leaf.event.subject, unit=body.unit,
                recordings=" ".join(body.recordings), recipient=leaf.text("recipient"), purpose=leaf.text("purpose"),
                asked_by=leaf.event.actor, asked_at=leaf.at, given=None, answered_by=None, answered_at=None,
                leaf=leaf.index)


def _answered(changes: Changes, leaf: Applied, body: ConsentAnswered) -> None:
    changes.change(OwnerConsent, body.consent, given=body.given, answered_by=leaf.event.actor, answered_at=leaf.at)


RULES: Mapping[type[Body], Callable[[Changes, Applied, Any], None]] = {
    UnitJoined: _joined, UnitLeft: _left, RecordingOwned: _owned, ConsentAsked: _asked, ConsentAnswered: _answered,
}
