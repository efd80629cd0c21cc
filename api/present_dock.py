"""What a dock's screen is told each second: every slot in words, and who has not docked since yesterday."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from api.web.dock_words import BY_JOURNAL, BY_LEDGER, MARKS, DockWords
from api.web.filters import SHANGHAI
from api.web.views import Language
from ingest.docking.absent import Absent, Known, absent
from ingest.docking.agent import SlotState
from ingest.docking.board import Board
from ingest.docking.journal import Journal

LISTED = 24
"""Names on the screen; their number stands beside them."""


@dataclass(frozen=True)
class Out:
    """Where to ask who has not docked: this dock's journal, and what the archive's ledger said."""

    journal: Journal
    ledger: Callable[[], Mapping[str, Known] | None]

    @property
    def by_ledger(self) -> bool:
        """The archive's ledger was asked within a day."""
        return self.ledger() is not None

    def absent(self, board: Board, now: datetime) -> list[Absent]:
        """The latest first."""
        return absent(self.journal.last_docked(), self.ledger(), board.here(), now, SHANGHAI)


def shown_dock(board: Board, out: Out, now: datetime, words: DockWords, language: Language) -> dict[str, Any]:
    """``live`` False: the lights do not count. Times are Beijing's, sizes bytes; ``code`` is "" without a problem.
    ``absent_by``: by whose word recorders are absent."""
    absent = out.absent(board, now)
    return {
        "live": board.is_live,
        "at": now.astimezone(SHANGHAI).strftime("%m-%d %H:%M:%S"),
        "slots": [_slot(state, words, language) for state in board.states()],
        "absent": [f"{one.name} {one.at.astimezone(SHANGHAI):%m-%d %H:%M}" for one in absent[:LISTED]],
        "absent_count": len(absent),
        "absent_by": words.say(BY_LEDGER if out.by_ledger else BY_JOURNAL, language),
    }


def _slot(state: SlotState, words: DockWords, language: Language) -> dict[str, Any]:
    problem = words.problem(state.problem, language) if state.problem else None
    return {
        "slot": state.slot, "light": state.light, "mark": MARKS[state.light],
        "word": words.light(state.light, language),
        "name": state.wearer or state.recorder, "recorder": state.recorder, "clips": state.clips,
        "clips_in": state.clips_in, "done": state.done, "size": state.size, "code": state.problem,
        "why": problem.why if problem else "", "to_do": problem.to_do if problem else ""}
