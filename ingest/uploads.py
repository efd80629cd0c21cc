"""Open an upload from a signed manifest: verified, then parsed, then logged, and only then answered."""

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, insert, select

from archive import custody, particulars, publication
from archive.db import Tx
from archive.entries import CustodyEvent
from archive.errors import Conflict, NotFound, Refused
from archive.events import UploadOpened
from archive.identifiers import RecordingId, UploadId, new_id, parse_id
from archive.proof.commitments import Particular
from archive.proof.digest import SEGMENT_SIZE, sha256
from archive.publication import Act
from archive.recorder_events import UploadObserved
from archive.recorder_ledger import known_recorder
from archive.site import Site
from archive.stop_points import reach
from archive.tables import Upload, UploadProgress, table
from ingest.intake import MAX_SEGMENTS, Intake
from ingest.manifest import MAX_MANIFEST, Manifest, parse_openings
from ingest.recorder_keys import RecorderSigned, signed_by_recorder
from ingest.stations import EnrolledStation, open_station_note, require_active

UPLOAD, PROGRESS = table(Upload), table(UploadProgress)
MAX_SIZE = MAX_SEGMENTS * SEGMENT_SIZE
ENDED = ("aborted", "expired")
"""States of an upload of which nothing was kept."""


@dataclass(frozen=True)
class OpenedUpload:
    """What a station needs to send bytes. ``created`` is False when the same manifest had been sent before."""

    upload: UploadId
    recording: RecordingId
    token: str
    created: bool


@dataclass(frozen=True)
class UploadState:
    """Where an upload stands; ``offset`` counts bytes that are durable, the last of which came at ``last_byte_at``."""

    upload: UploadId
    recording: RecordingId
    station: str
    size: int
    offset: int
    state: str
    segments: int
    tail_length: int
    tail_fence: int
    multipart_id: str
    object_key: str
    last_byte_at: datetime


def open_upload(intake: Intake, untrusted_note: bytes, untrusted_openings: bytes,
                untrusted_length: int | None, signer: str | None = None) -> OpenedUpload:
    """Check a manifest and open its upload; the event ``upload.opened`` is committed when this returns.

    ``Refused manifest.* | station.* | recorder_key.* | label.* | upload.*``, ``Conflict manifest.replayed |
    manifest.spent``, ``Unavailable log.unconfirmed``. The same manifest of the same station again answers the same
    upload. ``signer``: the station that signed the request, where one did.
    """
    if len(untrusted_note) > MAX_MANIFEST:
        raise Refused("manifest.too_large", f"a manifest has at most {MAX_MANIFEST} bytes")
    station, verified = open_station_note(intake.site, untrusted_note, beside_recorder=True)
    if signer not in (None, station.id):
        raise Refused("signature.other_station", "the request is signed by another station than the manifest")
    signed = signed_by_recorder(intake.site, untrusted_note)
    manifest = Manifest.parse(verified)
    fields = parse_openings(untrusted_openings, manifest)
    known = _known(intake, manifest, str(sha256(untrusted_note)))
    if known is not None:
        return known
    _check_terms(intake, manifest, untrusted_length)
    publication.require(intake.site, Act.DEPOSIT)
    return _open(intake, station, manifest, fields, untrusted_note, signed)


