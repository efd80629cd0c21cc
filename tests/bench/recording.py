"""A room's box while a session goes on: processor time for each channel, beside a plain ffmpeg writing the clip."""

import os
import resource
import subprocess
import time
from pathlib import Path

from bench.figures import Figure, Scale, compared, in_turns
from rooms.live import CLIP, LiveRoom, live_room

CHANNELS, SPAN_S = 3, 15.0
PLAIN = "ffmpeg -re -stream_loop -1 -i CLIP -map 0:v -map 0:a -c:v copy -c:a aac OUT.mp4"
_TICK = os.sysconf("SC_CLK_TCK")


def measure_recording(folder: Path, scale: Scale) -> list[Figure]:
    """``room_box`` in per cent of one processor a channel: recording, hashing, signing, depositing, all of it."""
    folder.joinpath("room").mkdir()
    with live_room(folder / "room", CHANNELS) as room:
        room.segment_s = 10.0
        room.start()
        room.wait_for_parts(room.open(), 1)
        figure = compared("room_box", "% CPU/channel", PLAIN, *in_turns(
            scale.runs, lambda _run: _box(room), lambda _run: _plain(folder / "plain.mp4")))
    return [figure]


def _box(room: LiveRoom) -> float:
    assert room.box is not None
    begun = _spent(room.box.pid)
    time.sleep(SPAN_S)
    return 100 * (_spent(room.box.pid) - begun) / SPAN_S / CHANNELS


def _spent(pid: int) -> float:
    """Processor seconds of the box and of the programs it records with, those that ended included."""
    children = [int(one) for path in Path(f"/proc/{pid}/task").glob("*/children") for one in path.read_text().split()]
    fields = [Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()[11:15] for one in (pid, *children)]
    return sum(int(ticks) for four in fields for ticks in four) / _TICK


def _plain(target: Path) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-y", "-re", "-stream_loop", "-1", "-i", CLIP, "-map", "0:v",
                    "-map", "0:a", "-c:v", "copy", "-c:a", "aac", "-b:a", "96k", "-t", str(SPAN_S), target], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return 100 * spent / SPAN_S
