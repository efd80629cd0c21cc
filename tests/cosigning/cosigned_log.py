"""A real log with cosigners that serve on loopback from threads of the test process, and policies over them."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import uvicorn
from ledger import SIGNER
from log_site import Site

from api.cosign_app import make_cosign_app
from api.cosign_folder import init_folder, opened
from api.web.render import Renderer
from archive.adapters.cosigner_http import HttpCosigner
from archive.cosigning import Cosigning
from archive.log import SignedTree
from archive.outside_ports import Cosigner
from archive.proof.keys import VerificationKey
from archive.proof.policy import Policy


@dataclass
class Neighbour:
    """``liuhen cosign serve`` in a thread, on a port that stays; may be stopped and started again."""

    folder: Path
    key: VerificationKey
    port: int = 0
    _stack: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)

    def start(self) -> None:
        desk = self._stack.enter_context(opened(self.folder))
        listening = self._stack.enter_context(socket.create_server(("127.0.0.1", self.port)))
        self.port = listening.getsockname()[1]
        server = uvicorn.Server(uvicorn.Config(make_cosign_app(desk, Renderer()), log_level="critical"))
        thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
        thread.start()

        def end() -> None:
            server.should_exit = True
            thread.join()

        self._stack.callback(end)
        until(lambda: server.started)

    def stop(self) -> None:
        self._stack.close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def asked(self, patience_s: float = 2.0) -> Cosigner:
        return HttpCosigner(self.key, self.url, patience_s)


@contextlib.contextmanager
def neighbours(folder: Path, *names: str) -> Iterator[list[Neighbour]]:
    """Running cosigners of these names that follow the log of these tests."""
    made = [Neighbour(folder / name, init_folder(folder / name, name, [SIGNER.key.text()])) for name in names]
    for one in made:
        one.start()
    try:
        yield made
    finally:
        for one in made:
            one.stop()


def policy(quorum: str, *keys: VerificationKey) -> Policy:
    """Over the cosigners of these keys, named by their keys' names; ``quorum`` as its lines have it."""
    lines = [f"log {SIGNER.key.text()}", *(f"witness {key.name} {key.text()}" for key in keys), quorum, ""]
    return Policy.parse("\n".join(lines))


@contextlib.contextmanager
def cosigning(site: Site, rule: Policy, *cosigners: Cosigner) -> Iterator[Cosigning]:
    """Running over the site's database, told of every tree its sequencer signs."""
    made = Cosigning(site.db, site.tiles, site.clock, rule, cosigners)
    made.start()
    for sequencer in site.running:
        sequencer.on_signed.append(made.signed)
    try:
        yield made
    finally:
        made.stop()


def signed(site: Site, count: int = 1) -> SignedTree:
    """So many leaves more, signed."""
    sequencer = site.running[0] if site.running else site.sequencer()
    return sequencer.wait_signed(site.append(count)).result(20)


def until(what: Callable[[], bool], patience_s: float = 15.0) -> None:
    """Wait for it; ``TimeoutError``."""
    deadline = time.monotonic() + patience_s
    while not what():
        if time.monotonic() > deadline:
            raise TimeoutError("what the test waited for did not come about")
        time.sleep(0.01)
