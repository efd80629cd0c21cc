"""Accession 接收登记: read back, compare with the manifest, probe, lock, log. What contradicts goes to quarantine.

Order: bytes read back and locked → one transaction with the event, its labels and the follow-up job → publication.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select

from archive import custody, jobs, particulars, publication
from archive.adoption_events import ADOPTED
from archive.custody import CUSTODY
from archive.db import Tx
from archive.entries import CustodyEvent, decode
from archive.errors import Contradiction
from archive.event_values import StreamSeen, ToolUsed
from archive.events import (
    ObjectPlaced,
    RecordingAccessioned,
    RecordingLabelled,
    RecordingSameBytes,
    UploadOpened,
    UploadQuarantined,
    UploadRepeated,
)
from archive.identifiers import new_id
from archive.jobs import Leased
from archive.opened import particulars_of
from archive.ports import MediaFacts, MediaRefused, ObjectVersion, Tool
from archive.proof.commitments import Particular
from archive.proof.digest import SEGMENT_SIZE, Digest, segments_root
from archive.publication import Act
from archive.room_sessions import belonging
from archive.stop_points import reach
from archive.tables import ObjectPlace, Recording, Upload, UploadSegment, table
from ingest.import_accounts import trust_grade
from ingest.intake import Intake
from ingest.manifest import LABELS
from ingest.readback import ReadBack, read_back

UPLOAD, SEGMENT, RECORDING, PLACE = table(Upload), table(UploadSegment), table(Recording), table(ObjectPlace)
LOCK_MODE = "COMPLIANCE"
MAX_STREAMS_LOGGED = 64
_SUFFIX = re.compile(r".*(\.[a-z0-9]{1,8})", re.IGNORECASE)


@dataclass(frozen=True)
class _Case:
    """One upload under accession: its row, what its manifest claimed, its label openings, what was read back."""

    row: Any
    claim: UploadOpened
    labels: tuple[Particular, ...]
    version: ObjectVersion
    back: ReadBack


def accession(intake: Intake, job: Leased) -> None:
    """Handle one ``accession`` job; safe to run again: an upload that is no longer *finished* is left alone.

    ``Unavailable`` while clocks disagree or the store's lock is known not to hold: the job waits.
    """
    publication.require(intake.site, Act.ACCESSION)
    row: Any = intake.site.db.read(
        lambda c: c.execute(select(UPLOAD).where(UPLOAD.c.id == job.payload["upload"])).first())
    if row is None or row.state != "finished":
        intake.site.db.write(lambda tx: jobs.complete(tx, job))
        return
    case = _read_back(intake, job, row)
    differences = _differences(intake, case)
    if differences is not None:
        _quarantine(intake, job, case, differences)
        return
    first = _first_of_recorder(intake, case)
    if first is not None:
        _repeat(intake, job, case, first)
    else:
        _register(intake, job, case)


def spool_path(intake: Intake, upload: str, labels: tuple[Particular, ...]) -> Path:
    """``spool/<upload id>`` with the claimed suffix: headerless sound formats can only be told by it."""
    untrusted_name = next((str(field.value) for field in labels if field.name == "file_name"), "")
    suffix = _SUFFIX.fullmatch(untrusted_name)
    return intake.spool / f"{upload}{suffix[1].lower() if suffix else ''}"


def tool_used(tool: Tool) -> ToolUsed:
    """A tool as it stands in events."""
    return ToolUsed(tool.name, tool.version, Digest.parse(tool.digest))


def _read_back(intake: Intake, job: Leased, row: Any) -> _Case:
    site = intake.site
    entry = site.db.read(lambda c: c.execute(
        select(CUSTODY.c.entry).where(CUSTODY.c.idx == row.opened_leaf)).scalar_one())
    claim = decode(bytes(entry))[1].body
    if not isinstance(claim, UploadOpened):
        raise Contradiction("upload.wrong_leaf", f"leaf {row.opened_leaf} does not open upload {row.id}")
    # Labels erased since are simply not there: what was deposited is accessioned all the same.
    labels = tuple(f for f in particulars_of(site, row.opened_leaf).fields if f.name in LABELS)
    version = ObjectVersion(row.object_key, row.version_id)
    algorithms = tuple(dict.fromkeys((*intake.algorithms, *(d.algorithm for d in claim.digests))))
    state = site.ports.store.head(version)
    back = read_back(site.ports.store, version, state.size, algorithms, spool_path(intake, row.id, labels),
                     lambda: jobs.extend_if_due(site.db, job, site.ports.clock.now()))
    return _Case(row, claim, labels, version, back)


def _differences(intake: Intake, case: _Case) -> UploadQuarantined | None:
    """What contradicts: size, digest (manifest ≠ read-back), segment (received ≠ read-back); None when all agree."""
    received = intake.site.db.read(lambda c: c.execute(
        select(SEGMENT.c.number, SEGMENT.c.sha256).where(SEGMENT.c.upload == case.row.id).order_by(SEGMENT.c.number)
    ).all())
    found = {d.algorithm: d for d in case.back.digests}
    pairs = dict(enumerate((bytes(r.sha256) for r in received), 1))
    stored = dict(enumerate(case.back.segments, 1))
    # After a rebuild the segments' rows are gone; the root of their digests stands in the log and decides.
    differing = tuple(n for n in sorted(pairs | stored) if pairs.get(n) != stored.get(n)) if pairs else ()
    reasons = tuple(name for name, is_so in (
        ("size", case.back.size != case.claim.size),
        ("digest", any(found[d.algorithm] != d for d in case.claim.digests)),
        ("segment", bool(differing) or str(segments_root(case.back.segments)) != case.row.segments_root),
    ) if is_so)
    if not reasons:
        return None
    return UploadQuarantined(
        recording=case.row.recording, reasons=reasons, claimed=case.claim.digests, found=case.back.digests,
        claimed_size=case.claim.size, found_size=case.back.size, segments_differing=differing[:64],
        object_key=case.version.key, store=intake.site.ports.store.name, version_id=case.version.version_id)


def _quarantine(intake: Intake, job: Leased, case: _Case, body: UploadQuarantined) -> None:
    """Kept, locked as it is, visible to nobody but those who resolve it; the station is told what differs."""
    event = CustodyEvent.plain("system", case.row.id, body)

    def record(tx: Tx) -> None:
        custody.append(tx, intake.site.ports.clock, event)
        jobs.complete(tx, job)

    intake.site.db.write(record)
    _drop_spool(case)


def _first_of_recorder(intake: Intake, case: _Case) -> Any:
    query = (select(RECORDING.c.id, RECORDING.c.object_key, RECORDING.c.size, PLACE.c.version_id)
             .join_from(RECORDING, PLACE, PLACE.c.object_key == RECORDING.c.object_key)
             .where(RECORDING.c.digest == str(case.back.digests[0]), RECORDING.c.recorder == case.row.recorder)
             .order_by(RECORDING.c.leaf).limit(1))
    return intake.site.db.read(lambda c: c.execute(query).first())


def _repeat(intake: Intake, job: Leased, case: _Case, first: Any) -> None:
    """The first one's pinned version is read again in full: a repeat must not be vouched for by a lost original."""
    store = intake.site.ports.store
    again = read_back(store, ObjectVersion(first.object_key, first.version_id), first.size, ("sha256",), None,
                      lambda: jobs.extend_if_due(intake.site.db, job, intake.site.ports.clock.now()))
    body = UploadRepeated(
        recording=first.id, own_recording=case.row.recording, station=case.row.station,
        station_key=case.row.station_key, manifest=case.claim.manifest, digests=case.back.digests,
        size=case.back.size, segment_size=SEGMENT_SIZE, segments=len(case.back.segments),
        segments_root=segments_root(case.back.segments), object_key=case.version.key, store=store.name,
        version_id=case.version.version_id, first_intact=again.digests[0] == case.back.digests[0])
    event, sealed = _with_labels(intake, case, "system", case.row.id, body, scope=case.row.recording)

    def record(tx: Tx) -> None:
        custody.append(tx, intake.site.ports.clock, event, sealed)
        jobs.complete(tx, job)

    intake.site.db.write(record)
    _drop_spool(case)


