"""Recording a live source to segments, as a promise: what a room's box needs of a capture program."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

Ended = Literal["stopped", "source_lost", "capture_died", "disk_full"]


@dataclass(frozen=True)
class Source:
    """Where a channel comes from. ``address``: an rtsp URL, a video device, a file that is played over and over.

    ``sound``: an ALSA device beside a V4L2 one, "" for none. ``encode``: the picture is encoded to H.264 rather than
    taken as it comes.
    """

    kind: Literal["rtsp", "v4l2", "file"]
    address: str
    sound: str = ""
    encode: bool = False


@dataclass(frozen=True)
class Pulse:
    """The newest picture written lies this many seconds after the first one of the run."""

    reached_s: float


@dataclass(frozen=True)
class Closed:
    """A segment is whole: its file's name, its start and end in seconds after the first picture of the run."""

    name: str
    start_s: float
    end_s: float


class Capturing(Protocol):
    """One run. ``events`` ends when the run has; ``ended`` says how, and is "stopped" only after ``stop``, which lets
    the segment at hand be closed. Limit: a source that sends the same picture for ever is a source."""

    @property
    def ended(self) -> Ended: ...

    def events(self) -> Iterator[Pulse | Closed]: ...

    def stop(self) -> None: ...


class Capture(Protocol):
    """Starts runs. Segments are fragmented MP4 in ``folder``, named by ``first`` and on with eight digits, cut at key
    frames after ``segment_s`` seconds; a run ends with this process, however that ends."""

    def start(self, source: Source, folder: Path, first: int, segment_s: float) -> Capturing: ...
