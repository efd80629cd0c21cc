"""The page of deadlines and its forms: absences, explanations, confirmations, labels by a person."""

from datetime import UTC, datetime

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api import page_answers, present_deadlines
from api.deps import Person, ServiceDep, language_of
from api.page_answers import PersonForm, away, page
from api.web.addresses import recording_address, safe_back
from api.web.filters import SHANGHAI
from archive import absences, labelling
from archive.absences import Officer
from archive.errors import Refused
from archive.identifiers import parse_id
from retention import lateness

router = APIRouter(include_in_schema=False)


@router.get("/deadlines")
def deadlines(request: Request, service: ServiceDep, who: Person) -> Response:
    """What is late, unknown, due soon or excused."""
    view = present_deadlines.deadlines_view(
        service.archive.site, who.actor, service.rules, page_answers.frame(request, who))
    return page(service.pages.deadlines(view, language_of(request)))


@router.post("/absences")
def declare(service: ServiceDep, who: Person, form: PersonForm) -> Response:
    """Declare an absence, of whoever is signed in when no officer is named."""
    officer = Officer(form.get("officer", ""), form.get("officer_no", ""))
    if not (officer.name.strip() or officer.number.strip()):
        officer = Officer(who.display_name, person=who.actor.id)
    absences.declare(service.archive.site, who.actor, officer, form.get("reason", ""),
                     local_time(form.get("began", "")), form.get("remark", ""))
    return away("/deadlines")


@router.post("/absences/{absence}/end")
def end(service: ServiceDep, who: Person, absence: str, form: PersonForm) -> Response:
    """The officer is back."""
    absences.end(service.archive.site, who.actor, absence, local_time(form.get("returned", "")))
    return away("/deadlines")


@router.post("/recordings/{recording}/label")
def label(service: ServiceDep, who: Person, recording: str, form: PersonForm) -> Response:
    """Put a label on a recording."""
    labelling.put_label(service.archive.site, who.actor, recording, form)
    return to_recording(recording, form)


@router.post("/recordings/{recording}/lateness")
def explain(service: ServiceDep, who: Person, recording: str, form: PersonForm) -> Response:
    """Say why it was late."""
    lateness.explain(service.archive.site, who.actor, service.rules, recording, form.get("rule", ""),
                     form.get("reason", ""), form.get("explanation", ""))
    return to_recording(recording, form)


@router.post("/recordings/{recording}/lateness/{explanation}/confirm")
def confirm(service: ServiceDep, who: Person, recording: str, explanation: str, form: PersonForm) -> Response:
    """Confirm somebody else's explanation."""
    lateness.confirm(service.archive.site, who.actor, recording, explanation)
    return to_recording(recording, form)


def local_time(untrusted_text: str) -> datetime:
    """A form's date and time, Beijing time as on every page, in UTC; ``Refused deadline.time``."""
    try:
        at = datetime.fromisoformat(untrusted_text)
    except ValueError as fault:
        raise Refused("deadline.time", "give date and time as 2026-11-20T08:30") from fault
    try:
        return (at.replace(tzinfo=SHANGHAI) if at.tzinfo is None else at).astimezone(UTC)
    except OverflowError as fault:
        raise Refused("deadline.time", "give date and time as 2026-11-20T08:30") from fault


def to_recording(untrusted_recording: str, form: dict[str, str]) -> Response:
    """Back to where the form stood: a recording that is only announced has no page of its own."""
    if "back" in form:
        return away(safe_back(form["back"]))
    return away(recording_address(parse_id("rec", untrusted_recording)))