def _register(intake: Intake, job: Leased, case: _Case) -> None:
    site, recording = intake.site, case.row.recording
    probe, reason, facts = _probe(intake, case)
    until = site.ports.store.extend_lock(case.version, intake.schedule.keep_until(site.ports.clock.now()))
    body = RecordingAccessioned(
        upload=case.row.id, station=case.row.station, station_key=case.row.station_key, recorder=case.row.recorder,
        manifest=case.claim.manifest, digests=case.back.digests, size=case.back.size, segment_size=SEGMENT_SIZE,
        segments=len(case.back.segments), segments_root=segments_root(case.back.segments),
        trust=trust_grade(site, case.row.station, case.row.id),
        object_key=case.version.key, stored_form="plain", lock_mode=LOCK_MODE, lock_until=until,
        started=case.claim.started, ended=case.claim.ended, probe=probe, probe_reason=reason,
        container=facts.container if facts else None, duration_us=facts.duration_us if facts else None,
        streams=_streams(facts), tools=tuple(tool_used(t) for t in site.ports.media.tools()))
    event, sealed = _with_labels(intake, case, "system", recording, body, scope=recording)
    placed = CustodyEvent.plain("system", recording, ObjectPlaced(
        case.version.key, site.ports.store.name, case.version.version_id, case.back.size, until))
    claimed = RecordingLabelled(new_id("lbl"), "sheet" if body.trust == ADOPTED else "manifest")
    labelled = _with_labels(intake, case, case.row.station, recording, claimed, scope=recording)

    def record(tx: Tx) -> None:
        custody.append(tx, site.ports.clock, event, sealed)
        custody.append(tx, site.ports.clock, placed)
        if labelled[1] is not None:
            custody.append(tx, site.ports.clock, *labelled)
        for assigned in belonging(tx, case.row.station, recording, body.started, body.ended):
            custody.append(tx, site.ports.clock, assigned)
        _note_same_bytes(intake, tx, case)
        jobs.enqueue(tx, "derive", recording, {"recording": recording, "upload": case.row.id}, site.ports.clock.now())
        jobs.complete(tx, job)
        reach("before_commit")

    site.db.write(record)  # commit point: from here the recording exists
    reach("after_commit")


