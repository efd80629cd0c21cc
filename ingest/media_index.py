"""Indexes an original: essence of each stream, times of its pictures, digests of its groups of pictures."""

import hashlib
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from archive.ports import Media, MediaFacts, MediaRefused
from archive.proof.digest import Digest, sha256
from archive.proof.merkle import Frontier, leaf_hash
from ingest.access_copy import input_options
from ingest.essence import essence, stream_bytes
from ingest.timeline import Packet, StreamClock, Track, packets

MAX_PICTURES = 8_000_000  # 37 hours at 60 a second; beyond, the table would not be small any more


@dataclass(frozen=True)
class StreamIndex:
    """One stream of the original: digest over its packets as stored, count, PTS in ticks of ``time_base``.

    PTS are those of all packets, also of ones an edit list hides; None when the container has none.
    """

    index: int
    kind: str
    digest: Digest
    packets: int
    first_pts: int | None
    last_pts: int | None
    time_base: str


@dataclass(frozen=True)
class IndexFacts:
    """What ``recording.indexed/1`` needs. ``pts_table`` is the table's bytes, empty when there is no picture.

    ``gop_reason`` when there is no ``gop_root``: ``no_video | no_keyframes | sizes_differ``.
    """

    streams: tuple[StreamIndex, ...]
    pts_table: bytes
    pts_table_digest: Digest | None
    gop_count: int
    gop_root: Digest | None
    gop_reason: str | None


@dataclass
class _Pictures:
    """Packets of the indexed video stream: sizes, key flags and shown PTS; some 17 bytes a picture."""

    sizes: "array[int]" = field(default_factory=lambda: array("q"))
    keys: bytearray = field(default_factory=bytearray)
    shown: "array[int]" = field(default_factory=lambda: array("q"))

    def add(self, packet: Packet) -> None:
        if len(self.sizes) >= MAX_PICTURES:
            raise MediaRefused("too_large", "more pictures than can be indexed")
        self.sizes.append(packet.size)
        self.keys.append(packet.key)
        if packet.pts is not None and packet.presented:
            self.shown.append(packet.pts)


def index_media(media: Media, source: Path, facts: MediaFacts, timeout_s: float = 3600.0) -> IndexFacts:
    """Index every stream of ``source``; GOPs and PTS table are of its first video stream.

    Reads the file once for the packet list and once per stream for the essence; memory stays at some 20 bytes
    a picture. Limit: digests are over packets as this ffmpeg's demuxer hands them out (``tools`` names it); the
    file's own digest remains the primary proof.
    """
    options = input_options(facts)
    video = facts.first("video")
    tracks, clocks, pictures = _read_packets(media, source, options, video.index if video else None, timeout_s)
    streams: list[StreamIndex] = []
    gops = _Gops(pictures)
    for stream in facts.streams:
        track, clock = tracks.get(stream.index), clocks.get(stream.index)
        if track is None or clock is None:
            continue  # announced, but not one packet of it: there is no essence to index
        if video is not None and stream.index == video.index:
            digest = gops.read(stream_bytes(media, source, options, stream.index, "", timeout_s))
        else:
            digest = essence(media, source, options, stream.index, "", timeout_s)
        streams.append(StreamIndex(stream.index, stream.kind, digest, track.packets, track.every.first,
                                   track.every.last, _written(clock.time_base)))
    table = pts_table(video.index, clocks[video.index].time_base, pictures.shown) if video and pictures.shown else b""
    reason = "no_video" if video is None or not pictures.sizes else gops.reason()
    return IndexFacts(tuple(streams), table, sha256(table) if table else None, 0 if reason else gops.count,
                      None if reason else gops.root(), reason)


def pts_table(stream: int, time_base: Fraction, shown: "array[int]") -> bytes:
    """JSON ``{"pts":[…],"stream":n,"time_base":[num,den],"v":1}``: PTS of the shown pictures in order of showing."""
    times = ",".join(map(str, sorted(shown)))
    base = f"[{time_base.numerator},{time_base.denominator}]"
    return f'{{"pts":[{times}],"stream":{stream},"time_base":{base},"v":1}}'.encode("ascii")


def _written(time_base: Fraction) -> str:
    return f"{time_base.numerator}/{time_base.denominator}"


def _read_packets(media: Media, source: Path, options: tuple[str, ...], video: int | None,
                  timeout_s: float) -> tuple[dict[int, Track], dict[int, StreamClock], _Pictures]:
    clocks: dict[int, StreamClock] = {}
    tracks: dict[int, Track] = {}
    pictures = _Pictures()
    for packet in packets(media, source, options, timeout_s, clocks):
        tracks.setdefault(packet.stream, Track()).add(packet)
        if packet.stream == video:
            pictures.add(packet)
    return tracks, clocks, pictures


class _Gops:
    """Cuts a video stream's bytes at its key frames: leaf entry = SHA-256 over one group's packets, RFC 6962 root.

    What precedes the first key frame is a group of its own, so that every byte is covered.
    """

    def __init__(self, pictures: _Pictures) -> None:
        self._pictures = pictures
        self._tree = Frontier()
        self._complete = False

    @property
    def count(self) -> int:
        """Groups so far."""
        return self._tree.size

    def reason(self) -> str | None:
        """Why there is no root, or None."""
        if not any(self._pictures.keys):
            return "no_keyframes"
        return None if self._complete else "sizes_differ"

    def root(self) -> Digest:
        """Root over the groups in stored order."""
        return Digest("sha256", self._tree.root())

    def read(self, chunks: Iterator[bytes]) -> Digest:
        """Consume the stream; answers the digest over all of it."""
        whole = hashlib.sha256()
        lengths = self._lengths()
        left, group = next(lengths, 0), hashlib.sha256()
        for chunk in chunks:
            whole.update(chunk)
            view = memoryview(chunk)
            while left and view:
                part = view[:left]
                group.update(part)
                view, left = view[len(part):], left - len(part)
                if not left:
                    self._tree.append(leaf_hash(group.digest()))
                    left, group = next(lengths, 0), hashlib.sha256()
            if view:
                return self._drain(whole, chunks)  # more bytes than the packets had
        self._complete = not left
        return Digest("sha256", whole.digest())

    def _drain(self, whole: "hashlib._Hash", chunks: Iterator[bytes]) -> Digest:
        for chunk in chunks:
            whole.update(chunk)
        return Digest("sha256", whole.digest())

    def _lengths(self) -> Iterator[int]:
        """Bytes of each group of pictures, in stored order."""
        length = 0
        for size, key in zip(self._pictures.sizes, self._pictures.keys, strict=True):
            if key and length:
                yield length
                length = 0
            length += size
        if length:
            yield length
