"""Bytes of an open upload: whole segments become parts of the store's multipart upload, the rest a fsynced tail.

The offset the archive answers counts only what is durable: parts the store has taken and tail bytes fsynced before.
Order for every segment: part in the store → row committed; for the tail: bytes fsynced → length committed.
"""

import os
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select, update

from archive import custody, jobs
from archive.db import Tx
from archive.entries import CustodyEvent
from archive.errors import Conflict, Refused
from archive.identifiers import LeafIndex
from archive.ports import ObjectVersion, StoredPart
from archive.proof.digest import SEGMENT_SIZE, segments_root, sha256
from archive.publication import Act, require
from archive.station_events import UploadFinished2
from archive.stop_points import reach
from archive.tables import UploadProgress, UploadSegment, table
from ingest.carried import TOKEN, carried
from ingest.intake import Intake
from ingest.uploads import UPLOAD, UploadState

PROGRESS, SEGMENT = table(UploadProgress), table(UploadSegment)
FINISH_LATER = timedelta(seconds=20)
"""Should the connection that brought the last byte die before it finishes the upload, a job does it then."""


@dataclass
class Receiver:
    """One PATCH on its way in; ``position`` counts all bytes of the recording that have reached this process.

    With ``held`` (a checksum was announced) nothing counts until ``keep``, so that a wrong body is dropped whole:
    its parts are put again under the same numbers, its tail was never written.
    """

    intake: Intake
    upload: UploadState
    held: bool
    position: int
    committed: int
    waiting: bytearray
    taken: int = 0
    stored: list[tuple[StoredPart, bytes]] = field(default_factory=list)

    def take(self, chunk: bytes) -> None:
        """Add bytes as they come; ``Refused upload.too_many_bytes`` beyond the announced size."""
        if self.position + len(chunk) > self.upload.size:
            raise Refused("upload.too_many_bytes", "more bytes came than the manifest announced", size=self.upload.size)
        self.waiting += chunk
        self.position += len(chunk)

    def next_segment(self) -> tuple[int, bytearray] | None:
        """Number and bytes of the next segment to store, taken off the waiting bytes, or None.

        A whole segment, or the last and shorter one once every byte of the recording is here.
        """
        if len(self.waiting) < SEGMENT_SIZE and not (self.waiting and self.position == self.upload.size):
            return None
        segment, self.waiting = self.waiting, self.waiting[SEGMENT_SIZE:]  # handed on as it is, not copied
        del segment[SEGMENT_SIZE:]
        self.taken += 1
        return self.upload.segments + self.taken, segment

    def put(self, number: int, segment: bytearray) -> tuple[StoredPart, bytes]:
        """Hash a segment once (segment digest, checksum and payload hash in one) and put it; blocking."""
        digest = sha256(segment).value
        part = self.intake.site.ports.store.put_part(
            self.upload.object_key, self.upload.multipart_id, number, segment, digest)
        reach("mid_patch")
        return part, digest

    def arrived(self, part: StoredPart, digest: bytes) -> None:
        """The next segment in order is in the store; unless held its row is committed now: a cut loses little."""
        self.stored.append((part, digest))
        if not self.held:
            self._commit_segments()

    def keep(self) -> int:
        """Make what came durable and count it; answers the new offset. Blocking; all segments have arrived."""
        if self.stored:
            self._commit_segments()
        if self.waiting:
            self._keep_tail()
        return self.position

    def _commit_segments(self) -> None:
        """Rows of the stored segments, and no tail any more: its bytes went into the first of them."""
        rows = [{"upload": self.upload.upload, "number": part.number, "sha256": digest, "size": part.size,
                 "etag": part.etag} for part, digest in self.stored]
        standing = (PROGRESS.c.upload == self.upload.upload) & (PROGRESS.c.segments == self.committed)

        def record(tx: Tx) -> None:
            changed = tx.execute(update(PROGRESS).where(standing).values(
                segments=self.committed + len(rows), tail_length=0))
            if changed.rowcount != 1:
                raise Conflict("upload.busy", "another connection writes to this upload; ask for the offset again")
            tx.execute(insert(SEGMENT), rows)
            if self.position == self.upload.size and not self.waiting:
                now = self.intake.site.ports.clock.now()
                jobs.enqueue(tx, "finish", self.upload.upload, {"upload": self.upload.upload}, now + FINISH_LATER)

        self.intake.site.db.write(record)
        self.committed += len(rows)
        self.stored = []

    def _keep_tail(self) -> None:
        path = tail_path(self.intake, self.upload.upload)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("r+b" if path.exists() else "w+b") as file:
            file.write(self.waiting)
            file.truncate()
            file.flush()
            os.fsync(file.fileno())
        reach("after_tail")
        standing = (PROGRESS.c.upload == self.upload.upload) & (PROGRESS.c.segments == self.committed)
        length = len(self.waiting)
        counted = self.intake.site.db.write(
            lambda tx: tx.execute(update(PROGRESS).where(standing).values(tail_length=length)).rowcount)
        if counted != 1:
            raise Conflict("upload.busy", "another connection writes to this upload; ask for the offset again")


