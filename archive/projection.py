"""``apply``: the only code that writes projection tables, for one event, a group of a thousand, and a rebuild alike.

Pure: no clock, randomness, generated ids or I/O beyond the given ``write``; total over present and erased particulars.
"""

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from archive import (
    adoption_rules,
    deadline_rules,
    import_rules,
    joint_rules,
    leaving_rules,
    link_rules,
    matter_rules,
    party_rules,
    recorder_key_rules,
    recorder_rules,
    register_rules,
    room_rules,
    search_rows,
    set_aside_rules,
    shift_rules,
    station_rules,
    step_rules,
    tables,
    transcript_rules,
    unit_rules,
    wipe_rules,
)
from archive.case_numbers import case_key, case_tail
from archive.entries import spelled
from archive.events import (
    Body,
    ObjectPlaced,
    PersonAdded,
    PlaybackOpened,
    RecordingAccessioned,
    RecordingLabelled,
    RecordingSameBytes,
    UploadAborted,
    UploadFinished,
    UploadOpened,
    UploadQuarantined,
    UploadRepeated,
)
from archive.log_events import LockProbed, ParticularsErased
from archive.media_events import DerivativeMade, DerivativeUnavailable, RecordingIndexed
from archive.row_changes import PERSONAL as PERSONAL
from archive.row_changes import Applied as Applied
from archive.row_changes import Changes, Write
from archive.search_tables import REFERRED
from archive.station_events import UploadFinished2
from archive.upload_events import UploadExpired


def apply(write: Write, leaves: Sequence[Applied]) -> None:
    """Bring the projection tables to the state after these leaves, which follow what was applied before."""
    changes = Changes()
    for leaf in leaves:
        rule = _RULES.get(type(leaf.event.body))
        if rule is not None:
            rule(changes, leaf, leaf.event.body)
    changes.write(write)


def _as_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)


def _listed(values: Sequence[Any]) -> str:
    return "[" + ",".join([spelled(value) for value in values]) + "]"


def _person(changes: Changes, leaf: Applied, body: PersonAdded) -> None:
    changes.add(tables.Person, leaf.event.subject, id=leaf.event.subject, login=leaf.text("login"),
                display_name=leaf.text("display_name"), roles=" ".join(body.roles), active=True, added_at=leaf.at,
                leaf=leaf.index)


def _interval_columns(body: UploadOpened | RecordingAccessioned) -> dict[str, datetime]:
    return {"started_earliest": body.started.earliest, "started_latest": body.started.latest,
            "ended_earliest": body.ended.earliest, "ended_latest": body.ended.latest}


def _opened(changes: Changes, leaf: Applied, body: UploadOpened) -> None:
    changes.add_unless_there(
        tables.Recorder, body.recorder, id=body.recorder, vendor=leaf.text("recorder_vendor"),
        serial=leaf.text("recorder_serial"), kind=leaf.text("recorder_kind"),
        leaf=leaf.index)
    search_rows.say_first(changes, body.recorder, "recorder", search_rows.recorder_said(leaf.text, "recorder_"),
                          (REFERRED,), leaf=leaf.index)
    changes.add(
        tables.Upload, leaf.event.subject, id=leaf.event.subject, recording=body.recording, station=body.station,
        station_key=body.station_key, recorder=body.recorder, nonce=body.manifest_nonce,
        manifest_digest=str(body.manifest[0]), digest=str(body.digests[0]), size=body.size, session=body.session,
        sequence=body.sequence, opened_at=leaf.at, opened_leaf=leaf.index, state="open", object_key=None, store=None,
        version_id=None, segments_root=None, outcome_leaf=None, first_recording=None, differences=None,
        **_interval_columns(body))


def _finished(changes: Changes, leaf: Applied, body: UploadFinished | UploadFinished2) -> None:
    changes.change(tables.Upload, leaf.event.subject, state="finished", object_key=body.object_key, store=body.store,
                   version_id=body.version_id, segments_root=str(body.segments_root))


def _quarantined(changes: Changes, leaf: Applied, body: UploadQuarantined) -> None:
    told = {"reasons": body.reasons, "claimed": [str(d) for d in body.claimed], "found": [str(d) for d in body.found],
            "claimed_size": body.claimed_size, "found_size": body.found_size,
            "segments_differing": body.segments_differing}
    changes.change(tables.Upload, leaf.event.subject, state="quarantined", outcome_leaf=leaf.index,
                   differences=_as_json(told))


def _repeated(changes: Changes, leaf: Applied, body: UploadRepeated) -> None:
    changes.change(tables.Upload, leaf.event.subject, state="repeated", outcome_leaf=leaf.index,
                   first_recording=body.recording)


def _ended(changes: Changes, leaf: Applied, body: UploadAborted | UploadExpired) -> None:
    state = "aborted" if isinstance(body, UploadAborted) else "expired"
    changes.change(tables.Upload, leaf.event.subject, state=state, outcome_leaf=leaf.index)


