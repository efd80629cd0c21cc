"""The decision table, by facts alone."""

import dataclasses
from typing import Any

import pytest

from archive.ports import MediaFacts, StreamFacts
from ingest.access_copy import REWRAPPED, TRANSCODED, UNAVAILABLE, plan

H264 = StreamFacts(0, "video", "h264", "high", width=1280, height=720, pixel_format="yuv420p",
                   field_order="progressive", frame_rate="25/1")
AAC = StreamFacts(1, "audio", "aac", "lc", sample_rate=48000, channels=2)
MP4 = "mov,mp4,m4a,3gp,3g2,mj2"


def _plan(*streams: StreamFacts, container: str = MP4) -> tuple[str, list[str]]:
    made = plan(MediaFacts(container, 1_000_000, streams))
    return made.method, [s.treatment for s in made.streams]


@pytest.mark.parametrize("container", [MP4, "matroska,webm", "mpegts", "avi", "mpeg"])
def test_browser_safe_streams_are_never_encoded_again(container: str) -> None:
    assert _plan(H264, AAC, container=container) == (REWRAPPED, ["copied", "copied"])


@pytest.mark.parametrize("change", [
    {"codec": "hevc", "profile": "main"}, {"codec": "mpeg4", "profile": "advanced_simple_profile"},
    {"codec": "mpeg2video"}, {"codec": "mjpeg"}, {"codec": "msmpeg4v3"}, {"codec": "cinepak"}, {"codec": "theora"},
    {"profile": "high_10", "pixel_format": "yuv420p10le"}, {"profile": "high_4_2_2", "pixel_format": "yuv422p"},
    {"profile": "high_4_4_4_predictive", "pixel_format": "yuv444p"}, {"field_order": "tt"}, {"field_order": ""},
])
def test_what_plays_sound_without_picture_is_not_passed_through(change: dict[str, Any]) -> None:
    assert _plan(dataclasses.replace(H264, **change), AAC) == (TRANSCODED, ["encoded", "copied"])


@pytest.mark.parametrize(("codec", "profile"), [
    ("adpcm_ms", ""), ("ac3", ""), ("pcm_alaw", ""), ("mp2", ""), ("amr_nb", ""), ("aac", "he-aac"), ("opus", ""),
])
def test_what_plays_a_silent_picture_gets_aac_and_keeps_its_picture(codec: str, profile: str) -> None:
    assert _plan(H264, dataclasses.replace(AAC, codec=codec, profile=profile)) == (TRANSCODED, ["copied", "encoded"])


def test_sound_alone_becomes_an_audio_file() -> None:
    made = plan(MediaFacts("wav", 1, (dataclasses.replace(AAC, index=0, codec="pcm_s16le", profile=""),)))
    assert (made.method, made.extension, made.media_type) == (TRANSCODED, ".m4a", "audio/mp4")


@pytest.mark.parametrize(("facts", "reason"), [
    (MediaFacts(MP4, 1, (StreamFacts(0, "data", "bin_data", ""),)), "no_streams"),
    (MediaFacts("jpeg_pipe", None, (dataclasses.replace(H264, codec="mjpeg"),)), "still_image"),
    (MediaFacts(MP4, 1, (dataclasses.replace(H264, codec="wcmv"),)), "codec_not_allowed"),
    (MediaFacts(MP4, 1, (dataclasses.replace(AAC, codec="", profile=""),)), "codec_not_allowed"),
])
def test_nothing_is_guessed_where_nothing_decodes(facts: MediaFacts, reason: str) -> None:
    made = plan(facts)
    assert (made.method, made.reason, made.arguments) == (UNAVAILABLE, reason, ())


def test_an_unknown_sound_does_not_cost_the_picture() -> None:
    made = plan(MediaFacts(MP4, 1, (H264, dataclasses.replace(AAC, codec=""))))
    assert (made.method, [s.kind for s in made.streams], made.left_out) == (REWRAPPED, ["video"], (1,))


def test_telemetry_and_chapters_stay_out_and_indexes_are_the_originals() -> None:
    telemetry = StreamFacts(0, "data", "bin_data", "")
    made = plan(MediaFacts(MP4, 1, (telemetry, dataclasses.replace(AAC, index=1), dataclasses.replace(H264, index=2))))
    arguments = " ".join(made.arguments)
    assert "-map 0:2 -map 0:1 " in arguments  # picture first
    assert "0:0" not in arguments
    for option in ("-map_chapters -1", "-dn", "-sn", "-write_tmcd 0", "+faststart", "+bitexact", "-threads 2"):
        assert option in arguments


def test_times_are_made_up_only_where_the_container_has_none() -> None:
    with_times = plan(MediaFacts(MP4, 1, (H264,))).arguments
    without = plan(MediaFacts("avi", 1, (H264,))).arguments
    assert "+genpts" not in with_times
    assert without[:2] == ("-fflags", "+genpts")


@pytest.mark.parametrize(("width", "height", "scaled"), [(1920, 1080, True), (1080, 1920, True), (1280, 720, False)])
def test_a_proxy_is_made_smaller_but_never_larger(width: int, height: int, scaled: bool) -> None:
    video = dataclasses.replace(H264, codec="hevc", width=width, height=height)
    assert ("scale=" in " ".join(plan(MediaFacts(MP4, 1, (video,))).arguments)) is scaled


def test_a_raw_elementary_stream_is_not_copied_with_invented_times() -> None:
    assert _plan(H264, container="h264") == (TRANSCODED, ["encoded"])