def begin(intake: Intake, upload: UploadState, untrusted_offset: int, untrusted_length: int | None,
          held: bool) -> Receiver:
    """A receiver for a PATCH at an offset, checked before the first body byte.

    ``Conflict upload.closed | upload.offset``, ``Refused upload.too_many_bytes``.
    """
    if upload.state != "open":
        raise Conflict("upload.closed", f"this upload is {upload.state}; nothing can be added")
    if untrusted_offset != upload.offset:
        raise Conflict("upload.offset", "Upload-Offset is not where this upload stands; ask by HEAD",
                       offset=upload.offset)
    if untrusted_length is not None and untrusted_offset + untrusted_length > upload.size:
        raise Refused("upload.too_many_bytes", "more bytes were announced than the manifest holds", size=upload.size)
    tail = read_tail(intake, upload)
    return Receiver(intake, upload, held, upload.offset, upload.segments, bytearray(tail))


def tail_path(intake: Intake, upload: str) -> Path:
    """``staging/<upload id>.tail``."""
    return intake.staging / f"{upload}.tail"


def read_tail(intake: Intake, upload: UploadState) -> bytes:
    """The tail bytes that count; the database says how many, whatever the file holds."""
    if not upload.tail_length:
        return b""
    with tail_path(intake, upload.upload).open("rb") as file:
        tail = file.read(upload.tail_length)
    if len(tail) != upload.tail_length:
        raise Conflict("upload.tail_lost", "the staged end of this upload is gone from disk; it must be sent again")
    return tail


def finish(intake: Intake, upload: UploadState) -> LeafIndex | None:
    """Complete the multipart upload, lock it, log ``upload.finished`` and enqueue its accession.

    Bytes durable and locked → one transaction. Safe to repeat after a crash anywhere in it; None when the ``finish``
    job or another connection was first with the same bytes.
    """
    rows: Any = intake.site.db.read(lambda c: c.execute(
        select(SEGMENT).where(SEGMENT.c.upload == upload.upload).order_by(SEGMENT.c.number)).all())
    until = intake.schedule.staged_until(intake.site.ports.clock.now())
    parts = [(StoredPart(row.number, row.size, row.etag), bytes(row.sha256)) for row in rows]
    reach("after_parts")
    require(intake.site, Act.DEPOSIT)
    version = intake.site.ports.store.finish(upload.object_key, upload.multipart_id, parts, until)
    reach("after_finish")
    return record_finished(intake, upload, version, [digest for _, digest in parts])


def record_finished(intake: Intake, upload: UploadState, version: ObjectVersion,
                    digests: list[bytes]) -> LeafIndex | None:
    """The transaction of ``finish``; ``Conflict upload.closed`` when the upload was closed otherwise."""
    state = intake.site.ports.store.head(version)
    if state.lock_until is None:
        raise Conflict("object.unlocked", "the store gave no lock to a finished upload")
    body = UploadFinished2(
        recording=upload.recording, object_key=version.key, store=intake.site.ports.store.name,
        version_id=version.version_id, size=state.size, segment_size=SEGMENT_SIZE, segments=len(digests),
        segments_root=segments_root(digests), lock_until=state.lock_until, carried=TOKEN)

    def record(tx: Tx) -> LeafIndex | None:
        if not _is_open(tx, upload, version):
            return None
        said = replace(body, carried=carried(tx, upload.upload))
        index = custody.append(tx, intake.site.ports.clock,
                               CustodyEvent.plain(upload.station, upload.upload, said))
        jobs.enqueue(tx, "accession", upload.upload, {"upload": upload.upload}, intake.site.ports.clock.now())
        return index

    index = intake.site.db.write(record)
    tail_path(intake, upload.upload).unlink(missing_ok=True)
    return index


def _is_open(tx: Tx, upload: UploadState, version: ObjectVersion) -> bool:
    row: Any = tx.execute(select(UPLOAD.c.state, UPLOAD.c.version_id).where(UPLOAD.c.id == upload.upload)).one()
    if row.state != "open" and row.version_id != version.version_id:
        raise Conflict("upload.closed", f"this upload is {row.state}; nothing can be added")
    return bool(row.state == "open")
