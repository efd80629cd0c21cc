"""Access copies of real recordings and of the traps recorders lay."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from media.conftest import REAL, Make

from archive.adapters.ffmpeg import FfmpegMedia
from archive.ports import MediaRefused
from ingest.access_copy import plan
from ingest.copy_making import AccessCopy, make_access_copy

REWRAPS = ("mp4", "hello_h264_aac.avi")


def _make(media: FfmpegMedia, source: Path, folder: Path) -> AccessCopy:
    return make_access_copy(media, source, folder, media.probe(source))


def _entries(path: Path, entries: str) -> list[dict[str, Any]]:
    """The tool's own word on a file, apart from the archive's reading of it."""
    out = subprocess.run(["ffprobe", "-v", "error", "-show_entries", entries, "-of", "json", str(path)],
                         capture_output=True, check=True).stdout
    found: list[dict[str, Any]] = json.loads(out)[entries.partition("=")[0] + "s"]
    return found


def _kinds(path: Path) -> list[str]:
    return [s["codec_type"] for s in _entries(path, "stream=codec_type")]


@pytest.mark.parametrize("source", REAL, ids=lambda p: p.name)
def test_a_real_recording_gets_no_copy_or_a_wrong_one(source: Path, media: FfmpegMedia, tmp_path: Path) -> None:
    facts = media.probe(source)
    copy = make_access_copy(media, source, tmp_path, facts)
    assert copy.method == ("rewrapped" if source.name.endswith(REWRAPS) else "transcoded")
    codecs = {s["codec_type"]: s["codec_name"] for s in _entries(copy.path, "stream=codec_type,codec_name")}
    wanted = {s.kind for s in facts.streams if s.kind in ("video", "audio")}
    assert codecs == {kind: {"video": "h264", "audio": "aac"}[kind] for kind in wanted}
    assert copy.sandbox == media.sandbox()
    assert "{in}" in copy.arguments
    assert str(source) not in " ".join(copy.arguments)


def test_a_copy_made_again_from_its_recipe_has_other_bytes(media: FfmpegMedia, take: Path, tmp_path: Path,
                                                           make: Make) -> None:
    source = make("again.avi", "-i", take, "-t", "2", "-c:v", "mpeg4", "-c:a", "adpcm_ms")
    first = _make(media, source, tmp_path)
    before = first.path.read_bytes()
    second = media.run(first.arguments, source, tmp_path / "again.mp4", 60)
    assert (tmp_path / "again.mp4").read_bytes() == before
    assert second.sandbox == first.sandbox


@pytest.mark.parametrize(("name", "options"), [
    ("hevc.mp4", ("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none", "-c:a", "copy")),
    ("asp.mp4", ("-c:v", "mpeg4", "-c:a", "copy")),
    ("ten_bit.mp4", ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p10le", "-c:a", "copy")),
    ("interlaced.mp4", ("-vf", "tinterlace=interleave_top", "-c:v", "libx264", "-preset", "ultrafast",
                        "-flags", "+ildct+ilme", "-c:a", "copy")),
    ("mjpeg_adpcm.avi", ("-c:v", "mjpeg", "-c:a", "adpcm_ms")),
    ("theora.ogv", ("-c:v", "libtheora", "-c:a", "libvorbis")),
])
def test_what_browsers_play_without_picture_is_passed_through(
        name: str, options: tuple[str, ...], media: FfmpegMedia, take: Path, make: Make, tmp_path: Path) -> None:
    copy = _make(media, make(name, "-i", take, "-t", "2", *options), tmp_path)
    video = next(s for s in copy.checks.streams if s.kind == "video")
    assert (copy.method, video.treatment) == ("transcoded", "encoded")
    assert video.packets == video.packets_original  # every picture, none twice


def test_avi_pictures_have_no_times_and_the_copy_none_either(media: FfmpegMedia, take: Path, make: Make,
                                                             tmp_path: Path) -> None:
    source = make("h264.avi", "-i", take, "-c", "copy", "-bsf:v", "h264_mp4toannexb")
    copy = _make(media, source, tmp_path)
    assert copy.method == "rewrapped"
    times = [int(p["pts"]) for p in _entries(copy.path, "packet=pts,stream_index") if str(p["stream_index"]) == "0"]
    assert len(set(times)) == 200


@pytest.mark.parametrize(("name", "options", "method"), [
    ("take.ts", ("-c", "copy"), "rewrapped"), ("take.mkv", ("-c", "copy"), "rewrapped"),
    ("take.mov", ("-c", "copy"), "rewrapped"),
    ("take.mpg", ("-c:v", "copy", "-bsf:v", "h264_mp4toannexb", "-c:a", "mp2"), "transcoded"),
])
def test_another_container_changes_essence_or_times(name: str, options: tuple[str, ...], method: str,
                                                    media: FfmpegMedia, take: Path, make: Make,
                                                    tmp_path: Path) -> None:
    copy = _make(media, make(name, "-i", take, *options), tmp_path)
    assert copy.method == method
    assert (copy.checks.streams[0].treatment, copy.checks.streams[0].packets) == ("copied", 200)


def test_a_recording_that_begins_between_key_frames_loses_its_beginning(media: FfmpegMedia, take: Path, make: Make,
                                                                        tmp_path: Path) -> None:
    whole = make("whole.ts", "-i", take, "-c", "copy").read_bytes()
    source = tmp_path / "mid.ts"
    source.write_bytes(whole[len(whole) // 188 // 3 * 188:])
    video = _make(media, source, tmp_path).checks.streams[0]
    assert video.packets == video.packets_original > 100
    assert video.first_us > 0


def test_odd_picture_sizes_stop_the_encoder(media: FfmpegMedia, make: Make, tmp_path: Path) -> None:
    source = make("odd.avi", "-f", "lavfi", "-i", "testsrc=d=1:r=25:s=321x241", "-c:v", "mpeg4")
    copy = _make(media, source, tmp_path)
    assert [(s["width"], s["height"]) for s in _entries(copy.path, "stream=width,height")] == [(322, 242)]


def test_telemetry_or_time_code_leaks_into_the_copy(media: FfmpegMedia, take: Path, make: Make,
                                                    tmp_path: Path) -> None:
    source = make("telemetry.mp4", "-i", take, "-c", "copy", "-timecode", "00:00:00:00")
    assert _kinds(source) == ["video", "audio", "data"]
    assert _kinds(_make(media, source, tmp_path).path) == ["video", "audio"]


@pytest.mark.parametrize(("name", "options"), [
    ("pre_event.mp4", ("-c", "copy")), ("pre_event.ts", ("-c", "copy")), ("pre_event.mkv", ("-c", "copy")),
    ("pre_event.mpg", ("-c:v", "mpeg2video", "-r", "25", "-c:a", "mp2")),
])
def test_sound_that_starts_late_is_moved_to_the_front(name: str, options: tuple[str, ...], media: FfmpegMedia,
                                                      pre_event: Path, make: Make, tmp_path: Path) -> None:
    source = pre_event if name == pre_event.name else make(name, "-i", pre_event, *options)
    copy = _make(media, source, tmp_path)
    video, audio = copy.checks.streams
    assert video.first_us == 0
    assert 29_900_000 < audio.first_us < 30_100_000
    start = [float(s["start_time"]) for s in _entries(copy.path, "stream=start_time")]
    assert abs(start[1] - start[0] - 30) < 0.1


def test_variable_frame_rate_is_flattened(media: FfmpegMedia, make: Make, tmp_path: Path) -> None:
    source = make("vfr.mkv", "-f", "lavfi", "-i", "testsrc=d=4:r=25:s=320x240", "-vf",
                  "select='lt(n,30)+not(mod(n,7))'", "-fps_mode", "vfr", "-c:v", "mpeg4")
    copy = _make(media, source, tmp_path)
    before, after = ([round(float(p["pts_time"]), 2) for p in _entries(f, "packet=pts_time")]
                     for f in (source, copy.path))
    assert sorted(after) == sorted(before)


def test_pictures_an_edit_list_hides_are_taken_for_missing(media: FfmpegMedia, take: Path, tmp_path: Path) -> None:
    data = bytearray(take.read_bytes())
    at = data.index(b"elst") + 12  # first entry of the first track: its duration, in milliseconds
    assert int.from_bytes(data[at:at + 4], "big") == 8000
    data[at:at + 4] = (3000).to_bytes(4, "big")
    source = tmp_path / "trimmed.mp4"
    source.write_bytes(data)
    video = _make(media, source, tmp_path).checks.streams[0]
    assert video.packets + video.hidden_original == 200
    assert video.hidden_original > 90


def test_headerless_telephone_sound_is_read_at_the_wrong_rate(media: FfmpegMedia, make: Make, tmp_path: Path) -> None:
    source = make("line.alaw", "-f", "lavfi", "-i", "sine=d=5:r=8000", "-c:a", "pcm_alaw", "-f", "alaw")
    assert 4_900_000 < _make(media, source, tmp_path).checks.duration_us < 5_100_000


def test_a_refused_copy_is_left_lying_about(media: FfmpegMedia, take: Path, tmp_path: Path) -> None:
    source = tmp_path / "cut.mp4"
    source.write_bytes(take.read_bytes()[:-20_000])
    folder = tmp_path / "out"
    folder.mkdir()
    with pytest.raises(MediaRefused) as refused:
        _make(media, source, folder)
    assert (refused.value.reason, refused.value.detail) == ("check_failed", "packets")
    assert list(folder.iterdir()) == []


def test_a_still_picture_is_made_a_film(media: FfmpegMedia, make: Make, tmp_path: Path) -> None:
    source = make("photo.jpg", "-f", "lavfi", "-i", "testsrc=d=1:r=1:s=320x240", "-frames:v", "1", "-update", "1")
    assert plan(media.probe(source)).reason == "still_image"
    with pytest.raises(MediaRefused, match="still_image"):
        _make(media, source, tmp_path)
