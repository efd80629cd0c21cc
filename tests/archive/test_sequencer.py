"""The sequencer under faults: whatever write is lost or falsely said to be, no signed answer is ever taken back."""

import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import ledger
import pytest
from ledger import SIGNER
from log_site import KEEP, LOCK, FaultyDatabase, Site, awaited, with_guards_dropped

from archive import custody
from archive.errors import Contradiction, Unavailable
from archive.log import Sequencer


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    db = FaultyDatabase(ledger.migrated(tmp_path), custody.flush)
    made = Site(tmp_path, db)
    yield made
    made.stop()
    db.close()


FAULTS = [("put", "lost"), ("put", "kept"), ("swap", "lost"), ("swap", "kept"),
    ("publish", "lost"), ("publish", "kept")]


@pytest.mark.parametrize(("place", "fault"), FAULTS)
@pytest.mark.parametrize("times", [1, 3])
def test_a_fault_in_the_protocol_takes_a_signed_answer_back(site: Site, place: str, fault: str, times: int) -> None:
    sequencer, answers = site.sequencer(), []
    for _ in range(3):
        answers.append(awaited(sequencer.wait_signed(site.append())))
    if place == "put":
        site.store.inject("put", fault, times=times)
    elif place == "swap":
        site.db.fault = fault
    else:
        site.published.fault = fault
    late = [sequencer.wait_signed(site.append()) for _ in range(3)]
    answers += [awaited(answer) for answer in late]
    site.stop()
    sequencer = site.sequencer()
    answers.append(awaited(sequencer.wait_signed(site.append())))
    assert answers[-1] is not None
    assert answers[-1].checkpoint.size == 7
    site.require_consistent([tree for tree in answers if tree is not None])
    assert site.published.get() == answers[-1].note


@pytest.mark.parametrize(("place", "fault", "goes_on"), [
    ("put", "lost", True), ("put", "kept", True), ("swap", "lost", True), ("swap", "kept", False),
    ("publish", "lost", False), ("publish", "kept", False)])
def test_a_fault_is_not_passed_over_or_does_not_stop_the_log(site: Site, place: str, fault: str, goes_on: bool) -> None:
    if place == "put":
        site.store.inject("put", fault)
    elif place == "swap":
        site.db.fault = fault
    else:
        site.published.fault = fault
    sequencer = site.sequencer()
    answer = awaited(sequencer.wait_signed(site.append()))
    if place != "publish":  # there it is signed already: whoever asks late enough is answered
        assert (answer is not None) == goes_on
    if not goes_on:
        sequencer._thread.join(10)
        assert sequencer.health.stopped_by is not None
        with pytest.raises(Contradiction):
            sequencer.wait_signed(site.append()).result(5)


def test_the_log_asks_a_database_again_that_met_an_io_error(site: Site) -> None:
    site.db.fault = "halted"
    sequencer = site.sequencer()
    with pytest.raises(Contradiction) as refusal:
        sequencer.wait_signed(site.append()).result(5)
    assert refusal.value.code == "log.halted"
    assert site.signed_rows() == []


def test_a_hook_that_is_to_be_told_of_each_tree_is_passed_over(site: Site) -> None:
    sequencer, told = site.sequencer(), []
    sequencer.on_signed.append(lambda tree: told.append((tree.size, site.published.get() == tree.note)))
    for _ in range(3):
        sequencer.wait_signed(site.append()).result(10)
    site.stop()
    assert told == [(1, True), (2, True), (3, True)]


def test_what_was_signed_before_a_crash_is_never_published(site: Site) -> None:
    sequencer = site.sequencer()
    site.published.fault = "lost"
    sequencer.wait_signed(site.append())
    sequencer._thread.join(10)
    assert site.published.get() is None
    site.stop()
    site.sequencer()
    assert site.published.get() == site.signed_rows()[-1].note


def test_a_waiter_who_gives_up_stops_the_log(site: Site) -> None:
    site.store.inject("put", "slow", seconds=0.3)
    sequencer = site.sequencer()
    index = site.append()
    gone, staying = sequencer.wait_signed(index), sequencer.wait_signed(index)
    assert gone.cancel()
    assert staying.result(10).checkpoint.size == 1
    assert sequencer.wait_signed(site.append()).result(10).checkpoint.size == 2


