"""A log that lost leaves for good, as a folder and a store; and the log that takes its place, started."""

import contextlib
import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from contracts.memory_store import MemoryStore
from ledger import SIGNER, SetClock, opened
from log_site import KEEP, LOCK
from proof.known_keys import known_key
from rebuild.lived_site import ORDER, Lived, live, over
from specimen_events import ident, story

from archive import custody
from archive.actors import SYSTEM
from archive.adapters.ffmpeg import FfmpegMedia
from archive.adapters.keyfiles import FileVault
from archive.check_findings import Finding
from archive.checking import check_log
from archive.erasure import erase
from archive.key_copies import KeyCopies
from archive.log import Sequencer
from archive.log_start import check_start
from archive.log_tiles import LogTiles
from archive.ports import Ports
from archive.published import Published
from archive.rebuild import Sources
from archive.resubmitted import Resubmitted
from archive.site import Site
from archive.succession import Heir, Remains, enter_again, remains

NEW_ORIGIN, NEW_ID = "liuhen.example/00000000000000ab", "00000000000000ab"
NEW = known_key(NEW_ORIGIN)
HEIR = Heir(NEW.key, Path(), "0.1.0", LOCK)


@dataclass
class Disaster:
    """Yesterday's database and keys, today's published checkpoint, and a store that lost the log."""

    folder: Path
    store: MemoryStore
    clock: SetClock
    kept: int
    size: int

    @property
    def sources(self) -> Sources:
        return Sources(self.store, FileVault(self.folder / "keys" / "vault.key"), SIGNER)

    @property
    def notes(self) -> list[bytes]:
        note = Published(self.folder / "log").get()
        assert note is not None
        return [note]

    def left(self) -> Remains:
        return remains(self.sources, self.folder / "liuhen.db", self.notes, quiet)

    def heir(self, folder: Path, accept: bool = False, receipts: Sequence[Resubmitted] = ()) -> Remains:
        """Makes the heir's database and keys in ``folder``."""
        shutil.copytree(self.folder / "keys", folder / "keys")
        left = self.left()
        marks = frozenset(path.stem for path in (folder / "keys" / "scopes").glob("*.erased"))
        enter_again(replace(self.sources, vault=FileVault(folder / "keys" / "vault.key")), left,
                    replace(HEIR, database=folder / "liuhen.db"), receipts, self.clock, erased=marks,
                    accept_unreadable=accept, show=quiet, also=lambda db: None)
        return left


def quiet(step: str, done: int, total: int) -> None:
    """Progress nobody looks at."""


def without(store: MemoryStore, gone: Sequence[str]) -> MemoryStore:
    for listed in [listed for prefix in gone for listed in store.versions(prefix)]:
        store._held.pop(listed.version.key, None)
    return store


def backup(lived: Lived, folder: Path) -> Path:
    with contextlib.closing(sqlite3.connect(lived.path)) as now, contextlib.closing(sqlite3.connect(folder)) as then:
        now.backup(then)
    return folder


def lose(tmp_path: Path, stories: int = 12, later: int = 1, gone: Sequence[str] = ("staged/", "log/")) -> Disaster:
    """Yesterday's database holds ``stories``, not ``later`` ones and an erasure; the store lost what is ``gone``."""
    old = tmp_path / "old"
    with over(old) as lived:
        live(lived, stories)
        kept = lived.db.read(custody.size)
        yesterday = backup(lived, tmp_path / "yesterday.db")
        lived.clock.at += timedelta(hours=1)
        for n in range(later):
            lived.append(story(900 + n, "watched", first=5))
            lived.settle()
        erase(lived.site, ident("rec", 5), ORDER, SYSTEM, key_lock=LOCK)  # its event is among the lost
        lived.settle()
        size, store, clock = lived.db.read(custody.size), without(lived.store, gone), lived.clock
    for path in old.glob("liuhen.db*"):
        path.unlink()
    yesterday.rename(old / "liuhen.db")
    clock.at += timedelta(hours=1)
    return Disaster(old, store, clock, kept, size)


@contextlib.contextmanager
def served(folder: Path, store: MemoryStore, clock: SetClock) -> Iterator[Lived]:
    """The heir as a start of the service gives it."""
    with opened(folder / "liuhen.db") as db:
        tiles, published, vault = (LogTiles(db, folder / "log"), Published(folder / "log"),
                                   FileVault(folder / "keys" / "vault.key"))
        start = check_start(db, store, NEW.key, clock, published, tiles)
        sequencer = Sequencer(db, store, NEW, clock, published, start, LOCK, KEEP)
        sequencer.before_staging.append(KeyCopies(db, store, vault, NEW_ID, LOCK).keep)
        sequencer.start()
        try:
            site = Site(db, Ports(store, FfmpegMedia(), NEW, vault, clock), sequencer, tiles, NEW_ORIGIN)
            lived = Lived(folder, db, site, store, clock)
            lived.settle()
            yield lived
        finally:
            sequencer.stop()


def entries(database: Path) -> list[bytes]:
    with contextlib.closing(sqlite3.connect(str(database))) as held:
        return [bytes(row[0]) for row in held.execute("SELECT entry FROM custody ORDER BY idx")]


def grave(lived: Lived) -> Sequence[Finding]:
    return [found for found in check_log(lived.site, lived.folder / "log", True).found.ordered() if found.grave]
