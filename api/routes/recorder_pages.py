"""The pages of the device ledger: the list, one recorder, sheets and labels to print, and their forms. A scanner that
types a code and Enter is all the forms need."""

import re

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api import page_answers, present_recorders
from api.deps import Person, Service, ServiceDep, language_of
from api.page_answers import PersonForm, page
from archive import recorder_ledger
from archive.errors import Refused
from archive.recorder_events import CHECK_ITEMS
from archive.recorder_ledger import Check
from ingest import recorder_completeness

router = APIRouter(prefix="/recorders", include_in_schema=False)
_WHOLE = re.compile(r"[+-]?[0-9]{1,15}").fullmatch


@router.get("")
def recorders(request: Request, service: ServiceDep, who: Person) -> Response:
    """All recorders, and the forms to register one and to hand over."""
    view = present_recorders.recorders_view(service.archive.site, who.actor, page_answers.frame(request, who))
    return page(service.pages.recorders(view, language_of(request)))


@router.get("/scan")
def scan(service: ServiceDep, who: Person, code: str = "") -> Response:
    """From a scanned code to the recorder's page."""
    return _to(recorder_ledger.resolve(service.archive.site, code))


@router.get("/labels")
def labels(request: Request, service: ServiceDep, who: Person) -> Response:
    """QR labels of all registered recorders."""
    view = present_recorders.labels_view(service.archive.site, who.actor, page_answers.frame(request, who))
    return page(service.pages.recorder_labels(view, language_of(request)))


@router.get("/sheets/{sheet}")
def sheet(request: Request, service: ServiceDep, who: Person, sheet: str) -> Response:
    """A hand-over sheet to print and sign."""
    view = present_recorders.sheet_view(service.archive.site, who.actor, sheet, page_answers.frame(request, who))
    return page(service.pages.recorder_sheet(view, language_of(request)))


@router.get("/{recorder}")
def recorder(request: Request, service: ServiceDep, who: Person, recorder: str) -> Response:
    """One recorder: where it is, its ledger, what may be done now."""
    view = present_recorders.recorder_view(service.archive.site, who.actor, recorder, page_answers.frame(request, who))
    return page(service.pages.recorder(view, language_of(request)))


@router.post("")
def register(service: ServiceDep, who: Person, form: PersonForm) -> Response:
    """Register a recorder."""
    return _to(recorder_ledger.register(
        service.archive.site, who.actor, form.get("vendor", ""), form.get("serial", ""), form.get("kind", ""),
        form.get("code", "")))


@router.post("/sheets")
def hand_over(service: ServiceDep, who: Person, form: PersonForm) -> Response:
    """Hand recorders over and show the sheet to print."""
    entry = recorder_ledger.hand_over(service.archive.site, who.actor, form.get("codes", "").split("\n"),
                                      _person(form, "giver"), _person(form, "taker"))
    return page_answers.away(f"/recorders/sheets/{entry}")


@router.post("/{recorder}/issue")
def issue(service: ServiceDep, who: Person, recorder: str, form: PersonForm) -> Response:
    """Give a recorder out; what is not ticked was not right."""
    passed = tuple(item for item in CHECK_ITEMS if form.get(f"check_{item}"))
    failed = tuple(item for item in CHECK_ITEMS if item not in passed)
    check = Check(passed, failed, _whole(form.get("clock_offset_ms", "")))
    recorder_ledger.issue(service.archive.site, who.actor, recorder, _person(form, "wearer"), check)
    return _again(service, recorder)


@router.post("/{recorder}/return")
def take_back(service: ServiceDep, who: Person, recorder: str, form: PersonForm) -> Response:
    """Take a recorder back."""
    recorder_ledger.take_back(service.archive.site, who.actor, recorder, form.get("condition", ""),
                              form.get("remark", ""))
    return _again(service, recorder)


@router.post("/{recorder}/report")
def report(service: ServiceDep, who: Person, recorder: str, form: PersonForm) -> Response:
    """Report a recorder lost, damaged or recovered."""
    recorder_ledger.report(service.archive.site, who.actor, recorder, form.get("what", ""),
                           form.get("circumstances", ""))
    return _again(service, recorder)


@router.post("/{recorder}/explain")
def explain(service: ServiceDep, who: Person, recorder: str, form: PersonForm) -> Response:
    """Say why something is missing."""
    recorder_completeness.explain(service.archive.site, who.actor, recorder, form.get("finding", ""),
                                  form.get("explanation", ""))
    return _again(service, recorder)


@router.post("/{recorder}/confirm")
def confirm(service: ServiceDep, who: Person, recorder: str, form: PersonForm) -> Response:
    """Confirm an explanation, as head of the unit."""
    recorder_completeness.confirm(service.archive.site, who.actor, form.get("entry", ""))
    return _again(service, recorder)


def _again(service: Service, recorder: str) -> Response:
    return _to(recorder_ledger.resolve(service.archive.site, recorder))


def _to(recorder: str) -> Response:
    return page_answers.away(f"/recorders/{recorder}")


def _person(form: dict[str, str], role: str) -> recorder_ledger.Person:
    return recorder_ledger.Person(form.get(f"{role}_no", ""), form.get(role, ""))


def _whole(untrusted_text: str) -> int | None:
    """A whole number or nothing; ``Refused request.invalid``."""
    text = untrusted_text.strip()
    if not text:
        return None
    if not _WHOLE(text):
        raise Refused("request.invalid", "the clock offset is a whole number of milliseconds")
    return int(text)