def _accessioned(changes: Changes, leaf: Applied, body: RecordingAccessioned) -> None:
    changes.change(tables.Upload, body.upload, state="accessioned", outcome_leaf=leaf.index)
    changes.add(
        tables.Recording, leaf.event.subject, id=leaf.event.subject, upload=body.upload, station=body.station,
        recorder=body.recorder, digest=str(body.digests[0]), digests=" ".join(str(d) for d in body.digests),
        size=body.size, trust=body.trust, object_key=body.object_key, stored_form=body.stored_form,
        lock_until=body.lock_until, probe=body.probe, container=body.container, duration_us=body.duration_us,
        streams=_listed(body.streams), accessioned_at=leaf.at, leaf=leaf.index,
        **_interval_columns(body))
    search_rows.say(changes, leaf.event.subject, "recording",
                    search_rows.days(body.started.earliest, body.ended.latest),
                    search_rows.recording_marks(body.recorder, body.station))


def _placed(changes: Changes, leaf: Applied, body: ObjectPlaced) -> None:
    changes.add(tables.ObjectPlace, f"{body.object_key} {body.store} {body.version_id}", object_key=body.object_key,
                store=body.store, version_id=body.version_id, subject=leaf.event.subject, size=body.size,
                lock_until=body.lock_until)


def _same_bytes(changes: Changes, leaf: Applied, body: RecordingSameBytes) -> None:
    changes.add(tables.SameBytes, f"{leaf.event.subject} {body.other}", recording=leaf.event.subject,
                other=body.other, digest=str(body.digest))


def _labelled(changes: Changes, leaf: Applied, body: RecordingLabelled) -> None:
    case_no = leaf.text("case_no")
    key = None if case_no is None else case_key(case_no)
    changes.add(tables.Label, body.label, id=body.label, recording=leaf.event.subject, source=body.source,
                case_no=case_no, case_key=key, case_tail=None if key is None else case_tail(key),
                matter=leaf.text("matter"), party=leaf.text("party"), handling_officer=leaf.text("handling_officer"),
                wearer=leaf.text("wearer"), wearer_no=leaf.text("wearer_no"), place=leaf.text("place"),
                file_name=leaf.text("file_name"), labelled_at=leaf.at, leaf=leaf.index)
    search_rows.say(changes, leaf.event.subject, "label", search_rows.label_said(leaf.text), leaf=leaf.index)


def _indexed(changes: Changes, leaf: Applied, body: RecordingIndexed) -> None:
    changes.add(tables.RecordingIndex, leaf.event.subject, recording=leaf.event.subject,
                streams=_listed(body.streams), gops=body.gops,
                gop_root=None if body.gop_root is None else str(body.gop_root), gop_reason=body.gop_reason)


def _derivative(changes: Changes, leaf: Applied, body: DerivativeMade) -> None:
    changes.add(tables.Derivative, leaf.event.subject, id=leaf.event.subject, recording=body.recording,
                purpose=body.purpose, method=body.method, media_type=body.media_type, digest=str(body.digests[0]),
                size=body.size, object_key=body.object_key, made_at=leaf.at)


def _missing(changes: Changes, leaf: Applied, body: DerivativeUnavailable) -> None:
    changes.add(tables.DerivativeMissing, f"{leaf.event.subject} {body.purpose}", recording=leaf.event.subject,
                purpose=body.purpose, reason=body.reason)


def _playback(changes: Changes, leaf: Applied, body: PlaybackOpened) -> None:
    changes.add(tables.Playback, leaf.event.subject, id=leaf.event.subject, recording=body.recording,
                actor=leaf.event.actor, what=body.what, object_key=body.object_key, version_id=body.version_id,
                opened_at=leaf.at, leaf=leaf.index)


def _erased(changes: Changes, leaf: Applied, body: ParticularsErased) -> None:
    """Columns end as they would had the leaf's particulars never been readable: a rebuild cannot read them."""
    for index in body.leaves:
        if index < leaf.index:
            changes.add_unless_there(
                tables.ErasedParticulars, str(index), idx=index, scope=leaf.event.subject, by_leaf=leaf.index,
                authority=body.authority, complete_at=body.complete_at)
            changes.clear(index)


def _probed(changes: Changes, leaf: Applied, body: LockProbed) -> None:
    key = f"{body.store} {body.identity}"
    changes.add_unless_there(tables.LockState, key, id=key, store=body.store, identity=body.identity, held=body.held,
                             probed_at=leaf.at, leaf=leaf.index)
    changes.change(tables.LockState, key, held=body.held, probed_at=leaf.at, leaf=leaf.index)


_RULES: dict[type[Body], Callable[[Changes, Applied, Any], None]] = {
    PersonAdded: _person, UploadOpened: _opened, UploadFinished: _finished, UploadFinished2: _finished,
    UploadQuarantined: _quarantined, UploadRepeated: _repeated, UploadAborted: _ended, UploadExpired: _ended,
    RecordingAccessioned: _accessioned, ObjectPlaced: _placed, RecordingSameBytes: _same_bytes,
    RecordingLabelled: _labelled, RecordingIndexed: _indexed, DerivativeMade: _derivative,
    DerivativeUnavailable: _missing, PlaybackOpened: _playback, ParticularsErased: _erased,
    LockProbed: _probed,
    **recorder_rules.RULES, **station_rules.RULES, **import_rules.RULES, **wipe_rules.RULES, **deadline_rules.RULES,
    **recorder_key_rules.RULES, **shift_rules.RULES, **set_aside_rules.RULES, **matter_rules.RULES,
    **unit_rules.RULES, **register_rules.RULES, **leaving_rules.RULES,
    **adoption_rules.RULES, **room_rules.RULES, **step_rules.RULES, **joint_rules.RULES, **party_rules.RULES,
    **transcript_rules.RULES, **link_rules.RULES,
}
