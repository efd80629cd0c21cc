"""Bytes of an open upload: whole segments become parts of the store's multipart upload, the rest a fsynced tail.

Only what is durable counts: part in the store → row; tail fsynced → length. No commit for a fenced-out writer.
"""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select

from archive import custody, jobs
from archive.db import Tx
from archive.entries import CustodyEvent
from archive.errors import Conflict, Refused, Unavailable
from archive.identifiers import LeafIndex, UploadId
from archive.ports import ObjectVersion, StoredPart
from archive.proof.digest import SEGMENT_SIZE, segments_root, sha256
from archive.publication import Act, require
from archive.station_events import UploadFinished2
from archive.stop_points import reach
from archive.tables import UploadSegment, table
from ingest import writers
from ingest.carried import TOKEN, carried
from ingest.intake import Intake
from ingest.tails import read_tail, remove_tails, tail_path, write_tail
from ingest.uploads import UPLOAD, UploadState, require_not_ended, state_in
from ingest.waiting import Waiting
from ingest.writers import Writer

SEGMENT = table(UploadSegment)
FINISH_LATER = timedelta(seconds=20)
"""Should the connection that brought the last byte die before it finishes the upload, a job does it then."""


@dataclass
class Receiver:
    """One body on its way in; ``position`` counts all bytes of the recording that have reached this process.

    With ``held`` (a checksum was announced) nothing counts until ``keep``, so that a wrong body is dropped whole:
    its parts are put again under the same numbers, its tail was never written. Every commit is ``Conflict
    upload.taken_over`` once another writer has come.
    """

    intake: Intake
    upload: UploadState
    writer: Writer
    held: bool
    position: int
    committed: int
    waiting: Waiting
    last_byte_at: datetime
    taken: int = 0
    renewed_at: int = field(init=False)
    stored: list[tuple[StoredPart, bytes]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.renewed_at = self.position

    @property
    def expires(self) -> datetime | None:
        """When the upload expires unless more bytes come; None once every byte is here."""
        return None if self.position == self.upload.size else self.last_byte_at + self.intake.expire_after

    @property
    def has_segment(self) -> bool:
        """A whole segment waits, or the last and shorter one once every byte of the recording is here."""
        return len(self.waiting) >= SEGMENT_SIZE or (len(self.waiting) > 0 and self.position == self.upload.size)

    def take(self, chunk: bytes) -> None:
        """Add bytes as they come; ``Refused upload.too_many_bytes`` beyond the announced size."""
        if self.position + len(chunk) > self.upload.size:
            raise Refused("upload.too_many_bytes", "more bytes came than the manifest announced", size=self.upload.size)
        self.waiting.add(chunk)
        self.position += len(chunk)

    def next_segment(self) -> tuple[int, bytearray]:
        """Number and bytes of the next segment to store, taken off the waiting bytes; ``has_segment`` says that there
        is one. Blocking if they were set down."""
        segment = self.waiting.take(SEGMENT_SIZE)
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

        def record(tx: Tx, now: datetime) -> None:
            writers.commit(tx, self.writer, now, segments=self.committed + len(rows), tail_length=0, last_byte_at=now)
            tx.execute(insert(SEGMENT), rows)
            if self.position == self.upload.size and not self.waiting:
                jobs.enqueue(tx, "finish", self.upload.upload, {"upload": self.upload.upload}, now + FINISH_LATER)

        self._commit(record)
        self.committed += len(rows)
        self.stored = []

    def _keep_tail(self) -> None:
        fence, tail = self.writer.fence, self.waiting.take()
        length = len(tail)
        write_tail(self.intake, self.upload.upload, fence, tail)
        reach("after_tail")
        try:
            self._commit(lambda tx, now: writers.commit(
                tx, self.writer, now, tail_length=length, tail_fence=fence, last_byte_at=now))
        except Conflict:
            tail_path(self.intake, self.upload.upload, fence).unlink(missing_ok=True)
            raise

    def _commit(self, record: Callable[[Tx, datetime], None]) -> None:
        """One transaction as the upload's writer; afterwards the tail this writer began from counts no more."""
        now = self.intake.site.ports.clock.now()
        self.intake.site.db.write(lambda tx: record(tx, now))
        self.last_byte_at = now
        if self.upload.tail_length:
            tail_path(self.intake, self.upload.upload, self.upload.tail_fence).unlink(missing_ok=True)

    def renew(self, storing: bool) -> None:
        """Called every ``writers.RENEW``: keeps the lease while bytes come or we are the slow ones (``storing``).

        A connection that is silent only looks whether it was fenced out: ``Conflict upload.taken_over``. Blocking.
        """
        came, self.renewed_at = self.position != self.renewed_at, self.position
        if not came and not storing:
            writers.require_held(self.intake.site.db, self.writer)
            return
        now = self.intake.site.ports.clock.now()
        columns = {"last_byte_at": now} if came else {}
        self.intake.site.db.write(lambda tx: writers.commit(tx, self.writer, now, **columns))

    def release(self) -> None:
        """The body is over, well or not: the next writer may come at once, else when the lease runs out."""
        self.waiting.close()
        with contextlib.suppress(Unavailable):
            writers.release(self.intake.site.db, self.writer)


def begin(intake: Intake, upload: UploadId, untrusted_offset: int, untrusted_length: int | None,
          held: bool) -> Receiver:
    """Become the upload's writer for a body at an offset, checked before its first byte; ``release`` afterwards.

    ``Conflict upload.busy | upload.offset | upload.closed | upload.aborted | upload.expired | upload.tail_lost``,
    ``Refused upload.too_many_bytes``.
    """

    def take(tx: Tx) -> tuple[UploadState, Writer]:
        state = state_in(tx, upload)
        require_not_ended(state)
        if state.state != "open":
            raise Conflict("upload.closed", f"this upload is {state.state}; nothing can be added")
        writer = writers.take(tx, upload, intake.site.ports.clock.now())
        _require_fitting(state, untrusted_offset, untrusted_length)  # a fault here undoes the taking
        return state, writer

    state, writer = intake.site.db.write(take)
    tail = read_tail(intake, upload, state.tail_fence, state.tail_length)
    if tail is None:
        _forget_tail(intake, writer)
        raise Conflict("upload.tail_lost", "the staged end of this upload is gone from disk; ask for the offset and "
                       "send on from there")
    return Receiver(intake, state, writer, held, state.offset, state.segments, Waiting(intake.spool, tail),
                    state.last_byte_at)


def _require_fitting(upload: UploadState, untrusted_offset: int, untrusted_length: int | None) -> None:
    if untrusted_offset != upload.offset:
        raise Conflict("upload.offset", "Upload-Offset is not where this upload stands; ask by HEAD",
                       offset=upload.offset)
    if untrusted_length is not None and untrusted_offset + untrusted_length > upload.size:
        raise Refused("upload.too_many_bytes", "more bytes were announced than the manifest holds", size=upload.size)


def _forget_tail(intake: Intake, writer: Writer) -> None:
    now = intake.site.ports.clock.now()
    intake.site.db.write(lambda tx: writers.commit(tx, writer, now, tail_length=0))
    writers.release(intake.site.db, writer)


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
    remove_tails(intake, upload.upload)
    return index


def _is_open(tx: Tx, upload: UploadState, version: ObjectVersion) -> bool:
    row: Any = tx.execute(select(UPLOAD.c.state, UPLOAD.c.version_id).where(UPLOAD.c.id == upload.upload)).one()
    if row.state != "open" and row.version_id != version.version_id:
        raise Conflict("upload.closed", f"this upload is {row.state}; nothing can be added")
    return bool(row.state == "open")
