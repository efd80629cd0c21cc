"""Reads a file's packets once, line by line: counts, first and last presentation times, key frames."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

from archive.ports import Media, MediaRefused

# ffprobe writes fields in its own order, which is the order here; without keys an hour is parsed faster.
_FIELDS = "packet=stream_index,pts,size,flags:stream=index,codec_type,time_base,start_pts"
_PACKET_PARTS, _STREAM_PARTS = 5, 5
_LARGEST = 2**53 - 1


class Packet(NamedTuple):
    """One packet in stored order; times in ticks of its stream, ``pts`` None where the container has none.

    ``presented`` is False for packets the container marks as decoded but not shown (edit lists, priming).
    """

    stream: int
    pts: int | None
    size: int
    key: bool
    presented: bool


@dataclass
class Span:
    """First and last PTS seen, in ticks; None before the first."""

    first: int | None = None
    last: int | None = None

    def add(self, pts: int) -> None:
        """Widen by one PTS."""
        self.first = pts if self.first is None else min(self.first, pts)
        self.last = pts if self.last is None else max(self.last, pts)

    def seconds(self, time_base: Fraction) -> tuple[Fraction, Fraction]:
        """(first, last) in seconds; ``MediaRefused("check_failed")`` when no packet had a time."""
        if self.first is None or self.last is None:
            raise MediaRefused("check_failed", "timestamps_absent")
        return self.first * time_base, self.last * time_base


@dataclass
class Track:
    """What was counted of one stream: its packets, and the times of all and of those that are presented."""

    packets: int = 0
    key_frames: int = 0
    every: Span = field(default_factory=Span)
    presented: Span = field(default_factory=Span)
    time_base: Fraction = Fraction(1)
    start_pts: int | None = None

    def add(self, packet: Packet) -> None:
        """Count one packet."""
        self.packets += 1
        self.key_frames += packet.key
        if packet.pts is not None:
            self.every.add(packet.pts)
            if packet.presented:
                self.presented.add(packet.pts)

    def shown(self) -> tuple[Fraction, Fraction]:
        """Seconds of the first and the last presented packet; skipped priming samples count as not presented."""
        first, last = self.presented.seconds(self.time_base)
        return (first if self.start_pts is None else max(first, self.start_pts * self.time_base)), last

    def stored(self) -> tuple[Fraction, Fraction]:
        """Seconds of the first and the last packet, presented or not."""
        return self.every.seconds(self.time_base)


@dataclass(frozen=True)
class StreamClock:
    """A stream's time base in seconds; ``start_pts`` only for sound, where it lies behind skipped priming."""

    time_base: Fraction
    start_pts: int | None


def packets(media: Media, source: Path, input_options: Sequence[str], timeout_s: float,
            clocks: dict[int, StreamClock]) -> Iterator[Packet]:
    """Every packet of ``source`` in stored order; ``clocks`` is filled when the iterator has ended."""
    arguments = (*input_options, "-show_entries", _FIELDS, "-of", "compact=nk=1")
    for line in media.lines(arguments, source, timeout_s):
        parts = line.split(b"|")  # a packet's side data may follow what was asked for
        if parts[0] == b"packet" and len(parts) >= _PACKET_PARTS:
            yield _packet(parts)
        elif b"stream" in parts[:2] and len(parts) >= _STREAM_PARTS:
            index, clock = _clock([part.decode("ascii", "replace") for part in parts[parts.index(b"stream") + 1:]])
            clocks[index] = clock


def scan(media: Media, source: Path, input_options: Sequence[str], timeout_s: float) -> dict[int, Track]:
    """Tracks by stream index. Memory does not grow with the length of the file."""
    clocks: dict[int, StreamClock] = {}
    tracks: dict[int, Track] = {}
    for packet in packets(media, source, input_options, timeout_s, clocks):
        tracks.setdefault(packet.stream, Track()).add(packet)
    for index, track in tracks.items():
        if index not in clocks:
            raise MediaRefused("check_failed", "time_base_absent")
        track.time_base, track.start_pts = clocks[index].time_base, clocks[index].start_pts
    return tracks


def _packet(untrusted: list[bytes]) -> Packet:
    flags = untrusted[4]
    return Packet(_number(untrusted[1]) or 0, _number(untrusted[2]), _number(untrusted[3]) or 0, b"K" in flags,
                  b"D" not in flags)


def _clock(untrusted: list[str]) -> tuple[int, StreamClock]:
    index, kind, time_base, start = untrusted[:4]
    start_pts = _number(start.encode()) if kind == "audio" else None
    return _number(index.encode()) or 0, StreamClock(_time_base(time_base), start_pts)


def _number(untrusted: bytes) -> int | None:
    """An integer within canonical JSON's range; None for N/A or beyond."""
    if not untrusted.lstrip(b"-").isdigit() or len(untrusted) > 20:
        return None
    number = int(untrusted)
    return number if abs(number) <= _LARGEST else None


def _time_base(untrusted: str) -> Fraction:
    numerator, _, denominator = untrusted.partition("/")
    above, below = _number(numerator.encode()), _number(denominator.encode())
    if not above or not below or above < 0 or below < 0:
        raise MediaRefused("check_failed", "time_base_absent")
    return Fraction(above, below)