def _open(intake: Intake, station: EnrolledStation, manifest: Manifest, fields: tuple[Particular, ...],
          note: bytes, signed: RecorderSigned | None) -> OpenedUpload:
    """For a manifest that was checked: a multipart upload begun in the store, then one transaction."""
    recording, upload = RecordingId(new_id("rec")), UploadId(new_id("upl"))
    sealed = particulars.seal(intake.site.ports.vault, intake.site.log_id, recording,
                              (*fields, *beside(manifest, note)))
    now = intake.site.ports.clock.now()
    multipart = intake.site.ports.store.begin(
        object_key(recording), intake.schedule.staged_until(now), "plain")

    def record(tx: Tx) -> None:
        require_active(tx, station.id)
        if tx.execute(select(UPLOAD.c.id).where(UPLOAD.c.nonce == manifest.nonce)).first() is not None:
            raise Conflict("manifest.replayed", "this manifest was just sent by another connection; send it again")
        known = known_recorder(tx, manifest.recorder.vendor, manifest.recorder.serial)
        if signed is not None:
            signed.require_holds(tx, known)
        recorder = known or new_id("rcd")
        body = _body(station, manifest, recording, recorder, sha256(note))
        custody.append(tx, intake.site.ports.clock,
                       CustodyEvent.committed(station.id, upload, body, sealed.commitment), sealed)
        seen = _observed(manifest, recorder)
        if seen is not None:
            custody.append(tx, intake.site.ports.clock, CustodyEvent.plain(station.id, upload, seen))
        if signed is not None:
            custody.append(tx, intake.site.ports.clock, CustodyEvent.plain(station.id, upload, signed.event()))
        tx.execute(insert(PROGRESS).values(
            upload=upload, multipart_id=multipart, segments=0, tail_length=0, fence=0, tail_fence=0, last_byte_at=now,
            unsigned=False))

    try:
        intake.site.db.write(record)  # commit point: from here the upload exists
    except (Conflict, Refused):  # nothing was committed, so nothing will ever refer to what was begun in the store
        intake.site.ports.store.abort(object_key(recording), multipart)
        raise
    reach("after_opened")
    return OpenedUpload(upload, recording, upload_token(intake, upload), created=True)


def object_key(recording: RecordingId | str) -> str:
    """Key of an original; no outside text in it."""
    return f"originals/{recording}/1"


def upload_token(intake: Intake, upload: str) -> str:
    """The 256-bit token that is good for this one upload; derived, so that a repeated POST answers the same."""
    return hmac.new(intake.token_key, f"liuhen/upload-token/1\n{upload}".encode(), "sha256").hexdigest()


def authorised_upload(intake: Intake, untrusted_upload: str, untrusted_token: str) -> UploadState:
    """The upload this token opens; ``NotFound upload.unknown`` for a wrong id and a wrong token alike."""
    upload = parse_id("upl", untrusted_upload)
    if not hmac.compare_digest(untrusted_token.encode(), upload_token(intake, upload).encode()):
        raise unknown()
    return upload_state(intake, UploadId(upload))


def upload_state(intake: Intake, upload: UploadId) -> UploadState:
    """Row and progress of an upload; ``NotFound upload.unknown``."""
    return intake.site.db.read(lambda c: state_in(c, upload))


def state_in(source: Connection | Tx, upload: UploadId) -> UploadState:
    """The same within a transaction."""
    query = select(UPLOAD, PROGRESS.c.multipart_id, PROGRESS.c.segments, PROGRESS.c.tail_length, PROGRESS.c.tail_fence,
                   PROGRESS.c.last_byte_at).join_from(
        UPLOAD, PROGRESS, PROGRESS.c.upload == UPLOAD.c.id, isouter=True).where(UPLOAD.c.id == upload)
    row: Any = source.execute(query).first()
    if row is None:
        raise unknown()
    segments, tail = row.segments or 0, row.tail_length or 0
    offset = row.size if row.state != "open" else min(row.size, segments * SEGMENT_SIZE + tail)
    return UploadState(UploadId(row.id), RecordingId(row.recording), row.station, row.size, offset, row.state,
                       segments, tail, row.tail_fence or 0, row.multipart_id or "", object_key(row.recording),
                       row.last_byte_at or row.opened_at)


def require_not_ended(upload: UploadState) -> None:
    """``Conflict upload.aborted | upload.expired`` for an upload of which nothing was kept; over HTTP both are Gone."""
    if upload.state == "aborted":
        raise Conflict("upload.aborted", "this upload was ended and nothing of it kept; sign a new manifest and open "
                       "another")
    if upload.state == "expired":
        raise Conflict("upload.expired", "no byte came for too long and nothing of this upload was kept; sign a new "
                       "manifest and open another")


