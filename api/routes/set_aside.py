"""Setting recordings aside, as JSON."""

from fastapi import APIRouter

from api.deps import Person, PersonWriting, ServiceDep
from api.set_aside_schemas import ProposalMadeBody, ProposedBody, ProposeRequest, RemarkRequest, SetAsideBody
from archive import set_aside
from archive.set_aside import Proposed

router = APIRouter(prefix="/api/v1", tags=["set aside"])


@router.get("/set-aside")
def listed(service: ServiceDep, who: Person) -> SetAsideBody:
    """What waits for the head of a unit, and what is set aside."""
    waiting, more_waiting = set_aside.in_state(service.archive.site, who.actor, "waiting")
    aside, more_aside = set_aside.in_state(service.archive.site, who.actor, "aside")
    return SetAsideBody(waiting=[_body(one) for one, _ in waiting], aside=[_body(one) for one, _ in aside],
                        more=more_waiting or more_aside)


@router.post("/recordings/{recording}/set-aside", status_code=201)
def propose(service: ServiceDep, who: PersonWriting, recording: str, ask: ProposeRequest) -> ProposalMadeBody:
    """Its wearer proposes to set a recording aside."""
    made = set_aside.propose(service.archive.site, who.actor, recording, ask.reason, ask.remark)
    return ProposalMadeBody(proposal=made)


@router.post("/recordings/{recording}/set-aside/{proposal}/confirm", status_code=204)
def confirm(service: ServiceDep, who: PersonWriting, recording: str, proposal: str) -> None:
    """The head of the unit agrees: searches leave the recording out."""
    set_aside.confirm(service.archive.site, who.actor, recording, proposal)


@router.post("/recordings/{recording}/set-aside/{proposal}/decline", status_code=204)
def decline(service: ServiceDep, who: PersonWriting, recording: str, proposal: str, ask: RemarkRequest) -> None:
    """The head of the unit does not agree, or who proposed takes it back."""
    set_aside.decline(service.archive.site, who.actor, recording, proposal, ask.remark)


@router.post("/recordings/{recording}/bring-back", status_code=204)
def bring_back(service: ServiceDep, who: PersonWriting, recording: str, ask: RemarkRequest) -> None:
    """Searches find the recording again."""
    set_aside.bring_back(service.archive.site, who.actor, recording, ask.remark)


def _body(one: Proposed) -> ProposedBody:
    return ProposedBody.model_validate({
        "proposal": one.id, "recording": one.recording, "reason": one.reason, "remark": one.remark, "state": one.state,
        "by": one.by, "at": one.at, "decided_by": one.decided_by, "decided_at": one.decided_at})
