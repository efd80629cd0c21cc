"""How an upload ends that is not finished: terminated by its station, expired, or given up. Never silently.

One transaction fences the writer out, logs the event and enqueues a job that clears store and disk afterwards.
Limit: what has all its bytes here is finished, not ended: nothing deposited is removed.
"""

from collections.abc import Callable
from datetime import timedelta

import structlog
from sqlalchemy import select

from archive import custody, jobs
from archive.columns import table
from archive.db import Tx
from archive.entries import CustodyEvent
from archive.errors import Conflict, Refused
from archive.events import UploadAborted
from archive.identifiers import UploadId
from archive.jobs import Leased
from archive.site import Site
from archive.stop_points import reach
from archive.tables import Upload, UploadProgress
from archive.upload_events import UploadExpired
from ingest import writers
from ingest.intake import Intake
from ingest.tails import remove_tails
from ingest.uploads import UploadState, require_not_ended, state_in

UPLOAD, PROGRESS = table(Upload), table(UploadProgress)
_journal = structlog.get_logger("closing")


def terminate(intake: Intake, upload: UploadId) -> None:
    """End an open upload because its station says so (tus termination); event ``upload.aborted``.

    ``Refused upload.deposited`` once every byte is here, ``Conflict upload.busy`` while somebody writes,
    ``Conflict upload.aborted | upload.expired`` when it has ended before.
    """

    def record(tx: Tx) -> None:
        state = state_in(tx, upload)
        require_not_ended(state)
        if state.state != "open" or state.offset == state.size:
            raise Refused("upload.deposited", "every byte of this upload is here; what was deposited is not removed by "
                          "whoever brought it")
        event = CustodyEvent.plain(state.station, upload, UploadAborted(state.recording, "terminated"))
        _end_idle(intake, tx, state, event)

    intake.site.db.write(record)
    reach("after_ended")


def give_up(intake: Intake, upload: UploadState, reason: str) -> None:
    """End an open upload because we cannot finish it; ``reason`` is a stable word."""
    event = CustodyEvent.plain("system", upload.upload, UploadAborted(upload.recording, reason))
    intake.site.db.write(lambda tx: _end_idle(intake, tx, upload, event))


def expire_due(intake: Intake) -> int:
    """End every open upload to which no byte came for ``expire_after``; answers how many. Event ``upload.expired``.

    One that is being written, or that has all its bytes, stays.
    """
    limit = intake.site.ports.clock.now() - intake.expire_after
    due = intake.site.db.read(lambda c: c.execute(
        select(UPLOAD.c.id).join_from(UPLOAD, PROGRESS, PROGRESS.c.upload == UPLOAD.c.id)
        .where(UPLOAD.c.state == "open", PROGRESS.c.last_byte_at <= limit)
        .order_by(UPLOAD.c.opened_leaf)).scalars().all())
    expired = 0
    for upload in due:
        try:
            expired += intake.site.db.write(_expiry(intake, UploadId(upload)))
        except Conflict as fault:
            _journal.info("upload.not_expired", upload=upload, code=fault.code)
    return expired


def _expiry(intake: Intake, upload: UploadId) -> Callable[[Tx], bool]:
    def record(tx: Tx) -> bool:
        """Looked at again under the write lock: a byte may have come since."""
        state, now = state_in(tx, upload), intake.site.ports.clock.now()
        if state.state != "open" or state.offset == state.size or now - state.last_byte_at < intake.expire_after:
            return False
        body = UploadExpired(state.recording, state.offset, state.last_byte_at,
                             intake.expire_after // timedelta(seconds=1))
        _end_idle(intake, tx, state, CustodyEvent.plain("system", upload, body))
        return True

    return record


def end(site: Site, tx: Tx, upload: UploadState, event: CustodyEvent) -> None:
    """The transaction's part of every such end, whoever writes at the moment: from its commit on they add nothing."""
    writers.fence_out(tx, upload.upload)
    custody.append(tx, site.ports.clock, event)
    jobs.enqueue(tx, "discard", upload.upload, discarding(upload.upload, upload.object_key, upload.multipart_id),
                 site.ports.clock.now())


def _end_idle(intake: Intake, tx: Tx, upload: UploadState, event: CustodyEvent) -> None:
    """``Conflict upload.busy`` while somebody writes."""
    writers.require_idle(tx, upload.upload, intake.site.ports.clock.now())
    end(intake.site, tx, upload, event)


def discarding(upload: str, object_key: str, multipart_id: str) -> dict[str, str]:
    """Payload of a ``discard`` job: it needs no row to know what to drop."""
    return {"upload": upload, "object_key": object_key, "multipart_id": multipart_id}


def discard_job(intake: Intake, job: Leased) -> None:
    """Handle one ``discard`` job: what an ended upload left in the store and on disk. Safe to repeat."""
    intake.site.ports.store.abort(job.payload["object_key"], job.payload["multipart_id"])
    remove_tails(intake, job.payload["upload"])
    intake.site.db.write(lambda tx: jobs.complete(tx, job))