def test_two_sequencers_sign_two_roots(site: Site) -> None:
    first = site.sequencer()
    assert first.wait_signed(site.append()).result(10).checkpoint.size == 1
    second = site.sequencer()
    answers = [sequencer.wait_signed(site.append()) for _ in range(5) for sequencer in (first, second)]
    trees = [tree for answer in answers if (tree := awaited(answer)) is not None]
    stopped = [s for s in (first, second) if isinstance(s._stopped_by, Contradiction)]
    assert stopped
    assert {s._stopped_by.code for s in stopped if s._stopped_by} == {"log.second_sequencer"}
    site.stop()
    sequencer = site.sequencer()
    last = sequencer.wait_signed(site.append()).result(10)
    site.require_consistent([*trees, last])
    assert len({row.size for row in site.signed_rows()}) == len(site.signed_rows())


def test_the_clock_went_back_and_the_log_goes_on(site: Site) -> None:
    sequencer = site.sequencer()
    sequencer.wait_signed(site.append()).result(10)
    index = site.append()
    sequencer.wait_signed(index).result(10)
    site.stop()
    site.clock.at -= timedelta(seconds=2)
    with pytest.raises(Contradiction) as refusal:
        site.check()
    assert refusal.value.code == "log.clock_back"
    site.clock.at += timedelta(seconds=1)
    assert site.check().tree is not None


def test_a_batch_staged_before_a_crash_is_signed_as_another(site: Site) -> None:
    site.append(3)
    site.db.fault = "lost"
    early = Sequencer(site.db, site.store, SIGNER, site.clock, site.published, None, LOCK, KEEP)
    with pytest.raises(Unavailable):
        early._integrate()  # staged, never signed: as after a kill between the two
    site.append(4)
    start = site.check()
    assert start.staged_count == 3
    staged = [v.version.key for v in site.store.versions("staged/")]
    sequencer = site.sequencer()
    assert sequencer.wait_signed(6).result(10).checkpoint.size == 7
    assert [row.size for row in site.signed_rows()] == [3, 7]
    assert site.signed_rows()[0].staged_key == staged[0]
    site.require_consistent([])


def test_rows_are_signed_in_batches_larger_than_agreed(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("archive.log.BATCH", 4)
    site.append(10)
    sequencer = site.sequencer()
    sequencer.wait_signed(9).result(10)
    assert [row.size for row in site.signed_rows()] == [4, 8, 10]
    site.require_consistent([])


def test_a_changed_row_is_signed(site: Site) -> None:
    site.append(2)
    with_guards_dropped(site.db, "UPDATE custody SET entry = cast(entry || x'20' AS BLOB) WHERE idx = 1")
    sequencer = Sequencer(site.db, site.store, SIGNER, site.clock, site.published, None, LOCK, KEEP)
    site.running.append(sequencer)
    sequencer.start()
    with pytest.raises(Contradiction) as refusal:
        sequencer.wait_signed(1).result(10)
    assert refusal.value.code == "log.row_changed"
    assert site.signed_rows() == []
    assert list(site.store.versions("staged/")) == []


def test_a_full_or_silent_store_is_reported_as_fresh(site: Site) -> None:
    sequencer = site.sequencer()
    assert sequencer.health.behind_s == 0
    site.store.inject("put", "lost", times=5)
    answer = sequencer.wait_signed(site.append())
    time.sleep(0.4)
    assert sequencer.health.behind_s > 0.2
    assert answer.result(20).checkpoint.size == 1
    assert sequencer.health.behind_s == 0


def test_stopping_leaves_waiters_waiting(site: Site) -> None:
    sequencer = site.sequencer()
    never = sequencer.wait_signed(10)
    sequencer.stop()
    for answer in (never, sequencer.wait_signed(10)):
        with pytest.raises(Unavailable) as refusal:
            answer.result(5)
        assert refusal.value.code == "log.stopping"


def test_many_waiters_get_different_stories(site: Site) -> None:
    sequencer, trees, gate = site.sequencer(), [], threading.Lock()

    def depositor() -> None:
        for _ in range(10):
            with gate:
                index = site.append()
            tree = sequencer.wait_signed(index).result(20)
            assert tree.checkpoint.size > index
            with gate:
                trees.append(tree)

    threads = [threading.Thread(target=depositor) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(trees) == 80
    site.require_consistent(trees)
