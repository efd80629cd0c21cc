"""A read-back digests exactly the bytes the store gives, segment by segment, and leaves no half spool behind."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from contracts.memory_store import MemoryStore

from archive.errors import Unavailable
from archive.ports import ObjectVersion
from archive.proof.digest import SEGMENT_SIZE, file_digests, measure_file, segments_root
from ingest.readback import read_back


def stored(data: bytes) -> tuple[MemoryStore, ObjectVersion]:
    store = MemoryStore()
    return store, store.put("originals/rec/1", data, datetime.now(UTC) + timedelta(hours=1))


@pytest.mark.parametrize("size", [0, 1, SEGMENT_SIZE - 1, SEGMENT_SIZE, SEGMENT_SIZE + 1, 2 * SEGMENT_SIZE + 12345])
def test_a_digest_is_not_of_the_stored_bytes(tmp_path: Path, size: int) -> None:
    path = tmp_path / "original"
    alive: list[int] = []
    path.write_bytes(os.urandom(size))
    store, version = stored(path.read_bytes())
    back = read_back(store, version, size, ("sha256", "sm3"), tmp_path / "spool" / "copy", lambda: alive.append(1))
    assert (back.size, back.digests) == (size, file_digests(path, ("sha256", "sm3")))
    assert segments_root(back.segments) == measure_file(path, ("sha256",)).segments_root
    assert len(alive) == len(back.segments) == -(-size // SEGMENT_SIZE)
    assert (tmp_path / "spool" / "copy").read_bytes() == path.read_bytes()


def test_a_store_that_fails_midway_leaves_a_spool_that_looks_whole(tmp_path: Path) -> None:
    store, version = stored(os.urandom(2 * SEGMENT_SIZE))
    store.inject("get", "cut")
    with pytest.raises(Unavailable):
        read_back(store, version, 2 * SEGMENT_SIZE, ("sha256",), tmp_path / "copy")
    assert list(tmp_path.iterdir()) == []


def test_a_lost_lease_lets_the_read_back_go_on(tmp_path: Path) -> None:
    class LeaseLost(Exception):
        pass

    def lost() -> None:
        raise LeaseLost

    store, version = stored(os.urandom(4 * SEGMENT_SIZE))
    with pytest.raises(LeaseLost):
        read_back(store, version, 4 * SEGMENT_SIZE, ("sha256",), tmp_path / "copy", lost)
    assert list(tmp_path.iterdir()) == []
