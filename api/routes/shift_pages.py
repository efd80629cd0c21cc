"""A wearer's page: the last shift, labelled a session at a time."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api import page_answers
from api.deps import Person, ServiceDep, language_of
from api.page_answers import PersonForm, away, page
from api.present_shift import shift_view
from archive import shift

router = APIRouter(include_in_schema=False)


@router.get("/shift")
def last_shift(request: Request, service: ServiceDep, who: Person) -> Response:
    """The last shift of whoever is signed in."""
    frame = page_answers.frame(request, who)
    view = shift_view(service.archive.site, who.actor, service.rules, frame)
    return page(service.pages.shift(view, language_of(request)))


@router.post("/shift/label")
def label(service: ServiceDep, who: Person, form: PersonForm) -> Response:
    """Label a session with what the form says, or as the session before it."""
    site, session = service.archive.site, form.get("session", "")
    if form.get("as_before"):
        shift.label_as_before(site, who.actor, session)
    else:
        shift.label_session(site, who.actor, session, form)
    return away("/shift")
