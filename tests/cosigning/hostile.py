"""A cosigner that misbehaves on order, over real sockets."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

Script = Callable[[socket.socket, bytes], None]


@dataclass
class HostileCosigner:
    """Each connection is handed to ``script`` with the request as it came; ``requests`` keeps the bodies."""

    script: Script
    requests: list[bytes] = field(default_factory=list)
    url: str = ""

    def serve(self, listening: socket.socket) -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            threading.Thread(target=self._one, args=(connection,), daemon=True).start()

    def _one(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            body = _body(connection)
            self.requests.append(body)
            self.script(connection, body)


def _body(connection: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        data += connection.recv(65536)
    head, _, body = data.partition(b"\r\n\r\n")
    fields = dict(line.split(b": ", 1) for line in head.lower().split(b"\r\n")[1:])
    length = int(fields[b"content-length"])
    while len(body) < length:
        body += connection.recv(65536)
    return body


def says(status: int, body: bytes = b"", *headers: str) -> Script:
    """An answer with its length."""
    lines = [f"HTTP/1.1 {status} x", f"Content-Length: {len(body)}", "Connection: close", *headers, "", ""]
    return lambda connection, request: connection.sendall("\r\n".join(lines).encode() + body)


def size(known: int) -> Script:
    return says(409, b"%d\n" % known, "Content-Type: text/x.tlog.size")


def drips(before: bytes, drop: bytes) -> Script:
    """Begins an answer, then a little every now and then, for ever."""

    def script(connection: socket.socket, request: bytes) -> None:
        connection.sendall(before)
        while True:
            connection.sendall(drop)
            threading.Event().wait(0.05)

    return script


def in_turn(*scripts: Script) -> Script:
    """Another answer each time, the last one for ever."""
    left = list(scripts)

    def script(connection: socket.socket, request: bytes) -> None:
        (left.pop(0) if len(left) > 1 else left[0])(connection, request)

    return script


@contextlib.contextmanager
def hostile(script: Script) -> Iterator[HostileCosigner]:
    """Serving on loopback until the block ends."""
    made = HostileCosigner(script)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        made.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        threading.Thread(target=made.serve, args=(listening,), daemon=True).start()
        yield made
        with contextlib.suppress(OSError):
            listening.shutdown(socket.SHUT_RDWR)
