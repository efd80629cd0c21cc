"""How a wipe statement becomes a row: part of the projection, pure like all of it."""

from collections.abc import Callable
from typing import Any

from archive.event_body import Body
from archive.row_changes import Applied, Changes
from archive.wipe_events import RecordingWiped
from archive.wipe_tables import RecordingWipe


def _wiped(changes: Changes, leaf: Applied, body: RecordingWiped) -> None:
    changes.add(RecordingWipe, body.upload, id=body.upload, entry=body.entry, recording=leaf.event.subject,
                station=leaf.event.actor, statement_digest=str(body.statement), receipt_digest=str(body.receipt),
                digest=str(body.digest), wiped_at=body.wiped_at, contradictions=" ".join(body.contradictions),
                stated_at=leaf.at, leaf=leaf.index)


RULES: dict[type[Body], Callable[[Changes, Applied, Any], None]] = {RecordingWiped: _wiped}
