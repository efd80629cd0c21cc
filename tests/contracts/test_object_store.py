"""What every ObjectStore promises, on the real SeaweedFS, the double in memory and, where set, another S3 store.

``CONFORMANCE_ENDPOINT`` (with ``CONFORMANCE_ACCESS_KEY`` and ``CONFORMANCE_SECRET_KEY``) adds that store.
"""

import hashlib
import os
import secrets
import time
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Protocol

import pytest
import store_fixture
from contracts.memory_store import MemoryStore

from archive.adapters.s3 import S3Store
from archive.errors import Contradiction, NotFound, Refused
from archive.ports import ObjectStore, ObjectVersion, StoredPart

MIB = 1 << 20
PART = 8 * MIB
ABSENT = ObjectVersion("originals/absent", "no-such-version")


class DatedStore(ObjectStore, Protocol):
    """An ObjectStore that also tells its own time."""

    def date(self) -> datetime: ...


def other_store() -> S3Store:
    """A bucket of its own in the store that ``CONFORMANCE_ENDPOINT`` names."""
    store = S3Store(endpoint=os.environ["CONFORMANCE_ENDPOINT"], bucket=f"test-{secrets.token_hex(8)}",
                    access_key=os.environ["CONFORMANCE_ACCESS_KEY"],
                    secret_key=os.environ["CONFORMANCE_SECRET_KEY"], name="conformance")
    store.create_bucket()
    return store


IMPLEMENTATIONS: dict[str, Callable[[], DatedStore]] = {
    "seaweedfs": store_fixture.fresh_bucket, "memory": MemoryStore}
if "CONFORMANCE_ENDPOINT" in os.environ:
    IMPLEMENTATIONS["conformance"] = other_store


@pytest.fixture(params=list(IMPLEMENTATIONS))
def store(request: pytest.FixtureRequest) -> DatedStore:
    return IMPLEMENTATIONS[str(request.param)]()


def hour(store: DatedStore, hours: float = 1) -> datetime:
    return store.date() + timedelta(hours=hours)


def sha(data: bytes | bytearray | memoryview) -> bytes:
    return hashlib.sha256(data).digest()


def wait_a_second(store: DatedStore) -> None:
    before = store.date()
    while store.date() == before:
        time.sleep(0.05)


def send(store: DatedStore, key: str, pieces: list[bytes]) -> tuple[str, list[tuple[StoredPart, bytes]]]:
    multipart = store.begin(key, hour(store), "plain")
    return multipart, [(store.put_part(key, multipart, number, piece, sha(piece)), sha(piece))
                       for number, piece in enumerate(pieces, start=1)]


def whole(store: ObjectStore, version: ObjectVersion, start: int = 0, length: int | None = None) -> bytes:
    return b"".join(store.get(version, start, length))


def test_a_multipart_upload_comes_back_byte_for_byte_and_locked(store: DatedStore) -> None:
    pieces = [os.urandom(PART), os.urandom(PART), os.urandom(12345)]
    multipart, parts = send(store, "originals/r/0", pieces)
    until = hour(store, 5) + timedelta(microseconds=1)
    version = store.finish("originals/r/0", multipart, parts, until)
    state = store.head(version)
    assert state.size == sum(map(len, pieces))
    assert state.lock_mode == "COMPLIANCE"
    assert state.lock_until is not None
    assert until <= state.lock_until <= until + timedelta(seconds=1), "rounded up to the second, never down"
    assert not state.legal_hold
    assert whole(store, version) == b"".join(pieces)


def test_ranges_name_exactly_the_bytes_asked_for(store: DatedStore) -> None:
    pieces = [os.urandom(PART), os.urandom(PART)]
    data = b"".join(pieces)
    multipart, parts = send(store, "originals/r/1", pieces)
    version = store.finish("originals/r/1", multipart, parts, hour(store))
    for start, length in ((0, 1), (PART - 1, 2), (PART, None), (5, 3 * MIB), (len(data) - 1, 1),
                          (len(data) - 1, 1000), (0, 0)):
        end = None if length is None else start + length
        assert whole(store, version, start, length) == data[start:end], (start, length)
    assert max(len(chunk) for chunk in store.get(version)) <= MIB
    with pytest.raises(Refused) as refused:
        whole(store, version, len(data))
    assert refused.value.code == "object.range"


def test_an_empty_object_reads_as_no_bytes(store: DatedStore) -> None:
    version = store.put("log/empty", b"", hour(store))
    assert store.head(version).size == 0
    assert whole(store, version) == b""
    assert whole(store, version, 0, 10) == b""


