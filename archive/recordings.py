"""Find recordings and what is known of them. ``visible_to`` is the only way in: every query starts from it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, false, func, or_, select, true

from archive.actors import SYSTEM, Actor
from archive.errors import NotFound
from archive.identifiers import RecordingId, parse_id
from archive.mediums import Medium, medium_of
from archive.set_aside_tables import SetAsideProposal
from archive.sight import sees_recording
from archive.site import Site
from archive.tables import (
    Derivative,
    DerivativeMissing,
    Label,
    ObjectPlace,
    Recorder,
    Recording,
    RecordingIndex,
    SameBytes,
    Station,
    Upload,
    table,
)

RECORDING, LABEL, PLACE, UPLOAD = table(Recording), table(Label), table(ObjectPlace), table(Upload)
DERIVATIVE, MISSING, SAME = table(Derivative), table(DerivativeMissing), table(SameBytes)
RECORDER, STATION, INDEX, COPY = table(Recorder), table(Station), table(RecordingIndex), table(Derivative).alias("copy")
ASIDE = table(SetAsideProposal)
IN_FORCE = (ASIDE.c.decision == "confirmed") & ASIDE.c.back_at.is_(None)
"""Whether a proposal keeps its recording set aside."""
PAGE = 100


@dataclass(frozen=True)
class RecordingRow:
    """A recording in a list. ``copy_missing``: why there is no access copy; without it or ``has_copy`` one is made."""

    id: str
    case_no: str | None
    case_key: str | None
    file_name: str | None
    started: datetime
    started_latest: datetime
    ended: datetime
    accessioned_at: datetime
    duration_us: int | None
    size: int
    kinds: tuple[str, ...]
    trust: str
    station: str
    station_title: str | None
    recorder_name: str | None
    has_copy: bool
    copy_missing: str | None
    medium: Medium = "footage"


@dataclass(frozen=True)
class DerivativeRow:
    """A derivative as it can be opened: its object, pinned version and type."""

    id: str
    purpose: str
    method: str
    media_type: str
    digest: str
    size: int
    object_key: str
    version_id: str


@dataclass(frozen=True)
class RecordingDetail:
    """All that a recording's page shows. ``streams`` are plain dicts as probed."""

    row: RecordingRow
    upload: str
    station: str
    recorder: str
    digests: tuple[str, ...]
    object_key: str
    version_id: str
    lock_until: datetime
    started: tuple[datetime, datetime]
    ended: tuple[datetime, datetime]
    container: str | None
    streams: tuple[dict[str, Any], ...]
    labels: tuple[dict[str, str], ...]
    derivatives: tuple[DerivativeRow, ...]
    missing: tuple[tuple[str, str], ...]
    same_bytes: tuple[str, ...]
    repeats: int
    leaf: int
    gops: int | None

    def derivative(self, purpose: str) -> DerivativeRow | None:
        """The derivative of a purpose, or None."""
        return next((d for d in self.derivatives if d.purpose == purpose), None)


def visible_to(actor: Actor) -> Select[Any]:
    """Ids of the recordings this actor may know of, as ``sees_recording`` has it; a station knows of its own.

    Quarantined uploads have no recording row and so are nobody's. Roles and policies come later through this place.
    """
    return select(RECORDING.c.id).where(sees_recording(actor))


