"""What events about deadlines make of the tables; part of ``projection.apply`` and as pure."""

from collections.abc import Callable, Mapping
from typing import Any

from archive.deadline_events import AbsenceDeclared, AbsenceEnded, LatenessConfirmed, LatenessExplained
from archive.deadline_tables import Absence, LatenessExplanation
from archive.event_body import Body
from archive.row_changes import Applied, Changes


def _declared(changes: Changes, leaf: Applied, body: AbsenceDeclared) -> None:
    changes.add(Absence, leaf.event.subject, id=leaf.event.subject, reason=body.reason, person=body.person,
                officer=leaf.text("officer"), officer_no=leaf.text("officer_no"), remark=leaf.text("remark"),
                began=body.began, declared_by=leaf.event.actor, declared_at=leaf.at, returned=None, ended_by=None,
                ended_at=None, leaf=leaf.index)


def _ended(changes: Changes, leaf: Applied, body: AbsenceEnded) -> None:
    changes.change(Absence, leaf.event.subject, returned=body.returned, ended_by=leaf.event.actor, ended_at=leaf.at)


def _explained(changes: Changes, leaf: Applied, body: LatenessExplained) -> None:
    changes.add(LatenessExplanation, body.explanation, id=body.explanation, recording=leaf.event.subject,
                clause=body.clause, reason=body.reason, explanation=leaf.text("explanation"),
                explained_by=leaf.event.actor, explained_at=leaf.at, confirmed_by=None, confirmed_at=None,
                leaf=leaf.index)


def _confirmed(changes: Changes, leaf: Applied, body: LatenessConfirmed) -> None:
    changes.change(LatenessExplanation, body.explanation, confirmed_by=leaf.event.actor, confirmed_at=leaf.at)


RULES: Mapping[type[Body], Callable[[Changes, Applied, Any], None]] = {
    AbsenceDeclared: _declared, AbsenceEnded: _ended, LatenessExplained: _explained, LatenessConfirmed: _confirmed,
}
