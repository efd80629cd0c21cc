"""At start: bring every open upload to where its durable bytes are, and finish what was complete when we died.

The store's list of parts decides together with our rows: only a segment both know of counts.
"""

import json
import shutil
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import delete, select, update

from archive import jobs
from archive.db import Tx
from archive.errors import NotFound
from archive.identifiers import UploadId
from archive.jobs import Leased
from archive.proof.digest import SEGMENT_SIZE
from archive.tables import Job, Upload, UploadProgress, UploadSegment, table
from ingest import receive, writers
from ingest.closing import give_up
from ingest.intake import Intake
from ingest.readback import read_back
from ingest.tails import read_tail, tail_path
from ingest.uploads import UploadState, upload_state

UPLOAD, PROGRESS, SEGMENT, JOB = table(Upload), table(UploadProgress), table(UploadSegment), table(Job)
_journal = structlog.get_logger("recovery")


@dataclass(frozen=True)
class Recovered:
    """How many open uploads were found as they were, cut back, finished, or given up."""

    intact: int = 0
    cut_back: int = 0
    finished: int = 0
    aborted: int = 0


def recover(intake: Intake) -> Recovered:
    """Look at every open upload once; no other process may write yet, and who wrote before is fenced out."""
    intake.site.db.write(writers.fence_out_all)
    open_ids = intake.site.db.read(lambda c: c.execute(
        select(UPLOAD.c.id).where(UPLOAD.c.state == "open")).scalars().all())
    tally: dict[str, int] = {}
    for upload in open_ids:
        outcome = _recover_one(intake, upload_state(intake, UploadId(upload)))
        tally[outcome] = tally.get(outcome, 0) + 1
        if outcome != "intact":
            _journal.info("upload.recovered", upload=upload, outcome=outcome)
    _sweep(intake)
    return Recovered(**tally)


def finish_job(intake: Intake, job: Leased) -> None:
    """Handle one ``finish`` job: an upload whose bytes are all here but which nobody finished.

    Never cuts back: its connection may be finishing it at this moment.
    """
    upload = upload_state(intake, UploadId(job.payload["upload"]))
    if upload.state == "open" and upload.offset == upload.size:
        try:
            receive.finish(intake, upload)
        except NotFound:
            _finish_completed(intake, upload)
    intake.site.db.write(lambda tx: jobs.complete(tx, job))


def _recover_one(intake: Intake, upload: UploadState) -> str:
    store = intake.site.ports.store
    try:
        held = {part.number: part for part in store.parts(upload.object_key, upload.multipart_id)}
    except NotFound:
        return _finish_completed(intake, upload)
    rows: Any = intake.site.db.read(lambda c: c.execute(
        select(SEGMENT).where(SEGMENT.c.upload == upload.upload).order_by(SEGMENT.c.number)).all())
    good = 0
    for row in rows:
        part = held.get(row.number)
        if row.number != good + 1 or part is None or (part.etag, part.size) != (row.etag, row.size):
            break
        good += 1
    tail = read_tail(intake, upload.upload, upload.tail_fence, upload.tail_length)
    if good < len(rows) or tail is None:
        _cut_back(intake, upload, good)
        return "cut_back"
    if upload.offset == upload.size:
        receive.finish(intake, upload)
        return "finished"
    return "intact"


def _finish_completed(intake: Intake, upload: UploadState) -> str:
    """The multipart is gone: either we died after completing it (then its one version is there), or it was lost."""
    store = intake.site.ports.store
    versions = [v for v in store.versions(upload.object_key)
                if v.version.key == upload.object_key and not v.is_marker and v.size == upload.size]
    if len(versions) != 1:
        give_up(intake, upload, "store_lost_upload")
        return "aborted"
    version = versions[0].version
    store.extend_lock(version, intake.schedule.staged_until(intake.site.ports.clock.now()))
    digests = intake.site.db.read(lambda c: c.execute(
        select(SEGMENT.c.sha256).where(SEGMENT.c.upload == upload.upload).order_by(SEGMENT.c.number)).scalars().all())
    found = [bytes(d) for d in digests]
    if len(found) * SEGMENT_SIZE < upload.size:
        found = list(read_back(store, version, upload.size, ("sha256",), None).segments)
    receive.record_finished(intake, upload, version, found)
    return "finished"


def _cut_back(intake: Intake, upload: UploadState, good: int) -> None:
    def record(tx: Tx) -> None:
        tx.execute(delete(SEGMENT).where(SEGMENT.c.upload == upload.upload, SEGMENT.c.number > good))
        tx.execute(update(PROGRESS).where(PROGRESS.c.upload == upload.upload).values(segments=good, tail_length=0))
        # Enqueued when all bytes were here; it will be once more, and a job of that key must not stand then.
        tx.execute(delete(JOB).where(JOB.c.key == f"finish:{upload.upload}"))

    intake.site.db.write(record)


def _sweep(intake: Intake) -> None:
    """Remove what a crash left in the local folders: work folders, half-written copies, ends that do not count."""
    def wanted(c: Any) -> tuple[set[str], set[str]]:
        unfinished = c.execute(select(JOB.c.payload).where(JOB.c.state != "done")).scalars()
        counting = c.execute(select(PROGRESS.c.upload, PROGRESS.c.tail_fence).join_from(
            PROGRESS, UPLOAD, UPLOAD.c.id == PROGRESS.c.upload).where(
                UPLOAD.c.state == "open", PROGRESS.c.tail_length > 0))
        return ({json.loads(payload)["upload"] for payload in unfinished},
                {tail_path(intake, row.upload, row.tail_fence).name for row in counting})

    spooled, staged = intake.site.db.read(wanted)
    for path in intake.spool.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name.split(".")[0] not in spooled or path.suffix == ".part":
            path.unlink()
    for path in intake.staging.iterdir():
        if path.name not in staged:
            path.unlink()
