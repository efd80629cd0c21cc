"""``liuhen station run``: the dock agent on the station."""

import argparse
import signal
from pathlib import Path

from api.commands.dock_view import DockView
from api.commands.options import command
from api.station_home import open_home
from archive.errors import Refused
from ingest.docking.agent import dock_in, serve_all
from ingest.docking.mounts import Watch, recorders_at


def add_to(inner: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add this command below ``liuhen station``."""
    running = command(inner, "run", "Station: deposit what recorders in the slots hold; wipe a clip only on a receipt "
                      "that verifies under this dock's own policy.", _run)
    running.add_argument("--home", type=Path, required=True, metavar="DIR",
                         help="the station's folder: its key, what it pinned, its journal and its receipts")
    running.add_argument("--mounts", type=Path, required=True, metavar="DIR",
                         help="where recorders are mounted, a folder each, with recorder.json in it")
    running.add_argument("--once", action="store_true", help="serve what is docked now, then end: 0 when all may be "
                         "taken, 1 otherwise")
    running.add_argument("--json", action="store_true", help="one line of JSON for each change of a slot")


def _run(chosen: argparse.Namespace) -> int:
    if not chosen.mounts.is_dir():
        raise Refused("dock.no_mounts", f"{chosen.mounts} is not a folder")
    view, side = DockView(chosen.json), open_home(chosen.home).side()
    with side.client, dock_in(chosen.home, side, view.show) as dock:
        if chosen.once:
            states = serve_all(dock, recorders_at(chosen.mounts))
            return int(any(state.light != "safe" for state in states.values()))
        watch = Watch(dock, lambda: recorders_at(chosen.mounts))
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: watch.stop())
        watch.run()
    return 0
