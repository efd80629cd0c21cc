"""One archive as it runs: database, ports, log. Built once in the composition root and handed to every use case."""

from dataclasses import dataclass

from archive.db import Database
from archive.log import Sequencer
from archive.log_tiles import LogTiles
from archive.ports import Ports


@dataclass(frozen=True)
class Site:
    """``origin`` is the log's stable name, ``log_id`` its random last part (16 hex characters)."""

    db: Database
    ports: Ports
    sequencer: Sequencer
    log_tiles: LogTiles
    origin: str

    @property
    def log_id(self) -> str:
        """The random part of the origin, as it stands in object keys."""
        return self.origin.rsplit("/", 1)[-1]
