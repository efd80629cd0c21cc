"""Indexes are contiguous whoever appends, times never go back, and a leaf's row says what its bytes say."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import ledger
import pytest
from ledger import SetClock
from specimen_events import AT, SPECIMENS, beginning, ident, opened, story
from sqlalchemy import select

from archive import custody, entries
from archive.custody import BACKWARD_TOLERANCE, CUSTODY, SEALED
from archive.db import Database
from archive.entries import CustodyEvent
from archive.errors import Refused, Unavailable
from archive.proof.merkle import leaf_hash


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    with ledger.opened(ledger.migrated(tmp_path)) as database:
        yield database


def rows(db: Database) -> Any:
    return db.read(lambda c: c.execute(select(CUSTODY).order_by(CUSTODY.c.idx)).all())


def test_sixteen_threads_tear_a_gap_or_share_an_index(db: Database) -> None:
    clock = SetClock()

    def caller(worker: int) -> list[int]:
        found = []
        for k in range(40):
            n = worker * 100 + k
            found.append(ledger.write(db, clock, CustodyEvent.plain("sta_x", ident("upl", n), opened(n))))
        return found

    with ThreadPoolExecutor(16) as pool:
        answered = [index for part in pool.map(caller, range(16)) for index in part]
    assert sorted(answered) == list(range(640)) == [row.idx for row in rows(db)]
    assert db.read(custody.size) == 640


def test_a_row_says_something_else_than_its_bytes(db: Database) -> None:
    clock = SetClock()
    for event, values in [*beginning(), *story(1, "watched", 2)]:
        ledger.write(db, clock, event, values)
        clock.at += timedelta(seconds=1)
    for row in rows(db):
        at, event = entries.decode(row.entry)
        assert (row.kind, row.at, row.actor, row.subject) == (event.body.KIND, at, event.actor, event.subject)
        assert row.leaf_hash == leaf_hash(row.entry)
    sealed = db.read(lambda c: c.execute(select(SEALED).order_by(SEALED.c.idx)).all())
    committed = [row.idx for row in rows(db) if entries.decode(row.entry)[1].commitment]
    assert [row.idx for row in sealed] == committed
    assert all(row.sealed == b"sealed of " + row.scope.encode() for row in sealed)


def times(db: Database) -> list[Any]:
    return [row.at for row in rows(db)]


def test_a_small_step_back_of_the_clock_shows_in_the_log(db: Database) -> None:
    clock = SetClock()
    for n, step in enumerate([0.0, -BACKWARD_TOLERANCE.total_seconds(), 0.000001, -0.5]):
        clock.at = AT + timedelta(seconds=step)
        ledger.write(db, clock, CustodyEvent.plain("s", ident("upl", n), opened(n)))
    assert times(db) == [AT, AT, AT + timedelta(microseconds=1), AT + timedelta(microseconds=1)]


def test_appending_goes_on_under_a_clock_that_went_back(db: Database) -> None:
    clock = SetClock()
    ledger.write(db, clock, SPECIMENS[0])
    clock.at = AT - BACKWARD_TOLERANCE - timedelta(microseconds=1)
    with pytest.raises(Unavailable) as refusal:
        ledger.write(db, clock, SPECIMENS[1])
    assert (refusal.value.code, refusal.value.retry_after) == ("clock.back", 60)
    assert len(rows(db)) == 1
    clock.at = AT
    assert ledger.write(db, clock, SPECIMENS[1]) == 1


def test_the_clock_is_asked_about_an_earlier_group_only(db: Database) -> None:
    clock = SetClock()

    def both(tx: Any) -> None:
        custody.append(tx, clock, SPECIMENS[0])
        clock.at -= timedelta(seconds=5)
        custody.append(tx, clock, SPECIMENS[9])

    with pytest.raises(Unavailable):
        db.write(both)
    assert rows(db) == []


def test_an_entry_too_large_takes_an_index(db: Database) -> None:
    clock = SetClock()
    huge = CustodyEvent.plain("s" * 70_000, "upl_1", opened(1))
    with pytest.raises(Refused, match="nothing was written"):
        ledger.write(db, clock, huge)
    assert ledger.write(db, clock, SPECIMENS[3]) == 0
    assert db.read(custody.size) == 1
