"""A progress bar for one file: a line that redraws itself on a terminal, one line per tenth elsewhere."""

import sys
import time
from types import TracebackType

WIDTH = 30


class Bar:
    """Use as a context manager; ``show(done, size)`` in bytes."""

    def __init__(self, title: str) -> None:
        self._title, self._begun, self._last = title, time.monotonic(), -1
        self._terminal = sys.stderr.isatty()

    def __enter__(self) -> "Bar":
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None,
                 trace: TracebackType | None) -> None:
        if self._terminal and self._last >= 0:
            print(file=sys.stderr)

    def show(self, done: int, size: int) -> None:
        """Redraw when something changed."""
        step = done * (100 if self._terminal else 10) // max(size, 1)
        if step == self._last:
            return
        self._last = step
        seconds = max(time.monotonic() - self._begun, 0.001)
        filled = WIDTH * done // max(size, 1)
        line = (f"{self._title[:40]:40} [{'#' * filled}{'.' * (WIDTH - filled)}] {100 * done // max(size, 1):3d}% "
                f"{done / seconds / 1e6:7.1f} MB/s")
        print(f"\r{line}" if self._terminal else line, end="" if self._terminal else "\n", file=sys.stderr, flush=True)


class Steps:
    """Progress of work that goes through several steps; ``show(step, done, total)`` in any unit, total 0 if unknown."""

    def __init__(self, title: str) -> None:
        self._title, self._step, self._last = title, "", 0.0
        self._terminal = sys.stderr.isatty()

    def __enter__(self) -> "Steps":
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None,
                 trace: TracebackType | None) -> None:
        if self._terminal and self._step:
            print(file=sys.stderr)

    def show(self, step: str, done: int, total: int) -> None:
        """At most a few lines a second on a terminal, one in ten seconds elsewhere."""
        now = time.monotonic()
        if step == self._step and now - self._last < (0.2 if self._terminal else 10.0):
            return
        self._step, self._last = step, now
        line = f"{self._title}: {step} {done}" + (f" of {total}" if total else "")
        print(f"\r{line:60}" if self._terminal else line, end="" if self._terminal else "\n", file=sys.stderr,
              flush=True)
