"""A door before a real store: requests whose path holds a word are lost, or answered as lost after they were done, or
answered as a store does whose disk fails."""

import contextlib
import http.client
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal

Fault = Literal["lost", "kept", "eio"]
_FAILED = b"<Error><Code>InternalError</Code><Message>input/output error</Message></Error>"


class Door(ThreadingHTTPServer):
    """Passes everything on to ``endpoint`` until told otherwise."""

    daemon_threads = True

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        self._order: tuple[str, Fault, int] = ("", "lost", 0)
        self._gate = threading.Lock()
        self.suffered = 0
        super().__init__(("127.0.0.1", 0), _Passing)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"

    def fail(self, word: str, fault: Fault, times: int) -> None:
        """The next ``times`` PUT requests whose path holds ``word`` suffer ``fault``."""
        with self._gate:
            self._order = (word, fault, times)

    def next_fault(self, method: str, path: str) -> Fault | None:
        with self._gate:
            word, fault, times = self._order
            if times == 0 or method != "PUT" or word not in path or "retention" in path:
                return None
            self._order = (word, fault, times - 1)
            self.suffered += 1
            return fault

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no news here."""


class _Passing(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Door

    def _pass(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        fault = self.server.next_fault(self.command, self.path)
        if fault == "eio":
            self._answer(500, [("Content-Type", "application/xml")], _FAILED)
            return
        if fault != "lost":
            connection = http.client.HTTPConnection(self.server.endpoint, timeout=30)
            connection.request(self.command, self.path, body or None, dict(self.headers.items()))
            response = connection.getresponse()
            data = response.read()
            connection.close()
            if fault is None:
                self._answer(response.status, response.getheaders(), data)
                return
        self.close_connection = True

    do_GET = do_PUT = do_HEAD = do_POST = do_DELETE = _pass

    def _answer(self, status: int, headers: list[tuple[str, str]], data: bytes) -> None:
        self.send_response_only(status)
        for name, value in headers:
            if name.lower() not in ("transfer-encoding", "connection", "content-length"):
                self.send_header(name, value)
        length = next((v for n, v in headers if n.lower() == "content-length"), str(len(data)))
        self.send_header("Content-Length", length if self.command == "HEAD" else str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:
        """Silent."""


@contextlib.contextmanager
def door(endpoint: str) -> Iterator[Door]:
    """A door to the store at ``endpoint``, open until the block ends."""
    server = Door(endpoint)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
