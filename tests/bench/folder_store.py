"""A folder that takes objects as a POSIX log driver does: file, fsync, rename, fsync of the folder. No locks and no
versions: for measuring the log's engine without an object store, nothing else."""

import hashlib
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from archive.errors import Contradiction
from archive.ports import ListedVersion, ObjectVersion


class FolderStore:
    """The part of ``ObjectStore`` the sequencer writes through."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, key: str, data: bytes, lock_until: datetime) -> ObjectVersion:
        """Durable when it returns; ``Contradiction object.differs`` where other bytes stand."""
        path = self._folder / key
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() and path.read_bytes() != data:
            raise Contradiction("object.differs", "another object stands under this key")
        unfinished = path.with_name(path.name + ".part")
        with unfinished.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        unfinished.rename(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        return ObjectVersion(key, hashlib.sha256(data).hexdigest()[:32])

    def versions(self, prefix: str) -> Iterator[ListedVersion]:
        """Nothing was there before."""
        return iter(())
