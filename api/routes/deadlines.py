"""Deadlines as JSON."""

from itertools import islice

from fastapi import APIRouter
from pydantic import AwareDatetime

from api.deadline_schemas import AbsenceBody, DeadlineBody, DeadlinesBody
from api.deps import Person, ServiceDep
from archive import absences
from retention.deadline_list import RecordingDeadline, deadlines_of, needing_attention

router = APIRouter(prefix="/api/v1", tags=["deadlines"])
LONGEST = 1000


@router.get("/deadlines")
def deadlines(service: ServiceDep, who: Person, since: AwareDatetime | None = None) -> DeadlinesBody:
    """Every deadline that is not on time, the newest recording first, and the open absences."""
    site = service.archive.site
    found = list(islice(needing_attention(site, who.actor, service.rules, since), LONGEST + 1))
    away = [AbsenceBody(absence=a.id, reason=a.reason, began=a.began, declared_at=a.declared_at)
            for a in absences.declared(site, only_open=True)]
    return DeadlinesBody(deadlines=[_body(one) for one in found[:LONGEST]], absences=away, more=len(found) > LONGEST)


@router.get("/recordings/{recording}/deadlines")
def of_recording(service: ServiceDep, who: Person, recording: str) -> list[DeadlineBody]:
    """The deadlines of one recording, also those that were met."""
    return [_body(one) for one in deadlines_of(service.archive.site, who.actor, service.rules, recording)]


def _body(one: RecordingDeadline) -> DeadlineBody:
    found = one.deadline
    return DeadlineBody(
        recording=one.recording, case_no=one.case_no, clause=found.clause_id, article=found.clause.article,
        quotes=found.clause.quotes, state=found.state, due_earliest=found.due[0], due_latest=found.due[1],
        done_at=found.done.latest if found.done else None, missing=list(found.missing), why=list(found.why),
        explained=one.explanation is not None,
        confirmed=one.settled)
