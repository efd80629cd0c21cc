"""Errors as answers: RFC 9457 problem+json for machines, a page for people. HTTP status codes stand only here."""

from collections.abc import Iterable, Iterator
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse, JSONResponse, Response
from starlette.exceptions import HTTPException
from starlette.routing import Match

from archive.errors import ArchiveError, Conflict, NotFound, Refused, Unavailable

STATUS = {
    "auth.required": 401, "auth.csrf": 403, "login.blocked": 429,
    "station.unknown": 403, "manifest.signature": 403, "station.revoked": 403,
    "station.bad_proof": 403, "station.code_refused": 403, "station.code_void": 403, "station.code_used": 403,
    "station.code_expired": 403, "signature.invalid": 401, "signature.parameters": 401, "signature.component": 401,
    "signature.time": 401, "signature.required": 401, "station.no_dock": 403,
    "signature.replayed": 401, "signature.unknown_key": 401, "signature.other_station": 403,
    "station.no_feed": 403, "leaving.not_allowed": 403, "leaving.same_person": 403,
    "register.not_registrar": 403, "register.version": 412, "feed.digest": 400,
    "recorder_key.unknown": 403, "recorder_key.signature": 403, "recorder_key.revoked": 403,
    "recorder_key.other_recorder": 403,
    "manifest.too_large": 413, "upload.too_large": 413, "upload.too_many_bytes": 413,
    "wipe.too_large": 413,
    "upload.checksum": 460, "upload.busy": 423, "upload.aborted": 410, "upload.expired": 410, "upload.deposited": 403,
    "tus.version": 412, "tus.content_type": 415,
    "tus.header": 400, "id.malformed": 404, "request.invalid": 422, "request.method": 405,
    "playback.over": 403, "gap.not_head": 403, "gap.same_person": 403,
    "range.unsatisfiable": 416, "log.no_tile": 404, "receipt.quarantined": 409,
}
"""Where the code needs another status than its family's; 460 is tus 1.0's checksum mismatch."""
_FAMILY: tuple[tuple[type[ArchiveError], int], ...] = (
    (NotFound, 404), (Conflict, 409), (Unavailable, 503), (Refused, 422))
MEDIA_TYPE = "application/problem+json"


def status_of(error: ArchiveError) -> int:
    """The HTTP status of an error; 500 for contradictions, which are ours to mend."""
    return STATUS.get(error.code) or next((status for family, status in _FAMILY if isinstance(error, family)), 500)


def problem(error: ArchiveError) -> Response:
    """``type`` is ``urn:liuhen:error:<code>``; ``detail`` says what to do; further members help a program."""
    status = status_of(error)
    body: dict[str, Any] = {"type": f"urn:liuhen:error:{error.code}", "title": error.code, "status": status,
                            "detail": error.message, **error.details}
    return JSONResponse(body, status, headers(error), media_type=MEDIA_TYPE)


def headers(error: ArchiveError) -> dict[str, str]:
    """Retry-After where waiting helps; the tus version, which every answer to a tus client carries."""
    made = {"Tus-Resumable": "1.0.0", "Cache-Control": "no-store"}
    if isinstance(error, Unavailable):
        made["Retry-After"] = str(error.retry_after)
    elif "retry_after" in error.details:
        made["Retry-After"] = str(error.details["retry_after"])
    if error.code == "request.method":
        made["Allow"] = str(error.details.get("allow", ""))  # RFC 9110 §15.5.6: a 405 names what is allowed
    return made


def wants_page(request: Request) -> bool:
    """A browser asking for a page, not a program asking the API."""
    return not request.url.path.startswith(("/api/", "/log/")) and "text/html" in request.headers.get("accept", "")


def from_http(fault: HTTPException, request: Request) -> ArchiveError:
    """Starlette's own refusals (no such route, wrong method) in our words."""
    if fault.status_code == 405:
        allow = ", ".join(_allowed(request))
        return Refused("request.method", f"this address does not take that method, only {allow}", allow=allow)
    return NotFound("request.unknown", "there is nothing at this address")


def _allowed(request: Request) -> list[str]:
    """Methods of all routes at this address; the router itself names only the first route's."""
    here = [route for route in _single(request.app.routes) if route.matches(dict(request.scope))[0] != Match.NONE]
    return sorted({method for route in here for method in getattr(route, "methods", None) or ()})


def _single(routes: Iterable[Any]) -> Iterator[Any]:
    """The routes of included routers, however deep."""
    for route in routes:
        included = getattr(route, "original_router", None)
        yield from (route,) if included is None else _single(included.routes)


def page(html: str, error: ArchiveError) -> HTMLResponse:
    """A problem as a page."""
    return HTMLResponse(html, status_of(error), headers(error))
