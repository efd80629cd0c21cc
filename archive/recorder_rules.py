"""How the device ledger's events become rows: part of the projection, pure like all of it."""

from collections.abc import Callable
from typing import Any

from archive import search_rows, tables
from archive.event_body import Body
from archive.recorder_events import (
    GapConfirmed,
    GapExplained,
    RecorderIssued,
    RecorderRegistered,
    RecorderReported,
    RecorderReturned,
    RecordingUnreadable,
    ShiftHandedOver,
    UploadObserved,
)
from archive.recorder_tables import GapExplanation, LedgerEntry, RecorderCode, UnreadableFile, UploadObservation
from archive.row_changes import Applied, Changes
from archive.search_tables import REFERRED


def _registered(changes: Changes, leaf: Applied, body: RecorderRegistered) -> None:
    """The recorder's names are the registration's from now on, so that they outlive its first deposit's erasure."""
    named = {"vendor": leaf.text("vendor"), "serial": leaf.text("serial"), "kind": leaf.text("kind"),
             "leaf": leaf.index}
    changes.add_unless_there(tables.Recorder, leaf.event.subject, id=leaf.event.subject, **named)
    changes.change(tables.Recorder, leaf.event.subject, **named)
    search_rows.say(changes, leaf.event.subject, "recorder", search_rows.recorder_said(leaf.text),
                    (REFERRED,), leaf=leaf.index)
    changes.add(RecorderCode, leaf.event.subject, id=leaf.event.subject, code=leaf.text("code"),
                registered_at=leaf.at, leaf=leaf.index)


def _entry(changes: Changes, leaf: Applied, entry: str, recorder: str, what: str, **columns: Any) -> None:
    held = dict.fromkeys(("passed", "failed", "clock_offset_ms", "condition", "remark")) | columns
    changes.add(LedgerEntry, f"{entry} {recorder}", entry=entry, recorder=recorder, what=what, at=leaf.at,
                actor=leaf.event.actor, wearer_no=leaf.text("wearer_no"), wearer=leaf.text("wearer"),
                giver_no=leaf.text("giver_no"), giver=leaf.text("giver"), leaf=leaf.index, **held)


def _issued(changes: Changes, leaf: Applied, body: RecorderIssued) -> None:
    _entry(changes, leaf, body.entry, leaf.event.subject, "issued", passed=" ".join(body.passed),
           failed=" ".join(body.failed), clock_offset_ms=body.clock_offset_ms)


def _returned(changes: Changes, leaf: Applied, body: RecorderReturned) -> None:
    _entry(changes, leaf, body.entry, leaf.event.subject, "returned", condition=body.condition,
           remark=leaf.text("remark"))


def _reported(changes: Changes, leaf: Applied, body: RecorderReported) -> None:
    _entry(changes, leaf, body.entry, leaf.event.subject, body.what, remark=leaf.text("circumstances"))


def _handed_over(changes: Changes, leaf: Applied, body: ShiftHandedOver) -> None:
    for recorder in body.recorders:
        _entry(changes, leaf, leaf.event.subject, recorder, "handed_over")


def _observed(changes: Changes, leaf: Applied, body: UploadObserved) -> None:
    changes.add(UploadObservation, leaf.event.subject, id=leaf.event.subject, recorder=body.recorder,
                provenance=body.provenance, previous=None if body.previous is None else str(body.previous),
                measured_at=body.measured_at, offset_ms=body.offset_ms, error_ms=body.error_ms,
                reset_suspected=body.reset_suspected)


def _unreadable(changes: Changes, leaf: Applied, body: RecordingUnreadable) -> None:
    changes.add_unless_there(
        tables.Recorder, leaf.event.subject, id=leaf.event.subject, vendor=leaf.text("recorder_vendor"),
        serial=leaf.text("recorder_serial"), kind=leaf.text("recorder_kind"), leaf=leaf.index)
    search_rows.say_first(changes, leaf.event.subject, "recorder", search_rows.recorder_said(leaf.text, "recorder_"),
                          (REFERRED,), leaf=leaf.index)
    changes.add(UnreadableFile, body.entry, id=body.entry, recorder=leaf.event.subject, station=leaf.event.actor,
                nonce=body.manifest_nonce, manifest_digest=str(body.manifest[0]), reason=body.reason, size=body.size,
                session=body.session, sequence=body.sequence,
                previous=None if body.previous is None else str(body.previous), file_name=leaf.text("file_name"),
                stated_at=leaf.at, leaf=leaf.index)


def _explained(changes: Changes, leaf: Applied, body: GapExplained) -> None:
    changes.add(GapExplanation, body.entry, id=body.entry, recorder=leaf.event.subject, finding=body.finding,
                explanation=leaf.text("explanation"), explained_by=leaf.event.actor, explained_at=leaf.at,
                confirmed_by=None, confirmed_at=None, leaf=leaf.index)


def _confirmed(changes: Changes, leaf: Applied, body: GapConfirmed) -> None:
    changes.change(GapExplanation, body.entry, confirmed_by=leaf.event.actor, confirmed_at=leaf.at)


RULES: dict[type[Body], Callable[[Changes, Applied, Any], None]] = {
    RecorderRegistered: _registered, RecorderIssued: _issued, RecorderReturned: _returned,
    RecorderReported: _reported, ShiftHandedOver: _handed_over, UploadObserved: _observed,
    RecordingUnreadable: _unreadable, GapExplained: _explained, GapConfirmed: _confirmed,
}
