"""A loopback server for one recording's page: the true page, scripts, policy and receipt; no archive behind it."""

import json
import mimetypes
import re
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar, cast
from urllib.parse import unquote

from api.web import csp
from api.web.render import Renderer
from api.web.views import Language

STATIC = Path(csp.__file__).parent / "static"
RENDERER = Renderer()


@dataclass
class Showcase:
    """What the server answers, and what it was asked. ``pages`` maps a path to HTML by language."""

    csrf: str
    pages: dict[str, str] = field(default_factory=dict)
    receipt: bytes = b""
    receipt_status: int = 200
    original: bytes = b""
    access_copy: tuple[str, bytes] = ("video/mp4", b"")
    refuse_playback: bool = False
    playbacks: list[str] = field(default_factory=list)
    language: Language = "zh"


class Handler(BaseHTTPRequestHandler):
    """One request; every answer carries the pages' policy."""

    show: ClassVar[Showcase]
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path = unquote(self.path.split("?")[0])
        if path.startswith("/static/"):
            file = STATIC / path.removeprefix("/static/")
            self.answer(200, mimetypes.guess_type(file.name)[0] or "text/plain", file.read_bytes())
        elif path in self.show.pages:
            self.answer(200, "text/html; charset=utf-8", self.show.pages[path].encode())
        elif path.endswith("/receipt"):
            self.answer(self.show.receipt_status, "application/vnd.liuhen.receipt+json", self.show.receipt)
        elif path == "/api/v1/playbacks/pbk_original/media":
            self.media("application/octet-stream", self.show.original)
        elif path == "/api/v1/playbacks/pbk_copy/media":
            self.media(*self.show.access_copy)
        else:
            self.answer(404, "application/problem+json", b'{"code":"page.absent","detail":"nothing here"}')

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if self.headers["x-csrf-token"] != self.show.csrf:
            self.answer(403, "application/problem+json", b'{"code":"csrf.mismatch","detail":"wrong token"}')
        elif self.show.refuse_playback:
            self.answer(503, "application/problem+json", b'{"code":"log.behind","detail":"try again"}')
        else:
            self.show.playbacks.append(body["what"])
            name = {"original": "pbk_original", "access_copy": "pbk_copy"}[body["what"]]
            answer = {"playback": name, "media": f"/api/v1/playbacks/{name}/media"}
            self.answer(201, "application/json", json.dumps(answer).encode())

    def media(self, media_type: str, data: bytes) -> None:
        """The bytes, or the one range asked for (RFC 9110, 14.2)."""
        match = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("range", ""))
        if match is None:
            self.answer(200, media_type, data)
            return
        first, last = int(match[1]), min(int(match[2] or len(data)), len(data) - 1)
        self.answer(206, media_type, data[first : last + 1], f"bytes {first}-{last}/{len(data)}")

    def answer(self, status: int, media_type: str, data: bytes, content_range: str = "") -> None:
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Content-Security-Policy", csp.CONTENT_SECURITY_POLICY)
        self.send_header("Accept-Ranges", "bytes")
        if content_range:
            self.send_header("Content-Range", content_range)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet: what went wrong is seen in the page."""


def serve(show: Showcase) -> ThreadingHTTPServer:
    """A server on a random loopback port, not yet running."""
    handler = cast(type[Handler], type("ShowcaseHandler", (Handler,), {"show": show}))
    return ThreadingHTTPServer(("127.0.0.1", 0), handler)
