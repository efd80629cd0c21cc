"""The pages of matters and the forms about them, and the page that makes a matter's code."""

from dataclasses import replace

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api import page_answers
from api.deps import Person, ServiceDep, language_of
from api.page_answers import PersonForm, away, page
from api.present_coverage import Looker, coverage_view
from api.present_joint import joint_of
from api.present_matters import matter_view, matters_view
from api.routes.deadline_pages import to_recording
from api.web.addresses import matter_address
from api.web.matter_views import MatterCodeView
from archive import matter_members, matter_merging, matter_recordings, matters
from archive.errors import Refused
from archive.matter_codes import PREFIX, matter_code
from archive.matter_names import named

router = APIRouter(include_in_schema=False)
LONGEST_QUERY = 200


@router.get("/matters")
def listed(request: Request, service: ServiceDep, who: Person, q: str = "", own: str = "") -> Response:
    """Matters this person may know of, and the form to open one."""
    query = q[:LONGEST_QUERY].strip()
    view = matters_view(service.archive.site, who.actor, page_answers.frame(request, who), query, bool(own))
    return page(service.pages.matters(view, language_of(request)))


@router.post("/matters")
def opened(service: ServiceDep, who: Person, form: PersonForm) -> Response:
    """Open a matter."""
    made = matters.open_matter(service.archive.site, who.actor, form.get("kind", ""), form.get("title", ""),
                               form.get("case_no", ""))
    return _to(made)


@router.get("/matters/{matter}")
def one(request: Request, service: ServiceDep, who: Person, matter: str) -> Response:
    """One matter."""
    site = service.archive.site
    view = matter_view(site, who.actor, page_answers.frame(request, who), matter)
    shown = coverage_view(site, Looker(who.actor, view.may_work, view.may_deny), service.rules, service.lists,
                          matter)
    view = replace(view, coverage=shown, joint=joint_of(site, who.actor, matter))
    return page(service.pages.matter(view, language_of(request)))


@router.post("/matters/{matter}/title")
def retitled(service: ServiceDep, who: Person, matter: str, form: PersonForm) -> Response:
    """Call it otherwise."""
    matters.retitle(service.archive.site, who.actor, matter, form.get("title", ""))
    return _to(matter)


@router.post("/matters/{matter}/case-number")
def numbered(service: ServiceDep, who: Person, matter: str, form: PersonForm) -> Response:
    """Give it its case number."""
    matters.give_case_number(service.archive.site, who.actor, matter, form.get("case_no", ""))
    return _to(matter)


@router.post("/matters/{matter}/file")
def filed(service: ServiceDep, who: Person, matter: str, form: PersonForm) -> Response:
    """It becomes a case."""
    matters.file_case(service.archive.site, who.actor, matter, form.get("decided_on", ""), form.get("case_no", ""))
    return _to(matter)


@router.post("/matters/{matter}/end")
def ended(service: ServiceDep, who: Person, matter: str, form: PersonForm) -> Response:
    """The act is over."""
    matters.end_act(service.archive.site, who.actor, matter, form.get("basis", ""), form.get("ended_on", ""))
    return _to(matter)


@router.post("/matters/{matter}/go-on")
def going_on(service: ServiceDep, who: Person, matter: str, form: PersonForm) -> Response:
    """Its end is taken back."""
    matters.withdraw_end(service.archive.site, who.actor, matter, form.get("remark", ""))
    return _to(matter)


@router.post("/matters/{matter}/merge")
def merged(service: ServiceDep, who: Person, matter: str, form: PersonForm) -> Response:
    """It goes on as part of another, whose page is shown."""
    site = service.archive.site
    into = named(site, who.actor, form.get("into", ""))
    matter_merging.merge(site, who.actor, matter, into, form.get("remark", ""))
    return _to(into)


@router.post("/matters/{matter}/split")
def split(service: ServiceDep, who: Person, matter: str, form: PersonForm) -> Response:
    """A new matter is split off with the recordings ticked, and shown."""
    ticked = [name for name, value in form.items() if name.startswith("asg_") and value == "1"]
    made = matter_merging.split(service.archive.site, who.actor, matter, form.get("kind", ""), form.get("title", ""),
                                ticked, form.get("remark", ""))
    return _to(made)


@router.post("/matters/{matter}/members")
def member(service: ServiceDep, who: Person, matter: str, form: PersonForm) -> Response:
    """A person stands in a relation to it."""
    matter_members.add_member(service.archive.site, who.actor, matter, form.get("login", ""), form.get("relation", ""))
    return _to(matter)


@router.post("/matters/{matter}/members/{membership}/end")
def member_gone(service: ServiceDep, who: Person, matter: str, membership: str, form: PersonForm) -> Response:
    """No more."""
    matter_members.remove_member(service.archive.site, who.actor, matter, membership)
    return away("/matters")


@router.post("/matters/{matter}/recordings/{assignment}/withdraw")
def withdrawn(service: ServiceDep, who: Person, matter: str, assignment: str, form: PersonForm) -> Response:
    """A recording does not belong to it, or where another is named belongs to that one."""
    site, remark = service.archive.site, form.get("remark", "")
    if form.get("right", "").strip():
        right = named(site, who.actor, form["right"])
        matter_recordings.correct(site, who.actor, matter, assignment, right, remark)
    else:
        matter_recordings.withdraw(site, who.actor, matter, assignment, remark)
    return _to(matter)


@router.post("/recordings/{recording}/matters")
def assigned(service: ServiceDep, who: Person, recording: str, form: PersonForm) -> Response:
    """A recording, or the span of it in seconds, belongs to the matter named."""
    site = service.archive.site
    ends = microseconds_typed(form.get("from_s", "")), microseconds_typed(form.get("to_s", ""))
    span = matter_recordings.span_of(*ends)
    matter_recordings.assign(site, who.actor, [recording], named(site, who.actor, form.get("matter", "")), span)
    return to_recording(recording, form)


@router.get("/matter-code")
def code(request: Request, service: ServiceDep, who: Person, matter: str = "") -> Response:
    """The code of a matter, or only the form to name one; nothing is kept."""
    view = MatterCodeView(page_answers.frame(request, who))
    if matter.strip():
        text = matter_code(matter)
        view = MatterCodeView(view.frame, text.removeprefix(PREFIX), text)
    return page(service.pages.matter_code(view, language_of(request)))


def _to(matter: str) -> Response:
    return away(matter_address(matter))


def microseconds_typed(untrusted_seconds: str) -> int | None:
    """Whole seconds or minutes:seconds as typed; None when empty."""
    text = untrusted_seconds.strip()
    if not text:
        return None
    minutes, colon, seconds = text.rpartition(":")
    plain = (minutes + seconds).isascii() and (minutes + seconds).isdecimal() and bool(minutes) == bool(colon)
    if not plain or not seconds or len(text) > 9:
        raise Refused("matter.span", "type the ends of a span in seconds, or as minutes:seconds")
    return (int(minutes or "0") * 60 + int(seconds)) * 1_000_000
