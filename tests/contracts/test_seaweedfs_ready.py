"""A store whose volumes are not known yet: its door is open, and what is read fails as if it were lost."""

import subprocess
import threading
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
import store_fixture

from archive.adapters import seaweedfs_ready
from archive.adapters.s3 import S3Store
from archive.adapters.seaweedfs_ready import await_volumes
from archive.errors import Unavailable
from archive.ports import ObjectVersion


@pytest.fixture
def child() -> Iterator["subprocess.Popen[bytes]"]:
    with subprocess.Popen(["sleep", "60"]) as process:
        yield process
        process.kill()


@pytest.fixture
def root() -> S3Store:
    """A real bucket with one object, as its root sees it."""
    store = store_fixture.fresh_bucket()
    store.put("log/x", b"entry", store.date() + timedelta(hours=1))
    return store_fixture.as_root(store)


def reluctant(root: S3Store, monkeypatch: pytest.MonkeyPatch, failures: int) -> list[ObjectVersion]:
    """The real store, whose first reads fail: only a busy machine makes it do so, and not on demand."""
    asked, get = list[ObjectVersion](), root.get

    def late(version: ObjectVersion, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        asked.append(version)
        if len(asked) <= failures:
            raise Unavailable("store.unavailable", "no volume")
        return get(version, start, length)

    monkeypatch.setattr(root, "get", late)
    return asked


def test_a_store_counts_as_started_before_its_volumes_are_known(
        root: S3Store, child: "subprocess.Popen[bytes]", monkeypatch: pytest.MonkeyPatch) -> None:
    asked = reluctant(root, monkeypatch, 3)
    await_volumes(root, child, threading.Event())
    assert len(asked) == 4


def test_an_object_that_cannot_be_read_keeps_a_store_from_starting(
        root: S3Store, child: "subprocess.Popen[bytes]", monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seaweedfs_ready, "VOLUMES_WITHIN_S", 0.3)
    asked = reluctant(root, monkeypatch, 1 << 30)
    await_volumes(root, child, threading.Event())
    assert len(asked) > 1


def test_an_empty_store_is_waited_for(child: "subprocess.Popen[bytes]") -> None:
    began = time.monotonic()
    await_volumes(store_fixture.as_root(store_fixture.fresh_bucket()), child, threading.Event())
    assert time.monotonic() - began < seaweedfs_ready.VOLUMES_WITHIN_S
