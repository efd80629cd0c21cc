"""Reads a file's packets once, line by line: counts, first and last presentation times, key frames."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from archive.ports import Media, MediaRefused

_FIELDS = "packet=stream_index,pts,duration,size,flags:stream=index,time_base"
_LARGEST = 2**53 - 1


@dataclass(frozen=True)
class Packet:
    """One packet in stored order; times in ticks of its stream, ``pts`` None where the container has none.

    ``presented`` is False for packets the container marks as decoded but not shown (edit lists, priming).
    """

    stream: int
    pts: int | None
    duration: int
    size: int
    key: bool
    presented: bool


@dataclass
class Track:
    """What was counted of one stream. Times in ticks, over presented packets; None when none has a PTS."""

    packets: int = 0
    key_frames: int = 0
    first_pts: int | None = None
    last_pts: int | None = None
    time_base: Fraction = field(default=Fraction(1))

    def add(self, packet: Packet) -> None:
        """Count one packet."""
        self.packets += 1
        self.key_frames += packet.key
        if packet.pts is None or not packet.presented:
            return
        self.first_pts = packet.pts if self.first_pts is None else min(self.first_pts, packet.pts)
        self.last_pts = packet.pts if self.last_pts is None else max(self.last_pts, packet.pts)

    def first(self) -> Fraction:
        """Seconds of the first presented packet; ``MediaRefused("check_failed")`` when no packet has a time."""
        return self._seconds(self.first_pts)

    def last(self) -> Fraction:
        """Seconds of the last presented packet."""
        return self._seconds(self.last_pts)

    def _seconds(self, ticks: int | None) -> Fraction:
        if ticks is None:
            raise MediaRefused("check_failed", "timestamps_absent")
        return ticks * self.time_base


def packets(media: Media, source: Path, input_options: Sequence[str], timeout_s: float,
            time_bases: dict[int, Fraction]) -> Iterator[Packet]:
    """Every packet of ``source`` in stored order; ``time_bases`` is filled when the iterator has ended."""
    arguments = (*input_options, "-show_entries", _FIELDS, "-of", "compact")
    for line in media.lines(arguments, source, timeout_s):
        section, _, rest = line.decode("ascii", "replace").partition("|")
        values = dict(part.partition("=")[::2] for part in rest.split("|"))
        if section == "packet":
            yield _packet(values)
        elif section == "stream":
            base = _time_base(values.get("time_base", ""))
            time_bases[_number(values.get("index")) or 0] = base


def scan(media: Media, source: Path, input_options: Sequence[str], timeout_s: float) -> dict[int, Track]:
    """Tracks by stream index. Memory does not grow with the length of the file."""
    bases: dict[int, Fraction] = {}
    tracks: dict[int, Track] = {}
    for packet in packets(media, source, input_options, timeout_s, bases):
        tracks.setdefault(packet.stream, Track()).add(packet)
    for index, track in tracks.items():
        track.time_base = bases.get(index, Fraction(1))
    return tracks


def _packet(untrusted: dict[str, str]) -> Packet:
    flags = untrusted.get("flags", "")
    return Packet(
        stream=_number(untrusted.get("stream_index")) or 0,
        pts=_number(untrusted.get("pts")),
        duration=_number(untrusted.get("duration")) or 0,
        size=_number(untrusted.get("size")) or 0,
        key="K" in flags,
        presented="D" not in flags,
    )


def _number(untrusted: str | None) -> int | None:
    """An integer within canonical JSON's range; None for N/A, absent or beyond."""
    if not untrusted or not untrusted.lstrip("-").isdecimal() or len(untrusted) > 20:
        return None
    number = int(untrusted)
    return number if abs(number) <= _LARGEST else None


def _time_base(untrusted: str) -> Fraction:
    numerator, _, denominator = untrusted.partition("/")
    above, below = _number(numerator), _number(denominator)
    if not above or not below or above < 0 or below < 0:
        raise MediaRefused("check_failed", "time_base_absent")
    return Fraction(above, below)
