"""``apply``: the only code that writes projection tables, for one event, a group of a thousand, and a rebuild alike.

Pure: no clock, randomness, generated ids or I/O beyond the given ``write``; total over present and erased particulars.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Insert, Table, Update, bindparam, insert, update
from sqlalchemy.dialects.sqlite import insert as insert_or_ignore

from archive import tables
from archive.case_numbers import case_key
from archive.columns import Row, table
from archive.entries import CustodyEvent, spelled
from archive.errors import Contradiction
from archive.events import (
    Body,
    DerivativeMade,
    DerivativeUnavailable,
    ObjectPlaced,
    PersonAdded,
    PlaybackOpened,
    RecordingAccessioned,
    RecordingIndexed,
    RecordingLabelled,
    RecordingSameBytes,
    StationEnrolled,
    UploadAborted,
    UploadFinished,
    UploadOpened,
    UploadQuarantined,
    UploadRepeated,
)
from archive.import_projection import IMPORT_RULES
from archive.log_events import LockProbed, ParticularsErased
from archive.proof.canonical import Canonical

Write = Callable[..., Any]
_table = cache(table)
PERSONAL: Mapping[type[Row], tuple[str, ...]] = {
    tables.Station: ("title",),
    tables.Person: ("login", "display_name"),
    tables.Recorder: ("vendor", "serial", "kind"),
    tables.Label: ("case_no", "case_key", "party", "handling_officer", "wearer", "wearer_no", "place", "file_name"),
}
"""Columns that come from particulars of the leaf in the row's ``leaf``: cleared when that leaf's are erased."""


@dataclass(frozen=True)
class Applied:
    """A leaf on its way into the tables; ``particulars`` is empty when there are none or they were erased."""

    index: int
    at: datetime
    event: CustodyEvent
    particulars: Mapping[str, Canonical]

    def text(self, name: str) -> str | None:
        """A particular as text, or None."""
        value = self.particulars.get(name)
        return None if value is None else str(value)


class _Changes:
    """Rows to add, rows to add unless there, and columns to set; a later change to the same row wins.

    The outcome is the same however leaves are grouped: what the database refuses across groups is refused within one.
    """

    def __init__(self) -> None:
        self.added: dict[Table, dict[str, dict[str, Any]]] = defaultdict(dict)
        self.kept: dict[Table, dict[str, dict[str, Any]]] = defaultdict(dict)
        self.changed: dict[Table, dict[str, dict[str, Any]]] = defaultdict(dict)
        self.cleared: set[int] = set()

    def add(self, row: type[Row], key: str, **columns: Any) -> None:
        rows = self.added[_table(row)]
        if key in rows:
            raise Contradiction("log.repeated_row", f"a second event would make the {row.__tablename__} row of {key}")
        rows[key] = columns

    def add_unless_there(self, row: type[Row], key: str, **columns: Any) -> None:
        self.kept[_table(row)].setdefault(key, columns)

    def change(self, row: type[Row], key: str, **columns: Any) -> None:
        """Set columns of the row with ``id`` = key."""
        target = _table(row)
        added = self.added[target].get(key)
        if added is not None:
            added.update(columns)
        else:
            self.changed[target].setdefault(key, {}).update(columns)

    def clear(self, leaf: int) -> None:
        """Forget what came from the particulars of an earlier leaf, of this group or before it."""
        self.cleared.add(leaf)
        for row, names in PERSONAL.items():
            for rows in (self.added.get(_table(row), {}), self.kept.get(_table(row), {})):
                for columns in rows.values():
                    if columns["leaf"] == leaf:
                        columns.update(dict.fromkeys(names))

    def write(self, write: Write) -> None:
        if self.cleared:  # before the additions, which may take up a login that has just become free
            for row, names in PERSONAL.items():
                write(_clearing(_table(row), names),
                      [{"row_leaf": leaf, **dict.fromkeys(names)} for leaf in sorted(self.cleared)])
        for target, rows in self.added.items():
            if rows:
                write(_insert(target), list(rows.values()))
        for target, rows in self.kept.items():
            write(_insert_unless_there(target), list(rows.values()))
        for target, rows in self.changed.items():
            by_columns: dict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
            for key, columns in rows.items():
                by_columns[tuple(sorted(columns))].append({"row_key": key, **columns})
            for names, changed in by_columns.items():
                write(_update(target, names), changed)


@cache
def _insert(target: Table) -> Insert:
    return insert(target)


@cache
def _insert_unless_there(target: Table) -> Insert:
    return insert_or_ignore(target).on_conflict_do_nothing()


@cache
def _update(target: Table, names: tuple[str, ...]) -> Update:
    """Statements are made once: the writer knows them by identity and prepares each one time."""
    return (update(target).where(target.c.id == bindparam("row_key"))
            .values({name: bindparam(name) for name in names}))


@cache
def _clearing(target: Table, names: tuple[str, ...]) -> Update:
    return (update(target).where(target.c.leaf == bindparam("row_leaf"))
            .values({name: bindparam(name) for name in names}))


def apply(write: Write, leaves: Sequence[Applied]) -> None:
    """Bring the projection tables to the state after these leaves, which follow what was applied before."""
    changes = _Changes()
    for leaf in leaves:
        rule = _RULES.get(type(leaf.event.body))
        if rule is not None:
            rule(changes, leaf, leaf.event.body)
    changes.write(write)


def _as_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)


def _listed(values: Sequence[Any]) -> str:
    return "[" + ",".join([spelled(value) for value in values]) + "]"


def _station(changes: _Changes, leaf: Applied, body: StationEnrolled) -> None:
    changes.add(tables.Station, leaf.event.subject, id=leaf.event.subject, station_key=body.station_key,
                title=leaf.text("title"), enrolled_at=leaf.at, leaf=leaf.index)


def _person(changes: _Changes, leaf: Applied, body: PersonAdded) -> None:
    changes.add(tables.Person, leaf.event.subject, id=leaf.event.subject, login=leaf.text("login"),
                display_name=leaf.text("display_name"), roles=" ".join(body.roles), active=True, added_at=leaf.at,
                leaf=leaf.index)


def _interval_columns(body: UploadOpened | RecordingAccessioned) -> dict[str, datetime]:
    return {"started_earliest": body.started.earliest, "started_latest": body.started.latest,
            "ended_earliest": body.ended.earliest, "ended_latest": body.ended.latest}


def _opened(changes: _Changes, leaf: Applied, body: UploadOpened) -> None:
    changes.add_unless_there(
        tables.Recorder, body.recorder, id=body.recorder, vendor=leaf.text("recorder_vendor"),
        serial=leaf.text("recorder_serial"), kind=leaf.text("recorder_kind"),
        leaf=leaf.index)
    changes.add(
        tables.Upload, leaf.event.subject, id=leaf.event.subject, recording=body.recording, station=body.station,
        station_key=body.station_key, recorder=body.recorder, nonce=body.manifest_nonce,
        manifest_digest=str(body.manifest[0]), digest=str(body.digests[0]), size=body.size, session=body.session,
        sequence=body.sequence, opened_at=leaf.at, opened_leaf=leaf.index, state="open", object_key=None, store=None,
        version_id=None, segments_root=None, outcome_leaf=None, first_recording=None, differences=None,
        **_interval_columns(body))


def _finished(changes: _Changes, leaf: Applied, body: UploadFinished) -> None:
    changes.change(tables.Upload, leaf.event.subject, state="finished", object_key=body.object_key, store=body.store,
                   version_id=body.version_id, segments_root=str(body.segments_root))


def _quarantined(changes: _Changes, leaf: Applied, body: UploadQuarantined) -> None:
    told = {"reasons": body.reasons, "claimed": [str(d) for d in body.claimed], "found": [str(d) for d in body.found],
            "claimed_size": body.claimed_size, "found_size": body.found_size,
            "segments_differing": body.segments_differing}
    changes.change(tables.Upload, leaf.event.subject, state="quarantined", outcome_leaf=leaf.index,
                   differences=_as_json(told))


def _repeated(changes: _Changes, leaf: Applied, body: UploadRepeated) -> None:
    changes.change(tables.Upload, leaf.event.subject, state="repeated", outcome_leaf=leaf.index,
                   first_recording=body.recording)


def _aborted(changes: _Changes, leaf: Applied, body: UploadAborted) -> None:
    changes.change(tables.Upload, leaf.event.subject, state="aborted", outcome_leaf=leaf.index)


def _accessioned(changes: _Changes, leaf: Applied, body: RecordingAccessioned) -> None:
    changes.change(tables.Upload, body.upload, state="accessioned", outcome_leaf=leaf.index)
    changes.add(
        tables.Recording, leaf.event.subject, id=leaf.event.subject, upload=body.upload, station=body.station,
        recorder=body.recorder, digest=str(body.digests[0]), digests=" ".join(str(d) for d in body.digests),
        size=body.size, trust=body.trust, object_key=body.object_key, stored_form=body.stored_form,
        lock_until=body.lock_until, probe=body.probe, container=body.container, duration_us=body.duration_us,
        streams=_listed(body.streams), accessioned_at=leaf.at, leaf=leaf.index,
        **_interval_columns(body))


def _placed(changes: _Changes, leaf: Applied, body: ObjectPlaced) -> None:
    changes.add(tables.ObjectPlace, f"{body.object_key} {body.store} {body.version_id}", object_key=body.object_key,
                store=body.store, version_id=body.version_id, subject=leaf.event.subject, size=body.size,
                lock_until=body.lock_until)


def _same_bytes(changes: _Changes, leaf: Applied, body: RecordingSameBytes) -> None:
    changes.add(tables.SameBytes, f"{leaf.event.subject} {body.other}", recording=leaf.event.subject,
                other=body.other, digest=str(body.digest))


def _labelled(changes: _Changes, leaf: Applied, body: RecordingLabelled) -> None:
    case_no = leaf.text("case_no")
    changes.add(tables.Label, body.label, id=body.label, recording=leaf.event.subject, source=body.source,
                case_no=case_no, case_key=None if case_no is None else case_key(case_no), party=leaf.text("party"),
                handling_officer=leaf.text("handling_officer"), wearer=leaf.text("wearer"),
                wearer_no=leaf.text("wearer_no"), place=leaf.text("place"),
                file_name=leaf.text("file_name"), labelled_at=leaf.at, leaf=leaf.index)


def _indexed(changes: _Changes, leaf: Applied, body: RecordingIndexed) -> None:
    changes.add(tables.RecordingIndex, leaf.event.subject, recording=leaf.event.subject,
                streams=_listed(body.streams), gops=body.gops,
                gop_root=None if body.gop_root is None else str(body.gop_root), gop_reason=body.gop_reason)


def _derivative(changes: _Changes, leaf: Applied, body: DerivativeMade) -> None:
    changes.add(tables.Derivative, leaf.event.subject, id=leaf.event.subject, recording=body.recording,
                purpose=body.purpose, method=body.method, media_type=body.media_type, digest=str(body.digests[0]),
                size=body.size, object_key=body.object_key, made_at=leaf.at)


def _missing(changes: _Changes, leaf: Applied, body: DerivativeUnavailable) -> None:
    changes.add(tables.DerivativeMissing, f"{leaf.event.subject} {body.purpose}", recording=leaf.event.subject,
                purpose=body.purpose, reason=body.reason)


def _playback(changes: _Changes, leaf: Applied, body: PlaybackOpened) -> None:
    changes.add(tables.Playback, leaf.event.subject, id=leaf.event.subject, recording=body.recording,
                actor=leaf.event.actor, what=body.what, object_key=body.object_key, version_id=body.version_id,
                opened_at=leaf.at, leaf=leaf.index)


def _erased(changes: _Changes, leaf: Applied, body: ParticularsErased) -> None:
    """Columns end as they would had the leaf's particulars never been readable: a rebuild cannot read them."""
    for index in body.leaves:
        if index < leaf.index:
            changes.add_unless_there(
                tables.ErasedParticulars, str(index), idx=index, scope=leaf.event.subject, by_leaf=leaf.index,
                authority=body.authority, complete_at=body.complete_at)
            changes.clear(index)


def _probed(changes: _Changes, leaf: Applied, body: LockProbed) -> None:
    key = f"{body.store} {body.identity}"
    changes.add_unless_there(tables.LockState, key, id=key, store=body.store, identity=body.identity, held=body.held,
                             probed_at=leaf.at, leaf=leaf.index)
    changes.change(tables.LockState, key, held=body.held, probed_at=leaf.at, leaf=leaf.index)


_RULES: dict[type[Body], Callable[[_Changes, Applied, Any], None]] = {
    StationEnrolled: _station, PersonAdded: _person, UploadOpened: _opened, UploadFinished: _finished,
    UploadQuarantined: _quarantined, UploadRepeated: _repeated, UploadAborted: _aborted,
    RecordingAccessioned: _accessioned, ObjectPlaced: _placed, RecordingSameBytes: _same_bytes,
    RecordingLabelled: _labelled, RecordingIndexed: _indexed, DerivativeMade: _derivative,
    DerivativeUnavailable: _missing, PlaybackOpened: _playback, ParticularsErased: _erased,
    LockProbed: _probed, **IMPORT_RULES,
}
