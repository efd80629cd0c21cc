"""A wire between a client and the service that is slow, or breaks once, in the middle of a body."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field

READ = 65_536


@dataclass
class Wire:
    """``address`` is what clients are given; the first connection that carries ``cut_after`` bytes is cut there; every
    64 KiB take ``pause_s``."""

    address: str
    cut_after: int
    pause_s: float
    cuts: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def takes(self, carried: int) -> bool:
        """Whether a connection that carried so much goes on."""
        with self.lock:
            if self.cuts or carried < self.cut_after:
                return True
            self.cuts += 1
            return False


@contextmanager
def wire_to(host: str, port: int, cut_after: int, pause_s: float = 0.0) -> Iterator[Wire]:
    """A listening wire to host:port; ended with the block."""
    listening = socket.create_server(("127.0.0.1", 0))
    wire = Wire(f"http://127.0.0.1:{listening.getsockname()[1]}", cut_after, pause_s)

    def accept() -> None:
        with suppress(OSError):
            while True:
                client, _ = listening.accept()
                server = socket.create_connection((host, port))
                threading.Thread(target=_up, args=(wire, client, server), daemon=True).start()
                threading.Thread(target=_down, args=(client, server), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield wire
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()


def _up(wire: Wire, client: socket.socket, server: socket.socket) -> None:
    carried = 0
    with suppress(OSError), closing(client), closing(server):
        while data := client.recv(READ):
            time.sleep(wire.pause_s)
            server.sendall(data)
            carried += len(data)
            if not wire.takes(carried):
                break
        _end(server)
        _end(client)


def _down(client: socket.socket, server: socket.socket) -> None:
    with suppress(OSError):
        while data := server.recv(READ):
            client.sendall(data)
        _end(client)


def _end(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