def expires(intake: Intake, upload: UploadState) -> datetime | None:
    """When the upload expires unless bytes come (tus ``Upload-Expires``); None once every byte is here."""
    if upload.state != "open" or upload.offset == upload.size:
        return None
    return upload.last_byte_at + intake.expire_after


def unknown() -> NotFound:
    """A wrong id, a wrong token and another station's upload look the same."""
    return NotFound("upload.unknown", "no such upload, or not with this token")


def _known(intake: Intake, manifest: Manifest, manifest_digest: str) -> OpenedUpload | None:
    """The upload an earlier POST of this manifest opened; ``Conflict`` when its nonce was used otherwise."""
    row: Any = intake.site.db.read(lambda c: c.execute(
        select(UPLOAD.c.id, UPLOAD.c.recording, UPLOAD.c.station, UPLOAD.c.manifest_digest, UPLOAD.c.state)
        .where(UPLOAD.c.nonce == manifest.nonce)).first())
    if row is None:
        return None
    if row.station != manifest.station or row.manifest_digest != manifest_digest:
        raise Conflict("manifest.replayed", "this nonce was used for another manifest; sign a new one")
    if row.state in ENDED:
        raise Conflict("manifest.spent", "the upload this manifest opened was ended or has expired; sign a new one")
    return OpenedUpload(UploadId(row.id), RecordingId(row.recording), upload_token(intake, row.id), created=False)


def require_addressed(site: Site, manifest: Manifest) -> None:
    """``Refused manifest.other_archive | manifest.expired`` unless the manifest is for this log and in force."""
    if manifest.log != site.origin:
        raise Refused("manifest.other_archive", "this manifest is meant for another archive; sign one for this log",
                      log=site.origin)
    if manifest.expires < site.ports.clock.now():
        raise Refused("manifest.expired", "the manifest has expired; sign a new one")


def _check_terms(intake: Intake, manifest: Manifest, untrusted_length: int | None) -> None:
    require_addressed(intake.site, manifest)
    if manifest.unreadable is not None:
        raise Refused("manifest.unreadable", "this manifest says that its file cannot be deposited; send it to "
                      "/api/v1/statements")
    if manifest.size == 0:
        raise Refused("upload.empty", "an empty recording cannot be deposited")
    if manifest.size > MAX_SIZE:
        raise Refused("upload.too_large", f"a recording has at most {MAX_SIZE} bytes; split it", limit=MAX_SIZE)
    if untrusted_length != manifest.size:
        raise Refused("upload.length_mismatch", "Upload-Length must equal the size in the manifest",
                      manifest_size=manifest.size)


def beside(manifest: Manifest, note: bytes) -> tuple[Particular, ...]:
    """What is kept of the manifest itself: the note as signed, and the recorder's own names."""
    return particulars.salted({
        "manifest": note.decode(), "recorder_vendor": manifest.recorder.vendor,
        "recorder_serial": manifest.recorder.serial, "recorder_kind": manifest.recorder.kind,
    })


def _body(station: EnrolledStation, manifest: Manifest, recording: str, recorder: str,
          manifest_digest: Any) -> UploadOpened:
    return UploadOpened(
        recording=recording, station=station.id, station_key=station.key.hex_id, manifest=(manifest_digest,),
        manifest_nonce=manifest.nonce, digests=manifest.digests, size=manifest.size, recorder=recorder,
        session=manifest.session, sequence=manifest.sequence, started=manifest.started, ended=manifest.ended)


def _observed(manifest: Manifest, recorder: str) -> UploadObserved | None:
    """What the station says it saw of the recorder, in an event of its own: ``upload.opened/1`` is frozen, and what
    stood in particulars alone would end with their erasure though it says nothing of anybody."""
    clock, ms = manifest.clock, timedelta(milliseconds=1)
    if clock is None:
        nothing = manifest.previous is None and manifest.provenance is None
        return None if nothing else UploadObserved(
            recorder, manifest.provenance, manifest.previous, None, None, None, None)
    return UploadObserved(recorder, manifest.provenance, manifest.previous, clock.measured_at, clock.offset // ms,
                          clock.error // ms, clock.reset_suspected)
