"""A session of three hours on three channels at real pace: its box is killed at random seconds, a camera is away.

``ROOM_MINUTES`` sets another length: ``ROOM_MINUTES=6 make test-long PYTEST_ARGS=tests/rooms/test_long_session.py``.
"""

import os
import random
import shutil
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from flows.dock import rows
from rooms.live import CLIP, LiveRoom, live_room
from rooms.test_box import cmdline, ffmpegs
from service_fixture import wait_for

from api.settings import load_settings
from api.wiring import beside
from archive.proof.canonical import format_time
from ingest.recorder_completeness import completeness
from ingest.room_coverage import Missing
from ingest.room_sets import RoomSet

MINUTES = float(os.environ.get("ROOM_MINUTES", "180"))
AWAY_S, EVERY_S, SEGMENT_S = 60.0, (45.0, max(60.0, min(300.0, 15 * MINUTES))), 10.0
SECOND = timedelta(seconds=1)
pytestmark = [pytest.mark.long, pytest.mark.timeout(0), pytest.mark.xdist_group("room")]


@dataclass
class Kills:
    """When the box was killed, and the numbers of the segments it had in hand then, by channel."""

    at: list[datetime] = field(default_factory=list)
    in_hand: list[tuple[int, ...]] = field(default_factory=list)

    def kill(self, room: LiveRoom) -> None:
        self.in_hand.append(tuple(max(room.spooled(n), default=0) for n in (1, 2, 3)))
        room.kill()
        self.at.append(datetime.now(UTC))


def test_three_hours_lose_more_than_kills_take_or_a_minute_goes_unnamed(tmp_path: Path) -> None:
    camera = tmp_path / "camera.mp4"
    shutil.copy(CLIP, camera)
    chance, kills = random.Random(7), Kills()
    with live_room(tmp_path) as room:
        room.sources, room.segment_s = [f"file:{CLIP}", f"file:{camera}", f"file:{CLIP}"], SEGMENT_S
        room.start()
        session = room.open()
        room.wait_for_parts(session, 1)
        over, half = time.monotonic() + MINUTES * 60, time.monotonic() + MINUTES * 30
        while time.monotonic() < over:
            if camera.exists() and half and time.monotonic() > half:
                half = 0.0
                take_away(room, camera)
            time.sleep(min(chance.uniform(*EVERY_S), max(0.0, over - time.monotonic())))
            kills.kill(room)
            time.sleep(chance.uniform(0.0, 5.0))
            room.start()
        room.wait_for_parts(session, 1)
        moment = datetime.now(UTC)
        room.end(session, moment, moment)
        wait_for(lambda: all((c.deposited_until or moment) > moment for c in room.found(session).channels), 900)
        found = room.found(session)
        report(found, kills, moment)
        require_whole(room, found, kills, moment)
        assert "Traceback" not in room.log()


def take_away(room: LiveRoom, camera: Path) -> None:
    """The second camera, for a minute: its program dies, and begun again finds nothing to record."""
    wait_for(lambda: bool(recording_second(room)))
    camera.rename(camera.with_suffix(".away"))
    for pid in recording_second(room):
        os.kill(pid, signal.SIGKILL)
    time.sleep(AWAY_S)
    camera.with_suffix(".away").rename(camera)
    time.sleep(15)


def recording_second(room: LiveRoom) -> list[int]:
    return [pid for pid in ffmpegs(room) if "/channels/2/" in cmdline(pid)]


def gaps_of(found: RoomSet, place: int, moment: datetime) -> Sequence[Missing]:
    return [gap for gap in found.channels[place].missing if found.session.opened_at < gap.since < moment]


def require_whole(room: LiveRoom, found: RoomSet, kills: Kills, moment: datetime) -> None:
    for place, channel in enumerate(found.channels):
        gaps = gaps_of(found, place, moment)
        assert {gap.reason for gap in gaps} <= {"box_down", "capture_died", "source_lost"}
        away = [gap for gap in gaps if gap.reason != "box_down" and gap.until - gap.since > (AWAY_S - 5) * SECOND]
        assert len(away) == (place == 1)
        for gap in gaps:
            before = [number for number, at in enumerate(kills.at) if at <= gap.until]
            if gap.reason == "box_down" and before:
                (held,) = rows(room.service.data, "SELECT max(sequence) FROM upload WHERE recorder = ? AND "
                               "ended_earliest <= ?", found.session.channels[place], format_time(gap.since))
                assert held[0] >= kills.in_hand[before[-1]][place] - 1
        assert len(gaps) <= len(kills.at) + 2
        for one, after in pairwise(channel.parts):
            assert after.started >= one.ended
    for recorder in found.session.channels:
        with beside(room.service.data, load_settings(room.service.data)) as archive:
            assert [one for one in completeness(archive.site, recorder).findings if one.kind != "unknown"] == []


def report(found: RoomSet, kills: Kills, moment: datetime) -> None:
    """Figures, shown with ``-s``."""
    for place, channel in enumerate(found.channels):
        gaps = gaps_of(found, place, moment)
        box = [gap for gap in gaps if gap.reason == "box_down"]
        around = [(kill, gap) for gap in box for kill in kills.at if gap.since <= kill <= gap.until]
        lost = [(kill - gap.since) / SECOND for kill, gap in around]
        down = [(gap.until - kill) / SECOND for kill, gap in around]
        other = [f"{gap.reason} {(gap.until - gap.since) / SECOND:.0f} s" for gap in gaps if gap.reason != "box_down"]
        print(f"channel {channel.number}: {len(channel.parts)} segments, {len(kills.at)} kills, {len(box)} gaps of "
              f"them; lost before each {[round(one, 1) for one in lost]} s, recording again after "
              f"{[round(one, 1) for one in down]} s; others {other}")
