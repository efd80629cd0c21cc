"""The dock at work: each recorder in a thread of its own, its clips one after the other, and what to show of it."""

import contextlib
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Literal

import structlog

from archive.errors import ArchiveError
from archive.identifiers import new_id
from archive.recorder_clock import ClockMeasured
from ingest.docking.delivery import Delivery, deliver, report_wipes
from ingest.docking.history import History
from ingest.docking.journal import Entry, Journal, journal_at
from ingest.docking.recorders import Clip, Docked, RecorderDoor
from ingest.docking.takes import takes_of
from ingest.push import StationSide

Light = Literal["empty", "reading", "sending", "waiting", "safe", "problem"]
SLOTS = 32
"""Recorders served at once; further ones wait for a slot to be done."""
CLOCK_ERROR = timedelta(seconds=1)
"""Reading a recorder's clock shows whole seconds at best."""
_journal = structlog.get_logger("dock")


@dataclass(frozen=True)
class SlotState:
    """What a person is told of a slot. ``waiting``: every byte of the clip at hand was sent, and a receipt of the grade
    this dock's policy asks for is not there yet. ``safe``: every clip is in the archive and wiped here: may be taken.

    ``done`` and ``size`` are bytes of the clip at hand; ``problem`` a stable word, "" where there is none.
    """

    slot: str
    light: Light
    recorder: str = ""
    wearer: str = ""
    clips: int = 0
    clips_in: int = 0
    file: str = ""
    done: int = 0
    size: int = 0
    problem: str = ""


Show = Callable[[SlotState], None]


@dataclass(frozen=True)
class Dock:
    """A running dock: its means, its journal and history, the folder of receipts, and whom to tell of its slots."""

    side: StationSide
    journal: Journal
    history: History
    receipts: Path
    show: Show


@contextmanager
def dock_in(home: Path, side: StationSide, show: Show = lambda state: None) -> Iterator[Dock]:
    """The dock whose journal, receipts and newest checkpoint lie in ``home``. ``Conflict dock.running``."""
    home.mkdir(parents=True, exist_ok=True)
    with journal_at(home / "dock.db") as journal:
        yield Dock(side, journal, History(side, home / "history"), home / "receipts", show)


def serve_all(dock: Dock, doors: Mapping[str, RecorderDoor]) -> dict[str, SlotState]:
    """Every docked recorder once, side by side; answers how each slot stands afterwards."""
    with ThreadPoolExecutor(max(1, min(SLOTS, len(doors))), thread_name_prefix="slot") as pool:
        served = {slot: pool.submit(serve_slot, dock, slot, door) for slot, door in doors.items()}
    return {slot: future.result() for slot, future in served.items()}


def serve_slot(dock: Dock, slot: str, door: RecorderDoor) -> SlotState:
    """One recorder: its clock measured and then set, its clips delivered in order of time; never raises for what a
    recorder, the line or the archive does: the state says what is the matter, and the next round tries again."""
    state = SlotState(slot, "reading")
    try:
        docked = door.identity()
        dock.journal.docked(docked, dock.side.now())
        state = replace(state, recorder=f"{docked.name.vendor} {docked.name.serial}", wearer=docked.wearer)
        dock.show(state)
        state = _Slot(dock, door, docked, state).serve()
    except ArchiveError as fault:
        state = replace(state, light="problem", problem=fault.code)
    except OSError:
        state = replace(state, light="problem", problem="recorder.gone")
    dock.show(state)
    return state


class _Slot:
    def __init__(self, dock: Dock, door: RecorderDoor, docked: Docked, state: SlotState) -> None:
        self._dock, self._door, self._docked, self._state = dock, door, docked, state
        self._turn = threading.Lock()

    def serve(self) -> SlotState:
        clips = self._door.clips()
        entries = self._entries(clips)
        self._settle_wiping(clips)
        with contextlib.suppress(ArchiveError):  # what it does not take now is told again below
            report_wipes(self._dock.side, self._dock.journal)
        delivery = Delivery(self._dock.side, self._dock.journal, self._dock.history, self._dock.receipts, self._door,
                            self._docked, self._clock(), self._progress, self._waiting)
        problems, self._state = list[str](), replace(self._state, clips=len(clips))
        for clip, entry in entries:
            self._state = replace(self._state, light="sending", file=clip.untrusted_name, done=0, size=clip.size)
            self._dock.show(self._state)
            try:
                after = deliver(delivery, entry, clip)
            except ArchiveError as fault:
                _journal.warning("clip.waits", clip=clip.untrusted_name, code=fault.code, reason=fault.message)
                problems.append(fault.code)
                continue
            problems += [after.problem] if after.problem else []
            self._state = replace(self._state, clips_in=self._state.clips_in + (after.state == "wiped"))
        report_wipes(self._dock.side, self._dock.journal)
        return replace(self._state, light="problem" if problems else "safe", file="", done=0, size=0,
                       problem=problems[0] if problems else "")

    def _entries(self, clips: Sequence[Clip]) -> list[tuple[Clip, Entry]]:
        """Each clip with its row, in order; a take's segments share one session, which is kept once given."""
        found = []
        for take in takes_of(clips):
            entries = [self._dock.journal.entry(self._docked.name, clip) for clip in take]
            session = next((entry.session for entry in entries if entry.session), "") or new_id("ses")
            for clip, entry in zip(take, entries, strict=True):
                mine = clip.session or session
                given = entry if entry.session else self._dock.journal.note(entry, entry.state, session=mine)
                found.append((clip, given))
        return found

    def _settle_wiping(self, clips: Sequence[Clip]) -> None:
        """A clip whose wipe was begun before a power cut, and which is not there any more, was wiped."""
        there = {(clip.untrusted_name, clip.size, clip.modified_ns) for clip in clips}
        for entry in self._dock.journal.wiping(self._docked.name):
            if (entry.name, entry.size, entry.modified_ns) not in there:
                self._dock.journal.note(entry, "wiped")

    def _clock(self) -> ClockMeasured | None:
        """Measured first, set afterwards: what the recorder claimed until now was by the clock as it was found."""
        shown, now = self._door.clock(), self._dock.side.now()
        if shown is None:
            return None
        self._door.set_clock(self._dock.side.now())
        return ClockMeasured(now, shown - now, CLOCK_ERROR)

    def _waiting(self) -> None:
        with self._turn:
            self._state = replace(self._state, light="waiting", done=self._state.size)
            self._dock.show(self._state)

    def _progress(self, done: int, size: int) -> None:
        with self._turn:
            self._state = replace(self._state, done=done, size=size)
            self._dock.show(self._state)
