"""How events about recorders' keys become rows: part of the projection, pure like all of it."""

from collections.abc import Callable
from typing import Any

from archive.event_body import Body
from archive.recorder_key_events import RecorderKeyRegistered, RecorderKeyRevoked, UploadRecorderSigned, key_id
from archive.recorder_key_tables import RecorderKey, RecorderSignature
from archive.row_changes import Applied, Changes


def _registered(changes: Changes, leaf: Applied, body: RecorderKeyRegistered) -> None:
    key = key_id(body.recorder_key)
    changes.add(RecorderKey, key, id=key, recorder=leaf.event.subject, recorder_key=body.recorder_key,
                registered_at=leaf.at, revoked_at=None, revoked_reason=None, leaf=leaf.index)


def _revoked(changes: Changes, leaf: Applied, body: RecorderKeyRevoked) -> None:
    changes.change(RecorderKey, body.recorder_key, revoked_at=leaf.at, revoked_reason=body.reason)


def _signed(changes: Changes, leaf: Applied, body: UploadRecorderSigned) -> None:
    changes.add(RecorderSignature, leaf.event.subject, id=leaf.event.subject, recorder=body.recorder,
                recorder_key=body.recorder_key, leaf=leaf.index)


RULES: dict[type[Body], Callable[[Changes, Applied, Any], None]] = {
    RecorderKeyRegistered: _registered, RecorderKeyRevoked: _revoked, UploadRecorderSigned: _signed,
}
