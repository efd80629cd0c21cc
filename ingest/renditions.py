"""Small renditions for the page: a poster picture and the peaks of the sound."""

import json
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from archive.ports import Media, MediaFacts, MediaRun
from ingest.access_copy import input_options

POSTER_SIDE = 640
WAVEFORM_BUCKETS = 2000
_PEAK_RATE = 8000
_POSTER_NAME = "poster.jpg"
_RENDITION_SECONDS = 900.0
# Of the first pictures the one most like the others is taken: it is rarely a black or torn first frame.
_POSTER_FILTER = (f"thumbnail=50,scale=w='min({POSTER_SIDE},iw)':h='min({POSTER_SIDE},ih)':"
                  "force_original_aspect_ratio=decrease:force_divisible_by=2,format=yuvj420p")


def make_poster(media: Media, source: Path, folder: Path, facts: MediaFacts) -> tuple[Path, MediaRun] | None:
    """Write ``poster.jpg``, at most 640 pixels a side, from the first seconds; None when there is no picture.

    ``MediaRefused`` when nothing decodes.
    """
    video = facts.first("video")
    if video is None:
        return None
    target = folder / _POSTER_NAME
    arguments = (*input_options(facts), "-threads", "1", "-t", "10", "-i", "{in}", "-map", f"0:{video.index}",
                 "-filter:v", _POSTER_FILTER, "-frames:v", "1", "-c:v", "mjpeg", "-q:v", "4", "-threads", "1",
                 "-map_metadata", "-1", "-fflags", "+bitexact", "-flags:v", "+bitexact", "-f", "image2",
                 "-update", "1", "{out}")
    return target, media.run(arguments, source, target, _RENDITION_SECONDS)


@dataclass(frozen=True)
class Waveform:
    """Peaks as JSON bytes and the ffmpeg arguments whose output they summarise."""

    peaks: bytes
    arguments: tuple[str, ...]


def make_waveform(media: Media, source: Path, facts: MediaFacts) -> Waveform | None:
    """JSON ``{"bucket_us":n,"max":[…],"min":[…],"v":1}`` of the first audio stream; None when there is none.

    At most 2000 buckets of equal length; values -128…127, full scale. The sound is decoded at 8 kHz, one
    channel, starting at its own first sample. Memory does not grow with the length.
    """
    audio = facts.first("audio")
    if audio is None:
        return None
    arguments = (*input_options(facts), "-i", "{in}", "-map", f"0:{audio.index}", "-ac", "1",
                 "-ar", str(_PEAK_RATE), "-f", "s16le", "-")
    peaks = _Peaks()
    for block in _samples(media.chunks(arguments, source, _RENDITION_SECONDS)):
        peaks.add(block)
    return Waveform(peaks.to_json(), arguments)


def _samples(chunks: Iterator[bytes]) -> Iterator["array[int]"]:
    """16-bit little-endian samples; an odd byte waits for its other half."""
    rest = b""
    for chunk in chunks:
        data = rest + chunk
        rest = data[len(data) & ~1:]
        block = array("h")
        block.frombytes(data[:len(data) & ~1])
        yield block


class _Peaks:
    """Minimum and maximum per bucket; when the buckets are full, neighbours are merged and buckets doubled."""

    def __init__(self) -> None:
        self._width = 16  # samples a bucket; 2000 of them are four seconds
        self._low: list[int] = []
        self._high: list[int] = []
        self._pending: array[int] = array("h")

    def add(self, block: "array[int]") -> None:
        self._pending.extend(block)
        at = 0
        while len(self._pending) - at >= self._width:
            self._bucket(self._pending[at:at + self._width])
            at += self._width
            if len(self._low) == WAVEFORM_BUCKETS:
                self._merge()
        self._pending = self._pending[at:]

    def to_json(self) -> bytes:
        """The finished peaks, the last bucket perhaps shorter than the others."""
        if self._pending:
            self._bucket(self._pending)
            self._pending = array("h")
        body = {"bucket_us": self._width * 1_000_000 // _PEAK_RATE, "max": self._high, "min": self._low, "v": 1}
        return json.dumps(body, separators=(",", ":"), sort_keys=True).encode("ascii")

    def _bucket(self, part: "array[int]") -> None:
        self._low.append(min(part) >> 8)
        self._high.append(max(part) >> 8)

    def _merge(self) -> None:
        self._low = [min(self._low[n:n + 2]) for n in range(0, len(self._low), 2)]
        self._high = [max(self._high[n:n + 2]) for n in range(0, len(self._high), 2)]
        self._width *= 2
