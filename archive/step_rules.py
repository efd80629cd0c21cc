"""What steps and statements make of the tables; part of ``projection.apply`` and as pure."""

from collections.abc import Callable, Mapping
from typing import Any

from archive.event_body import Body
from archive.row_changes import Applied, Changes
from archive.step_events import RecordingStated, StatementConfirmed, StatementDeclined, StepTaken, StepWithdrawn
from archive.step_tables import MatterStep, StepStatement


def _taken(changes: Changes, leaf: Applied, body: StepTaken) -> None:
    changes.add(MatterStep, body.step, id=body.step, matter=leaf.event.subject, item=body.item, began=body.began,
                ended=body.ended, taken_by=leaf.event.actor, taken_at=leaf.at, withdrawn_by=None, withdrawn_at=None,
                leaf=leaf.index)


def _withdrawn(changes: Changes, leaf: Applied, body: StepWithdrawn) -> None:
    changes.change(MatterStep, body.step, withdrawn_by=leaf.event.actor, withdrawn_at=leaf.at)


def _stated(changes: Changes, leaf: Applied, body: RecordingStated) -> None:
    changes.add(StepStatement, body.statement, id=body.statement, step=body.step, what=body.what, began=body.began,
                ended=body.ended, text=leaf.text("text"), stated_by=leaf.event.actor, stated_at=leaf.at, decision=None,
                decided_by=None, decided_at=None, leaf=leaf.index)


def _decided(changes: Changes, leaf: Applied, body: StatementConfirmed | StatementDeclined) -> None:
    decision = "confirmed" if isinstance(body, StatementConfirmed) else "declined"
    changes.change(StepStatement, body.statement, decision=decision, decided_by=leaf.event.actor, decided_at=leaf.at)


RULES: Mapping[type[Body], Callable[[Changes, Applied, Any], None]] = {
    StepTaken: _taken, StepWithdrawn: _withdrawn, RecordingStated: _stated, StatementConfirmed: _decided,
    StatementDeclined: _decided,
}
