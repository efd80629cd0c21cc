"""How all slots of a dock stand at this moment, and how long ago the dock last looked: what its screen shows."""

import re
import threading
import time

from ingest.docking.agent import SlotState

STALE_S = 15.0
"""A dock that has not looked at its slots for longer stands still: what it showed last does not count any more."""
_DIGITS = re.compile(r"(\d+)")


class Board:
    """``show`` takes every change of a slot, ``looked`` is called after each look at the slots; from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._slots: dict[str, SlotState] = {}
        self._looked: float | None = None

    def show(self, state: SlotState) -> None:
        """Tell of a slot."""
        with self._lock:
            self._slots[state.slot] = state

    def looked(self) -> None:
        """The slots were just looked at."""
        with self._lock:
            self._looked = time.monotonic()

    @property
    def is_live(self) -> bool:
        """Whether the dock looked at its slots just now; False before it did so for the first time."""
        with self._lock:
            return self._looked is not None and time.monotonic() - self._looked < STALE_S

    def here(self) -> frozenset[str]:
        """The recorders in slots, as a slot names them."""
        return frozenset(state.recorder for state in self.states() if state.light != "empty")

    def states(self) -> list[SlotState]:
        """Every slot seen since the dock was started, slot-2 before slot-10."""
        with self._lock:
            return sorted(self._slots.values(), key=lambda state: _by_number(state.slot))


def _by_number(slot: str) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdecimal() and part.isascii() else (-1, part) for part in _DIGITS.split(slot)]
