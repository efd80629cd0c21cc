"""The writer thread: groups, savepoints, and who is told what when a work, a group or the disk fails."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import ledger
import pytest
from ledger import SetClock
from specimen_events import SPECIMENS, ident, opened, story
from sqlalchemy import func, insert, select
from sqlalchemy.exc import DBAPIError, IntegrityError

from archive import custody, jobs
from archive.custody import CUSTODY
from archive.db import GROUP, Database, Tx
from archive.entries import CustodyEvent
from archive.errors import Conflict, Unavailable
from archive.tables import Upload, UploadProgress, table

PROGRESS, UPLOAD = table(UploadProgress), table(Upload)
CLOCK = SetClock()


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    with ledger.opened(ledger.migrated(tmp_path)) as database:
        yield database


def together(db: Database, works: list[Callable[[Tx], Any]]) -> list["Future[Any]"]:
    """Submit works so that they stand in one group: the writer is held up by a first work meanwhile."""
    held, go = threading.Event(), threading.Event()

    def hold(tx: Tx) -> None:
        held.set()
        assert go.wait(10)

    first = db.submit(hold)
    assert held.wait(10)
    answers = [db.submit(work) for work in works]
    go.set()
    first.result(10)
    return answers


def upload(n: int, nonce: str | None = None) -> CustodyEvent:
    body = opened(n)
    if nonce is not None:
        body = type(body)(**{**vars(body), "manifest_nonce": nonce})
    return CustodyEvent.plain("sta_x", ident("upl", n), body)


def append(event: CustodyEvent) -> Callable[[Tx], int]:
    return lambda tx: custody.append(tx, CLOCK, event)


def appended_after_reading(event: CustodyEvent) -> Callable[[Tx], int]:
    """As use cases do it: look first (which opens a savepoint), then append."""

    def work(tx: Tx) -> int:
        tx.execute(select(func.count()).select_from(UPLOAD))
        return custody.append(tx, CLOCK, event)

    return work


def indexes(db: Database) -> list[int]:
    return list(db.read(lambda c: c.scalars(select(CUSTODY.c.idx).order_by(CUSTODY.c.idx)).all()))


def uploads(db: Database) -> set[str]:
    return set(db.read(lambda c: c.scalars(select(UPLOAD.c.id)).all()))


def outcome(answer: "Future[Any]") -> Any:
    fault = answer.exception(10)
    return answer.result() if fault is None else type(fault)


def test_each_waiting_work_costs_a_commit_of_its_own(db: Database) -> None:
    commits: list[None] = []
    db.on_commit(lambda: commits.append(None))
    answers = together(db, [append(upload(n)) for n in range(200)])
    assert [answer.result(10) for answer in answers] == list(range(200))
    time.sleep(0.05)
    assert len(commits) == 2  # the work that held the others up, then all of them


def test_a_group_grows_without_bound(db: Database) -> None:
    commits: list[None] = []
    db.on_commit(lambda: commits.append(None))
    for answer in together(db, [lambda tx: None] * (GROUP + 1)):
        answer.result(10)
    time.sleep(0.05)
    assert len(commits) == 3


@pytest.mark.parametrize("write", [append, appended_after_reading])
def test_a_failing_work_leaves_a_trace_or_tears_a_gap(db: Database, write: Callable[..., Any]) -> None:
    def fails(tx: Tx) -> None:
        write(upload(50))(tx)
        raise Conflict("job.lease_lost", "on order")

    works = [write(upload(1)), fails, write(upload(2)), fails, write(upload(3)), fails]
    answers = together(db, works)
    assert [outcome(a) for a in answers] == [0, Conflict, 1, Conflict, 2, Conflict]
    assert indexes(db) == [0, 1, 2]
    assert uploads(db) == {ident("upl", n) for n in (1, 2, 3)}


def test_a_failing_work_that_only_appended_is_written_with_its_group(db: Database) -> None:
    def fails(tx: Tx) -> None:
        custody.append(tx, CLOCK, upload(2))
        raise ValueError("on order")

    assert [outcome(a) for a in together(db, [append(upload(1)), fails])] == [0, ValueError]
    assert (indexes(db), uploads(db)) == ([0], {ident("upl", 1)})


def test_what_a_failing_work_wrote_itself_stays(db: Database) -> None:
    def fails(tx: Tx) -> None:
        tx.execute(insert(PROGRESS).values(upload="u", multipart_id="m"))
        raise ValueError("on order")

    answers = together(db, [fails, append(upload(1))])
    assert [outcome(a) for a in answers] == [ValueError, 0]
    assert db.read(lambda c: c.execute(select(PROGRESS)).all()) == []


@pytest.mark.parametrize("first", [append, appended_after_reading])
@pytest.mark.parametrize("second", [append, appended_after_reading])
@pytest.mark.parametrize("third", [append, appended_after_reading])
def test_the_wrong_caller_is_told_of_a_doubled_row(db: Database, first: Any, second: Any, third: Any) -> None:
    """Deferred writes are flushed while a later work runs: the fault is still the earlier work's."""
    answers = together(db, [append(upload(1, "a" * 32)), first(upload(2, "b" * 32)), second(upload(3, "a" * 32)),
                            third(upload(4, "c" * 32)), append(upload(5))])
    assert [outcome(a) for a in answers] == [0, 1, IntegrityError, 2, 3]
    assert indexes(db) == [0, 1, 2, 3]
    assert uploads(db) == {ident("upl", n) for n in (1, 2, 4, 5)}


