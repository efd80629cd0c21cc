"""Durable work: enqueued in the caller's transaction, leased with a fence, retried with growing pauses.

A handler may run more than once (a lease runs out, a process dies), so each is idempotent by its key.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, or_, select, update
from sqlalchemy.dialects.sqlite import insert as insert_or_ignore

from archive.db import Database, Tx
from archive.errors import Conflict
from archive.identifiers import new_id
from archive.tables import Job, table

JOB = table(Job)
LEASE = timedelta(minutes=5)
ATTEMPTS = 12
"""After so many attempts a job stands as *failed*, visible in ``reconcile``, until an operator retries it."""

CRASHES = 10
"""A job under which the process died so often is not begun again by itself."""


@dataclass(frozen=True)
class Leased:
    """A job this process may work on until its lease runs out."""

    id: str
    kind: str
    key: str
    fence: int
    attempts: int
    payload: dict[str, Any]


def enqueue(tx: Tx, kind: str, key: str, payload: dict[str, Any], ready_at: datetime) -> None:
    """Add a job, due at ``ready_at``; one of the same kind and key that is there already stays as it is."""
    tx.execute(insert_or_ignore(JOB).values(
        id=new_id("job"), kind=kind, key=f"{kind}:{key}", state="ready", attempts=0, ready_at=ready_at,
        lease_until=None, fence=0, crashes=0,
        payload=json.dumps(payload), last_error=None).on_conflict_do_nothing())


def lease(db: Database, now: datetime, kinds: Sequence[str]) -> Leased | None:
    """The oldest job of these kinds that is due, or whose lease ran out; None when there is none."""
    due = (JOB.c.kind.in_(kinds)) & or_((JOB.c.state == "ready") & (JOB.c.ready_at <= now),
                                        (JOB.c.state == "leased") & (JOB.c.lease_until < now))
    query = select(JOB).where(due).order_by(JOB.c.ready_at, JOB.c.key).limit(1)
    if db.read(lambda c: c.execute(query).first()) is None:
        return None  # looked at without the write lock: an idle worker costs no commit

    def take(tx: Tx) -> Leased | None:
        row: Any = tx.execute(query).first()
        if row is None:
            return None
        if row.state == "leased" and row.crashes + 1 >= CRASHES:
            tx.execute(update(JOB).where(JOB.c.id == row.id).values(**_given_up(row.crashes + 1)))
            return None
        tx.execute(update(JOB).where(JOB.c.id == row.id).values(
            state="leased", crashes=row.crashes + (row.state == "leased"),
            lease_until=now + LEASE, fence=row.fence + 1, attempts=row.attempts + 1))
        return Leased(row.id, row.kind, row.key, row.fence + 1, row.attempts + 1, json.loads(row.payload))

    return db.write(take)


def extend(db: Database, job: Leased, now: datetime) -> None:
    """Keep a long job's lease; ``Conflict job.lease_lost`` when another process has it."""
    db.write(lambda tx: _own(tx, job, lease_until=now + LEASE))


def extend_if_due(db: Database, job: Leased, now: datetime) -> None:
    """Keep a long job's lease, writing only once half of it is over."""
    held = db.read(lambda c: c.execute(select(JOB.c.lease_until).where(JOB.c.id == job.id)).scalar())
    if held is None or held - now < LEASE / 2:
        extend(db, job, now)


def complete(tx: Tx, job: Leased) -> None:
    """Mark done in the transaction of the job's own result; ``Conflict job.lease_lost`` undoes that result."""
    _own(tx, job, state="done", lease_until=None, last_error=None)


def put_back(db: Database, job: Leased, now: datetime, reason: str, passing: bool = False) -> None:
    """After a fault: due again after a growing pause (0.5 s doubling to 5 min), or *failed* after ``ATTEMPTS``.

    A ``passing`` fault (a store that is down or full) never makes a job fail for good.
    """
    pause = timedelta(seconds=min(300.0, 0.5 * 2 ** min(job.attempts - 1, 10)))
    state = "failed" if job.attempts >= ATTEMPTS and not passing else "ready"
    db.write(lambda tx: _own(tx, job, state=state, ready_at=now + pause, lease_until=None, last_error=reason[:500]))


def release_all(tx: Tx, now: datetime) -> None:
    """At the start of the only worker: what an earlier process died with is due at once, unless it keeps killing it."""
    crashed = update(JOB).where(JOB.c.state == "leased")
    tx.execute(crashed.where(JOB.c.crashes + 1 >= CRASHES).values(**_given_up(CRASHES)))
    tx.execute(crashed.values(state="ready", ready_at=now, lease_until=None, crashes=JOB.c.crashes + 1))


def hand_back(tx: Tx, now: datetime) -> None:
    """At an orderly stop of the only worker: jobs it cannot wait for are due at once, and that is no crash."""
    tx.execute(update(JOB).where(JOB.c.state == "leased").values(state="ready", ready_at=now, lease_until=None))


def retry_failed(tx: Tx, now: datetime) -> int:
    """Make failed jobs due again; answers how many."""
    failed = update(JOB).where(JOB.c.state == "failed")
    return tx.execute(failed.values(state="ready", ready_at=now, attempts=0, crashes=0)).rowcount


def counts(connection: Connection) -> dict[str, int]:
    """Jobs by state."""
    rows = connection.execute(select(JOB.c.state, func.count()).group_by(JOB.c.state))
    return {str(state): int(count) for state, count in rows}


def _given_up(crashes: int) -> dict[str, Any]:
    return {"state": "failed", "lease_until": None, "crashes": crashes, "last_error": "worker_died"}


def _own(tx: Tx, job: Leased, **columns: Any) -> None:
    changed = tx.execute(update(JOB).where(JOB.c.id == job.id, JOB.c.fence == job.fence, JOB.c.state == "leased")
                         .values(**columns))
    if changed.rowcount != 1:
        raise Conflict("job.lease_lost", f"another worker has taken job {job.id}")
