"""The cosigner's HTTP side: C2SP tlog-witness for logs, one page for people. Needs no archive."""

import asyncio
from datetime import UTC, datetime

import structlog
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from api.app import SecurityHeaders
from api.small_body import small_body
from api.web import STATIC
from api.web.cosigner_views import CosignedLog, CosignerView
from api.web.render import Renderer
from api.web.views import Language
from archive.add_checkpoint import MAX_REQUEST, SIZE_TYPE, encode_size
from archive.cosigner_answer import CosignerDesk, Verdict
from archive.cosigner_state import Cosigned
from archive.errors import Unavailable

BODY_S = 10.0
"""A request that takes longer to arrive is dropped."""
STATUS = {
    Verdict.COSIGNED: 200, Verdict.MALFORMED: 400, Verdict.UNKNOWN_ORIGIN: 404, Verdict.UNSIGNED: 403,
    Verdict.STALE: 409, Verdict.INCONSISTENT: 422,
}
"""As C2SP tlog-witness has them; no problem+json here, its clients read the status alone."""
_journal = structlog.get_logger("cosigner")


def make_cosign_app(desk: CosignerDesk, pages: Renderer) -> Starlette:
    """``POST /add-checkpoint``, ``GET /``, ``GET /checkpoint?origin=``: what was last cosigned, as a note."""

    async def add_checkpoint(request: Request) -> Response:
        try:
            async with asyncio.timeout(BODY_S):
                body = await small_body(request, MAX_REQUEST)
        except TimeoutError:
            return PlainTextResponse("the request took too long to arrive\n", 408)
        except ClientDisconnect:
            return PlainTextResponse("", 400)
        if body is None:
            return PlainTextResponse("the request is too long\n", 413)
        return await run_in_threadpool(_answer, desk, body)

    def page(request: Request) -> Response:
        language: Language = "en" if request.query_params.get("language") == "en" else "zh"
        return HTMLResponse(pages.cosigner(_view(desk), language), headers={"Cache-Control": "no-store"})

    def checkpoint(request: Request) -> Response:
        known = desk.state.latest(request.query_params.get("origin", ""))
        if known is None:
            return PlainTextResponse("nothing was cosigned of this origin\n", 404)
        return Response(known.note, media_type="text/plain; charset=utf-8", headers={"Cache-Control": "no-cache"})

    return Starlette(
        routes=[Route("/add-checkpoint", add_checkpoint, methods=["POST"]), Route("/", page),
                Route("/checkpoint", checkpoint), Mount("/static", StaticFiles(directory=STATIC), name="static")],
        middleware=[Middleware(SecurityHeaders)])


def _answer(desk: CosignerDesk, untrusted_body: bytes) -> Response:
    try:
        answer = desk.add_checkpoint(untrusted_body)
    except Unavailable as fault:
        _journal.error("cosigner.unavailable", code=fault.code, reason=fault.message)
        return PlainTextResponse(f"{fault.code}: {fault.message}\n", 503, {"Retry-After": str(fault.retry_after)})
    status = STATUS[answer.verdict]
    if answer.verdict is Verdict.STALE:
        return Response(encode_size(answer.size), status, {"Content-Type": SIZE_TYPE})
    if answer.verdict is Verdict.COSIGNED:
        return PlainTextResponse(answer.text, status)
    report = _journal.error if answer.verdict is Verdict.INCONSISTENT else _journal.info
    report("cosigner.refused", status=status, reason=answer.text)
    return PlainTextResponse(f"{answer.text}\n", status)


def _view(desk: CosignerDesk) -> CosignerView:
    known = {one.origin: one for one in desk.state.all()}
    convicted = {one.origin for one in desk.state.refused() if one.certain}
    origins = [*desk.logs, *(origin for origin in known if origin not in desk.logs)]
    return CosignerView(desk.key.name, desk.key.text(), tuple(
        _line(origin, known.get(origin), origin in desk.logs, origin in convicted) for origin in origins))


def _line(origin: str, known: Cosigned | None, followed: bool, convicted: bool) -> CosignedLog:
    if known is None:
        return CosignedLog(origin, followed, convicted)
    return CosignedLog(origin, followed, convicted, known.size, datetime.fromtimestamp(known.at, UTC),
                       datetime.fromtimestamp(known.since, UTC))
