"""The published checkpoint: a file replaced atomically, fsynced, and compared with the database at start-up."""

from pathlib import Path

from archive.durable import replace_file


class Published:
    """``DATA/log/checkpoint``. It outlives a database restored from a backup and so betrays one that went back."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "checkpoint"

    def put(self, note: bytes) -> None:
        """Durable when it returns."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(self._path, note)

    def get(self) -> bytes | None:
        """The note last published, or None."""
        return self._path.read_bytes() if self._path.exists() else None