def _probe(intake: Intake, case: _Case) -> tuple[str, str | None, MediaFacts | None]:
    """done with facts, refused with a reason (kept all the same), or deferred when there was no room to look."""
    if case.back.spooled is None:
        return "deferred", "no_spool_space", None
    try:
        return "done", None, intake.site.ports.media.probe(case.back.spooled)
    except MediaRefused as fault:
        return "refused", fault.reason, None


def _streams(facts: MediaFacts | None) -> tuple[StreamSeen, ...]:
    return tuple(StreamSeen(s.index, s.kind, s.codec, s.profile, s.width, s.height, s.sample_rate, s.channels)
                 for s in (facts.streams[:MAX_STREAMS_LOGGED] if facts else ()))


def _with_labels(intake: Intake, case: _Case, actor: str, subject: str, body: Any,
                 scope: str) -> tuple[CustodyEvent, particulars.Sealed | None]:
    """An event that commits to the labels with the station's own salts, or a plain one when none were claimed."""
    if not case.labels:
        return CustodyEvent.plain(actor, subject, body), None
    sealed = particulars.seal(intake.site.ports.vault, intake.site.log_id, scope, case.labels)
    return CustodyEvent.committed(actor, subject, body, sealed.commitment), sealed


def _note_same_bytes(intake: Intake, tx: Tx, case: _Case) -> None:
    digest = case.back.digests[0]
    others = tx.execute(select(RECORDING.c.id).where(
        RECORDING.c.digest == str(digest), RECORDING.c.id != case.row.recording)).scalars().all()
    for other in others:
        custody.append(tx, intake.site.ports.clock, CustodyEvent.plain(
            "system", case.row.recording, RecordingSameBytes(other, digest)))


def _drop_spool(case: _Case) -> None:
    if case.back.spooled is not None:
        case.back.spooled.unlink(missing_ok=True)
