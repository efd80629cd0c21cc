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
