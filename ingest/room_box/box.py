"""The box at work: every channel recorded in one thread and delivered in another, and what is to be seen of it."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import structlog

from archive.capture import Capture, Source
from archive.errors import ArchiveError
from archive.room_names import channel_serial
from ingest.docking.agent import Dock, serve_slot
from ingest.docking.recorders import Clip
from ingest.room_box.channel import ChannelDoor, ChannelRecorder
from ingest.room_box.desk import ASK_EVERY_S, Desk
from ingest.room_box.spans import HOLD
from ingest.room_box.spool import Spool

LOOK_EVERY_S, AGAIN_AFTER_S = 0.5, 10.0
_journal = structlog.get_logger("room")


@dataclass(frozen=True)
class ChannelState:
    """What a person is told of a channel. ``deposited_until``: the end of the last segment with a receipt;
    ``waiting``: segments a session asked for that have none yet; ``problem``: a stable word, "" where there is none."""

    channel: int
    recording: bool
    session: bool
    deposited_until: datetime | None
    grade: str
    waiting: int
    problem: str


Show = Callable[[ChannelState], None]


@dataclass(frozen=True)
class Plan:
    """What a box records: its room, a source for each channel, and how long a segment is, in seconds."""

    room: str
    sources: Sequence[Source]
    segment_s: float = 10.0


class RoomBox:
    """``run`` until ``stop``. ``dock``: the journal, receipts and means of the dock agent, which delivers."""

    def __init__(self, dock: Dock, home: Path, plan: Plan, capture: Capture, show: Show) -> None:
        self._dock, self._show, self._stopping = dock, show, threading.Event()
        self._desk = Desk(dock.side, home, plan.room)
        spools = [Spool(home / "channels" / str(n), channel_serial(plan.room, n))
                  for n in range(1, len(plan.sources) + 1)]
        self._doors = [ChannelDoor(spool, plan.room, n, self._desk) for n, spool in enumerate(spools, 1)]
        self._recorders = [
            ChannelRecorder(capture, source, spool, n, self._desk, dock.side.now, plan.segment_s)
            for n, (source, spool) in enumerate(zip(plan.sources, spools, strict=True), 1)]

    def stop(self) -> None:
        """End after the segments at hand; what is not delivered then is delivered by the next run."""
        self._stopping.set()

    def run(self) -> None:
        """Record, ask, deliver."""
        recording = [threading.Thread(target=one.run, name=f"record-{n}") for n, one in enumerate(self._recorders, 1)]
        delivering = [threading.Thread(target=self._deliver, args=(n,), name=f"deliver-{n}")
                      for n in range(1, len(self._doors) + 1)]
        for thread in (*recording, *delivering):
            thread.start()
        while not self._stopping.wait(ASK_EVERY_S if self._asked() else 2 * ASK_EVERY_S):
            pass
        for recorder in self._recorders:
            recorder.stop()
        for thread in (*recording, *delivering):
            thread.join()

    def _asked(self) -> bool:
        try:
            self._desk.ask()
            self._desk.tell(self._dock.side.now() - HOLD)
        except ArchiveError as fault:
            _journal.info("archive.not_asked", code=fault.code, reason=fault.message)
            return False
        return True

    def _deliver(self, number: int) -> None:
        """As soon as there is a segment; after a problem with nothing new, again after a while."""
        door, tried, at, until = self._doors[number - 1], set[str](), 0.0, list[datetime]()
        problem = ""
        while not self._stopping.wait(LOOK_EVERY_S):
            clips = door.clips()
            names = {clip.untrusted_name for clip in clips}
            if names - tried or (names and time.monotonic() - at >= AGAIN_AFTER_S):
                problem = serve_slot(self._dock, str(number), door).problem
                tried, at = names, time.monotonic()
                until += [clip.ended for clip in clips if self._settled(door, clip)]
            self._show(ChannelState(
                number, self._recorders[number - 1].recording, self._desk.told.is_asked(self._dock.side.now()),
                max(until, default=None), self._dock.side.grade, len(door.clips()), problem))

    def _settled(self, door: ChannelDoor, clip: Clip) -> bool:
        """Whether the archive has given a receipt for it; one that is kept all the same is not tried again."""
        entry = self._dock.journal.entry(door.identity().name, clip)
        if entry.is_over:
            door.settle(clip.untrusted_name)
        return bool(entry.receipt)
