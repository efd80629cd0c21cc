"""The dock's own screen over HTTP, on the dock's own machine: one page and what it asks for each second; read only.

It shows names without a login, so it listens on loopback unless its operator says otherwise in so many words.
"""

import ipaddress
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from urllib.parse import urlsplit

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from api.app import SecurityHeaders
from api.present_dock import Out, shown_dock
from api.server import listen
from api.web import STATIC
from api.web.csp import DOCK_POLICY
from api.web.dock_words import DockWords
from api.web.render import Renderer
from api.web.views import Language
from archive.errors import Refused
from ingest.docking.board import Board

AT_ONCE = 32
GRACE_S = 1
_HEADERS = {"Cache-Control": "no-store", "Content-Security-Policy": DOCK_POLICY,
            "Cross-Origin-Resource-Policy": "same-origin"}


def screen_address(untrusted_text: str, beyond_loopback: bool) -> tuple[str, int]:
    """Host and port of ``HOST:PORT``; ``Refused dock.screen_address | dock.screen_exposed``."""
    try:
        parts = urlsplit(f"//{untrusted_text}")
        host, port = "127.0.0.1" if parts.hostname == "localhost" else parts.hostname or "", parts.port
        address = ipaddress.ip_address(host)
        if port is None or parts.netloc != untrusted_text or "@" in untrusted_text:
            raise ValueError("no port")
    except ValueError as fault:
        raise Refused("dock.screen_address", "the screen's address is an IP address and a port, such as "
                      "127.0.0.1:8090") from fault
    if not address.is_loopback and not beyond_loopback:
        raise Refused("dock.screen_exposed", f"{host} is reached from other machines, and the screen shows names "
                      "without a login; use 127.0.0.1, or say --screen-beyond-loopback if that is meant")
    return host, port


def make_dock_app(board: Board, out: Out, now: Callable[[], datetime], pages: Renderer,
                  words: DockWords) -> Starlette:
    """``GET /dock`` the page, ``GET /dock/state`` what it shows; both take ``language=en``."""

    def page(request: Request) -> Response:
        return HTMLResponse(pages.dock(_language(request)), headers=_HEADERS)

    def state(request: Request) -> Response:
        shown = shown_dock(board, out, now(), words, _language(request))
        return JSONResponse(shown, headers=_HEADERS)

    return Starlette(
        routes=[Route("/", lambda request: RedirectResponse("/dock")), Route("/dock", page),
                Route("/dock/state", state), Mount("/static", StaticFiles(directory=STATIC), name="static")],
        middleware=[Middleware(SecurityHeaders), Middleware(AddressedByNumber)])


class AddressedByNumber:
    """Answers only who names this machine by an IP address or as localhost: a page from elsewhere, whose own name is
    pointed at this address, cannot read the screen through the kiosk's browser (DNS rebinding)."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] == "http" and not _is_number(dict(scope["headers"]).get(b"host", b"").decode("latin-1")):
            await PlainTextResponse("ask by an IP address or localhost\n", 421)(scope, receive, send)
            return
        await self._app(scope, receive, send)


@contextmanager
def screen_served(app: Starlette, host: str, port: int) -> Iterator[str]:
    """Serves from a thread of its own meanwhile; gives the page's address. ``Refused serve.port_taken``."""
    listening = listen(host, port)
    server = uvicorn.Server(uvicorn.Config(app, access_log=False, log_level="warning", server_header=False,
                                           limit_concurrency=AT_ONCE, timeout_graceful_shutdown=GRACE_S))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, name="screen", daemon=True)
    thread.start()
    try:
        shown = f"[{host}]" if ":" in host else host
        yield f"http://{shown}:{listening.getsockname()[1]}/dock"
    finally:
        server.should_exit = True
        thread.join(GRACE_S * 5)


def _language(request: Request) -> Language:
    return "en" if request.query_params.get("language") == "en" else "zh"


def _is_number(untrusted_host: str) -> bool:
    try:
        name = urlsplit(f"//{untrusted_host}").hostname or ""
        return name == "localhost" or bool(ipaddress.ip_address(name))
    except ValueError:
        return False
