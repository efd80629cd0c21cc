"""A log served by a few lines of http.server that can be told to lie."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from proof.known_keys import known_key
from proof.synthetic_log import SyntheticLog

from archive.proof.canonical import Canonical, encode
from archive.proof.checkpoint import Checkpoint
from archive.proof.note import sign_note
from archive.proof.signing import CosigningKey, SigningKey
from archive.proof.tiles import parse_tile_path

SIGNER = known_key("liuhen.example/0123456789abcdef")
Answer = tuple[int, dict[str, str], bytes | Iterator[bytes]]
Lie = Callable[[str], "Answer | None"]


class StubLog(SyntheticLog):
    """A synthetic log of entries one gives, its note signed and cosigned as one likes."""

    def __init__(self, entries: list[bytes], cosigners: tuple[CosigningKey, ...] = (), at: int = 0,
                 signer: SigningKey = SIGNER) -> None:
        super().__init__(len(entries), entries)
        text = Checkpoint(signer.key.name, self.size, self.root()).text()
        self.note = sign_note(text, [signer, *(_Dated(key, text, at) for key in cosigners)])

    def answer(self, path: str) -> bytes | None:
        """The bytes of a resource, None where there is none."""
        if path == "checkpoint":
            return self.note
        try:
            name = parse_tile_path(path)
        except ValueError:
            return None
        return self.bundle(name) if name.level is None else self.tile(name.level, name.number, name.width)


class _Dated:
    """A cosigner that signs this text at this time."""

    def __init__(self, key: CosigningKey, text: str, at: int) -> None:
        self.key, self._private, self._text, self._at = key.key, key, text, at

    def sign(self, message: bytes) -> bytes:
        return self._private.cosign(self._text, self._at)


class Stub:
    """What is served: ``log``, unless ``lie`` answers first. ``asked`` are the paths."""

    def __init__(self, log: StubLog) -> None:
        self.log, self.asked = log, list[str]()
        self.lie: Lie = lambda path: None

    def answer(self, path: str) -> Answer:
        self.asked.append(path)
        data = self.log.answer(path)
        return self.lie(path) or ((404, {}, b"") if data is None else (200, {}, data))


@contextmanager
def served(stub: Stub) -> Iterator[str]:
    """The address of the stub's log, until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, headers, body = stub.answer(self.path.removeprefix("/log/"))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            if isinstance(body, bytes):
                self.send_header("Content-Length", str(len(body)))
                body = iter([body])
            self.end_headers()
            try:
                for chunk in body:
                    self.wfile.write(chunk)
            except OSError:
                return  # the reader had enough

        def log_message(self, format: str, *args: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/log"
        server.shutdown()
        thread.join()


def leaf(number: int, kind: str = "upload.opened/1", at: str = "2026-11-20T01:02:03.456789Z",
         **data: Canonical) -> bytes:
    """An entry in the outer form of a leaf."""
    return encode({"kind": kind, "at": at, "actor": "system", "subject": f"upl_{number}", "data": {"n": number, **data},
                   "nonce": f"{number:032x}"})


def leaves(count: int, salt: str = "") -> list[bytes]:
    """``count`` entries; with another salt those of another history."""
    return [leaf(number, salt=salt) for number in range(count)]
