"""What may be removed from a store, and what never: on the real SeaweedFS and on the double in memory."""

import time
from collections.abc import Callable
from datetime import timedelta

import pytest
import store_fixture
from contracts.test_object_store import ABSENT, IMPLEMENTATIONS, DatedStore, hour, whole

from archive.adapters.s3 import S3Store
from archive.errors import Refused
from archive.ports import ObjectVersion


@pytest.fixture(params=list(IMPLEMENTATIONS))
def store(request: pytest.FixtureRequest) -> DatedStore:
    return IMPLEMENTATIONS[str(request.param)]()


def held(store: DatedStore, key: str) -> list[ObjectVersion]:
    return [row.version for row in store.versions(key)]


def wait_out(store: DatedStore, until: float) -> None:
    while store.date().timestamp() <= until:
        time.sleep(0.1)


def test_a_version_whose_lock_ran_out_stays_or_leaves_a_marker(store: DatedStore) -> None:
    until = store.date() + timedelta(seconds=2)
    versions = [store.put(key, b"x", until) for key in ("staged/a/0-1", "keys/rec_1")]
    kept = store.put("staged/a/1-1", b"y", hour(store))
    wait_out(store, until.timestamp())
    for version in versions:
        store.delete(version)
        assert held(store, version.key) == []
        store.delete(version)  # absent is fine
    assert whole(store, kept) == b"y"


@pytest.mark.parametrize("key", ["staged/a/0-1", "keys/rec_1"])
def test_a_locked_version_is_removed(store: DatedStore, key: str) -> None:
    version = store.put(key, b"x", hour(store))
    with pytest.raises(Refused) as refusal:
        store.delete(version)
    assert refusal.value.code == "object.locked"
    assert held(store, key) == [version]


@pytest.mark.parametrize("key", ["log/a/tile/0/000", "originals/rec/1", "log/staged/1", "stagedx/1", "derivatives/r/d"])
def test_anything_else_is_removed_when_its_lock_ran_out(store: DatedStore, key: str) -> None:
    until = store.date() + timedelta(seconds=1)
    version = store.put(key, b"x", until)
    wait_out(store, until.timestamp())
    with pytest.raises(Refused) as refusal:
        store.delete(version)
    assert refusal.value.code == "object.kept"
    assert held(store, key) == [version]


def test_an_absent_version_takes_another_with_it(store: DatedStore) -> None:
    until = store.date() + timedelta(seconds=1)
    version = store.put("staged/a/0-1", b"x", until)
    wait_out(store, until.timestamp())
    store.delete(ObjectVersion(version.key, ABSENT.version_id))
    with pytest.raises(Refused):
        store.delete(ObjectVersion(version.key, ""))
    assert held(store, version.key) == [version]


COLLECTOR_MAY_NOT: dict[str, Callable[[S3Store, ObjectVersion], object]] = {
    "read": lambda store, version: whole(store, version),
    "put": lambda store, version: store.put("staged/a/9-9", b"x", hour(store)),
    "list": lambda store, version: list(store.versions("staged/")),
    "extend": lambda store, version: store.client._execute(
        "PUT", store.bucket, version.key, body=b"<Retention><Mode>COMPLIANCE</Mode><RetainUntilDate>2099-01-01T00:00:00"
        b"Z</RetainUntilDate></Retention>", query_params={"versionId": version.version_id, "retention": ""}),
    "delete an original": lambda store, version: store.client._execute(
        "DELETE", store.bucket, "originals/rec/1", query_params={"versionId": version.version_id}),
    "delete without a version": lambda store, version: store.client._execute("DELETE", store.bucket, version.key),
}



@pytest.mark.parametrize("name", COLLECTOR_MAY_NOT)
def test_the_collectors_credentials_can_do_more_than_remove(name: str) -> None:
    service = store_fixture.fresh_bucket()
    access, secret = store_fixture.shared_store().keys.collector
    collector = S3Store(endpoint=store_fixture.shared_store().endpoint, bucket=service.bucket, access_key=access,
                        secret_key=secret)
    version = service.put("staged/a/0-1", b"x", hour(service))
    with pytest.raises(Exception) as refusal:
        COLLECTOR_MAY_NOT[name](collector, version)
    assert "AccessDenied" in str(refusal.value) or getattr(refusal.value, "code", "") == "store.refused"
    assert held(service, "staged/") == [version]


def test_the_services_own_credentials_remove_a_staged_batch() -> None:
    service = store_fixture.fresh_bucket()
    keys = store_fixture.shared_store().keys
    alone = S3Store(endpoint=store_fixture.shared_store().endpoint, bucket=service.bucket,
                    access_key=keys.service_access, secret_key=keys.service_secret)
    until = service.date() + timedelta(seconds=1)
    version = service.put("staged/a/0-1", b"x", until)
    wait_out(service, until.timestamp())
    with pytest.raises(Refused) as refusal:
        alone.delete(version)
    assert refusal.value.code == "store.refused"
    assert held(service, version.key) == [version]
