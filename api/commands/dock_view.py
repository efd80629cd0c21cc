"""What a dock's slots look like in a terminal: one line a slot, redrawn; a line of JSON for each change elsewhere."""

import json
import sys
import threading
from collections.abc import Sequence
from dataclasses import asdict

from api.web.dock_words import ABSENT, BY_JOURNAL, BY_LEDGER, MARKS, DockWords
from ingest.docking.agent import SlotState

_COLOURS = {"safe": "\x1b[1;32m", "problem": "\x1b[1;31m"}
BAR = 20


class DockView:
    """``show`` is given every change of a slot, from any thread. A bell sounds when a recorder may be taken."""

    def __init__(self, as_json: bool, words: DockWords) -> None:
        self._json, self._words, self._lock = as_json, words, threading.Lock()
        self._slots: dict[str, SlotState] = {}
        self._absent: list[str] | None = None
        self._by_ledger = False
        self._drawn = 0

    def show(self, state: SlotState) -> None:
        """Tell of a slot."""
        with self._lock:
            before = self._slots.get(state.slot)
            if before == state:
                return
            self._slots[state.slot] = state
            if self._json:
                print(json.dumps(asdict(state), ensure_ascii=False), flush=True)
            elif sys.stdout.isatty():
                self._redraw(rang=state.light == "safe" and (before is None or before.light != "safe"))
            elif before is None or before.light != state.light or before.problem != state.problem:
                print(line_of(state, self._words), flush=True)

    def absent(self, names: Sequence[str], by_ledger: bool) -> None:
        """Tell who has not docked since yesterday, and by whose word; said again only when it changed."""
        with self._lock:
            if (self._absent, self._by_ledger) == (list(names), by_ledger):
                return
            self._absent, self._by_ledger = list(names), by_ledger
            if self._json:
                print(json.dumps({"not_docked_since_yesterday": self._absent, "by_ledger": by_ledger},
                                 ensure_ascii=False), flush=True)
            elif sys.stdout.isatty():
                self._redraw(rang=False)
            else:
                print(self._absent_line(), flush=True)

    def _redraw(self, rang: bool) -> None:
        slots = [state for _, state in sorted(self._slots.items())]
        lines = [_COLOURS.get(state.light, "") + line_of(state, self._words) + "\x1b[0m" for state in slots]
        lines += [self._absent_line()] if self._absent else []
        up = f"\x1b[{self._drawn}A" if self._drawn else ""
        drawn = "".join(f"\x1b[2K{line}\n" for line in lines)
        print(up + drawn + "\x1b[0J" + ("\a" if rang else ""), end="", flush=True)
        self._drawn = len(lines)

    def _absent_line(self) -> str:
        by = both(self._words, BY_LEDGER if self._by_ledger else BY_JOURNAL)
        return f"{both(self._words, ABSENT)}: {', '.join(self._absent or []) or '–'} ({by})"


def line_of(state: SlotState, words: DockWords) -> str:
    """One line: slot, light in words of both languages, whose, how far; a problem with what to do about it."""
    light = f"{words.light(state.light, 'zh')} / {words.light(state.light, 'en')}"
    filled = BAR * state.done // state.size if state.size else 0
    bar = f" [{'#' * filled}{'.' * (BAR - filled)}] {state.file}" if state.file else ""
    why = f"  {_problem(state.problem, words)}" if state.problem else ""
    return (f"{MARKS[state.light]} {state.slot:12} {light:12} {state.recorder} {state.wearer}  "
            f"{state.clips_in}/{state.clips}{bar}{why}")


def both(words: DockWords, text: str) -> str:
    """A text in both languages."""
    return f"{words.say(text, 'zh')} / {words.say(text, 'en')}"


def _problem(code: str, words: DockWords) -> str:
    chinese, english = words.problem(code, "zh"), words.problem(code, "en")
    return f"{code}: {chinese.why}；{chinese.to_do} / {english.why}. {english.to_do}"
