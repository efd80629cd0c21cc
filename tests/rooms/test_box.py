"""The box against a real archive: killed at any second, its camera taken away, the archive away."""

import os
import signal
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from flows.dock import rows
from rooms.live import LiveRoom, live_room
from service_fixture import wait_for

from api.settings import load_settings
from api.wiring import beside
from archive.proof.canonical import format_time
from ingest.recorder_completeness import completeness

SECOND = timedelta(seconds=1)
pytestmark = pytest.mark.xdist_group("room")


@pytest.fixture
def room(tmp_path: Path) -> Iterator[LiveRoom]:
    with live_room(tmp_path) as made:
        yield made


def test_footage_reaches_the_log_only_after_the_session_or_what_nobody_asked_for_does(room: LiveRoom) -> None:
    room.start()
    wait_for(lambda: all(len(room.spooled(n)) > 2 for n in (1, 2, 3)))
    session = room.open()
    found = room.wait_for_parts(session, 4)
    assert found.session.ended_at is None
    assert found.strangers == 0
    for channel in found.channels:
        assert channel.parts[0].started < found.session.opened_at  # from the minutes before
        assert all(after.started == before.ended for before, after in pairwise(channel.parts))
    wanted = {part.recording for channel in found.channels for part in channel.parts}
    assert len(wanted) == sum(len(channel.parts) for channel in found.channels)
    room.stop()
    assert "Traceback" not in room.log()


def test_a_kill_loses_more_than_the_segment_at_hand_or_doubles_one(room: LiveRoom) -> None:
    room.start()
    session = room.open()
    kills, at_hand = list[datetime](), list[tuple[int, ...]]()
    for ran_s in (5.3, 3.1, 4.2):
        room.wait_for_parts(session, 2 * (len(kills) + 1))
        time.sleep(ran_s % 2)  # anywhere within a segment
        at_hand.append(tuple(max(room.spooled(n)) for n in (1, 2, 3)))
        room.kill()
        kills.append(datetime.now(UTC))
        room.start()
    room.wait_for_parts(session, 2 * (len(kills) + 1))
    moment = datetime.now(UTC)
    room.end(session, moment, moment)
    wait_for(lambda: all(c.deposited_until and c.deposited_until > moment for c in room.found(session).channels))
    found = room.found(session)
    for place, channel in enumerate(found.channels):
        gaps = [gap for gap in channel.missing if found.session.opened_at < gap.since < moment]
        for gap in gaps:
            assert gap.reason == "box_down"
            kill = max(number for number, at in enumerate(kills) if at <= gap.until)
            # By number, not by the clock: on a busy machine the segment at hand is longer in true time.
            (held,) = rows(room.service.data, "SELECT max(sequence) FROM upload WHERE recorder = ? AND ended_earliest "
                           "<= ?", found.session.channels[place], format_time(gap.since))
            assert held[0] >= at_hand[kill][place] - 1
        for before, after in pairwise(channel.parts):
            assert after.started >= before.ended
    assert "Traceback" not in room.log()
    for recorder in found.session.channels:
        with beside(room.service.data, load_settings(room.service.data)) as archive:
            assert [f for f in completeness(archive.site, recorder).findings if f.kind != "unknown"] == []


def test_a_camera_taken_away_leaves_a_gap_without_a_reason_or_stops_the_others(room: LiveRoom) -> None:
    room.start()
    session = room.open()
    room.wait_for_parts(session, 1)
    (stopped,) = [pid for pid in ffmpegs(room) if "/channels/2/" in cmdline(pid)]
    os.kill(stopped, signal.SIGSTOP)
    count = len(room.found(session).channels[1].parts)
    wait_for(lambda: len(room.found(session).channels[1].parts) >= count + 3, 120)
    wait_for(lambda: any(gap.reason for gap in room.found(session).channels[1].missing))
    first, second, third = room.found(session).channels
    opened = room.found(session).session.opened_at
    (gap,) = [gap for gap in second.missing if gap.since > opened]
    assert gap.reason == "source_lost"
    assert gap.until - gap.since > 9 * SECOND
    assert [gap for channel in (first, third) for gap in channel.missing if gap.since > opened] == []


def ffmpegs(room: LiveRoom) -> list[int]:
    assert room.box is not None
    children = Path(f"/proc/{room.box.pid}/task").glob("*/children")
    return [int(pid) for path in children for pid in path.read_text().split()]


def cmdline(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_text()
