"""One writer per upload, over all connections and processes: a lease in the database, with a fence.

The fence guards: it grows with every writer, and whoever's it is no longer commits nothing. The lease only says how
long the next one waits, so that no clock is relied on for what is stored.
"""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from archive.columns import table
from archive.db import Database, Tx
from archive.errors import Conflict
from archive.identifiers import UploadId
from archive.tables import UploadProgress

PROGRESS = table(UploadProgress)
LEASE = timedelta(seconds=6)
"""How long a writer whose bytes stopped coming keeps others out. Short, because a station that was cut off comes back
while its dead connection still hangs, and unmodified tus clients give up after some ten seconds; a writer that is only
slow loses nothing by it unless another comes."""
RENEW = LEASE / 3


@dataclass(frozen=True)
class Writer:
    """Who may commit to an upload until another takes it over."""

    upload: UploadId
    fence: int


def take(tx: Tx, upload: UploadId, now: datetime) -> Writer:
    """Become the upload's writer and fence out the one before.

    ``Conflict upload.busy`` while another one's lease runs. A lease that ends further ahead than one can be given (the
    clock was set back) counts as over.
    """
    writer = Writer(upload, require_idle(tx, upload, now) + 1)
    tx.execute(update(PROGRESS).where(PROGRESS.c.upload == upload).values(
        fence=writer.fence, lease_until=now + LEASE))
    return writer


def require_idle(tx: Tx, upload: UploadId, now: datetime) -> int:
    """The fence as it stands; ``Conflict upload.busy`` while a lease runs."""
    row: Any = tx.execute(select(PROGRESS.c.fence, PROGRESS.c.lease_until).where(PROGRESS.c.upload == upload)).one()
    if row.lease_until is not None and now < row.lease_until <= now + LEASE:
        raise Conflict("upload.busy", "another connection writes to this upload; ask for the offset again and go on "
                       "from there", retry_after=math.ceil((row.lease_until - now).total_seconds()))
    return int(row.fence)


def commit(tx: Tx, writer: Writer, now: datetime, **columns: object) -> None:
    """Set columns of the upload's progress and keep the lease; ``Conflict upload.taken_over`` for whoever was fenced
    out, and nothing of that transaction stays."""
    changed = tx.execute(update(PROGRESS).where(_held_by(writer)).values(lease_until=now + LEASE, **columns))
    if changed.rowcount != 1:
        raise taken_over()


def require_held(db: Database, writer: Writer) -> None:
    """``Conflict upload.taken_over`` unless ``writer`` is still the upload's writer; renews nothing."""
    if db.read(lambda c: c.execute(select(PROGRESS.c.fence).where(_held_by(writer))).first()) is None:
        raise taken_over()


def release(db: Database, writer: Writer) -> None:
    """Let the next one come at once; does nothing for one who was fenced out."""
    db.write(lambda tx: tx.execute(update(PROGRESS).where(_held_by(writer)).values(lease_until=None)).rowcount)


def fence_out(tx: Tx, upload: UploadId) -> None:
    """Whoever writes to the upload commits nothing from here on."""
    tx.execute(update(PROGRESS).where(PROGRESS.c.upload == upload).values(
        fence=PROGRESS.c.fence + 1, lease_until=None))


def fence_out_all(tx: Tx) -> None:
    """At the start of the only serving process: whoever wrote before is gone."""
    tx.execute(update(PROGRESS).where(PROGRESS.c.lease_until.is_not(None)).values(
        fence=PROGRESS.c.fence + 1, lease_until=None))


def taken_over() -> Conflict:
    """What a writer is told who was fenced out."""
    return Conflict("upload.taken_over", "this connection fell silent and another one took the upload over, or closed "
                    "it; ask for the offset again")


def _held_by(writer: Writer) -> Any:
    return (PROGRESS.c.upload == writer.upload) & (PROGRESS.c.fence == writer.fence)
