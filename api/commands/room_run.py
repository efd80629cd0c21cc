"""``liuhen room run``: the reference box of a room, on the room's own machine; it needs no archive there."""

import argparse
import json
import signal
import sys
import threading
from pathlib import Path

from api.commands.options import command
from api.station_home import open_home
from api.wiring import CAPTURE
from archive.errors import Refused
from archive.identifiers import parse_id
from ingest.docking.agent import dock_in
from ingest.room_box.box import ChannelState, Plan, RoomBox
from ingest.room_box.sources import source_of

SHORTEST_S, LONGEST_S = 1.0, 300.0
_COLOURS = {True: "\x1b[1;32m", False: "\x1b[1;31m"}


def add_to(inner: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add this command below ``liuhen room``."""
    running = command(inner, "run", "Room's box: record and, for sessions, deposit while recording.",
                      _run)
    running.add_argument("--home", type=Path, required=True, metavar="DIR",
                         help="the folder given to `liuhen station enrol`; segments are kept in it until deposited")
    running.add_argument("--room", required=True, help="the room's id, rom_…")
    running.add_argument("--source", action="append", required=True, metavar="SOURCE",
                         help="of a channel, once for each, channel 1 first: rtsp://…, v4l2:/dev/video0, "
                         "v4l2:/dev/video0+alsa:hw:1, file:clip.mp4")
    running.add_argument("--segment", type=float, default=10.0, metavar="SECONDS", help="length of a segment; it is "
                         "cut at the next key frame (default 10)")
    running.add_argument("--encode", action="store_true", help="encode pictures to H.264 rather than take them as they "
                         "come; for cameras with another codec or with key frames far apart")
    running.add_argument("--json", action="store_true", help="one line of JSON for each change of a channel")


def _run(chosen: argparse.Namespace) -> int:
    if not SHORTEST_S <= chosen.segment <= LONGEST_S:
        raise Refused("room_box.segment", f"a segment is {SHORTEST_S:g} to {LONGEST_S:g} seconds long")
    plan = Plan(parse_id("rom", chosen.room), [source_of(one, chosen.encode) for one in chosen.source], chosen.segment)
    side = open_home(chosen.home).side()
    with side.client, dock_in(chosen.home, side) as dock:
        box = RoomBox(dock, chosen.home, plan, CAPTURE, _Lights(chosen.json).show)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: box.stop())
        box.run()
    return 0


class _Lights:
    """A line for each change of a channel."""

    def __init__(self, as_json: bool) -> None:
        self._json, self._lock, self._shown = as_json, threading.Lock(), dict[int, ChannelState]()

    def show(self, state: ChannelState) -> None:
        """Tell of a channel."""
        with self._lock:
            if self._shown.get(state.channel) == state:
                return
            self._shown[state.channel] = state
            print(_as_json(state) if self._json else _as_line(state), flush=True)


def _as_json(state: ChannelState) -> str:
    return json.dumps(vars(state), default=lambda at: at.isoformat())


def _as_line(state: ChannelState) -> str:
    until = "-" if state.deposited_until is None else f"{state.deposited_until:%H:%M:%S}Z"
    said = (f"channel {state.channel}  {'recording' if state.recording else 'NO PICTURE'}  "
            f"{'session' if state.session else 'standing by'}  deposited until {until} ({state.grade})  "
            f"{state.waiting} waiting{'  ' + state.problem if state.problem else ''}")
    good = state.recording and not state.problem
    return f"{_COLOURS[good]}{said}\x1b[0m" if sys.stdout.isatty() else said
