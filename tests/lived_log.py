"""A log of 600 leaves that has lived, copies of it to spoil, and what the start-up check says of them."""

import contextlib
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import ledger
import pytest
from log_site import FaultyDatabase, Site, with_guards_dropped

from archive import custody
from archive.errors import Contradiction

SIZE = 600


@contextlib.contextmanager
def lived_log(folder: Path) -> Iterator[Site]:
    """Two signed batches, 250 and 350 leaves, full tiles cached; nobody runs on it."""
    made = Site(folder, FaultyDatabase(ledger.migrated(folder), custody.flush))
    sequencer = made.sequencer()
    for size in (250, SIZE - 250):
        assert sequencer.wait_signed(made.append_together(size)).result(20)
    for index in (0, SIZE - 1):
        made.tiles.inclusion(index, SIZE)
    assert sorted(path.name for path in (folder / "log" / "tile" / "0").iterdir()) == ["000", "001"]
    made.stop()
    yield made
    made.db.close()


@contextlib.contextmanager
def copy_of(lived: Site, folder: Path) -> Iterator[Site]:
    """A copy to spoil."""
    connection = sqlite3.connect(lived.folder / "liuhen.db")
    with sqlite3.connect(folder / "liuhen.db") as copy:
        connection.backup(copy)
    copy.close()
    connection.close()
    shutil.copytree(lived.folder / "log", folder / "log")
    made = Site(folder, FaultyDatabase(folder / "liuhen.db", custody.flush), written=lived.written)
    made.store._held = {key: list(rows) for key, rows in lived.store._held.items()}
    yield made
    made.stop()
    made.db.close()


def refused(site: Site, code: str, *words: str) -> str:
    """What the start-up check says; every sentence tells what to do."""
    with pytest.raises(Contradiction) as refusal:
        site.check()
    assert refusal.value.code == code, refusal.value.message
    for word in words:
        assert word in refusal.value.message
    return refusal.value.message


def restored_copy(site: Site, size: int) -> None:
    """The database as an earlier backup had it: ``size`` rows and the checkpoints signed until then."""
    with_guards_dropped(site.db, f"DELETE FROM custody WHERE idx >= {size}",
                        f"DELETE FROM signed_checkpoint WHERE size > {size}")
