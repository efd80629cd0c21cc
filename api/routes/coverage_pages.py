"""The forms about steps and statements on a matter's page, and the page of recording lists."""

from datetime import datetime

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api import page_answers
from api.deps import Person, ServiceDep, language_of
from api.page_answers import PersonForm, away, page
from api.present_coverage import lists_view
from api.web.addresses import matter_address
from api.web.filters import SHANGHAI
from archive import step_statements, steps
from archive.errors import Refused

router = APIRouter(include_in_schema=False)


@router.get("/recording-lists")
def lists(request: Request, service: ServiceDep, who: Person) -> Response:
    """What each plan wants recorded, side by side."""
    view = lists_view(page_answers.frame(request, who), service.rules, service.lists)
    return page(service.pages.recording_lists(view, language_of(request)))


@router.post("/matters/{matter}/steps")
def taken(service: ServiceDep, who: Person, matter: str, form: PersonForm) -> Response:
    """A step was taken."""
    began, ended = _typed(form.get("began", "")), _typed(form.get("ended", ""))
    if began is None or ended is None:
        raise Refused("matter.step_times", "a step has a begin and an end")
    steps.take_step(service.archive.site, who.actor, matter, form.get("item", ""), began, ended)
    return _to(matter)


@router.post("/matters/{matter}/steps/{step}/withdraw")
def withdrawn(service: ServiceDep, who: Person, matter: str, step: str, form: PersonForm) -> Response:
    """It was entered wrongly."""
    steps.withdraw_step(service.archive.site, who.actor, matter, step, form.get("remark", ""))
    return _to(matter)


@router.post("/matters/{matter}/statements")
def stated(service: ServiceDep, who: Person, matter: str, form: PersonForm) -> Response:
    """Why a step was not recorded; times are left empty but for a gap."""
    step_statements.state(service.archive.site, who.actor, matter, form.get("step", ""), form.get("what", ""),
                          form.get("text", ""), _typed(form.get("began", "")), _typed(form.get("ended", "")))
    return _to(matter)


@router.post("/matters/{matter}/statements/{statement}/confirm")
def confirmed(service: ServiceDep, who: Person, matter: str, statement: str, form: PersonForm) -> Response:
    """A head agrees."""
    step_statements.confirm_statement(service.archive.site, who.actor, matter, statement)
    return _to(matter)


@router.post("/matters/{matter}/statements/{statement}/decline")
def declined(service: ServiceDep, who: Person, matter: str, statement: str, form: PersonForm) -> Response:
    """A head does not agree, or its author takes it back."""
    step_statements.decline_statement(service.archive.site, who.actor, matter, statement, form.get("remark", ""))
    return _to(matter)


def _to(matter: str) -> Response:
    return away(matter_address(matter))


def _typed(untrusted_time: str) -> datetime | None:
    """A time of Beijing as a ``datetime-local`` field sends it; None when empty. ``Refused matter.step_times``."""
    if not untrusted_time.strip():
        return None
    try:
        at = datetime.fromisoformat(untrusted_time.strip())
    except ValueError:
        at = None
    if at is None or at.tzinfo is not None:
        raise Refused("matter.step_times", "type a time as YYYY-MM-DDTHH:MM, in the time of Beijing")
    return at.replace(tzinfo=SHANGHAI)
