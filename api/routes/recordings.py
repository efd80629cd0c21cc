"""People's door to recordings as JSON: search, detail, history, receipt, playback."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import Future

from fastapi import APIRouter, Request
from fastapi.responses import Response, StreamingResponse

from api.deps import Person, PersonWriting, ServiceDep
from api.loop_answers import answered
from api.ranges import parse_range
from api.routes.uploads import RECEIPT_TYPE
from api.schemas import (
    DerivativeBody,
    EventBody,
    MissingBody,
    PlaybackBody,
    PlaybackRequest,
    RecordingBody,
    RecordingDetailBody,
    Responses,
    content,
)
from api.search_schemas import HitBody, MarkBody, SearchBody
from archive import access, custody_history, recording_search, recordings
from archive.access import Readable
from archive.errors import Unavailable
from archive.finding import Finding, find
from archive.log import SignedTree
from archive.receipts import receipt_file
from archive.recordings import RecordingRow
from archive.site import Site

router = APIRouter(prefix="/api/v1", tags=["recordings"])
_BYTES = content("application/octet-stream", "video/mp4", "audio/mp4", text="The whole, or one Range.")
MEDIA: Responses = {200: _BYTES, 206: _BYTES}
SIGNED_WITHIN_S = 10.0
"""A playback answers after its event is signed and staged; beyond this it is refused with 503 (what waits for what)."""


@router.get("/recordings")
def search(service: ServiceDep, who: Person, case: str = "", q: str = "") -> SearchBody:
    """With ``q``: recordings by whatever they are known by, exact case numbers first, and why each was found. With
    ``case``: by case number alone, exact first, then by prefix. The newest when both are empty."""
    if q.strip():
        return _found(find(service.archive.site, who.actor, q[:200]))
    site, query = service.archive.site, case[:200]
    rows, more = recording_search.search(site, who.actor, query)
    aside = recording_search.count(site, who.actor, query, aside=True)
    return SearchBody(recordings=[_row(r) for r in rows], more=more, set_aside=aside)


def _found(finding: Finding) -> SearchBody:
    hits = [HitBody(recording=one.row.id, why=one.why, marks=[
        MarkBody(field=mark.field, value=mark.value, spans=list(mark.spans), of=mark.of or None, moment=mark.moment)
        for mark in one.marks],
        session=one.session.session if one.session else None, segments=one.session.segments if one.session else 0)
        for one in finding.found]
    return SearchBody(recordings=[_row(one.row) for one in finding.found], hits=hits, set_aside=finding.aside,
                      more=finding.cut or finding.beyond)


@router.get("/recordings/{recording}")
def detail(service: ServiceDep, who: Person, recording: str) -> RecordingDetailBody:
    """Everything known of one recording."""
    found = recordings.find(service.archive.site, who.actor, recording)
    return RecordingDetailBody(
        recording=_row(found.row), station=found.station, recorder=found.recorder, digests=list(found.digests),
        lock_until=found.lock_until, container=found.container, labels=list(found.labels),
        derivatives=[DerivativeBody(id=d.id, purpose=d.purpose, method=d.method, media_type=d.media_type,
                                    digest=d.digest, size=d.size) for d in found.derivatives],
        unavailable=[MissingBody(purpose=p, reason=r) for p, r in found.missing],
        same_bytes=list(found.same_bytes), repeats=found.repeats, leaf=found.leaf)


@router.get("/recordings/{recording}/events")
def history(service: ServiceDep, who: Person, recording: str) -> list[EventBody]:
    """The custody history, oldest first."""
    return [EventBody(index=h.index, at=h.at, actor=h.actor, kind=h.event.body.KIND, subject=h.event.subject)
            for h in custody_history.history(service.archive.site, who.actor, recording)]


@router.get("/recordings/{recording}/receipt", response_class=Response, responses={200: content(RECEIPT_TYPE)})
async def recording_receipt(service: ServiceDep, who: Person, recording: str) -> Response:
    """The receipt of a recording's accession, of the best grade there is now; fetched again later it may be higher."""
    site = service.archive.site
    found = await asyncio.to_thread(recordings.find, site, who.actor, recording)
    await signed_within(site.sequencer.wait_signed(found.leaf))
    data = await asyncio.to_thread(receipt_file, site, found.leaf)
    name = f"{found.row.id}.receipt.json"
    return Response(data, media_type=RECEIPT_TYPE, headers={
        "Cache-Control": "no-store", "Content-Disposition": f'attachment; filename="{name}"'})


