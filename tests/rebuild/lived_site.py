"""A log with particulars, keys, an erasure and full bundles over a store in memory, as a service would have left it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import ledger
from contracts.memory_store import MemoryStore
from ledger import LOG_ID, ORIGIN, SIGNER, SetClock
from log_site import KEEP, LOCK
from specimen_events import Leaf, beginning, ident, story

from archive import custody, particulars
from archive.actors import SYSTEM
from archive.adapters.ffmpeg import FfmpegMedia
from archive.adapters.keyfiles import FileVault
from archive.db import Database
from archive.entries import CustodyEvent
from archive.erasure import erase
from archive.key_copies import KeyCopies
from archive.log import Sequencer
from archive.log_start import check_start
from archive.log_tiles import LogTiles
from archive.ports import Ports
from archive.published import Published
from archive.rebuild import Sources
from archive.site import Site

OUTCOMES = ("open", "aborted", "quarantined", "repeated", "accessioned", "watched")
ORDER = "吉市监函〔2026〕7号"


@dataclass
class Lived:
    """A data folder with its database open, and the store behind it."""

    folder: Path
    db: Database
    site: Site
    store: MemoryStore
    clock: SetClock
    written: list[Leaf] = field(default_factory=list)

    @property
    def sources(self) -> Sources:
        return Sources(self.store, self.site.ports.vault, SIGNER)

    @property
    def path(self) -> Path:
        return self.folder / "liuhen.db"

    def published(self) -> list[bytes]:
        note = Published(self.folder / "log").get()
        return [] if note is None else [note]

    def append(self, told: Sequence[Leaf]) -> int:
        """Append a story in one work, each committed leaf with real sealed particulars under its subject's key."""
        made = [self._sealed(event, values) for event, values in told]
        return self.db.write(lambda tx: [custody.append(tx, self.clock, *one) for one in made][-1])

    def settle(self) -> None:
        """Until all that is appended is signed and published."""
        self.site.sequencer.wait_signed(self.db.read(custody.size) - 1).result(20)

    def _sealed(self, event: CustodyEvent, values: dict[str, str]) -> tuple[CustodyEvent, particulars.Sealed | None]:
        if not values:
            return CustodyEvent.plain(event.actor, event.subject, event.body), None
        sealed = particulars.seal(self.site.ports.vault, self.site.log_id, event.subject, particulars.salted(values))
        return CustodyEvent.committed(event.actor, event.subject, event.body, sealed.commitment), sealed


@contextmanager
def over(folder: Path, store: MemoryStore | None = None, clock: SetClock | None = None) -> Iterator[Lived]:
    """The site in ``folder`` as a start of the service gives it, over what ``store`` holds."""
    clock = clock or SetClock()
    store = store or MemoryStore(at=clock.at)
    if not (folder / "keys" / "vault.key").exists():
        FileVault.create(folder / "keys" / "vault.key")
        ledger.migrated(folder)
    with ledger.opened(folder / "liuhen.db") as db:
        tiles, published = LogTiles(db, folder / "log"), Published(folder / "log")
        start = check_start(db, store, SIGNER.key, clock, published, tiles)
        ports = Ports(store, FfmpegMedia(), SIGNER, FileVault(folder / "keys" / "vault.key"), clock)
        copies = KeyCopies(db, store, ports.vault, LOG_ID, LOCK)
        sequencer = Sequencer(db, store, SIGNER, clock, published, start, LOCK, KEEP)
        sequencer.before_staging.append(copies.keep)
        sequencer.start()
        try:
            yield Lived(folder, db, Site(db, ports, sequencer, tiles, ORIGIN), store, clock)
        finally:
            sequencer.stop()


def live(lived: Lived, stories: int = 72) -> None:
    """Uploads of every outcome, a few hundred leaves; one recording's particulars erased in the middle."""
    lived.append(beginning())
    for n in range(stories):
        lived.append(story(n, OUTCOMES[n % len(OUTCOMES)], first=5))
        if n % 16 == 0:
            lived.settle()
        if n == stories // 2:
            erase(lived.site, ident("rec", 4), ORDER, SYSTEM, key_lock=LOCK)
    lived.append(story(stories, "entered"))
    lived.append(story(stories + 1, "expired"))
    lived.settle()
