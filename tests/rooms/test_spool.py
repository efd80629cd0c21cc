"""The box's disk and its choices: what a cut leaves, what is delivered, kept and let go."""

import os
import shutil
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from service_fixture import SAMPLES
from specimen_events import AT

from archive.adapters.ffmpeg import FfmpegMedia
from archive.capture import Source
from archive.errors import Refused
from archive.proof.digest import measure_file
from ingest.room_box.channel import Anchor
from ingest.room_box.sources import source_of
from ingest.room_box.spans import HOLD, Span, Told, fate, session_of
from ingest.room_box.spool import Spool, file_name

CLIP, SECOND = SAMPLES / "bodycam_h264_aac.mp4", timedelta(seconds=1)
WHOLE = st.integers(0, 2000).map(lambda s: AT + s * SECOND)


def written(spool: Spool, number: int, data: bytes = b"") -> Path:
    path = spool.running / file_name(number)
    if data:
        path.write_bytes(data)
    else:
        shutil.copy(CLIP, path)
    return path


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "1", "rom_x-1")


CUTS: list[tuple[str, Callable[[Spool], None]]] = [
    ("nothing done yet", lambda spool: None),
    ("marked", lambda spool: written(spool, 1, spool.running.joinpath(file_name(1)).read_bytes()) and None),
    ("times written", lambda spool: (spool.running.parent / "ready" / "00000001.json").write_text("{}") and None),
]


@pytest.mark.parametrize("cut", [cut for _, cut in CUTS], ids=[name for name, _ in CUTS])
def test_a_cut_while_a_segment_becomes_ready_loses_or_doubles_it(spool: Spool, cut: Callable[[Spool], None]) -> None:
    written(spool, 1)
    cut(spool)
    again = Spool(spool.running.parent, "rom_x-1")
    assert [one.number for one in again.salvage()] == [1]
    assert [one.number for one in again.segments()] == [1]
    assert again.salvage() == []
    assert again.next_number() == 2


def test_a_segment_is_marked_twice_or_plays_no_more(spool: Spool) -> None:
    path = written(spool, 1)
    first = spool.finish(1, AT, AT + SECOND)
    size = first.path.stat().st_size
    first.path.rename(path)
    second = spool.finish(1, AT, AT + SECOND)
    assert second.path.stat().st_size == size
    facts = FfmpegMedia(allow_unsandboxed=True).probe(second.path)
    assert facts.container == "mov,mp4,m4a,3gp,3g2,mj2"
    assert facts.duration_us == FfmpegMedia(allow_unsandboxed=True).probe(CLIP).duration_us


def test_two_segments_of_the_same_pictures_are_the_same_file(spool: Spool) -> None:
    written(spool, 1)
    written(spool, 2)
    both = [spool.finish(n, AT + n * SECOND, AT + (n + 1) * SECOND) for n in (1, 2)]
    assert len({measure_file(one.path, ("sha256",)).digests for one in both}) == 2


def test_a_number_is_given_twice_after_everything_was_delivered(spool: Spool) -> None:
    for number in (1, 2):
        written(spool, number)
        spool.finish(number, AT, AT + SECOND)
        spool.remove(number)
    assert Spool(spool.running.parent, "rom_x-1").next_number() == 3


def test_a_torn_segment_gets_times_it_was_not_written_in(spool: Spool) -> None:
    written(spool, 1)
    spool.finish(1, AT, AT + 10 * SECOND)
    torn, empty = written(spool, 2), spool.running / file_name(3)
    empty.touch()
    os.utime(torn, ((AT + 14 * SECOND).timestamp(),) * 2)
    (salvaged,) = spool.salvage()
    assert (salvaged.started, salvaged.ended) == (AT + 10 * SECOND, AT + 14 * SECOND)
    assert not empty.exists()


SPANS = st.lists(st.tuples(WHOLE, st.none() | st.integers(0, 900)), max_size=3).map(lambda found: tuple(
    Span(f"ses_{n}", since, None if length is None else since + length * SECOND)
    for n, (since, length) in enumerate(found)))


@given(SPANS, WHOLE, st.integers(1, 60), st.none() | WHOLE)
def test_a_second_of_a_session_is_let_go_or_one_of_none_is_delivered(
        spans: tuple[Span, ...], started: datetime, length: int, at: datetime | None) -> None:
    ended = started + length * SECOND
    seconds = [started + n * SECOND for n in range(length)]
    asked = {span.session for span in spans for second in seconds
             if span.since <= second and (span.until is None or second + SECOND <= span.until)}
    what, session = fate(Told(spans, at), started, ended), session_of(spans, started, ended)
    assert (what == "deliver") == bool(asked) == (session is not None)
    assert session is None or session in asked
    assert what != "drop" or (at is not None and at > ended + HOLD)


def test_a_reading_that_came_late_moves_the_clock() -> None:
    ticks = iter([0.0, 1.0, 2.0, 40.0])
    anchor = Anchor(lambda: next(ticks))
    assert anchor.time_of(0) is None
    for second, late in ((0.0, 0.3), (1.0, 0.0), (2.0, 5.0)):
        anchor.read(AT + timedelta(seconds=second + late), second)
        reached = anchor.time_of(10)
    assert reached == AT + 10 * SECOND
    anchor.read(AT + timedelta(seconds=40.25), 40.0)  # the camera's clock drifts: old readings go
    assert anchor.time_of(0) == AT + timedelta(seconds=0.25)


def test_something_that_is_no_camera_is_recorded() -> None:
    assert source_of("rtsp://u:p@10.0.0.8/1") == Source("rtsp", "rtsp://u:p@10.0.0.8/1")
    assert source_of("v4l2:/dev/video0+alsa:hw:1") == Source("v4l2", "/dev/video0", "hw:1", encode=True)
    assert source_of(f"file:{CLIP}", encode=True) == Source("file", str(CLIP), encode=True)
    for wrong in ("rtsp://", "http://x/y", "v4l2:video0", "file:/nowhere.mp4", "", "-i"):
        with pytest.raises(Refused, match="a channel is"):
            source_of(wrong)


