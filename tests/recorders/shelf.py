"""Recorders on a shelf: a site with its log running, a keeper, and deposits that only make recorders known."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from log_site import LOCK
from rebuild.lived_site import ORDER, Lived, over
from specimen_events import PERSON, STATION, ident, opened
from sqlalchemy import select

from archive.actors import SYSTEM, Actor
from archive.custody import CUSTODY
from archive.entries import CustodyEvent
from archive.erasure import erase
from archive.errors import ArchiveError
from archive.rebuilding import compare_with_log
from archive.recorder_events import CHECK_ITEMS
from archive.recorder_ledger import Check, known_recorder, resolve
from archive.site import Site

KEEPER = Actor(PERSON, roles=frozenset({"dock_keeper"}))
CHECKED = Check(CHECK_ITEMS)


@dataclass
class Shelf:
    """A site and what tests do with it."""

    lived: Lived
    uploads: int = 0

    @property
    def site(self) -> Site:
        return self.lived.site

    def deposit(self, vendor: str, serial: str, **changes: Any) -> str:
        """An opened upload of this recorder, as the log would have it; answers the recorder's id."""
        self.uploads += 1
        recorder = self.site.db.read(lambda c: known_recorder(c, vendor, serial)) or ident("rcd", self.uploads)
        body = replace(opened(self.uploads), recorder=recorder, **changes)
        event = CustodyEvent.plain(STATION, ident("upl", self.uploads), body)
        self.lived.append([(event, {"recorder_vendor": vendor, "recorder_serial": serial, "recorder_kind": "x"})])
        return recorder

    def at_once(self, acts: Sequence[Callable[[], Any]]) -> list[Any]:
        """Outcomes of acts begun side by side, refusals as values."""
        def outcome(act: Callable[[], Any]) -> Any:
            try:
                return act()
            except ArchiveError as fault:
                return fault

        with ThreadPoolExecutor(len(acts)) as pool:
            return list(pool.map(outcome, acts))

    def id_of(self, code: str) -> str:
        return resolve(self.site, code)

    def entries(self) -> list[str]:
        """Every leaf as logged."""
        return [bytes(e).decode() for e in self.site.db.read(lambda c: c.scalars(select(CUSTODY.c.entry)).all())]

    def erase(self, scope: str) -> None:
        """Particulars of one scope, by order."""
        self.lived.settle()
        erase(self.site, scope, ORDER, SYSTEM, key_lock=LOCK)

    def differences(self) -> list[str]:
        """What a rebuild makes otherwise than what was lived."""
        self.lived.settle()
        found = compare_with_log(self.lived.sources, self.lived.path, self.lived.published(), lambda *step: None)
        return [one.text() for one in found.differences]


@contextmanager
def shelf_in(folder: Path) -> Iterator[Shelf]:
    """A fresh shelf."""
    with over(folder / "shelf") as lived:
        yield Shelf(lived)
