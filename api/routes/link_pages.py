"""The forms about links between documents and recordings, on a recording's page."""

from fastapi import APIRouter
from fastapi.responses import Response

from api.deps import Person, ServiceDep
from api.page_answers import PersonForm
from api.routes.deadline_pages import to_recording
from api.routes.matter_pages import microseconds_typed
from archive import links
from archive.errors import Refused
from archive.links import Target

router = APIRouter(include_in_schema=False)


@router.post("/recordings/{recording}/links")
def make(service: ServiceDep, who: Person, recording: str, form: PersonForm) -> Response:
    """Link a paragraph or page of this document."""
    target = Target(form.get("to", "").strip(), microseconds_typed(form.get("from_s", "")),
                    microseconds_typed(form.get("to_s", "")))
    links.make_link(service.archive.site, who.actor, recording, target, paragraph=_counted(form.get("paragraph", "")),
                    page=_counted(form.get("page", "")))
    return to_recording(recording, form)


@router.post("/recordings/{recording}/links/{link}/withdraw")
def withdraw(service: ServiceDep, who: Person, recording: str, link: str, form: PersonForm) -> Response:
    """A link does not hold after all."""
    links.withdraw_link(service.archive.site, who.actor, recording, link, form.get("remark", ""))
    return to_recording(recording, form)


def _counted(untrusted_number: str) -> int | None:
    """A number as typed; None when empty."""
    text = untrusted_number.strip()
    if text and not (text.isascii() and text.isdecimal() and len(text) <= 6):
        raise Refused("link.place", "name a paragraph or a page of the document, one of the two")
    return int(text) if text else None