def test_a_read_given_up_midway_leaves_the_store_usable(store: DatedStore) -> None:
    multipart, parts = send(store, "originals/r/2", [b"a" * PART])
    version = store.finish("originals/r/2", multipart, parts, hour(store))
    for _ in range(40):  # more than the pool holds connections
        reader = store.get(version)
        assert len(next(reader)) <= MIB
        assert isinstance(reader, Generator)
        reader.close()
    assert sum(map(len, store.get(version))) == PART


def test_a_part_with_a_wrong_checksum_is_refused_and_not_kept(store: DatedStore) -> None:
    multipart = store.begin("originals/r/3", hour(store), "plain")
    with pytest.raises(Refused) as refused:
        store.put_part("originals/r/3", multipart, 1, b"x" * MIB, sha(b"y"))
    assert refused.value.code == "object.checksum"
    assert store.parts("originals/r/3", multipart) == []


@pytest.mark.parametrize("form", [bytes, bytearray, memoryview])
def test_a_part_may_be_any_buffer_and_a_repeat_replaces_it(
        store: DatedStore, form: Callable[[bytes], bytes | bytearray | memoryview]) -> None:
    multipart = store.begin("originals/r/4", hour(store), "plain")
    store.put_part("originals/r/4", multipart, 1, b"first", sha(b"first"))
    wait_a_second(store)  # replacements within one second cannot be told apart in SeaweedFS' listing
    part = store.put_part("originals/r/4", multipart, 1, form(b"second"), sha(b"second"))
    assert store.parts("originals/r/4", multipart) == [part]
    assert part.size == 6
    version = store.finish("originals/r/4", multipart, [(part, sha(b"second"))], hour(store))
    assert whole(store, version) == b"second"


def test_a_part_replaced_within_a_second_is_never_mistaken_for_its_forerunner(store: DatedStore) -> None:
    multipart = store.begin("originals/r/9", hour(store), "plain")
    for _ in range(5):
        old = store.put_part("originals/r/9", multipart, 1, b"first", sha(b"first"))
        new = store.put_part("originals/r/9", multipart, 1, b"other", sha(b"other"))
        assert old not in store.parts("originals/r/9", multipart)
    version = store.finish("originals/r/9", multipart, [(new, sha(b"other"))], hour(store))
    assert whole(store, version) == b"other"


def test_a_finish_with_a_part_the_store_does_not_hold_is_refused(store: DatedStore) -> None:
    multipart, parts = send(store, "originals/r/10", [b"x" * 10])
    for code, wrong in (("object.part", [(StoredPart(1, 10, "0" * 32), parts[0][1])]),
                        ("object.checksum", [(parts[0][0], sha(b"other"))])):
        with pytest.raises(Refused) as refused:
            store.finish("originals/r/10", multipart, wrong, hour(store))
        assert refused.value.code == code
    assert list(store.versions("originals/r/10")) == []
    assert whole(store, store.finish("originals/r/10", multipart, parts, hour(store))) == b"x" * 10


def test_more_parts_than_a_listing_page_are_all_listed_in_order(store: DatedStore) -> None:
    multipart = store.begin("originals/r/5", hour(store), "plain")
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: store.put_part("originals/r/5", multipart, n, b"%d" % n, sha(b"%d" % n)),
                      range(1030, 0, -1)))
    held = store.parts("originals/r/5", multipart)
    assert [part.number for part in held] == list(range(1, 1031))
    assert [part.size for part in held] == [len(str(n)) for n in range(1, 1031)]


def test_unknown_finished_and_aborted_uploads_have_no_parts(store: DatedStore) -> None:
    finished, parts = send(store, "originals/r/6", [b"x"])
    store.finish("originals/r/6", finished, parts, hour(store))
    aborted, _ = send(store, "originals/r/7", [b"x"])
    store.abort("originals/r/7", aborted)
    for key, multipart in (("originals/r/6", finished), ("originals/r/7", aborted), ("originals/r/7", "none")):
        with pytest.raises(NotFound) as absent:
            store.parts(key, multipart)
        assert absent.value.code == "object.no_multipart"
        store.abort(key, multipart)  # absent is fine
    with pytest.raises(NotFound) as absent:
        store.put_part("originals/r/7", aborted, 1, b"x", sha(b"x"))
    assert absent.value.code == "object.no_multipart"
    assert list(store.unfinished("originals/")) == []


