"""A neighbour's cosigner as a process of its own, and logs that grow or fork for it to look at."""

import contextlib
import functools
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
from proof.known_keys import known_key

from api.cosign_folder import init_folder
from archive.add_checkpoint import encode_request
from archive.proof import merkle
from archive.proof.checkpoint import Checkpoint
from archive.proof.keys import VerificationKey
from archive.proof.merkle import leaf_hash, node_hash
from archive.proof.note import sign_note
from archive.proof.signing import SigningKey

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Branch:
    """A log of ``length`` leaves under one key. Two branches of one name agree below the smaller ``fork_at``."""

    origin: str
    length: int = 300
    fork_at: int = 10**9

    @property
    def signer(self) -> SigningKey:
        return known_key(self.origin)

    @functools.cached_property
    def levels(self) -> list[list[bytes]]:
        made = [[leaf_hash(b"leaf %d" % n if n < self.fork_at else b"other %d" % n) for n in range(self.length)]]
        while len(made[-1]) > 1:
            below = made[-1]
            made.append([node_hash(below[n], below[n + 1]) for n in range(0, len(below) - 1, 2)])
        return made

    def root(self, size: int) -> bytes:
        return merkle.root_at(size, self.node)

    def node(self, level: int, index: int) -> bytes:
        return self.levels[level][index]

    def proof(self, old: int, new: int) -> list[bytes]:
        return merkle.consistency_proof(old, new, self.node)

    def note(self, size: int) -> bytes:
        return sign_note(Checkpoint(self.origin, size, self.root(size)).text(), [self.signer])

    def request(self, old: int, new: int) -> bytes:
        """What an honest log sends."""
        return encode_request(old, self.proof(old, new), self.note(new))


@dataclass
class NeighbourProcess:
    """``liuhen cosign serve`` over a folder; may be killed and started again."""

    folder: Path
    key: VerificationKey
    arguments: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    address: str = ""
    process: subprocess.Popen[str] | None = None
    client: httpx2.Client = field(default_factory=lambda: httpx2.Client(timeout=20))

    def start(self) -> None:
        with (self.folder.parent / "cosigner.log").open("a") as journal:
            self.process = subprocess.Popen(
                [*self.before, sys.executable, "-m", "api.cli", "cosign", "serve", "--folder", str(self.folder),
                 "--port", "0", *self.arguments], cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=journal)
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert "http://" in line, (self.folder.parent / "cosigner.log").read_text()
        self.address = line.split()[-1]

    def kill(self, how: signal.Signals = signal.SIGKILL) -> None:
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(20)
            assert self.process.stdout is not None
            self.process.stdout.close()
            self.process = None

    def add(self, body: bytes) -> httpx2.Response:
        return self.client.post(f"{self.address}/add-checkpoint", content=body)


@contextlib.contextmanager
def neighbour(folder: Path, *origins: str, name: str = "neighbour.example/c1") -> Iterator[NeighbourProcess]:
    """A new cosigner that follows these logs, serving until the block ends."""
    key = init_folder(folder, name, [known_key(origin).key.text() for origin in origins])
    made = NeighbourProcess(folder, key)
    made.start()
    try:
        yield made
    finally:
        made.kill(signal.SIGTERM)
        made.client.close()
