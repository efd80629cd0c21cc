"""The projection's rule for import accounts: a station like any other, and a row that says it is one."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Protocol

from archive import import_tables, tables
from archive.columns import Row
from archive.entries import CustodyEvent
from archive.event_body import Body
from archive.import_events import ImportAccountAdded


class Changes(Protocol):
    """Where a rule puts its rows."""

    def add(self, row: type[Row], key: str, **columns: Any) -> None:
        """A new row under a key of its own."""


class Leaf(Protocol):
    """A leaf on its way into the tables."""

    @property
    def index(self) -> int:
        """Its number in the log."""

    @property
    def at(self) -> datetime:
        """Its time."""

    @property
    def event(self) -> CustodyEvent:
        """What happened."""

    def text(self, name: str) -> str | None:
        """A particular as text, or None."""


def _import_account(changes: Changes, leaf: Leaf, body: ImportAccountAdded) -> None:
    account = leaf.event.subject
    changes.add(tables.Station, account, id=account, station_key=body.station_key, title=leaf.text("title"),
                enrolled_at=leaf.at, leaf=leaf.index)
    changes.add(import_tables.ImportAccount, account, id=account, profile=body.profile, leaf=leaf.index)


IMPORT_RULES: Mapping[type[Body], Callable[[Any, Any, Any], None]] = {ImportAccountAdded: _import_account}
