"""Deadlines as JSON."""

from itertools import islice

from fastapi import APIRouter
from pydantic import AwareDatetime

from api.deadline_schemas import AbsenceBody, AnnouncedBody, DeadlineBody, DeadlinesBody
from api.deps import Person, ServiceDep
from archive import absences
from retention.announced import Announced, announced
from retention.deadline_list import RecordingDeadline, deadlines_of, needing_attention

router = APIRouter(prefix="/api/v1", tags=["deadlines"])
LONGEST = 1000


@router.get("/deadlines")
def deadlines(service: ServiceDep, who: Person, since: AwareDatetime | None = None) -> DeadlinesBody:
    """What was announced and is not here, overdue first; every deadline of recordings that is not on time, the newest
    recording first; the open absences."""
    site = service.archive.site
    found = list(islice(needing_attention(site, who.actor, service.rules, since), LONGEST + 1))
    away = [AbsenceBody(absence=a.id, reason=a.reason, began=a.began, declared_at=a.declared_at)
            for a in absences.declared(site, only_open=True)]
    owed = announced(site, who.actor, service.rules, since)
    return DeadlinesBody(
        announced=[_announced(one) for one in owed[:LONGEST]], deadlines=[_body(one) for one in found[:LONGEST]],
        absences=away, more=max(len(found), len(owed)) > LONGEST)


@router.get("/recordings/{recording}/deadlines")
def of_recording(service: ServiceDep, who: Person, recording: str) -> list[DeadlineBody]:
    """The deadlines of one recording, also those that were met."""
    return [_body(one) for one in deadlines_of(service.archive.site, who.actor, service.rules, recording)]


def _body(one: RecordingDeadline) -> DeadlineBody:
    found = one.deadline
    return DeadlineBody(
        recording=one.recording, case_no=one.case_no, clause=found.clause_id, article=found.clause.article,
        quotes=found.clause.quotes, state=found.state, due_earliest=found.due[0], due_latest=found.due[1],
        done_at=found.done, missing=list(found.missing), why=list(found.why),
        named_by=one.named_by, explained=one.explanation is not None, confirmed=one.confirmed,
        set_aside=one.set_aside)


def _announced(one: Announced) -> AnnouncedBody:
    found = one.deadline
    return AnnouncedBody(
        entry=one.entry, recording=one.recording, recorder=one.recorder, how=one.how, reason=one.reason,
        announced_at=one.announced_at, clause=found.clause_id, state=found.state, due_earliest=found.due[0],
        due_latest=found.due[1], why=list(found.why), named_by=one.named_by, explained=one.explanation is not None,
        confirmed=one.settled)
