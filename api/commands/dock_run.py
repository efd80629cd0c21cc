"""``liuhen station run``: the dock agent on the station, and the screen it serves on the station's own machine."""

import argparse
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from api.commands.dock_view import DockView
from api.commands.options import command
from api.dock_screen import make_dock_app, screen_address, screen_served
from api.present_dock import Out
from api.station_home import open_home
from api.web.dock_words import DockWords
from api.web.render import Renderer
from archive.errors import Refused
from ingest.docking.agent import Dock, SlotState, dock_in, serve_all
from ingest.docking.board import Board
from ingest.docking.ledger import LedgerSaid
from ingest.docking.mounts import Watch, recorders_at
from ingest.docking.recorders import RecorderDoor


def add_to(inner: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add this command below ``liuhen station``."""
    running = command(inner, "run", "Station: deposit what recorders in the slots hold; wipe a clip only on a receipt "
                      "that verifies under this dock's own policy.", _run)
    running.add_argument("--home", type=Path, required=True, metavar="DIR",
                         help="the station's folder: its key, what it pinned, its journal and its receipts")
    running.add_argument("--mounts", type=Path, required=True, metavar="DIR",
                         help="where recorders are mounted, a folder each, with recorder.json in it")
    how = running.add_mutually_exclusive_group()
    how.add_argument("--once", action="store_true", help="serve what is docked now, then end: 0 when all may be "
                     "taken, 1 otherwise")
    how.add_argument("--screen", metavar="IP:PORT", help="serve the dock's screen there, such as 127.0.0.1:8090; open "
                     "/dock in a browser of this machine")
    running.add_argument("--screen-beyond-loopback", action="store_true",
                         help="let --screen be an address other machines reach: it shows names, without a login")
    running.add_argument("--json", action="store_true", help="one line of JSON for each change of a slot")


def _run(chosen: argparse.Namespace) -> int:
    if not chosen.mounts.is_dir():
        raise Refused("dock.no_mounts", f"{chosen.mounts} is not a folder")
    at = screen_address(chosen.screen, chosen.screen_beyond_loopback) if chosen.screen else None
    words, board = DockWords(), Board()
    view, side = DockView(chosen.json, words), open_home(chosen.home).side()

    def show(state: SlotState) -> None:
        board.show(state)
        view.show(state)

    with side.client, dock_in(chosen.home, side, show) as dock:
        if chosen.once:
            states = serve_all(dock, recorders_at(chosen.mounts))
            return int(any(state.light != "safe" for state in states.values()))
        ledger = LedgerSaid(side)
        out = Out(dock.journal, ledger.known)
        with ledger.asking(), _screen(dock, board, out, words, at):
            _watch(dock, board, out, view, chosen.mounts)
    return 0


def _watch(dock: Dock, board: Board, out: Out, view: DockView, mounts: Path) -> None:
    def look() -> Mapping[str, RecorderDoor]:
        found = recorders_at(mounts)
        board.looked()
        view.absent([one.name for one in out.absent(board, dock.side.now())], out.by_ledger)
        return found

    watch = Watch(dock, look)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: watch.stop())
    watch.run()


@contextmanager
def _screen(dock: Dock, board: Board, out: Out, words: DockWords, at: tuple[str, int] | None) -> Iterator[None]:
    if at is None:
        yield
        return
    app = make_dock_app(board, out, dock.side.now, Renderer(), words)
    with screen_served(app, *at) as address:
        print(f"screen: {address}", file=sys.stderr, flush=True)
        yield