def test_a_finish_whose_answer_was_lost_gives_the_same_version_again(store: DatedStore) -> None:
    multipart, parts = send(store, "originals/r/8", [b"x" * 100])
    version = store.finish("originals/r/8", multipart, parts, hour(store))
    assert store.finish("originals/r/8", multipart, parts, hour(store)) == version
    assert [row.version for row in store.versions("originals/r/8")] == [version]
    with pytest.raises(NotFound) as absent:
        store.finish("originals/r/8", "never-begun", [(parts[0][0], sha(b""))] * 2, hour(store))
    assert absent.value.code == "object.no_multipart"


def test_a_small_object_is_stored_once_and_another_under_its_key_is_refused(store: DatedStore) -> None:
    version = store.put("log/a/1", b"entry", hour(store))
    assert store.put("log/a/1", b"entry", hour(store, 2)) == version
    until = store.head(version).lock_until
    assert until is not None
    assert until >= hour(store, 2) - timedelta(seconds=30), "a repeat may lengthen the lock"
    with pytest.raises(Contradiction) as differs:
        store.put("log/a/1", b"other", hour(store))
    assert differs.value.code == "object.differs"
    assert whole(store, version) == b"entry"


def test_of_many_writers_of_one_key_exactly_one_wins(store: DatedStore) -> None:
    def write(number: int) -> str:
        try:
            return store.put("log/race", b"%d" % number, hour(store)).version_id
        except Contradiction as error:
            return error.code

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(write, range(16)))
    assert outcomes.count("object.differs") == 15
    assert len(list(store.versions("log/race"))) == 1


def test_absent_objects_and_versions_are_absent_never_another_version(store: DatedStore) -> None:
    one, two = store.put("log/one", b"1", hour(store)), store.put("log/two", b"2", hour(store))
    for wrong in (ABSENT, ObjectVersion(one.key, two.version_id), ObjectVersion(one.key, "none")):
        for act in (store.head, whole_of(store), lambda v: store.extend_lock(v, hour(store))):
            with pytest.raises(NotFound) as absent:
                act(wrong)
            assert absent.value.code == "object.absent"


def whole_of(store: ObjectStore) -> Callable[[ObjectVersion], object]:
    return lambda version: whole(store, version)


def test_locks_grow_and_never_shrink(store: DatedStore) -> None:
    version = store.put("log/lock", b"x", hour(store))
    longer = hour(store, 48)
    assert store.extend_lock(version, longer) == longer
    assert store.extend_lock(version, hour(store)) == longer
    assert store.head(version).lock_until == longer


def test_a_lock_in_the_past_is_refused_at_begin_and_put(store: DatedStore) -> None:
    past = hour(store, -24)
    with pytest.raises(Refused):
        store.begin("originals/past", past, "plain")
    with pytest.raises(Refused):
        store.put("log/past", b"x", past)
    assert list(store.versions("log/past")) == []


def test_every_unfinished_upload_is_listed_beyond_one_page(store: DatedStore) -> None:
    with ThreadPoolExecutor(8) as pool:
        begun = set(pool.map(lambda n: store.begin(f"originals/u/{n}", hour(store), "plain"), range(1020)))
    store.begin("elsewhere/u", hour(store), "plain")
    listed = list(store.unfinished("originals/"))
    assert {row.multipart_id for row in listed} == begun
    assert len(listed) == len(begun)
    assert [row.key for row in store.unfinished("elsewhere/")] == ["elsewhere/u"]


def test_every_version_is_listed_beyond_one_page(store: DatedStore) -> None:
    with ThreadPoolExecutor(8) as pool:
        put = list(pool.map(lambda n: store.put(f"log/many/{n}", b"%d" % n, hour(store)), range(1020)))
    store.put("other", b"x", hour(store))
    rows = list(store.versions("log/"))
    assert {row.version for row in rows} == set(put)
    assert len(rows) == len(put)
    assert all(row.is_latest and not row.is_marker for row in rows)


def test_eight_threads_share_one_store(store: DatedStore) -> None:
    multipart = store.begin("originals/threads", hour(store), "plain")
    pieces = [os.urandom(5 * MIB) for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        parts = list(pool.map(
            lambda n: (store.put_part("originals/threads", multipart, n + 1, pieces[n], sha(pieces[n])),
                       sha(pieces[n])), range(8)))
        version = store.finish("originals/threads", multipart, parts, hour(store))
        copies = list(pool.map(lambda _: sha(whole(store, version)), range(8)))
    assert set(copies) == {sha(b"".join(pieces))}


def test_the_self_test_holds(store: DatedStore) -> None:
    assert [check for check in store.self_test() if not check.held] == []
