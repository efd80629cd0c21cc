"""The lock probe on the real store: green where the lock holds, red where a credential can do what it must not."""

from pathlib import Path

import pytest
import store_fixture

from archive.adapters.s3 import S3Store
from archive.adapters.s3_lockprobe import S3LockBreaker
from archive.adapters.seaweedfs_sidedoors import SideDoors
from archive.event_values import LockAttempt
from retention.lockprobe import broken


@pytest.fixture
def service() -> S3Store:
    return store_fixture.fresh_bucket()


@pytest.mark.parametrize("identity", ["service", "root"])
def test_a_lock_that_holds_is_called_broken(service: S3Store, identity: str) -> None:
    store = service if identity == "service" else store_fixture.as_root(service)
    attempts = S3LockBreaker(store, identity).attempts()
    assert broken(attempts) == ()
    assert attempts[-1] == LockAttempt("lose_canary", "refused", "refused")


def test_a_bucket_without_a_lock_passes(service: S3Store) -> None:
    """The same attempts with rights nobody should have: root called service may add markers and bucket rules."""
    attempts = S3LockBreaker(store_fixture.as_root(service), "service").attempts()
    assert {attempt.name for attempt in broken(attempts)} >= {"delete_marker", "rewrite_lock_by_tags"}


def test_the_probe_leaves_the_bucket_weaker_than_it_was(service: S3Store) -> None:
    root = store_fixture.as_root(service)
    S3LockBreaker(root, "service").attempts()
    assert root.client.get_bucket_versioning(root.bucket).status == "Enabled"
    assert all(check.held for check in service.self_test())


def test_a_side_door_stands_open_or_the_known_one_is_hidden(tmp_path: Path) -> None:
    with store_fixture.own_store(tmp_path) as own:
        attempts = {a.name: a for a in SideDoors(own.data, own.service).attempts()}
        assert broken(tuple(attempts.values())) == ()
        assert attempts["weed_shell_remove"] == LockAttempt("weed_shell_remove", "done", "done")
