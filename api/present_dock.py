"""What a dock's screen is told each second: every slot in words, and who has not docked since yesterday."""

from datetime import datetime
from typing import Any

from api.web.dock_words import MARKS, DockWords
from api.web.filters import SHANGHAI
from api.web.views import Language
from ingest.docking.agent import SlotState
from ingest.docking.board import Board
from ingest.docking.journal import LastDocked

LISTED = 24
"""Names on the screen; their number stands beside them."""


def shown_dock(board: Board, recorders: list[LastDocked], now: datetime, words: DockWords,
               language: Language) -> dict[str, Any]:
    """``live`` False: the lights do not count. Times are Beijing's, sizes bytes; ``code`` is "" without a problem."""
    absent = board.absent(recorders, now, SHANGHAI)
    return {
        "live": board.is_live,
        "at": now.astimezone(SHANGHAI).strftime("%m-%d %H:%M:%S"),
        "slots": [_slot(state, words, language) for state in board.states()],
        "absent": [f"{called(one)} {one.at.astimezone(SHANGHAI):%m-%d %H:%M}" for one in absent[:LISTED]],
        "absent_count": len(absent),
    }


def called(recorder: LastDocked) -> str:
    """Who wore it last, or the recorder itself."""
    return recorder.wearer or recorder.wearer_no or recorder.recorder


def _slot(state: SlotState, words: DockWords, language: Language) -> dict[str, Any]:
    problem = words.problem(state.problem, language) if state.problem else None
    return {
        "slot": state.slot, "light": state.light, "mark": MARKS[state.light],
        "word": words.light(state.light, language),
        "name": state.wearer or state.recorder, "recorder": state.recorder, "clips": state.clips,
        "clips_in": state.clips_in, "done": state.done, "size": state.size, "code": state.problem,
        "why": problem.why if problem else "", "to_do": problem.to_do if problem else ""}
