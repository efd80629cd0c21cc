"""Each post-check against a copy that is wrong in just that way, made by hand."""

import dataclasses
from pathlib import Path

import pytest
from media.conftest import Make, ffmpeg

from archive.adapters.ffmpeg import FfmpegMedia
from archive.ports import MediaFacts, MediaRefused
from ingest.access_copy import Plan, plan
from ingest.post_checks import Checks, check


def _check(media: FfmpegMedia, source: Path, copy: Path) -> Checks:
    facts = media.probe(source)
    return check(media, source, copy, facts, plan(facts), 60)


def _refused(media: FfmpegMedia, source: Path, copy: Path) -> str:
    with pytest.raises(MediaRefused) as refused:
        _check(media, source, copy)
    assert refused.value.reason == "check_failed"
    return refused.value.detail


def test_a_faithful_copy_is_refused(media: FfmpegMedia, take: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.mp4"
    ffmpeg(["-i", take, "-c", "copy", copy])
    checks = _check(media, take, copy)
    assert [s.packets for s in checks.streams] == [s.packets_original for s in checks.streams]
    assert checks.shift_us == 0
    for stream in checks.streams:
        assert all(isinstance(v, int) for v in (stream.packets, stream.first_us, stream.last_us))


@pytest.mark.parametrize(("wrong", "options"), [
    ("streams", ("-c", "copy", "-an")),
    ("last_timestamp", ("-c", "copy", "-t", "6")),
    ("first_timestamp", ("-c", "copy", "-ss", "3")),
    ("essence", ("-c:v", "libx264", "-preset", "ultrafast", "-bf", "2", "-crf", "40", "-c:a", "copy")),
])
def test_a_copy_with_something_missing_or_changed_passes(wrong: str, options: tuple[str, ...], media: FfmpegMedia,
                                                         take: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.mp4"
    ffmpeg(["-i", take, *options, copy])
    found = _refused(media, take, copy)
    assert found == wrong or (wrong == "first_timestamp" and found == "last_timestamp")


def test_one_changed_byte_of_picture_passes(media: FfmpegMedia, take: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.mp4"
    ffmpeg(["-i", take, "-c", "copy", "-movflags", "+faststart", copy])
    data = bytearray(copy.read_bytes())
    data[len(data) * 3 // 4] ^= 1
    copy.write_bytes(data)
    assert _refused(media, take, copy) == "essence"


def test_sound_shifted_to_the_front_passes(media: FfmpegMedia, pre_event: Path, tmp_path: Path) -> None:
    """What ``+empty_moov`` does to a pre-event buffer: every packet is there, thirty seconds too early."""
    copy = tmp_path / "copy.mp4"
    ffmpeg(["-i", pre_event, "-c", "copy", "-movflags", "+empty_moov+frag_keyframe", copy])
    assert _refused(media, _rewrappable(media, pre_event), copy) == "first_timestamp"


def _rewrappable(media: FfmpegMedia, source: Path) -> Path:
    assert plan(media.probe(source)).method == "rewrapped"
    return source


def test_a_copy_cut_short_on_disk_passes(media: FfmpegMedia, take: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.mp4"
    ffmpeg(["-i", take, "-c", "copy", "-movflags", "+faststart", copy])
    copy.write_bytes(copy.read_bytes()[:-10_000])
    assert _refused(media, take, copy) == "packets"


def test_a_cut_riff_file_passes(media: FfmpegMedia, take: Path, make: Make, tmp_path: Path) -> None:
    whole = make("riff.wav", "-i", take, "-vn", "-c:a", "pcm_s16le")
    copy = tmp_path / "copy.m4a"
    source = tmp_path / "cut.wav"
    source.write_bytes(whole.read_bytes()[:-100_000])
    ffmpeg(["-i", source, "-c:a", "aac", copy])
    assert _refused(media, source, copy) == "packets"


def test_frames_lost_while_encoding_pass(media: FfmpegMedia, take: Path, make: Make, tmp_path: Path) -> None:
    """The essence of an encoded stream cannot be compared; its number of pictures can."""
    source = make("asp_long.mp4", "-i", take, "-c:v", "mpeg4", "-an")
    copy = tmp_path / "copy.mp4"
    ffmpeg(["-i", source, "-vf", "select='lt(n,20)+gt(n,60)'", "-fps_mode", "passthrough", "-c:v", "libx264", copy])
    assert _refused(media, source, copy) == "frames_lost"


def test_a_picture_that_does_not_decode_passes(media: FfmpegMedia, take: Path, tmp_path: Path) -> None:
    """Garbage that is equal on both sides has equal essence: only decoding shows it."""
    data = bytearray(take.read_bytes())
    start = data.index(b"mdat") + 8
    for at in range(start, len(data)):
        data[at] ^= 0x5A
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(data)
    facts = media.probe(take)  # as a container's header would describe it
    copy = tmp_path / "copy.mp4"
    copy.write_bytes(data)
    assert _with(media, broken, copy, facts, plan(facts)) in ("decode", "streams")


def _with(media: FfmpegMedia, source: Path, copy: Path, facts: MediaFacts, made: Plan) -> str:
    with pytest.raises(MediaRefused) as refused:
        check(media, source, copy, facts, dataclasses.replace(made), 60)
    return refused.value.detail or refused.value.reason
