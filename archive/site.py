"""One archive as it runs: database, ports, log. Built once in the composition root and handed to every use case."""

from concurrent.futures import Future
from dataclasses import dataclass
from typing import Protocol

from archive.db import Database
from archive.errors import Contradiction
from archive.log import Sequencer, SignedTree
from archive.log_tiles import LogTiles
from archive.ports import Ports
from archive.proof.policy import Policy


class CosigningState(Protocol):
    """What the archive knows of its cosigners."""

    @property
    def cosigned(self) -> SignedTree | None:
        """The latest tree whose note meets the policy."""

    @property
    def alarm(self) -> Contradiction | None:
        """What a cosigner said that must not be: a fork, or that it knows more than we do."""

    def wait_cosigned(self, index: int) -> "Future[SignedTree]":
        """Completes when a cosigned tree covers leaf ``index``."""


class AnchoringState(Protocol):
    """What the archive knows of the time outside."""

    @property
    def clock_fault(self) -> str | None:
        """How the clocks disagree, None while they agree."""


@dataclass(frozen=True)
class Site:
    """``origin`` is the log's stable name, ``log_id`` its random last part (16 hex characters). ``policy`` names our
    cosigners and quorum: what receipts claim, and what acts that need cosigning wait for. ``cosigning`` is None
    without a policy, ``anchoring`` where nothing is anchored (a command beside the service)."""

    db: Database
    ports: Ports
    sequencer: Sequencer
    log_tiles: LogTiles
    origin: str
    policy: Policy | None = None
    cosigning: CosigningState | None = None
    anchoring: AnchoringState | None = None

    @property
    def log_id(self) -> str:
        """The random part of the origin, as it stands in object keys."""
        return self.origin.rsplit("/", 1)[-1]
