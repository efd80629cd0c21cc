"""The pages people see: start, search, case, recording, and problems as a page. Rendered whole, never cached."""

from dataclasses import replace

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api import (
    page_answers,
    present,
    present_deadlines,
    present_joint,
    present_links,
    present_matters,
    present_set_aside,
    present_transcripts,
    problems,
)
from api.deps import Person, ServiceDep, language_of, service_of, signed_in_or_none
from api.page_answers import page
from api.present_log import log_state
from api.present_search import search_view
from api.routes import (
    coverage_pages,
    deadline_pages,
    joint_pages,
    link_pages,
    matter_pages,
    recorder_pages,
    register_pages,
    room_pages,
    set_aside_pages,
    shift_pages,
    signing_in,
    unclaimed,
)
from api.web.addresses import login_address
from api.web.csp import CONTENT_SECURITY_POLICY
from api.web.views import CaseView, Frame, ProblemView, StartView, StationLine, StationsView
from archive import recording_search
from archive.errors import ArchiveError, Unavailable
from archive.shift import wore
from ingest.stations import EnrolledStation, all_stations

router = APIRouter(include_in_schema=False)
router.include_router(signing_in.router)
router.include_router(recorder_pages.router)
router.include_router(register_pages.router)
router.include_router(unclaimed.router)
router.include_router(deadline_pages.router)
router.include_router(shift_pages.router)
router.include_router(set_aside_pages.router)
router.include_router(matter_pages.router)
router.include_router(joint_pages.router)
router.include_router(link_pages.router)
router.include_router(room_pages.router)
router.include_router(coverage_pages.router)
RECENT = 20
LONGEST_CASE = 200


@router.get("/")
def start(request: Request, service: ServiceDep, who: Person) -> Response:
    """The newest recordings and the state of the log."""
    site = service.archive.site
    rows, _ = recording_search.search(site, who.actor, "", RECENT, folded=True)
    view = StartView(page_answers.frame(request, who), present.lines(site, who.actor, rows),
                     recording_search.count(site, who.actor), log_state(site, service.archive.publisher),
                     recording_search.count(site, who.actor, aside=True))
    return page(service.pages.start(view, language_of(request)))


@router.get("/search")
def search(request: Request, service: ServiceDep, who: Person, case: str = "") -> Response:
    """Recordings by case number, name, place, file, recorder or day; nothing is looked for without a word."""
    view = search_view(service.archive.site, who.actor, page_answers.frame(request, who), case[:LONGEST_CASE].strip())
    return page(service.pages.search(view, language_of(request)))


@router.get("/cases/{case:path}")
def case_page(request: Request, service: ServiceDep, who: Person, case: str) -> Response:
    """Recordings of one case number, in the order they were taken."""
    site, query = service.archive.site, case[:LONGEST_CASE]
    rows, total = recording_search.by_case(site, who.actor, query)
    written = next((r.case_no for r in rows if r.case_no), query)
    view = CaseView(page_answers.frame(request, who), written, present.lines(site, who.actor, rows), total,
                    recording_search.count(site, who.actor, query, aside=True, exact=True),
                    total > len(rows))
    return page(service.pages.case(view, language_of(request)))


@router.get("/recordings/{recording}")
def recording_page(request: Request, service: ServiceDep, who: Person, recording: str) -> Response:
    """One recording: player, facts, receipt, history. Showing it is no playback and makes no event."""
    site, frame = service.archive.site, page_answers.frame(request, who)
    view = present.recording_view(site, who.actor, recording, frame)
    view = replace(view, deadlines=present_deadlines.of_recording(site, who.actor, service.rules, recording),
                   aside=present_set_aside.of_recording(site, who.actor, recording),
                   may_propose=wore(site, who.actor, recording),
                   matters=present_matters.of_recording(site, who.actor, recording),
                   owner=present_joint.owner_of(site, who.actor, recording),
                   transcripts=present_transcripts.of_recording(site, who.actor, recording),
                   links=present_links.of_recording(site, who.actor, view.line.recording_id))
    return page(service.pages.recording(view, language_of(request)))


@router.get("/stations")
def stations(request: Request, service: ServiceDep, who: Person) -> Response:
    """Every station and whether it counts still."""
    lines = tuple(_station_line(s) for s in all_stations(service.archive.site))
    return page(service.pages.stations(StationsView(page_answers.frame(request, who), lines), language_of(request)))


def _station_line(station: EnrolledStation) -> StationLine:
    return StationLine(station.id, station.title, station.key.hex_id, station.enrolled_at, station.kind,
                       station.revoked_at, station.revoked_reason)


def problem_page(request: Request, error: ArchiveError) -> Response:
    """A problem as a page. Who must sign in first is sent to do so and comes back to the page they asked for."""
    if error.code == "auth.required":
        return page_answers.away(login_address(page_answers.address_of(request)))
    frame = _frame_if_known(request, error)
    retry_after = error.retry_after if isinstance(error, Unavailable) else None
    view = ProblemView(frame, problems.status_of(error), error.code, error.message, retry_after)
    answer = problems.page(service_of(request).pages.problem(view, language_of(request)), error)
    if frame.person is None:
        page_answers.keep_guest_token(request, answer, frame)
    # An unexpected fault is answered outside the middleware that adds this.
    answer.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
    return answer


def _frame_if_known(request: Request, error: ArchiveError) -> Frame:
    """As for who is signed in; as for nobody when that cannot be known now, since the problem must be told anyway."""
    try:
        # After a fault nobody foresaw, the database that would tell who it is may be what failed.
        who = None if error.code == "service.fault" else signed_in_or_none(request)
    except ArchiveError:
        who = None
    return page_answers.guest_frame(request) if who is None else page_answers.frame(request, who)
