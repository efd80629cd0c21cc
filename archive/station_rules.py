"""What events about stations do to the tables; pure, as all of ``archive.projection``, which applies these rules."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from archive import tables
from archive.columns import Row
from archive.entries import CustodyEvent
from archive.events import StationEnrolled
from archive.station_events import StationEnrolled2, StationKeyChanged, StationRevoked


class Leaf(Protocol):
    """A leaf on its way into the tables."""

    @property
    def index(self) -> int:
        """In the log."""

    @property
    def at(self) -> datetime:
        """The time it states."""

    @property
    def event(self) -> CustodyEvent:
        """What it says."""

    def text(self, name: str) -> str | None:
        """A particular as text, or None."""


class Changes(Protocol):
    """Rows to add and columns to set."""

    def add(self, row: type[Row], key: str, **columns: Any) -> None:
        """A row that is not there yet."""

    def change(self, row: type[Row], key: str, **columns: Any) -> None:
        """Columns of the row with this id."""


def _enrolled(changes: Changes, leaf: Leaf, body: StationEnrolled | StationEnrolled2) -> None:
    changes.add(tables.Station, leaf.event.subject, id=leaf.event.subject, station_key=body.station_key,
                title=leaf.text("title"), enrolled_at=leaf.at, leaf=leaf.index,
                kind=body.kind if isinstance(body, StationEnrolled2) else None, previous_key=None, revoked_at=None,
                revoked_reason=None)


def _key_changed(changes: Changes, leaf: Leaf, body: StationKeyChanged) -> None:
    changes.change(tables.Station, leaf.event.subject, station_key=body.new_key, previous_key=body.old_key)


def _revoked(changes: Changes, leaf: Leaf, body: StationRevoked) -> None:
    changes.change(tables.Station, leaf.event.subject, revoked_at=leaf.at, revoked_reason=body.reason)


RULES: Mapping[type[Any], Any] = {
    StationEnrolled: _enrolled, StationEnrolled2: _enrolled, StationKeyChanged: _key_changed, StationRevoked: _revoked,
}