def may_see(actor: Actor, recording: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether ``visible_to`` holds this id: looked up for each row met, where ``IN`` would list all there are."""
    seen = visible_to(actor).subquery()
    return exists().where(seen.c.id == recording)


def of_station_or_all(actor: Actor, station: ColumnElement[str]) -> ColumnElement[bool]:
    """Which rows with a ``station`` column an actor may know of that are not accessioned: a person all, a station its
    own."""
    if actor == SYSTEM or actor.is_person:
        return true()
    return station == actor.id if actor.is_station else false()


def is_set_aside() -> ColumnElement[bool]:
    """Whether a recording was set aside, as not of enforcement or made by mistake: searches leave it out."""
    return exists().where(ASIDE.c.recording == RECORDING.c.id, IN_FORCE)


def same_bytes(site: Site, actor: Actor, detail: "RecordingDetail") -> list[RecordingRow]:
    """The recordings with the same bytes that this actor may know of, the oldest first."""
    query = (rows_for(actor, latest_labels()).where(RECORDING.c.id.in_(detail.same_bytes)).order_by(RECORDING.c.leaf))
    return [as_row(r) for r in site.db.read(lambda c: c.execute(query).all())]


def listed(site: Site, actor: Actor, recordings: Sequence[str]) -> list[RecordingRow]:
    """These recordings as far as this actor may know of them, in the order they were taken."""
    query = (rows_for(actor, latest_labels()).where(RECORDING.c.id.in_(recordings))
             .order_by(RECORDING.c.started_earliest, RECORDING.c.leaf))
    return [as_row(r) for r in site.db.read(lambda c: c.execute(query).all())]


def find(site: Site, actor: Actor, untrusted_recording: str) -> RecordingDetail:
    """Everything about one recording; ``NotFound recording.unknown`` when absent or hidden."""
    recording = require_visible(site, actor, untrusted_recording)
    return site.db.read(lambda c: _detail(c, actor, recording))


def require_visible(site: Site, actor: Actor, untrusted_recording: str) -> RecordingId:
    """The id when this actor may know of it; ``NotFound recording.unknown`` when absent or hidden."""
    recording = parse_id("rec", untrusted_recording)
    seen = site.db.read(lambda c: c.execute(visible_to(actor).where(RECORDING.c.id == recording)).first())
    if seen is None:
        raise NotFound("recording.unknown", "no such recording, or you may not see it")
    return RecordingId(recording)


def latest_labels() -> Any:
    """One label per recording: the latest put on."""
    other = LABEL.alias()
    newest = select(func.max(other.c.leaf)).where(other.c.recording == LABEL.c.recording).scalar_subquery()
    return select(LABEL).where(LABEL.c.leaf == newest).subquery()


def rows_for(actor: Actor, labels: Any) -> Select[Any]:
    """The rows of every list: what ``as_row`` reads, of the recordings this actor may know of."""
    return (select(RECORDING, labels.c.case_no, labels.c.case_key, labels.c.file_name, STATION.c.title,
                   RECORDER.c.vendor, RECORDER.c.serial, COPY.c.id.label("copy"), MISSING.c.reason.label("no_copy"))
            .join_from(RECORDING, labels, labels.c.recording == RECORDING.c.id, isouter=True)
            .join(STATION, STATION.c.id == RECORDING.c.station, isouter=True)
            .join(RECORDER, RECORDER.c.id == RECORDING.c.recorder, isouter=True)
            .join(COPY, (COPY.c.recording == RECORDING.c.id) & (COPY.c.purpose == "access_copy"), isouter=True)
            .join(MISSING, (MISSING.c.recording == RECORDING.c.id) & (MISSING.c.purpose == "access_copy"), isouter=True)
            .where(may_see(actor, RECORDING.c.id)))


def as_row(r: Any) -> RecordingRow:
    """What ``rows_for`` found, as a list shows it."""
    kinds = tuple(dict.fromkeys(s["kind"] for s in json.loads(r.streams)))
    recorder = " ".join(part for part in (r.vendor, r.serial) if part) or None
    return RecordingRow(r.id, r.case_no, r.case_key, r.file_name, r.started_earliest, r.started_latest, r.ended_latest,
                        r.accessioned_at, r.duration_us, r.size, kinds, r.trust, r.station, r.title, recorder,
                        r.copy is not None, r.no_copy, medium_of(r.container))


def _detail(c: Any, actor: Actor, recording: RecordingId) -> RecordingDetail:
    r = c.execute(
        rows_for(actor, latest_labels()).add_columns(PLACE.c.version_id, INDEX.c.gops)
        .join(PLACE, PLACE.c.object_key == RECORDING.c.object_key)
        .join(INDEX, INDEX.c.recording == RECORDING.c.id, isouter=True)
        .where(RECORDING.c.id == recording)).first()
    return RecordingDetail(
        row=as_row(r), upload=r.upload, station=r.station, recorder=r.recorder, digests=tuple(r.digests.split()),
        object_key=r.object_key, version_id=r.version_id, lock_until=r.lock_until,
        started=(r.started_earliest, r.started_latest), ended=(r.ended_earliest, r.ended_latest),
        container=r.container, streams=tuple(json.loads(r.streams)), labels=_labels(c, recording),
        derivatives=_derivatives(c, recording), missing=_missing(c, recording), same_bytes=_same(c, recording),
        repeats=_repeats(c, recording), leaf=r.leaf, gops=r.gops)


def _labels(c: Any, recording: str) -> tuple[dict[str, str], ...]:
    names = ("source", "case_no", "matter", "party", "handling_officer", "wearer", "wearer_no", "place", "file_name")
    rows = c.execute(select(LABEL).where(LABEL.c.recording == recording).order_by(LABEL.c.leaf.desc()))
    return tuple({name: getattr(r, name) for name in names if getattr(r, name) is not None} for r in rows)


def _derivatives(c: Any, recording: str) -> tuple[DerivativeRow, ...]:
    rows = c.execute(select(DERIVATIVE, PLACE.c.version_id).join_from(
        DERIVATIVE, PLACE, PLACE.c.object_key == DERIVATIVE.c.object_key)
        .where(DERIVATIVE.c.recording == recording).order_by(DERIVATIVE.c.made_at))
    return tuple(DerivativeRow(r.id, r.purpose, r.method, r.media_type, r.digest, r.size, r.object_key, r.version_id)
                 for r in rows)


def _missing(c: Any, recording: str) -> tuple[tuple[str, str], ...]:
    rows = c.execute(select(MISSING.c.purpose, MISSING.c.reason).where(MISSING.c.recording == recording))
    return tuple((r.purpose, r.reason) for r in rows)


def _same(c: Any, recording: str) -> tuple[str, ...]:
    """Recordings with equal bytes, on both pages: whichever of the two came later named the other."""
    rows = c.execute(select(SAME.c.recording, SAME.c.other).where(
        or_(SAME.c.recording == recording, SAME.c.other == recording)))
    return tuple(sorted({r.other if r.recording == recording else r.recording for r in rows}))


def _repeats(c: Any, recording: str) -> int:
    return int(c.execute(select(func.count()).select_from(UPLOAD).where(
        UPLOAD.c.first_recording == recording)).scalar_one())
