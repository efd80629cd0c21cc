"""The page of recordings that are set aside, and the forms about them."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api import page_answers
from api.deps import Person, ServiceDep, language_of
from api.page_answers import PersonForm, page
from api.present_set_aside import set_aside_view
from api.routes.deadline_pages import to_recording
from archive import set_aside

router = APIRouter(include_in_schema=False)


@router.get("/set-aside")
def listed(request: Request, service: ServiceDep, who: Person) -> Response:
    """What waits for the head of a unit, and what is set aside."""
    view = set_aside_view(service.archive.site, who.actor, page_answers.frame(request, who))
    return page(service.pages.set_aside(view, language_of(request)))


@router.post("/recordings/{recording}/set-aside")
def propose(service: ServiceDep, who: Person, recording: str, form: PersonForm) -> Response:
    """Its wearer proposes."""
    set_aside.propose(service.archive.site, who.actor, recording, form.get("reason", ""), form.get("remark", ""))
    return to_recording(recording, form)


@router.post("/recordings/{recording}/set-aside/{proposal}/confirm")
def confirm(service: ServiceDep, who: Person, recording: str, proposal: str, form: PersonForm) -> Response:
    """The head agrees."""
    set_aside.confirm(service.archive.site, who.actor, recording, proposal)
    return to_recording(recording, form)


@router.post("/recordings/{recording}/set-aside/{proposal}/decline")
def decline(service: ServiceDep, who: Person, recording: str, proposal: str, form: PersonForm) -> Response:
    """The head does not agree, or who proposed takes it back."""
    set_aside.decline(service.archive.site, who.actor, recording, proposal, form.get("remark", ""))
    return to_recording(recording, form)


@router.post("/recordings/{recording}/bring-back")
def bring_back(service: ServiceDep, who: Person, recording: str, form: PersonForm) -> Response:
    """Searches find it again."""
    set_aside.bring_back(service.archive.site, who.actor, recording, form.get("remark", ""))
    return to_recording(recording, form)