def test_a_doubled_row_met_by_a_later_works_read_loses_answered_writes(db: Database) -> None:
    db.write(append(upload(1, "a" * 32)))
    bad, good = append(upload(2, "a" * 32)), append(upload(3))
    answers = together(db, [good, bad, appended_after_reading(upload(4))])
    assert [outcome(a) for a in answers] == [1, IntegrityError, 2]
    assert uploads(db) == {ident("upl", n) for n in (1, 3, 4)}
    assert indexes(db) == [0, 1, 2]


def test_a_fault_of_the_statement_kind_hits_the_neighbours(db: Database) -> None:
    def broken(tx: Tx) -> None:
        tx.execute(select(func.no_such_function()))

    answers = together(db, [append(upload(1)), broken, append(upload(2))])
    assert answers[0].result(10) == 0
    assert isinstance(answers[1].exception(10), Unavailable)
    assert answers[2].result(10) == 1


def test_a_repeated_row_of_one_group_is_kept_for_one_caller_and_forgotten_for_the_other(db: Database) -> None:
    event = SPECIMENS[9]  # object.placed: nothing but its key forbids it twice
    answers = together(db, [append(event), append(event)])
    assert outcome(answers[0]) == 0
    assert answers[1].exception(10) is not None
    assert indexes(db) == [0]


def test_a_job_is_enqueued_though_its_work_failed(db: Database) -> None:
    def fails(tx: Tx) -> None:
        jobs.enqueue(tx, "accession", "upl_1", {}, CLOCK.now())
        raise Conflict("upload.offset", "on order")

    assert outcome(db.submit(fails)) is Conflict
    assert db.read(jobs.counts) == {}


def test_a_caller_who_gives_up_kills_the_writer(db: Database) -> None:
    answers = together(db, [append(upload(1)), append(upload(2))])
    begun, held = threading.Event(), threading.Event()
    slow = db.submit(lambda tx: begun.set() or held.wait(10))
    assert begun.wait(10)
    late = db.submit(append(upload(3)))
    assert late.cancel()
    assert not slow.cancel()  # it runs: too late
    held.set()
    assert slow.result(10)
    assert db.write(append(upload(4))) == 2
    assert [a.result(10) for a in answers] == [0, 1]
    assert ident("upl", 3) not in uploads(db)


def test_concurrent_callers_lose_or_double_an_index(db: Database) -> None:
    def caller(worker: int) -> list[int]:
        return [db.write((append, appended_after_reading)[k % 2](upload(worker * 1000 + k))) for k in range(25)]

    with ThreadPoolExecutor(16) as pool:
        found = [index for part in pool.map(caller, range(16)) for index in part]
    assert sorted(found) == list(range(400)) == indexes(db)
    assert len(uploads(db)) == 400


def test_a_read_writes_or_sees_half_a_group(db: Database) -> None:
    with pytest.raises(DBAPIError):
        db.read(lambda c: c.execute(insert(PROGRESS).values(upload="u", multipart_id="m")))

    def looked(connection: Any) -> tuple[int, int]:
        before = custody.size(connection)
        db.write(append(upload(99)))
        return before, custody.size(connection)

    before, after = db.read(looked)
    assert before == after == db.read(custody.size) - 1


def test_close_drops_what_was_submitted_or_a_later_write_waits_for_ever(tmp_path: Path) -> None:
    path = ledger.migrated(tmp_path)
    db = Database(path, custody.flush)
    answers = together(db, [append(upload(n)) for n in range(50)])
    db.close()
    assert [a.result(0) for a in answers] == list(range(50))
    with pytest.raises(Unavailable) as refusal:
        db.submit(append(upload(60))).result(5)
    assert refusal.value.code == "database.closed"
    db.close()
    with ledger.opened(path) as again:
        assert indexes(again) == list(range(50))


def test_a_story_written_in_one_work_is_applied_in_another_order(db: Database) -> None:
    def whole(tx: Tx) -> list[int]:
        return [custody.append(tx, CLOCK, *ledger.sealed(event, values)) for event, values in story(1, "watched", 2)]

    assert db.write(whole) == list(range(len(story(1, "watched", 2))))
    assert db.read(lambda c: c.execute(select(UPLOAD.c.state)).scalar()) == "accessioned"