@router.post("/recordings/{recording}/playbacks", status_code=201)
async def open_playback(service: ServiceDep, who: PersonWriting, recording: str, ask: PlaybackRequest) -> PlaybackBody:
    """Open a look at a recording: one custody event, signed and staged before this answers."""
    opened = await asyncio.to_thread(access.open_playback, service.archive.site, who.actor, recording, ask.what)
    await signed_within(opened.signed)
    return PlaybackBody(playback=opened.id, media=f"/api/v1/playbacks/{opened.id}/media",
                        media_type=opened.media_type, size=opened.size)


@router.get("/playbacks/{playback}/media", response_class=Response, responses=MEDIA)
def media(request: Request, service: ServiceDep, who: Person, playback: str) -> Response:
    """Bytes of an opened playback, whole or one Range; the pinned version always."""
    site = service.archive.site
    what = access.readable(site, who.actor, playback, site.ports.clock.now())
    return stream(site, what, request.headers.get("range"))


@router.get("/recordings/{recording}/derivatives/{purpose}", response_class=Response,
            responses={200: content("image/jpeg", "application/json")})
def inline(service: ServiceDep, who: Person, recording: str, purpose: str) -> Response:
    """The small poster or waveform shown on the page itself."""
    site = service.archive.site
    return stream(site, access.inline_derivative(site, who.actor, recording, purpose), None)


def stream(site: Site, what: Readable, untrusted_range: str | None) -> Response:
    """200 or 206 (RFC 9110 §14), streamed; never cached by anybody but this browser's player. An original is an
    outsider's bytes: it is saved and never shown as a page of ours."""
    start, length = parse_range(untrusted_range, what.size)
    headers = {"Accept-Ranges": "bytes", "Content-Length": str(length), "Cache-Control": "private, no-store",
               "X-Content-Type-Options": "nosniff"}
    if what.media_type == "application/octet-stream":
        headers |= {"Content-Disposition": "attachment", "Content-Security-Policy": "sandbox; default-src 'none'"}
    if untrusted_range is not None and (start, length) != (0, what.size):
        headers["Content-Range"] = f"bytes {start}-{start + length - 1}/{what.size}"
    chunks = _opened(access.read(site, what, start, length))
    status = 206 if "Content-Range" in headers else 200
    return StreamingResponse(chunks, status, headers, media_type=what.media_type)


def _opened(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The first chunk is read before the status goes out, so that an absent store is a 503 and not a cut body."""
    first = next(chunks, b"")

    def rest() -> Iterator[bytes]:
        yield first
        yield from chunks

    return rest()


async def signed_within(signed: "Future[SignedTree]") -> SignedTree:
    """The tree the act is in; ``Unavailable log.behind`` when nobody signs it in time."""
    try:
        return await asyncio.wait_for(answered(signed), SIGNED_WITHIN_S)
    except TimeoutError as fault:
        raise Unavailable("log.behind", "the log cannot be published now; nothing is lost, try again later") from fault


def _row(r: RecordingRow) -> RecordingBody:
    return RecordingBody(
        id=r.id, case_no=r.case_no, file_name=r.file_name, started_at=r.started, ended_at=r.ended,
        accessioned_at=r.accessioned_at, duration_us=r.duration_us, size=r.size, kinds=list(r.kinds), medium=r.medium,
        trust=r.trust)
