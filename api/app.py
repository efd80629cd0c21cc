"""The ASGI application: routes, error answers, security headers. Wiring stays in ``api.wiring``."""

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from fastapi.staticfiles import StaticFiles
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import problems
from api.deps import Service
from api.routes import (
    coverage,
    deadlines,
    docking,
    health,
    joint,
    links,
    log,
    matters,
    pages,
    recorders,
    recordings,
    registers,
    room_playing,
    rooms,
    set_aside,
    shift,
    statements,
    stations,
    transcripts,
    uploads,
)
from api.schemas import PROBLEMS
from api.web import STATIC
from api.web.csp import CONTENT_SECURITY_POLICY
from archive.errors import ArchiveError, Refused

HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY, "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer", "Cross-Origin-Opener-Policy": "same-origin",
}
DESCRIPTION = "Evidence archive for recordings of administrative law enforcement. Errors are RFC 9457 problems."
_journal = structlog.get_logger("api")


def make_app(service: Service) -> FastAPI:
    """The application over a running service; documented under /api/v1/openapi.json."""
    app = FastAPI(title="Liuhen 留痕", version="1", description=DESCRIPTION, docs_url=None, redoc_url=None,
                  openapi_url="/api/v1/openapi.json")
    app.state.service = service
    for part in (uploads, stations, docking, statements, recordings, recorders, registers, deadlines, set_aside, shift,
                 matters, joint, links, rooms, room_playing, transcripts, coverage, log, health):
        app.include_router(part.router, responses=PROBLEMS)
    app.include_router(pages.router, include_in_schema=False)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    app.add_middleware(SecurityHeaders)
    app.add_exception_handler(ArchiveError, _archive_error)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(Exception, _unexpected)
    return app


class SecurityHeaders:
    """Adds the headers every answer carries; plain ASGI, so that bodies stream through untouched."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, send_with_headers if scope["type"] == "http" else send)


def _answer(request: Request, error: ArchiveError) -> Response:
    if problems.wants_page(request):
        shown: Response = pages.problem_page(request, error)
        return shown
    return problems.problem(error)


async def _archive_error(request: Request, fault: Exception) -> Response:
    assert isinstance(fault, ArchiveError)
    if problems.status_of(fault) >= 500:
        _journal.warning("request.failed", path=request.url.path.split("/upl_")[0], code=fault.code,
                         reason=fault.message)
    return _answer(request, fault)


async def _http_error(request: Request, fault: Exception) -> Response:
    assert isinstance(fault, HTTPException)
    return _answer(request, problems.from_http(fault, request))


async def _invalid(request: Request, fault: Exception) -> Response:
    assert isinstance(fault, RequestValidationError)
    first = fault.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    return _answer(request, Refused("request.invalid", f"{where}: {first['msg']}"))


async def _unexpected(request: Request, fault: Exception) -> Response:
    _journal.error("request.broken", path=request.url.path.split("/upl_")[0], exc_info=fault)
    return _answer(request, ArchiveError("service.fault", "something went wrong here; it is in the journal"))
