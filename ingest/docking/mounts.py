"""Recorders as they come and go under one folder of mount points; each is served as soon as it is seen."""

import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from ingest.docking.agent import SLOTS, Dock, SlotState, serve_slot
from ingest.docking.folder_recorder import SIDECAR, FolderRecorder
from ingest.docking.recorders import RecorderDoor

LOOK_EVERY_S = 2.0
AGAIN_AFTER_S = 30.0
"""A slot with a problem is tried again after this; one that is done, as soon as it has clips again."""


def recorders_at(mounts: Path) -> dict[str, RecorderDoor]:
    """Slot name → recorder: every folder in ``mounts`` that says in ``recorder.json`` whose it is."""
    if not mounts.is_dir():
        return {}
    return {path.name: FolderRecorder(path) for path in sorted(mounts.iterdir())
            if not path.is_symlink() and (path / SIDECAR).is_file()}


class Watch:
    """Serves what is docked until ``stop``; one round at a time for each slot, all slots side by side."""

    def __init__(self, dock: Dock, look: Callable[[], Mapping[str, RecorderDoor]]) -> None:
        self._dock, self._look, self._stopping = dock, look, threading.Event()
        self._busy: dict[str, Future[SlotState]] = {}
        self._rested: dict[str, tuple[SlotState, float]] = {}

    def stop(self) -> None:
        """End after the steps at hand; what they reached is in the journal."""
        self._stopping.set()

    def run(self) -> None:
        """Look, serve, look again."""
        with ThreadPoolExecutor(SLOTS, thread_name_prefix="slot") as pool:
            while not self._stopping.is_set():
                doors = self._look()
                self._settle(doors)
                for slot, door in doors.items():
                    if slot not in self._busy and self._is_due(slot, door):
                        self._busy[slot] = pool.submit(serve_slot, self._dock, slot, door)
                self._stopping.wait(LOOK_EVERY_S)

    def _settle(self, doors: Mapping[str, RecorderDoor]) -> None:
        for slot in [slot for slot, future in self._busy.items() if future.done()]:
            self._rested[slot] = (self._busy.pop(slot).result(), time.monotonic())
        for slot in self._rested.keys() - doors.keys():
            left, _ = self._rested.pop(slot)
            self._dock.journal.left(left.recorder, self._dock.side.now())
            self._dock.show(SlotState(slot, "empty"))

    def _is_due(self, slot: str, door: RecorderDoor) -> bool:
        if slot not in self._rested:
            return True
        state, at = self._rested[slot]
        if state.light == "problem":
            return time.monotonic() - at >= AGAIN_AFTER_S
        try:
            return bool(door.clips())
        except OSError:
            return False
