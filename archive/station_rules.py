"""What events about stations do to the tables; pure, as all of ``archive.projection``, which applies these rules."""

from collections.abc import Callable
from typing import Any

from archive import search_rows, tables
from archive.event_body import Body
from archive.events import StationEnrolled
from archive.row_changes import Applied, Changes
from archive.search_tables import REFERRED
from archive.station_events import StationEnrolled2, StationKeyChanged, StationRevoked


def _enrolled(changes: Changes, leaf: Applied, body: StationEnrolled | StationEnrolled2) -> None:
    changes.add(tables.Station, leaf.event.subject, id=leaf.event.subject, station_key=body.station_key,
                title=leaf.text("title"), enrolled_at=leaf.at, leaf=leaf.index,
                kind=body.kind if isinstance(body, StationEnrolled2) else None, previous_key=None, revoked_at=None,
                revoked_reason=None)
    search_rows.say(changes, leaf.event.subject, "station", [("text", leaf.text("title"))], (REFERRED,),
                    leaf=leaf.index)


def _key_changed(changes: Changes, leaf: Applied, body: StationKeyChanged) -> None:
    changes.change(tables.Station, leaf.event.subject, station_key=body.new_key, previous_key=body.old_key)


def _revoked(changes: Changes, leaf: Applied, body: StationRevoked) -> None:
    changes.change(tables.Station, leaf.event.subject, revoked_at=leaf.at, revoked_reason=body.reason)


RULES: dict[type[Body], Callable[[Changes, Applied, Any], None]] = {
    StationEnrolled: _enrolled, StationEnrolled2: _enrolled, StationKeyChanged: _key_changed, StationRevoked: _revoked,
}
