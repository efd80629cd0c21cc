"""Asks all time-stamp authorities at once, and reads every clock there is while doing so."""

import itertools
import threading
from collections.abc import Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass
from datetime import datetime, timedelta

from archive.errors import ArchiveError
from archive.outside_ports import TimeAuthority
from archive.ports import Clock, ObjectStore

APART = timedelta(seconds=60)
"""Clocks farther apart than this stop locks, accession and disposition (LOG.md "Time")."""
PATIENCE_S = 30.0
OURS = "this machine"


@dataclass(frozen=True)
class Reading:
    """How far a clock is ahead of this machine's; negative: behind."""

    name: str
    ahead: timedelta
    authority: bool = False


@dataclass(frozen=True)
class Stamp:
    """An authority's checked answer: the whole response, its genTime, and its clock against ours."""

    authority: str
    response: bytes
    gen_time: datetime
    reading: Reading


@dataclass(frozen=True)
class Asked:
    """What came of asking: the stamps, and the reason of each authority that gave none."""

    stamps: tuple[Stamp, ...]
    failing: dict[str, str]


class Stamping:
    """Asks each authority in a thread of its own: none delays another, and one that hangs is not asked a second time
    before it has answered."""

    def __init__(self, authorities: Sequence[TimeAuthority], clock: Clock, patience_s: float = PATIENCE_S) -> None:
        self._authorities, self._clock, self._patience_s = tuple(authorities), clock, patience_s
        self._hanging: dict[str, Future[Stamp]] = {}

    def ask(self, message: bytes) -> Asked:
        """A stamp over ``message`` from every authority that gives one within the patience."""
        asked: dict[str, Future[Stamp]] = {}
        failing = {}
        for authority in self._authorities:
            old = self._hanging.get(authority.name)
            if old is not None and not old.done():
                failing[authority.name] = "an earlier question is still unanswered"
            else:
                asked[authority.name] = self._begun(authority, message)
        wait(asked.values(), timeout=self._patience_s)
        stamps = []
        for name, answer in asked.items():
            if not answer.done():
                self._hanging[name] = answer
                failing[name] = f"no answer within {self._patience_s:.0f} s"
            elif fault := answer.exception():
                failing[name] = fault.message if isinstance(fault, ArchiveError) else repr(fault)
            else:
                stamps.append(answer.result())
        return Asked(tuple(stamps), failing)

    def _begun(self, authority: TimeAuthority, message: bytes) -> "Future[Stamp]":
        answer: Future[Stamp] = Future()

        def run() -> None:
            try:
                answer.set_result(self._stamped(authority, message))
            except Exception as fault:  # handed to whoever waits for the answer
                answer.set_exception(fault)

        threading.Thread(target=run, name=f"stamp {authority.name}", daemon=True).start()
        return answer

    def _stamped(self, authority: TimeAuthority, message: bytes) -> Stamp:
        earliest = self._clock.now()
        response = authority.stamp(message)
        latest = self._clock.now()
        gen_time = authority.verify(response, message)
        reading = Reading(authority.name, _ahead(earliest, gen_time, latest), authority=True)
        return Stamp(authority.name, response, gen_time, reading)


def store_reading(store: ObjectStore, clock: Clock) -> tuple[datetime, Reading]:
    """The store's date, and its clock against ours."""
    earliest = clock.now()
    shown = store.date()
    return shown, Reading(f"store {store.name}", _ahead(earliest, shown, clock.now()))


def _ahead(earliest: datetime, shown: datetime, latest: datetime) -> timedelta:
    """How far a clock is ahead that showed this between two looks at ours: the time its answer took is no fault."""
    return shown - earliest if shown < earliest else max(timedelta(), shown - latest)


def disagreement(readings: Sequence[Reading]) -> str | None:
    """Which clocks are off, as a clause, or None while all are within 60 s of each other, ours among them.

    The widest gap makes two groups; the one with fewer clocks of its own is named first, as the one that is off. This
    machine and a store, which may share a clock, count as one together. Where both groups have as many, nobody can
    tell from this alone, and the clause says so.
    """
    clocks = [Reading(OURS, timedelta()), *readings]
    order = sorted(clock.ahead for clock in clocks)
    if order[-1] - order[0] <= APART:
        return None
    _, edge = max((later - sooner, later) for sooner, later in itertools.pairwise(order))
    behind, ahead = [c for c in clocks if c.ahead < edge], [c for c in clocks if c.ahead >= edge]
    seconds = int((order[-1] - order[0]).total_seconds())
    if _weight(ahead) < _weight(behind):
        return f"{_named(ahead)}: {seconds} s ahead of {_named(behind)}"
    clause = f"{_named(behind)}: {seconds} s behind {_named(ahead)}"
    return clause if _weight(behind) < _weight(ahead) else f"{clause}, and which is right cannot be told from this"


def _weight(clocks: Sequence[Reading]) -> int:
    authorities = sum(clock.authority for clock in clocks)
    return authorities + (1 if len(clocks) > authorities else 0)


def _named(clocks: Sequence[Reading]) -> str:
    return ", ".join(clock.name for clock in clocks)
