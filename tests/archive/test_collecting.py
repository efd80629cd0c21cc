"""Staged batches go only when nothing is lost with them; locks of the log are kept far ahead, or it is said."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from ledger import LOG_ID, ORIGIN, SIGNER
from lived_log import SIZE, copy_of, lived_log
from log_site import KEEP, LOCK
from log_site import Site as LogSite
from sqlalchemy import select

from archive.batches import encode_batch, staged_key
from archive.collecting import COLLECTED, LocksKept, collect_staged, extend_locks
from archive.custody import CUSTODY
from archive.errors import Contradiction, Unavailable
from archive.log import PROGRESS
from archive.log_store import full_paths, stored_leaves
from archive.ports import Ports
from archive.site import Site
from ingest.intake import Intake
from ingest.reconcile import reconcile

LOG = f"log/{LOG_ID}/"
FIRST, LAST = staged_key(LOG_ID, 0, 250), staged_key(LOG_ID, 250, 350)


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LogSite]:
    with lived_log(tmp_path_factory.mktemp("lived")) as made:
        yield made


@pytest.fixture
def log(lived: LogSite, tmp_path: Path) -> Iterator[LogSite]:
    """600 leaves staged as 0-250 and 250-350 (bundles reach to 512), at a time when the staged locks have run out."""
    with copy_of(lived, tmp_path) as made:
        made.store.skew += LOCK + timedelta(days=1)
        yield made


def site_of(log: LogSite) -> Site:
    ports = Ports(log.store, cast(Any, None), SIGNER, cast(Any, None), log.clock)
    return Site(log.db, ports, cast(Any, None), log.tiles, ORIGIN)


def staged(log: LogSite) -> list[str]:
    return [row.version.key for row in log.store.versions("staged/")]


def require_whole(log: LogSite) -> None:
    rows = log.db.read(lambda c: c.scalars(select(CUSTODY.c.entry).order_by(CUSTODY.c.idx)).all())
    assert [leaf.entry for leaf in stored_leaves(log.store, LOG_ID)] == rows


def test_a_batch_in_full_bundles_stays_or_another_goes(log: LogSite) -> None:
    assert collect_staged(site_of(log)) == 1
    assert staged(log) == [LAST]
    require_whole(log)
    assert log.db.read(lambda c: c.execute(select(PROGRESS.c.size).where(PROGRESS.c.name == COLLECTED)).scalar()) == 512
    assert collect_staged(site_of(log)) == 0
    assert log.check().tree is not None


def test_a_collected_batch_is_reported_as_lost_or_a_lost_one_is_not(log: LogSite, tmp_path: Path) -> None:
    intake = Intake(site_of(log), cast(Any, None), (), tmp_path, tmp_path, b"", KEEP)
    assert reconcile(intake) == []
    assert collect_staged(site_of(log)) == 1
    assert reconcile(intake) == []
    log.store.delete(next(iter(log.store.versions(LAST))).version)
    assert [(finding.kind, finding.key) for finding in reconcile(intake)] == [("missing", LAST)]


def test_a_batch_goes_while_it_is_locked(log: LogSite) -> None:
    log.store.skew -= timedelta(days=2)
    assert collect_staged(site_of(log)) == 0
    assert staged(log) == [FIRST, LAST]


def test_the_batch_beneath_the_last_checkpoint_goes(log: LogSite) -> None:
    """It is what the next start looks for; even when its leaves are all in full bundles."""
    now = log.store.skew
    log.store.skew -= LOCK + timedelta(days=1)
    sequencer = log.sequencer()
    sequencer.wait_signed(log.append_together(1024 - SIZE)).result(20)
    log.stop()
    log.store.skew = now + timedelta(days=60)
    assert collect_staged(site_of(log)) == 2
    assert staged(log) == [staged_key(LOG_ID, SIZE, 424)]
    require_whole(log)
    assert log.check().tree is not None


def test_a_batch_that_reaches_beyond_the_full_bundles_goes_or_stops_the_job(log: LogSite) -> None:
    now = log.store.skew
    log.store.skew -= LOCK + timedelta(days=1)
    sequencer = log.sequencer()
    sequencer.wait_signed(log.append()).result(20)
    log.stop()
    log.store.skew = now + timedelta(days=60)
    assert collect_staged(site_of(log)) == 1
    assert staged(log) == [LAST, staged_key(LOG_ID, SIZE, 1)]
    require_whole(log)


def test_a_batch_staged_twice_stays_for_ever(log: LogSite) -> None:
    leaves = list(stored_leaves(log.store, LOG_ID))[:200]
    log.store.outsider_put(staged_key(LOG_ID, 0, 200), encode_batch(LOG_ID, 0, leaves))
    log.store.skew += timedelta(days=1)
    assert collect_staged(site_of(log)) == 2
    require_whole(log)


@pytest.mark.parametrize("path", ["tile/entries/000", "particulars/000"])
@pytest.mark.parametrize("fault", ["gone", "changed", "cut", "unlocked", "unreadable"])
def test_a_batch_goes_without_its_bundle(log: LogSite, path: str, fault: str) -> None:
    data = log.store._held[LOG + path][0].data
    if fault == "unreadable":
        log.store.inject("get", "lost", times=9)
    elif fault != "unlocked":
        del log.store._held[LOG + path]
    if fault == "changed":
        at = 9 if path.startswith("tile") else len(data) - 6 * 200
        other = data[:at] + bytes([data[at] ^ 1]) + data[at + 1:] if path.startswith("tile") else (
            data[:at] + b"\0\0\0\0\0\1x" + data[at + 6:])
        log.store.put(LOG + path, other, log.store.date() + KEEP)
    elif fault == "cut":
        log.store.put(LOG + path, data[:-1], log.store.date() + KEEP)
    elif fault == "unlocked":
        log.store.skew += KEEP
    with pytest.raises((Contradiction, Unavailable)):
        collect_staged(site_of(log))
    assert staged(log) == [FIRST, LAST]


def kept(log: LogSite, now: datetime) -> LocksKept:
    return extend_locks(site_of(log), now, KEEP)


def locks(log: LogSite) -> set[datetime]:
    return {log.store.head(row.version).lock_until or now_of(log) for row in log.store.versions(LOG)}


def now_of(log: LogSite) -> datetime:
    return log.clock.at.replace(microsecond=0)


def test_fresh_locks_are_set_again_or_old_ones_are_not(log: LogSite) -> None:
    objects = len(list(full_paths(SIZE)))
    assert kept(log, now_of(log) + timedelta(days=20)) == LocksKept(objects, 0, ())
    later = now_of(log) + timedelta(days=40)
    assert kept(log, later) == LocksKept(objects, objects, ())
    assert locks(log) == {later + KEEP}
    assert kept(log, later) == LocksKept(objects, 0, ())


def test_a_lock_that_nearly_ran_out_is_extended_in_silence(log: LogSite) -> None:
    late = now_of(log) + KEEP - timedelta(days=182)
    told = kept(log, late)
    assert (told.extended, len(told.alarms)) == (told.looked, told.looked)
    assert all("182 days" in alarm for alarm in told.alarms)
    assert locks(log) == {late + KEEP}


def test_anchors_are_left_to_run_out(log: LogSite) -> None:
    log.store.put(LOG + "anchor/600", b"{}", log.store.date() + timedelta(days=200))
    kept(log, now_of(log) + timedelta(days=40))
    assert locks(log) == {now_of(log) + timedelta(days=40) + KEEP}


def test_one_object_that_cannot_be_locked_keeps_the_others_short(log: LogSite) -> None:
    log.store.inject("extend_lock", "lost")
    told = kept(log, now_of(log) + timedelta(days=40))
    assert told.extended == told.looked - 1
    assert "could not be locked further" in told.alarms[0]


def test_a_marker_or_a_second_version_is_not_named(log: LogSite) -> None:
    log.store.outsider_delete(LOG + "tile/0/000")
    log.store.outsider_put(LOG + "tile/entries/001", b"another")
    told = kept(log, now_of(log))
    assert sorted(alarm.split(" (")[0] for alarm in told.alarms) == [
        LOG + "tile/0/000 has a delete marker", LOG + "tile/entries/001 has a later version"]
