"""Cosigners for the drill, served on loopback from threads of this process: they can be stopped and set back."""

import shutil
import socket
import threading
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import uvicorn

from api.cosign_app import make_cosign_app
from api.cosign_folder import KEY, STATE, init_folder, opened, public_key
from api.server import listen
from api.web.render import Renderer
from archive.errors import Unavailable
from archive.proof.keys import VerificationKey
from archive.proof.signing import CosigningKey

START_S = 15.0


@dataclass
class Neighbour:
    """``liuhen cosign serve`` in a thread; its port stays when it is started again."""

    folder: Path
    name: str
    port: int = 0
    _stack: ExitStack = field(default_factory=ExitStack)

    @property
    def key(self) -> VerificationKey:
        """Its verification key."""
        return public_key(self.folder)

    @property
    def url(self) -> str:
        """Where it is asked."""
        return f"http://127.0.0.1:{self.port}"

    def signer(self) -> CosigningKey:
        """Its private key: what a cosigner that obeys the operator puts at his service."""
        return CosigningKey.from_pem((self.folder / KEY).read_bytes(), self.key.name)

    def make(self, log_key: VerificationKey) -> None:
        """Key and empty state, once."""
        init_folder(self.folder, f"{self.name}.example/cosigner", [log_key.text()])

    def start(self) -> None:
        """``Unavailable drill.no_neighbour`` when it does not come up."""
        desk = self._stack.enter_context(opened(self.folder))
        listening: socket.socket = self._stack.enter_context(listen("127.0.0.1", self.port))
        self.port = listening.getsockname()[1]
        up = threading.Event()
        server = _Server(uvicorn.Config(make_cosign_app(desk, Renderer()), log_config=None, log_level="critical"), up)
        thread = threading.Thread(target=server.run, args=([listening],), name=f"drill-{self.name}", daemon=True)
        thread.start()
        self._stack.callback(_end, server, thread)
        if not up.wait(START_S):
            raise Unavailable("drill.no_neighbour", f"the cosigner {self.name} did not come up")

    def stop(self) -> None:
        """End it; its state stays."""
        self._stack.close()

    def set_back(self, state: Path) -> Path:
        """Put an older state in its place, as a backup would; answers where the newer one is kept. It must be stopped.
        """
        kept = self.folder / "newer.db"
        if state != kept:
            shutil.copy2(self.folder / STATE, kept)
        shutil.copy2(state, self.folder / STATE)
        return kept


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, up: threading.Event) -> None:
        super().__init__(config)
        self._up = up

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._up.set()


def _end(server: uvicorn.Server, thread: threading.Thread) -> None:
    server.should_exit = True
    thread.join()
