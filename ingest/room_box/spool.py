"""The segments of one channel on the box's disk: ``running`` while they are written, ``ready`` when they are whole.

A segment is ready when its bytes, its times and its name are durable; a power cut leaves it on one side or the other.
"""

import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from archive.durable import replace_file, sync_folder
from archive.proof import canonical

_USER_TYPE = bytes.fromhex("6c6975 68656e 0001 a2a7 5c1e 0f5e9d3b".replace(" ", ""))
"""ISO/IEC 14496-12 §11.1: a box of type ``uuid`` is skipped by who does not know it. Ours says what the segment is, and
makes two segments different files though their pictures are the same."""


@dataclass(frozen=True)
class Segment:
    """A segment that is ready; times by the box's clock."""

    number: int
    path: Path
    started: datetime
    ended: datetime


@dataclass(frozen=True)
class Last:
    """The last segment that became ready here, whatever became of it since."""

    number: int
    ended: datetime


class Spool:
    """One channel's folder, used by the thread that records and the one that delivers. ``named``: the channel's serial,
    which stands in each segment."""

    def __init__(self, folder: Path, named: str) -> None:
        self.running, self._ready, self._last = folder / "running", folder / "ready", folder / "last.json"
        self._named = named
        for made in (self.running, self._ready):
            made.mkdir(parents=True, exist_ok=True)
        self._known: dict[int, Segment] = {}

    def last(self) -> Last | None:
        """None before the first segment ever."""
        if not self._last.exists():
            return None
        held = json.loads(self._last.read_bytes())
        return Last(int(held["number"]), canonical.parse_time(held["ended"]))

    def next_number(self) -> int:
        """One more than any segment that was ever begun here."""
        last = self.last()
        begun = [number_of(path) for path in (*self.running.glob("*.mp4"), *self._ready.glob("*.mp4"))]
        return max([0 if last is None else last.number, *begun]) + 1

    def finish(self, number: int, started: datetime, ended: datetime) -> Segment:
        """A segment that was written to its end becomes ready: bytes, then times, then the name; durable on return."""
        unfinished, path = self.running / file_name(number), self._ready / file_name(number)
        with unfinished.open("ab") as file:
            if not _is_marked(unfinished):
                file.write(_mark(self._named, number, started))
            file.flush()
            os.fsync(file.fileno())
        times = {"started": canonical.format_time(started), "ended": canonical.format_time(ended)}
        replace_file(_beside(path), json.dumps(times).encode())
        unfinished.rename(path)
        sync_folder(self._ready)
        sync_folder(self.running)
        replace_file(self._last, json.dumps({"number": number, "ended": times["ended"]}).encode())
        return Segment(number, path, started, ended)

    def salvage(self) -> list[Segment]:
        """What a cut left behind: each becomes ready with the end of the one before as its start and its last write as
        its end; an empty one is removed. Limit: the last picture of a torn file may not play."""
        found = []
        for unfinished in sorted(self.running.glob("*.mp4")):
            if unfinished.stat().st_size == 0:
                unfinished.unlink()
                continue
            written = datetime.fromtimestamp(unfinished.stat().st_mtime, UTC)
            last, number = self.last(), number_of(unfinished)
            follows = last is not None and last.number == number - 1 and last.ended <= written
            started = last.ended if follows and last is not None else written
            found.append(self.finish(number, started, written))
        return found

    def segments(self) -> list[Segment]:
        """All that are ready, in order."""
        numbers = {number_of(path) for path in self._ready.glob("*.mp4")}
        self._known = {number: self._known.get(number) or self._read(number) for number in sorted(numbers)}
        return list(self._known.values())

    def path_of(self, name: str) -> Path:
        """Where a ready segment of this name lies."""
        return self._ready / name

    def remove(self, number: int) -> None:
        """A segment for good; its times go after it."""
        path = self._ready / file_name(number)
        path.unlink(missing_ok=True)
        _beside(path).unlink(missing_ok=True)
        sync_folder(self._ready)

    def _read(self, number: int) -> Segment:
        path = self._ready / file_name(number)
        held = json.loads(_beside(path).read_bytes())
        return Segment(number, path, canonical.parse_time(held["started"]), canonical.parse_time(held["ended"]))


def file_name(number: int) -> str:
    """Eight digits, so that names sort as numbers do."""
    return f"{number:08}.mp4"


def number_of(path: Path) -> int:
    """From a name of ours."""
    return int(path.stem)


def _beside(path: Path) -> Path:
    return path.with_suffix(".json")


def _mark(named: str, number: int, started: datetime) -> bytes:
    said = canonical.encode({"channel": named, "number": number, "started": canonical.format_time(started)})
    return (24 + len(said)).to_bytes(4, "big") + b"uuid" + _USER_TYPE + said


def _is_marked(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 1024))
        return _USER_TYPE in file.read()
