"""The published checkpoint: a file replaced atomically, fsynced, and compared with the database at start-up."""

import os
from pathlib import Path


class Published:
    """``DATA/log/checkpoint``. It outlives a database restored from a backup and so betrays one that went back."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "checkpoint"

    def put(self, note: bytes) -> None:
        """Durable when it returns."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = self._path.with_suffix(".part")
        with unfinished.open("wb") as file:
            file.write(note)
            file.flush()
            os.fsync(file.fileno())
        unfinished.rename(self._path)
        folder = os.open(self._path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)  # without it a power cut may bring the older file back
        finally:
            os.close(folder)

    def get(self) -> bytes | None:
        """The note last published, or None."""
        return self._path.read_bytes() if self._path.exists() else None
