"""Durable work: one holder at a time, nothing of a lost lease stays, passing faults never fail a job for good."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import ledger
import pytest
from specimen_events import AT
from sqlalchemy import insert, select

from archive import jobs
from archive.db import Database, Tx
from archive.errors import Conflict
from archive.jobs import ATTEMPTS, CRASHES, JOB, LEASE, Leased
from archive.tables import UploadProgress, table

PROGRESS = table(UploadProgress)
KINDS = ("accession", "derivative")


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    with ledger.opened(ledger.migrated(tmp_path)) as database:
        yield database


def enqueue(db: Database, key: str = "a", kind: str = "accession", ready_at: datetime = AT, **payload: Any) -> None:
    db.write(lambda tx: jobs.enqueue(tx, kind, key, payload, ready_at))


def lease(db: Database, now: datetime = AT) -> Leased:
    found = jobs.lease(db, now, KINDS)
    assert found is not None
    return found


def row(db: Database) -> Any:
    return db.read(lambda c: c.execute(select(JOB)).one())


def lost(call: Any) -> None:
    with pytest.raises(Conflict) as refusal:
        call()
    assert refusal.value.code == "job.lease_lost"


def test_a_job_enqueued_twice_runs_twice_or_loses_its_payload(db: Database) -> None:
    enqueue(db, upload="upl_1")
    enqueue(db, upload="upl_2", ready_at=AT - timedelta(days=1))
    enqueue(db, kind="derivative")
    assert db.read(jobs.counts) == {"ready": 2}
    found = lease(db)
    assert (found.key, found.payload, found.attempts, found.fence) == ("accession:a", {"upload": "upl_1"}, 1, 1)


def test_a_job_runs_before_it_is_due_or_under_another_kind(db: Database) -> None:
    enqueue(db, ready_at=AT + timedelta(seconds=1))
    assert jobs.lease(db, AT, KINDS) is None
    assert jobs.lease(db, AT + timedelta(seconds=1), ["derivative"]) is None
    assert jobs.lease(db, AT + timedelta(seconds=1), KINDS) is not None


def test_younger_jobs_overtake_older_ones(db: Database) -> None:
    for n in (2, 0, 1):
        enqueue(db, key=str(n), ready_at=AT + timedelta(seconds=n))
    later = AT + timedelta(minutes=1)
    assert [lease(db, later).key for _ in range(3)] == ["accession:0", "accession:1", "accession:2"]


def test_two_workers_hold_one_job(db: Database) -> None:
    for n in range(40):
        enqueue(db, key=str(n))

    def worker(_: int) -> list[str]:
        taken = []
        while (found := jobs.lease(db, AT, KINDS)) is not None:
            taken.append(found.id)
        return taken

    with ThreadPoolExecutor(8) as pool:
        counted = Counter(job for taken in pool.map(worker, range(8)) for job in taken)
    assert len(counted) == 40
    assert set(counted.values()) == {1}


def test_a_crashed_workers_job_is_never_taken_up_or_too_early(db: Database) -> None:
    enqueue(db)
    first = lease(db)
    assert jobs.lease(db, AT + LEASE, KINDS) is None
    second = lease(db, AT + LEASE + timedelta(microseconds=1))
    assert (second.id, second.fence, second.attempts) == (first.id, 2, 2)


def test_a_lost_lease_leaves_its_result(db: Database) -> None:
    enqueue(db)
    first = lease(db)
    second = lease(db, AT + 2 * LEASE)

    def result(tx: Tx, job: Leased, name: str) -> None:
        tx.execute(insert(PROGRESS).values(upload=name, multipart_id="m"))
        jobs.enqueue(tx, "derivative", name, {}, AT)
        jobs.complete(tx, job)

    lost(lambda: db.write(lambda tx: result(tx, first, "first")))
    assert db.read(lambda c: c.execute(select(PROGRESS)).all()) == []
    assert db.read(jobs.counts) == {"leased": 1}
    db.write(lambda tx: result(tx, second, "second"))
    assert db.read(lambda c: c.scalars(select(PROGRESS.c.upload)).all()) == ["second"]
    assert db.read(jobs.counts) == {"done": 1, "ready": 1}
    lost(lambda: db.write(lambda tx: result(tx, second, "again")))


def test_a_lost_lease_is_extended_or_put_back(db: Database) -> None:
    enqueue(db)
    first = lease(db)
    second = lease(db, AT + 2 * LEASE)
    lost(lambda: jobs.extend(db, first, AT))
    lost(lambda: jobs.put_back(db, first, AT, "fault"))
    held = row(db)
    assert (held.state, held.fence, held.lease_until) == ("leased", second.fence, AT + 3 * LEASE)


def test_a_long_job_loses_its_lease_or_writes_all_the_time(db: Database) -> None:
    enqueue(db)
    found = lease(db)
    jobs.extend_if_due(db, found, AT + LEASE / 2)
    assert row(db).lease_until == AT + LEASE
    jobs.extend_if_due(db, found, AT + LEASE / 2 + timedelta(seconds=1))
    assert row(db).lease_until == AT + LEASE / 2 + timedelta(seconds=1) + LEASE
    jobs.extend(db, found, AT + LEASE)
    assert jobs.lease(db, AT + 2 * LEASE, KINDS) is None


def test_a_failing_job_is_tried_without_pause_or_for_ever(db: Database) -> None:
    enqueue(db)
    now, pauses = AT, []
    for attempt in range(1, ATTEMPTS + 1):
        found = lease(db, now)
        assert found.attempts == attempt
        jobs.put_back(db, found, now, "x" * 1000)
        pauses.append((row(db).ready_at - now).total_seconds())
        assert jobs.lease(db, row(db).ready_at - timedelta(microseconds=1), KINDS) is None
        now = row(db).ready_at
    assert pauses == [0.5, 1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]
    assert row(db).state == "failed"
    assert row(db).last_error == "x" * 500
    assert jobs.lease(db, now + timedelta(days=1), KINDS) is None
    assert db.write(lambda tx: jobs.retry_failed(tx, now)) == 1
    assert lease(db, now).attempts == 1


def test_a_passing_fault_fails_a_job_for_good(db: Database) -> None:
    enqueue(db)
    now = AT
    for _ in range(ATTEMPTS * 3):
        jobs.put_back(db, lease(db, now), now, "store down", passing=True)
        assert row(db).state == "ready"
        now = row(db).ready_at
    assert row(db).ready_at - now <= timedelta(minutes=5)


def test_a_restarted_worker_waits_for_its_own_old_leases(db: Database) -> None:
    enqueue(db)
    old = lease(db)
    db.write(lambda tx: jobs.release_all(tx, AT))
    new = lease(db)
    assert new.fence == old.fence + 1
    lost(lambda: jobs.extend(db, old, AT))


def test_an_enqueued_job_outlives_the_work_that_was_undone(db: Database) -> None:
    def fails(tx: Tx) -> None:
        jobs.enqueue(tx, "accession", "a", {}, AT)
        raise ValueError("on order")

    with pytest.raises(ValueError, match="on order"):
        db.write(fails)
    assert db.read(jobs.counts) == {}


def test_a_job_that_kills_every_worker_is_begun_for_ever(db: Database) -> None:
    enqueue(db)
    for _ in range(CRASHES):
        lease(db)
        db.write(lambda tx: jobs.release_all(tx, AT))
    assert (row(db).state, row(db).last_error) == ("failed", "worker_died")
    assert db.write(lambda tx: jobs.retry_failed(tx, AT)) == 1
    assert lease(db).key == "accession:a"


def test_a_lease_that_runs_out_every_time_is_begun_for_ever(db: Database) -> None:
    enqueue(db)
    now = AT
    for _ in range(CRASHES):
        lease(db, now)
        now += LEASE + timedelta(seconds=1)
    assert jobs.lease(db, now, KINDS) is None
    assert row(db).state == "failed"


def test_an_orderly_stop_counts_as_a_crash(db: Database) -> None:
    enqueue(db)
    for _ in range(CRASHES + 1):
        lease(db)
        db.write(lambda tx: jobs.hand_back(tx, AT))
    assert (row(db).state, row(db).crashes) == ("ready", 0)
