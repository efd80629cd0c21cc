"""A process that appends uploads and prints each answer: ``<index> <upload>``, or ``- <code>`` when refused.

``writing_process.py DATABASE COUNT | for_ever | queued``. ``queued`` submits works one group each without waiting.
"""

import itertools
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from specimen_events import AT, ident, opened

from archive import custody, db
from archive.entries import CustodyEvent
from archive.errors import ArchiveError


class StandingClock:
    """``Clock`` at one moment."""

    def now(self) -> Any:
        return AT

    def monotonic(self) -> float:
        return 0.0


def appending(n: int) -> Callable[[db.Tx], int]:
    event = CustodyEvent.plain("sta_x", ident("upl", n), opened(n))
    return lambda tx: custody.append(tx, StandingClock(), event)


def say(answer: Callable[[], int], n: int) -> None:
    try:
        line = f"{answer()} {ident('upl', n)}\n"
    except ArchiveError as fault:
        line = f"- {fault.code}\n"
    sys.stdout.write(line)
    sys.stdout.flush()


def main(path: str, how: str) -> None:
    database = db.Database(Path(path), custody.flush)
    if how == "queued":
        db.GROUP = 1
        answers = [database.submit(appending(n)) for n in range(30)]
        for n, answer in enumerate(answers):
            say(answer.result, n)
        return
    numbers = itertools.count() if how == "for_ever" else range(int(how))
    for n in numbers:
        say(lambda n=n: database.write(appending(n)), n)


main(*sys.argv[1:])
