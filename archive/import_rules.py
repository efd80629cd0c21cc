"""The projection's rule for import accounts: a station like any other, and a row that says it is one."""

from collections.abc import Callable
from typing import Any

from archive import import_tables, search_rows, tables
from archive.event_body import Body
from archive.import_events import ImportAccountAdded
from archive.row_changes import Applied, Changes
from archive.search_tables import REFERRED


def _added(changes: Changes, leaf: Applied, body: ImportAccountAdded) -> None:
    account = leaf.event.subject
    changes.add(tables.Station, account, id=account, station_key=body.station_key, title=leaf.text("title"),
                enrolled_at=leaf.at, leaf=leaf.index, kind="import", previous_key=None, revoked_at=None,
                revoked_reason=None)
    search_rows.say(changes, account, "station", [("text", leaf.text("title"))], (REFERRED,),
                    leaf=leaf.index)
    changes.add(import_tables.ImportAccount, account, id=account, profile=body.profile, leaf=leaf.index)


RULES: dict[type[Body], Callable[[Changes, Applied, Any], None]] = {ImportAccountAdded: _added}
