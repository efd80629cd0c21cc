"""The double's faults do what they say, so that tests which order them prove something."""

import hashlib
import time
from datetime import datetime, timedelta

import pytest
from contracts.memory_store import Fault, MemoryStore

from archive.errors import Unavailable
from archive.ports import ObjectVersion

DATA = b"x" * (3 << 20)


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


def _hour(store: MemoryStore) -> datetime:
    return store.date() + timedelta(hours=1)


@pytest.mark.parametrize(("fault", "kept"), [("lost", 0), ("kept", 1)])
def test_a_lost_put_is_not_there_and_a_kept_one_is(store: MemoryStore, fault: Fault, kept: int) -> None:
    store.inject("put", fault)
    with pytest.raises(Unavailable):
        store.put("log/x", DATA, _hour(store))
    assert len(list(store.versions("log/x"))) == kept
    store.put("log/x", DATA, _hour(store))
    assert len(list(store.versions("log/x"))) == 1, "a repeat heals both"


def test_a_finish_reported_lost_but_kept_can_be_repeated(store: MemoryStore) -> None:
    digest = hashlib.sha256(DATA).digest()
    multipart = store.begin("originals/r", _hour(store), "plain")
    parts = [(store.put_part("originals/r", multipart, 1, DATA, digest), digest)]
    store.inject("finish", "kept")
    with pytest.raises(Unavailable):
        store.finish("originals/r", multipart, parts, _hour(store))
    version = store.finish("originals/r", multipart, parts, _hour(store))
    assert [row.version for row in store.versions("originals/r")] == [version]


def test_a_slow_call_waits_and_a_cut_read_breaks_off(store: MemoryStore) -> None:
    version = store.put("log/x", DATA, _hour(store))
    store.inject("head", "slow", seconds=0.2)
    before = time.monotonic()
    store.head(version)
    assert time.monotonic() - before >= 0.2
    store.inject("get", "cut")
    got: list[bytes] = []
    with pytest.raises(Unavailable):
        got.extend(store.get(version))
    assert b"".join(store.get(version)) == DATA


def test_faults_hit_only_as_often_as_ordered(store: MemoryStore) -> None:
    store.inject("put", "lost", times=2)
    for _ in range(2):
        with pytest.raises(Unavailable):
            store.put("log/x", DATA, _hour(store))
    assert isinstance(store.put("log/x", DATA, _hour(store)), ObjectVersion)


def test_outsiders_add_versions_and_markers_above_the_pinned_one(store: MemoryStore) -> None:
    version = store.put("log/x", DATA, _hour(store))
    store.outsider_put("log/x", b"evil")
    store.outsider_delete("log/x")
    rows = list(store.versions("log/x"))
    assert [(row.is_latest, row.is_marker) for row in rows] == [(True, True), (False, False), (False, False)]
    assert rows[-1].version == version
    assert b"".join(store.get(version)) == DATA
