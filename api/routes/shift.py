"""A wearer's last shift as JSON."""

from fastapi import APIRouter

from api.deps import Person, PersonWriting, ServiceDep
from api.shift_schemas import (
    LabelledBody,
    ProposalBody,
    SessionLabelRequest,
    ShiftBody,
    ShiftSessionBody,
    ShiftTakeBody,
)
from archive import shift
from archive.shift import Session

router = APIRouter(prefix="/api/v1", tags=["shift"])


@router.get("/shift")
def last_shift(service: ServiceDep, who: Person) -> ShiftBody:
    """The recordings of the last shift of whoever is signed in, by session, with what may be said of them."""
    found = shift.last_shift(service.archive.site, who.actor)
    return ShiftBody(basis=found.basis, officer_no=found.number, since=found.since,
                     sessions=[_session(one) for one in found.sessions], more=found.more)


@router.post("/sessions/{session}/label", status_code=201)
def label(service: ServiceDep, who: PersonWriting, session: str, ask: SessionLabelRequest) -> LabelledBody:
    """Label every recording of a session of the last shift, all of them or none."""
    made = shift.label_session(service.archive.site, who.actor, session, ask.model_dump())
    return LabelledBody(labels=list(made))


def _session(session: Session) -> ShiftSessionBody:
    takes = [ShiftTakeBody(recording=take.row.id, by=take.by, started_at=take.row.started, ended_at=take.row.ended,
                           said=dict(take.said)) for take in session.takes]
    proposed = {name: ProposalBody(text=one.text, origin=one.origin) for name, one in session.proposed.items()}
    return ShiftSessionBody(session=session.key, takes=takes, proposed=proposed)
