"""Bytes of a body that fill no segment yet: in memory, or set down in a file without a name while memory is short.

They do not count before they are a part in the store or a fsynced tail; a crash loses the file, as it loses memory.
"""

import os
import tempfile
from pathlib import Path


class Waiting:
    """A queue of bytes; those that were ``set_down`` are in no memory until they are taken. One thread at a time.

    ``folder``: where they are set down; it needs room for a segment a body.
    """

    def __init__(self, folder: Path, first: bytes = b"") -> None:
        self._folder, self._held, self._down = folder, bytearray(first), 0
        self._file: int | None = None

    def __len__(self) -> int:
        return self._down + len(self._held)

    @property
    def in_memory(self) -> int:
        """Bytes that are not set down."""
        return len(self._held)

    def add(self, chunk: bytes) -> None:
        """The next bytes."""
        self._held += chunk

    def set_down(self) -> None:
        """Free the memory; blocking. ``OSError`` when the disk does not take them: they stay in memory then."""
        if self._file is None:
            self._file = _unnamed_file(self._folder)
        at, end = self._down, len(self)
        with memoryview(self._held) as held:
            while at < end:
                at += os.pwrite(self._file, held[at - self._down:], at)
        self._down, self._held = end, bytearray()

    def take(self, length: int | None = None) -> bytearray:
        """The first ``length`` bytes (all), which then wait no more; blocking if some are set down. ``OSError``."""
        if self._file is not None and self._down:
            self._lift(self._file)
        taken, self._held = self._held, bytearray() if length is None else self._held[length:]
        del taken[len(taken) - len(self._held):]  # handed on as it is, not copied
        return taken

    def close(self) -> None:
        """Whatever waits is given up."""
        file, self._file = self._file, None
        self._down, self._held = 0, bytearray()
        if file is not None:
            os.close(file)

    def _lift(self, file: int) -> None:
        lifted, at = bytearray(len(self)), 0
        with memoryview(lifted) as target:
            while at < self._down:
                if not (came := os.preadv(file, [target[at:self._down]], at)):
                    raise OSError("the file that waiting bytes were set down in has become shorter")
                at += came
            target[at:] = self._held
        self._held, self._down = lifted, 0


def _unnamed_file(folder: Path) -> int:
    """Gone with its descriptor, however the process ends."""
    folder.mkdir(parents=True, exist_ok=True)
    file, name = tempfile.mkstemp(dir=folder)
    os.unlink(name)
    return file
