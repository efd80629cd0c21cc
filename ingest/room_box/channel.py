"""One channel of a room: the thread that records it, and the door by which its segments are delivered."""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from archive.capture import Capture, Capturing, Closed, Pulse, Source
from archive.errors import ArchiveError
from archive.room_names import ROOM_VENDOR, channel_serial
from ingest.docking.recorders import Clip, Docked
from ingest.manifest import RecorderName
from ingest.room_box.desk import Desk, Lapse
from ingest.room_box.spans import fate, session_of
from ingest.room_box.spool import Segment, Spool, file_name, number_of

PAUSE_S, LONGEST_PAUSE_S = 0.5, 10.0
"""Between a run that ended and the next; doubled while none gets as far as a segment."""
NAMED = timedelta(seconds=1)
"""A pause shorter than this is no interruption."""
SETTLES_S = 30.0
_journal = structlog.get_logger("room")


class Anchor:
    """When the first picture of a run was there, by the box's clock: the earliest reading of the last half minute, for
    what is late is late by the way to us. ``clock`` gives seconds, as ``time.monotonic``."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._readings: deque[tuple[float, datetime]] = deque()

    def read(self, now: datetime, reached_s: float) -> None:
        """The newest picture, ``reached_s`` after the first, was there ``now`` at the latest."""
        at = self._clock()
        self._readings.append((at, now - timedelta(seconds=reached_s)))
        while self._readings[0][0] < at - SETTLES_S:
            self._readings.popleft()

    def time_of(self, second: float) -> datetime | None:
        """When the picture ``second`` after the first was there; None before any reading."""
        if not self._readings:
            return None
        return min(reading for _, reading in self._readings) + timedelta(seconds=second)


class ChannelRecorder:
    """Records channel ``number`` until ``stop``; every end of a run is followed by another."""

    def __init__(self, capture: Capture, source: Source, spool: Spool, number: int, desk: Desk,
                 now: Callable[[], datetime], segment_s: float) -> None:
        self._capture, self._source, self._spool, self._number = capture, source, spool, number
        self._desk, self._now, self._segment_s = desk, now, segment_s
        self._stopping = threading.Event()
        self._run: Capturing | None = None
        self._why, self._pause = "box_down", PAUSE_S
        self.recording = False

    def run(self) -> None:
        """What a cut left is taken up first."""
        self._take_up()
        while not self._stopping.is_set():
            try:
                self._once()
            except ArchiveError as fault:
                _journal.warning("capture.cannot_start", channel=self._number, code=fault.code, reason=fault.message)
            except OSError as fault:
                self._why = "disk_full"
                _journal.warning("capture.disk", channel=self._number, reason=str(fault))
            self.recording = False
            self._take_up()
            self._stopping.wait(self._pause)
            self._pause = min(LONGEST_PAUSE_S, 2 * self._pause)

    def stop(self) -> None:
        """Close the segment at hand and end."""
        self._stopping.set()
        run = self._run
        if run is not None:
            run.stop()

    def _once(self) -> None:
        run = self._capture.start(self._source, self._spool.running, self._spool.next_number(), self._segment_s)
        self._run = run
        if self._stopping.is_set():
            run.stop()
        anchor, before = Anchor(), None
        for event in run.events():
            if isinstance(event, Pulse):
                self.recording = True
                anchor.read(self._now(), event.reached_s)
            else:
                before = self._closed(event, anchor, before)
        if run.ended != "stopped":
            self._why = run.ended
            _journal.warning("capture.ended", channel=self._number, reason=run.ended)

    def _closed(self, event: Closed, anchor: Anchor, before: datetime | None) -> datetime:
        """Within one run each segment starts where the one before ended."""
        ended = anchor.time_of(event.end_s) or self._now()
        started = before or ended - timedelta(seconds=event.end_s - event.start_s)
        last = self._spool.last()
        if before is None and last is not None and started - last.ended > NAMED:
            self._desk.note(Lapse(channel=self._number, reason=self._why, since=last.ended, until=started))
        ended = max(started, ended)
        self._spool.finish(number_of(Path(event.name)), started, ended)
        self._pause = PAUSE_S
        return ended

    def _take_up(self) -> None:
        """What a run that died left unfinished is delivered as far as it goes."""
        try:
            for segment in self._spool.salvage():
                _journal.info("segment.salvaged", channel=self._number, number=segment.number)
        except OSError as fault:
            _journal.warning("segment.not_salvaged", channel=self._number, reason=str(fault))


class ChannelDoor:
    """``RecorderDoor`` over a channel's spool: its clips are what a session asked for, less what is settled. What no
    session asked for is let go here. The channel's clock is the box's own: there is nothing to measure or set."""

    def __init__(self, spool: Spool, room: str, number: int, desk: Desk) -> None:
        self._spool, self._desk = spool, desk
        self._name = RecorderName(ROOM_VENDOR, channel_serial(room, number), ROOM_VENDOR)
        self._settled: set[str] = set()

    def identity(self) -> Docked:
        return Docked(self._name)

    def clock(self) -> datetime | None:
        return None

    def set_clock(self, to: datetime) -> None:
        """Nothing to set."""

    def clips(self) -> Sequence[Clip]:
        told, found = self._desk.told, list[Clip]()
        for segment in self._spool.segments():
            what = fate(told, segment.started, segment.ended)
            if what == "drop":
                self._spool.remove(segment.number)
            elif what == "deliver" and segment.path.name not in self._settled:
                found.append(_clip(segment, session_of(told.spans, segment.started, segment.ended)))
        return found

    def path(self, clip: Clip) -> Path:
        return self._spool.path_of(clip.untrusted_name)

    def wipe(self, clip: Clip) -> None:
        self._spool.remove(number_of(Path(clip.untrusted_name)))

    def settle(self, name: str) -> None:
        """Nothing is left to do for this one; it stays on the disk."""
        self._settled.add(name)


def _clip(segment: Segment, session: str | None) -> Clip:
    seen = segment.path.stat()
    return Clip(file_name(segment.number), seen.st_size, seen.st_mtime_ns, segment.started, segment.ended,
                segment.number, session)
