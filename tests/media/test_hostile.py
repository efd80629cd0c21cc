"""Files made to mislead: nothing but the file itself is read, nothing grows without bound."""

import ctypes
import os
import struct
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from media.conftest import SANDBOXES, Make, ffmpeg

from archive.adapters.ffmpeg import MAX_PIXELS, MAX_STREAMS, FfmpegMedia
from archive.adapters.media_facts import facts_of, token
from archive.ports import MediaRefused
from ingest.copy_making import make_access_copy


@pytest.fixture(scope="module", params=[*SANDBOXES, "none"])
def any_media(request: pytest.FixtureRequest) -> FfmpegMedia:
    """The guards must hold by themselves: also where the sandbox is weak or switched off."""
    kinds = () if request.param == "none" else (request.param,)
    made = FfmpegMedia(allow_unsandboxed=True, sandbox_kinds=kinds)
    assert made.sandbox() == request.param
    return made


def _refused(media: FfmpegMedia, path: Path) -> str:
    with pytest.raises(MediaRefused) as refused:
        media.probe(path)
    assert "\n" not in refused.value.detail
    assert str(path.parent) not in refused.value.detail
    return refused.value.reason


@contextmanager
def _openings(path: Path) -> Iterator[Callable[[], bytes]]:
    """Watch a file: the function answers the kernel's records of its openings since last asked (inotify(7))."""
    libc = ctypes.CDLL(None)
    descriptor = libc.inotify_init1(os.O_NONBLOCK)
    assert libc.inotify_add_watch(descriptor, os.fsencode(path), 0x20) >= 0

    def opened() -> bytes:
        try:
            return os.read(descriptor, 4096)
        except BlockingIOError:
            return b""

    yield opened
    os.close(descriptor)


@pytest.mark.parametrize("playlist", [
    "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{other}\n#EXT-X-ENDLIST\n",
    "ffconcat version 1.0\nfile '{other}'\n",
    "<?xml version='1.0'?><MPD xmlns='urn:mpeg:dash:schema:mpd:2011' type='static'><Period><AdaptationSet>"
    "<Representation id='1' bandwidth='1'><BaseURL>{other}</BaseURL></Representation></AdaptationSet></Period></MPD>",
    "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio 9 RTP/AVP 0\n",
    "just some text that is no recording\n" * 40,
], ids=["hls", "concat", "dash", "sdp", "text"])
@pytest.mark.parametrize("suffix", [".mp4", ".m3u8", ".ts", ""])
def test_a_text_that_names_another_recording_opens_it(playlist: str, suffix: str, any_media: FfmpegMedia, take: Path,
                                                      tmp_path: Path) -> None:
    path = tmp_path / f"upload{suffix}"
    path.write_text(playlist.format(other=take))
    with _openings(take) as opened:
        assert _refused(any_media, path) == "not_media"
        with pytest.raises(MediaRefused):
            any_media.run(("-i", "{in}", "-c", "copy", "-f", "mp4", "{out}"), path, tmp_path / "out.mp4", 30)
        assert opened() == b""
        take.read_bytes()
        assert opened() != b""  # the watch itself works
    assert not (tmp_path / "out.mp4").exists() or (tmp_path / "out.mp4").stat().st_size == 0


def test_a_movie_whose_data_lie_in_another_file_reads_that_file(media: FfmpegMedia, take: Path,
                                                                 tmp_path: Path) -> None:
    """A QuickTime data reference (dref ``url ``, flag "elsewhere") may name a path."""
    data = bytearray(take.read_bytes())
    at = data.index(b"url ", data.index(b"dref"))
    data[at + 7] = 0  # no longer "in this file"
    path = tmp_path / "reference.mov"
    path.write_bytes(data)
    try:
        facts = media.probe(path)
    except MediaRefused:
        return
    assert len(facts.streams) == 2  # the reference was ignored, the file's own bytes were read


def _program_map(pids: list[int]) -> bytes:
    """One MPEG-TS section of a program map with these elementary streams (ISO/IEC 13818-1 §2.4.4.8)."""
    loop = b"".join(struct.pack(">BHH", 0x0F, 0xE000 | pid, 0xF000) for pid in pids)
    body = struct.pack(">HBBBHH", 1, 0xC1, 0, 0, 0xE000 | pids[0], 0xF000) + loop
    head = struct.pack(">BH", 2, 0xB000 | (len(body) + 4))
    return head + body + struct.pack(">I", _crc(head + body))


def _crc(data: bytes) -> int:
    """CRC-32/MPEG-2: not reflected, no final inversion."""
    value = 0xFFFFFFFF
    for byte in data:
        value ^= byte << 24
        for _ in range(8):
            value = ((value << 1) ^ 0x04C11DB7 if value & 0x80000000 else value << 1) & 0xFFFFFFFF
    return value


def _mp4_with_tracks(take: Path, count: int) -> bytes:
    """The take with its second track's box repeated ``count`` times, as an index of very many streams."""
    data = take.read_bytes()
    moov = data.index(b"moov") - 4
    size = int.from_bytes(data[moov:moov + 4], "big")
    track = data.rindex(b"trak", 0, moov + size) - 4
    box = data[track:track + int.from_bytes(data[track:track + 4], "big")]
    grown = data[moov + 8:moov + size] + box * count
    return data[:moov] + struct.pack(">I4s", len(grown) + 8, b"moov") + grown + data[moov + size:]


