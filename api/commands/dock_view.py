"""What a dock's slots look like in a terminal: one line a slot, redrawn; a line of JSON for each change elsewhere."""

import json
import sys
import threading
from dataclasses import asdict

from ingest.docking.agent import SlotState

LIGHTS = {
    "empty": ("○", "空闲", "empty"), "reading": ("◔", "读取中", "reading"), "sending": ("◑", "上传中", "sending"),
    "waiting": ("◕", "等待回执", "waiting"), "safe": ("●", "可以取走", "may be taken"),
    "problem": ("✖", "请勿取走", "do not take"),
}
_COLOURS = {"safe": "\x1b[1;32m", "problem": "\x1b[1;31m"}
BAR = 20


class DockView:
    """``show`` is given every change of a slot, from any thread. A bell sounds when a recorder may be taken."""

    def __init__(self, as_json: bool) -> None:
        self._json, self._lock = as_json, threading.Lock()
        self._slots: dict[str, SlotState] = {}
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
                print(line_of(state), flush=True)

    def _redraw(self, rang: bool) -> None:
        lines = [_COLOURS.get(s.light, "") + line_of(s) + "\x1b[0m" for _, s in sorted(self._slots.items())]
        up = f"\x1b[{self._drawn}A" if self._drawn else ""
        print(up + "".join(f"\x1b[2K{line}\n" for line in lines) + ("\a" if rang else ""), end="", flush=True)
        self._drawn = len(lines)


def line_of(state: SlotState) -> str:
    """One line: slot, light in words of both languages, whose, how far."""
    mark, chinese, english = LIGHTS[state.light]
    filled = BAR * state.done // state.size if state.size else 0
    bar = f" [{'#' * filled}{'.' * (BAR - filled)}] {state.file}" if state.file else ""
    why = f"  {state.problem}" if state.problem else ""
    return (f"{mark} {state.slot:12} {chinese} / {english:12} {state.recorder} {state.wearer}  "
            f"{state.clips_in}/{state.clips}{bar}{why}")
