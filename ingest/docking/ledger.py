"""What the archive's device ledger says of recorders, asked now and then by the dock and kept in memory only: names.

Limit: the answer is not signed. It decides what a list on the screen shows, never what is wiped.
"""

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated

import httpx2
import structlog
from pydantic import AwareDatetime, BaseModel, Field

from archive.errors import ArchiveError, Refused, Unavailable
from ingest.docking.absent import Known, LedgerState
from ingest.push import StationSide, refusal

PATH = "/api/v1/docking/recorders"
ASK_EVERY_S, AGAIN_AFTER_S, WAITED_FOR_S = 300.0, 30.0, 10.0
"""Between two answers; after none; for the question at hand when the dock ends."""
LASTS_S = 24 * 3600.0
"""An answer older than this says nothing about yesterday any more."""
LARGEST = 4 << 20
_journal = structlog.get_logger("dock")


_Name = Annotated[str, Field(max_length=200)]


class _Recorder(BaseModel):
    vendor: _Name
    serial: _Name
    state: LedgerState
    wearer: _Name
    since: AwareDatetime | None
    last_seen: AwareDatetime | None


class _Answer(BaseModel):
    recorders: list[_Recorder]


class LedgerSaid:
    """The last answer of the archive's ledger. ``known`` may be read from any thread."""

    def __init__(self, side: StationSide) -> None:
        self._side, self._stopping = side, threading.Event()
        self._said: tuple[Mapping[str, Known], float] | None = None

    def known(self) -> Mapping[str, Known] | None:
        """By recorder as a slot names it; None when the archive has not answered within a day."""
        said = self._said
        return said[0] if said is not None and time.monotonic() - said[1] < LASTS_S else None

    def ask(self) -> None:
        """Ask once; what was known stays known. ``Refused dock.ledger_answer``, ``Unavailable push.unreachable``; else
        as the archive answered."""
        try:
            answer = self._side.client.get(PATH)
        except httpx2.TransportError as fault:
            raise Unavailable("push.unreachable", "the archive does not answer") from fault
        if answer.status_code != 200:
            raise refusal(answer)
        self._said = read_answer(answer.content), time.monotonic()

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Asks at once and every five minutes meanwhile, from a thread of its own: no slot waits for it."""
        thread = threading.Thread(target=self._run, name="ledger", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._stopping.set()
            thread.join(WAITED_FOR_S)

    def _run(self) -> None:
        pause = 0.0
        while not self._stopping.wait(pause):
            try:
                self.ask()
                pause = ASK_EVERY_S
            except ArchiveError as fault:
                _journal.info("ledger.not_asked", code=fault.code, reason=fault.message)
                pause = AGAIN_AFTER_S


def read_answer(untrusted_body: bytes) -> dict[str, Known]:
    """The recorders of an answer by name; ``Refused dock.ledger_answer`` when it is none."""
    try:
        if len(untrusted_body) > LARGEST:
            raise ValueError("far too long")
        told = _Answer.model_validate_json(untrusted_body)
    except ValueError as fault:
        raise Refused("dock.ledger_answer", "what answers at this address does not speak of recorders") from fault
    return {f"{one.vendor} {one.serial}": Known(one.state, one.since, one.wearer, one.last_seen)
            for one in told.recorders}