@pytest.mark.parametrize("count", [MAX_STREAMS, 2_000, 100_000])
def test_a_container_of_very_many_streams_is_worked_through(count: int, media: FfmpegMedia, make: Make,
                                                            tmp_path: Path) -> None:
    small = make("small.mp4", "-f", "lavfi", "-i", "sine=d=0.1:r=8000", "-f", "lavfi", "-i", "sine=d=0.05:r=8000",
                 "-map", "0", "-map", "1", "-c:a", "aac")
    path = tmp_path / "many.mp4"
    path.write_bytes(_mp4_with_tracks(small, count))
    began = time.monotonic()
    assert _refused(media, path) in ("too_many_streams", "not_media")
    assert time.monotonic() - began < 30


def test_a_transport_stream_that_announces_many_programs_is_worked_through(media: FfmpegMedia,
                                                                           tmp_path: Path) -> None:
    pids = list(range(0x100, 0x100 + 190))
    association = struct.pack(">BHHBBBHH", 0, 0xB00D, 1, 0xC1, 0, 0, 1, 0xE020)
    tables = [(0, association + struct.pack(">I", _crc(association))), (0x20, _program_map(pids))]
    packets = bytearray()
    for pid, section in tables:
        payload = b"\0" + section
        for counter, at in enumerate(range(0, len(payload), 184)):
            start = 0x4000 if at == 0 else 0
            part = payload[at:at + 184].ljust(184, b"\xff")
            packets += struct.pack(">BHB", 0x47, start | pid, 0x10 | counter) + part
    path = tmp_path / "many.ts"
    path.write_bytes(bytes(packets) * 50)
    assert _refused(media, path) in ("too_many_streams", "not_media")


def _png(width: int, height: int) -> bytes:
    """A PNG of the stated size with next to nothing in it."""
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(1000)))
            + chunk(b"IEND", b""))


def test_a_picture_of_billions_of_pixels_is_unpacked(any_media: FfmpegMedia, tmp_path: Path) -> None:
    path = tmp_path / "bomb.png"
    path.write_bytes(_png(30_000, 30_000))
    for act in (any_media.probe, lambda source: any_media.still(source, tmp_path / "out.jpg", 100)):
        with pytest.raises(MediaRefused, match="too_large"):
            act(path)


def test_a_film_of_too_many_pixels_is_decoded(any_media: FfmpegMedia, make: Make, tmp_path: Path) -> None:
    side = 6400
    assert side * side > MAX_PIXELS
    path = make("bomb.avi", "-f", "lavfi", "-i", f"color=s={side}x{side}:d=0.04:r=25", "-c:v", "mjpeg")
    with pytest.raises(MediaRefused, match="picture_size"):
        make_access_copy(any_media, path, tmp_path, any_media.probe(path))
    with pytest.raises(MediaRefused, match="tool_failed"):  # the guard stands also where a plan would go ahead
        any_media.run(("-i", "{in}", "-c:v", "libx264", "-f", "mp4", "{out}"), path, tmp_path / "out.mp4", 60)


def test_a_run_that_never_ends_is_waited_for(any_media: FfmpegMedia, take: Path) -> None:
    began = time.monotonic()
    with pytest.raises(MediaRefused) as refused:
        any_media.run(("-stream_loop", "-1", "-re", "-i", "{in}", "-f", "null", "-"), take, None, 1.5)
    assert refused.value.reason == "timeout"
    assert time.monotonic() - began < 10


def test_output_without_end_fills_the_disk(any_media: FfmpegMedia, take: Path, tmp_path: Path) -> None:
    source = tmp_path / "short.mp4"
    ffmpeg(["-i", take, "-t", "1", "-c", "copy", source])
    with pytest.raises(MediaRefused):
        any_media.run(("-stream_loop", "-1", "-i", "{in}", "-vf", "scale=3840:2160", "-c:v", "rawvideo", "-f", "avi",
                       "{out}"), source, tmp_path / "out.avi", 60)
    assert (tmp_path / "out.avi").stat().st_size <= 4 * source.stat().st_size + (256 << 20)


@pytest.mark.parametrize("path", ["/dev/zero", "/proc/self/mem", "."])
def test_something_that_is_no_file_is_read(path: str, media: FfmpegMedia) -> None:
    with pytest.raises(MediaRefused):
        media.probe(Path(path))


def test_words_of_outsiders_reach_pages_and_events() -> None:
    answer = {"format": {"format_name": "<script>\n", "duration": "1e400"},
              "streams": [{"index": -5, "codec_type": "Vidéo<b>", "codec_name": "a" * 500, "profile": "Hi 4:2:2\u202e",
                           "width": 2**80, "height": "NaN", "avg_frame_rate": "1/0", "nb_frames": "12x"}]}
    facts = facts_of(answer)
    assert facts.container == "script"
    assert facts.duration_us is None
    stream = facts.streams[0]
    assert (stream.kind, stream.index, len(stream.codec), stream.profile) == ("data", 0, 64, "hi_4_2_2")
    assert (stream.width, stream.height, stream.frame_rate, stream.declared_packets) == (0, 0, "", None)
    assert token(7) == ""


@pytest.mark.parametrize("answer", [None, [], {}, {"streams": {}}, {"streams": []}])
def test_an_answer_of_another_shape_breaks_the_reader(answer: object) -> None:
    with pytest.raises(MediaRefused, match="not_media"):
        facts_of(answer)
