"""A migrated database of one test's own, a clock that shows what it is told, and leaves written through both."""

import atexit
import contextlib
import functools
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path

from proof.known_keys import known_key
from specimen_events import AT

from archive import custody, particulars
from archive.db import Database
from archive.entries import CustodyEvent
from archive.migrations import migrate
from archive.particulars import Sealed
from archive.proof.canonical import Canonical
from archive.proof.digest import Digest

ORIGIN = "liuhen.example/0123456789abcdef"
LOG_ID = "0123456789abcdef"
SIGNER = known_key(ORIGIN)


class SetClock:
    """``Clock`` that shows ``at`` until told otherwise; ``monotonic`` is the real one."""

    def __init__(self, at: datetime = AT) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return time.monotonic()


@functools.cache
def _template() -> Path:
    """A migrated database, made once per process: a migration costs more than most tests."""
    folder = Path(tempfile.mkdtemp(prefix="liuhen-test-template-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    migrate(folder / "liuhen.db")
    return folder / "liuhen.db"


def migrated(folder: Path) -> Path:
    """A fresh migrated database file in ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    return Path(shutil.copy(_template(), folder / "liuhen.db"))


@contextlib.contextmanager
def opened(path: Path) -> Iterator[Database]:
    """The database at ``path``, closed afterwards."""
    db = Database(path, custody.flush)
    try:
        yield db
    finally:
        db.close()


def sealed(event: CustodyEvent, values: Mapping[str, Canonical]) -> tuple[CustodyEvent, Sealed | None]:
    """The event with these particulars "sealed" in the clear: for tables, not for secrecy."""
    if not values:
        return event, None
    fields = particulars.salted(values)
    root = Digest("sha256", bytes(32)) if event.commitment is None else event.commitment
    return event, Sealed(event.subject, root, b"sealed of " + event.subject.encode(), fields)


def write(db: Database, clock: SetClock, event: CustodyEvent, values: Mapping[str, Canonical] | None = None) -> int:
    """Append one event in a work of its own."""
    event, kept = sealed(event, values or {})
    return db.write(lambda tx: custody.append(tx, clock, event, kept))
