"""A dock's screen with slots as a test wants them: the true application, journal and browser; no recorder behind it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import httpx2
from service_fixture import station_clock

from api.dock_screen import make_dock_app, screen_served
from api.present_dock import Out
from api.web.dock_words import DockWords
from api.web.render import Renderer
from ingest.docking.absent import Known
from ingest.docking.agent import Light, SlotState
from ingest.docking.board import Board
from ingest.docking.journal import Journal, journal_at
from ingest.docking.recorders import Docked
from ingest.manifest import RecorderName

NOW = station_clock()
PAGES, WORDS = Renderer(), DockWords()


@dataclass
class Screen:
    """A served screen and what feeds it. ``board.looked()`` was called once."""

    board: Board
    journal: Journal
    address: str = ""
    ledger: Mapping[str, Known] | None = None

    def state(self, language: str = "en") -> dict[str, object]:
        answer: dict[str, object] = httpx2.get(f"{self.address}/state?language={language}").json()
        return answer

    def docked(self, number: int, days_ago: int, wearer: str = "王伟") -> None:
        name = RecorderName("Simulated", f"S{number:07}", "body_camera")
        self.journal.docked(Docked(name, wearer=wearer), NOW() - timedelta(days=days_ago))


def slot(number: int, light: Light = "sending", wearer: str = "王伟", problem: str = "") -> SlotState:
    sending = light in ("sending", "waiting")
    return SlotState(f"slot-{number:02}", light, f"Simulated S{number:07}", wearer, 3, 1,
                     "20260131080000.mp4" if sending else "", 40 if sending else 0, 100 if sending else 0, problem)


@contextmanager
def screen(folder: Path, host: str = "127.0.0.1") -> Iterator[Screen]:
    """A screen at a free port."""
    with journal_at(folder / "dock.db") as journal:
        made = Screen(Board(), journal)
        app = make_dock_app(made.board, Out(journal, lambda: made.ledger), NOW, PAGES, WORDS)
        with screen_served(app, host, 0) as made.address:
            made.board.looked()
            yield made
