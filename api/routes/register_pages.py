"""The pages of registers, and of who leaves or moves with the forms of the hand-over."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from api import page_answers
from api.deps import Person, ServiceDep, language_of
from api.forms import form_within
from api.page_answers import PersonForm, page
from api.present_registers import leaving_view, preview_view, register_view, registers_view
from archive import leaving
from archive import registers as archive_registers
from archive.identifiers import parse_id
from archive.register_kinds import register_of
from ingest.register_files import download, read_lines

router = APIRouter(include_in_schema=False)
LARGEST = 4 << 20
"""Bytes of a form with pasted lines, percent codes and all."""


async def pasted(request: Request, who: Person) -> dict[str, str]:
    """The fields of a form that holds a table, its token checked."""
    form = await form_within(request, LARGEST)
    page_answers.require_form_token(request, who, form.get("csrf", ""))
    return form


PastedForm = Annotated[dict[str, str], Depends(pasted)]


@router.get("/registers")
def registers(request: Request, service: ServiceDep, who: Person) -> Response:
    """The registers, and what none of them knows."""
    view = registers_view(service.archive.site, who.actor, page_answers.frame(request, who))
    return page(service.pages.registers(view, language_of(request)))


@router.get("/registers/{name}")
def register(request: Request, service: ServiceDep, who: Person, name: str) -> Response:
    """One register as it is in force."""
    view = register_view(service.archive.site, who.actor, name, page_answers.frame(request, who))
    return page(service.pages.register(view, language_of(request)))


@router.get("/registers/{name}/download")
def as_file(service: ServiceDep, who: Person, name: str) -> Response:
    """The register as a spreadsheet, in the form of its template."""
    made = download(service.archive.site, who.actor, register_of(name), "xlsx")
    return Response(made, media_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", headers={
        "content-disposition": f'attachment; filename="{register_of(name).name}.xlsx"', **page_answers.NO_STORE})


@router.post("/registers/{name}/preview")
def preview(request: Request, service: ServiceDep, who: Person, name: str, form: PastedForm) -> Response:
    """What pasted lines would change; changes nothing."""
    view = preview_view(service.archive.site, who.actor, name, form.get("lines", ""), page_answers.frame(request, who))
    return page(service.pages.register_preview(view, language_of(request)))


@router.post("/registers/{name}/apply")
def apply(service: ServiceDep, who: Person, name: str, form: PastedForm) -> Response:
    """Apply what was shown, all of it or nothing."""
    site, about = service.archive.site, register_of(name)
    lines = read_lines(site, about, form.get("lines", "").encode("utf-8", "replace"))
    archive_registers.apply(site, who.actor, about, lines, form.get("digest", ""))
    return page_answers.away(f"/registers/{about.name}")


@router.get("/people/{person}/leaving")
def open_in_name(request: Request, service: ServiceDep, who: Person, person: str) -> Response:
    """Everything open in a name, and what may be done now."""
    view = leaving_view(service.archive.site, who.actor, person, page_answers.frame(request, who))
    return page(service.pages.leaving(view, language_of(request)))


@router.post("/people/{person}/leaving")
def suspend(service: ServiceDep, who: Person, person: str, form: PersonForm) -> Response:
    """Suspend at once."""
    leaving.suspend(service.archive.site, who.actor, person, form.get("how", ""))
    return _back(person)


@router.post("/people/{person}/leaving/hand-over")
def hand_over(service: ServiceDep, who: Person, person: str, form: PersonForm) -> Response:
    """Hand one thing over, or all of a sort."""
    leaving.hand_over(service.archive.site, who.actor, person, form.get("what", ""), form.get("thing", ""),
                      form.get("successor", ""), form.get("remark", ""))
    return _back(person)


@router.post("/people/{person}/leaving/close")
def close(service: ServiceDep, who: Person, person: str, form: PersonForm) -> Response:
    """Close, or cancel what was begun by mistake."""
    leaving.close(service.archive.site, who.actor, person, cancel=form.get("cancel", "") == "1")
    return _back(person)


def _back(untrusted_person: str) -> Response:
    return page_answers.away(f"/people/{parse_id('usr', untrusted_person)}/leaving")
