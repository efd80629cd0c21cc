"""Deposits into the drill's archive, through the same use cases as the service's own, without its HTTP."""

import secrets
import time
from concurrent.futures import wait
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select

from api.wiring import Archive, station_clock
from archive import jobs
from archive.columns import table
from archive.errors import Unavailable
from archive.event_values import Interval
from archive.particulars import salted
from archive.ports import ObjectVersion
from archive.proof.digest import sha256
from archive.proof.note import sign_note
from archive.proof.signing import SigningKey
from archive.tables import Upload
from ingest.accession import accession
from ingest.manifest import Manifest, RecorderName, manifest_text, openings_text
from ingest.outcome import Waiting, receipt_of_upload
from ingest.receive import begin, finish
from ingest.uploads import open_upload, upload_state

UPLOAD = table(Upload)
RECORDER = RecorderName("Drill", "D-0001", "body_camera")
SIZE = 200_000
PATIENCE_S = 30.0


@dataclass(frozen=True)
class Deposited:
    """A recording of noise as it was sent, its pinned version, and the receipt its station holds."""

    upload: str
    recording: str
    data: bytes
    version: ObjectVersion
    receipt: bytes


def manifest(archive: Archive, station: SigningKey, data: bytes) -> tuple[bytes, bytes]:
    """A station's signed manifest for ``data`` and the openings of its labels."""
    fields, now = salted({"file_name": "noise.bin", "wearer": "演练"}), station_clock()()
    made = Manifest(
        station=station.key.name, log=archive.site.origin, nonce=secrets.token_hex(16),
        expires=now + timedelta(days=1), size=len(data), digests=(sha256(data),), recorder=RECORDER,
        started=Interval(now, now), ended=Interval(now, now), session=None, sequence=None,
        labels={field.name: field.commitment for field in fields})
    return sign_note(manifest_text(made), [station]), openings_text(fields)


def deposit(archive: Archive, station: SigningKey, grade: str = "cosigned") -> Deposited:
    """Noise, deposited whole; comes back with a receipt of ``grade``. ``Unavailable push.no_receipt``."""
    upload, recording, data = accessioned(archive, station)
    row = archive.site.db.read(lambda c: c.execute(select(UPLOAD).where(UPLOAD.c.id == upload)).one())
    version = ObjectVersion(row.object_key, row.version_id)
    return Deposited(upload, recording, data, version, receipt_of(archive, upload, grade))


def accessioned(archive: Archive, station: SigningKey) -> tuple[str, str, bytes]:
    """Upload, recording and bytes of a deposit that has no receipt yet."""
    data, intake = secrets.token_bytes(SIZE), archive.intake
    opened = open_upload(intake, *manifest(archive, station, data), len(data))
    receiver = begin(intake, opened.upload, 0, len(data), held=False)
    receiver.take(data)
    while receiver.has_segment:
        receiver.arrived(*receiver.put(*receiver.next_segment()))
    receiver.keep()
    finish(intake, upload_state(intake, opened.upload))
    while (job := jobs.lease(archive.site.db, archive.site.ports.clock.now(), ("accession",))) is not None:
        accession(intake, job)
    return opened.upload, opened.recording, data


def receipt_of(archive: Archive, upload: str, grade: str, patience_s: float = PATIENCE_S) -> bytes:
    """The receipt once it has reached ``grade``; ``Unavailable push.no_receipt`` when it does not in time."""
    clock = archive.site.ports.clock
    until = clock.monotonic() + patience_s
    while isinstance(answer := receipt_of_upload(archive.site, upload, grade), Waiting):
        left = until - clock.monotonic()
        if left <= 0:
            raise Unavailable("push.no_receipt", f"no receipt of grade {grade} came in time")
        if answer.coming is None:
            time.sleep(0.05)
        else:
            wait([answer.coming], left)
    return answer
