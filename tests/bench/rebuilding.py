"""A rebuild: events per second from staged batches and bundles to a finished database file, and of the comparison."""

import time
from pathlib import Path

from bench.figures import Figure, Scale, compared
from rebuild.lived_site import Lived, over
from specimen_events import beginning, story

from archive.custody import size
from archive.db import Database
from archive.rebuilding import compare_with_log, rebuild_into

DEPOSITS = 100
"""Deposits in one work: of each ten events, from manifest to playback, three of them with particulars."""


def measure_rebuild(folder: Path, scale: Scale) -> list[Figure]:
    """``rebuild`` and ``rebuild_compare``: events per second over a log of ``events`` leaves; the store answers from
    memory, so that what is measured is verifying, opening particulars, applying and syncing."""
    with over(folder / "lived") as lived:
        lived.append(beginning())
        for first in range(1, scale.events // 10, DEPOSITS):
            lived.append([leaf for n in range(first, first + DEPOSITS) for leaf in story(n, "watched", first=0)])
        lived.settle()
        leaves = lived.db.read(size)
        made = [leaves / _rebuilt(lived, folder / f"new-{run}.db") for run in range(scale.runs)]
        looked = [leaves / _compared(lived) for _ in range(scale.runs)]
    return [compared("rebuild", "events/s", "", made), compared("rebuild_compare", "events/s", "", looked)]


def _rebuilt(lived: Lived, into: Path) -> float:
    begun = time.perf_counter()
    rebuild_into(lived.sources, into, lived.published(), accept_unreadable=False, show=_quiet, also=_nothing)
    return time.perf_counter() - begun


def _compared(lived: Lived) -> float:
    begun = time.perf_counter()
    assert compare_with_log(lived.sources, lived.path, lived.published(), _quiet).differences == ()
    return time.perf_counter() - begun


def _quiet(step: str, done: int, total: int) -> None:
    """Nobody looks."""


def _nothing(db: Database) -> None:
    """No rows of later stages."""
