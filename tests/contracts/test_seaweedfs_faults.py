"""The embedded store killed, orphaned, restarted and full: what was acknowledged stays, the rest can be repeated."""

import hashlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import store_fixture

from archive.adapters.s3 import S3Store
from archive.adapters.seaweedfs import EmbeddedStore
from archive.adapters.seaweedfs_setup import free_ports, launch_command, orphans_of, store_binary
from archive.errors import Contradiction, Unavailable
from archive.ports import StoredPart

MIB = 1 << 20
KEY = "originals/rec/0"


def _hour(store: S3Store) -> datetime:
    return store.date() + timedelta(hours=1)


def _part(store: S3Store, multipart: str, number: int, size: int = 8 * MIB) -> tuple[StoredPart, bytes]:
    data = bytes([number]) * size
    digest = hashlib.sha256(data).digest()
    return store.put_part(KEY, multipart, number, data, digest), digest


def _until(condition: Callable[[], bool], patience_s: float = 30.0) -> None:
    deadline = time.monotonic() + patience_s
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def _answers(store: S3Store) -> bool:
    try:
        store.date()
    except Unavailable:
        return False
    return True


def test_a_store_killed_mid_upload_comes_back_by_itself_with_every_acknowledged_part(tmp_path: Path) -> None:
    with store_fixture.own_store(tmp_path) as own:
        store, multipart = own.service, own.service.begin(KEY, _hour(own.service), "plain")
        parts = [_part(store, multipart, number) for number in (1, 2, 3)]
        locked = store.put("log/x", b"entry", _hour(store))
        failures: list[Unavailable] = []

        def write_on() -> None:
            try:
                for _ in range(1000):
                    _part(store, multipart, 4)
            except Unavailable as error:
                failures.append(error)

        writer = threading.Thread(target=write_on)
        writer.start()
        time.sleep(0.3)
        os.kill(own.running.pid, signal.SIGKILL)
        writer.join(60)
        assert [error.code for error in failures] == ["store.unavailable"]

        _until(lambda: own.supervisor.running().pid != own.running.pid)
        back = own.supervisor.running()
        assert (back.endpoint, back.ports) == (own.running.endpoint, own.running.ports)
        assert store.parts(KEY, multipart)[:3] == [part for part, _ in parts]
        parts.append(_part(store, multipart, 4))
        version = store.finish(KEY, multipart, parts, _hour(store))
        digest = hashlib.sha256()
        for chunk in store.get(version):
            digest.update(chunk)
        assert digest.digest() == hashlib.sha256(b"".join(bytes([n]) * 8 * MIB for n in (1, 2, 3, 4))).digest()
        assert b"".join(store.get(locked)) == b"entry"


def test_without_supervision_a_dead_store_stays_dead_until_it_is_restarted(tmp_path: Path) -> None:
    with store_fixture.own_store(tmp_path, supervise=False) as own:
        until = _hour(own.service)
        version = own.service.put("log/x", b"entry", until)
        assert own.supervisor.alive()
        os.kill(own.running.pid, signal.SIGKILL)
        _until(lambda: not own.supervisor.alive())
        for act in (lambda: own.service.head(version), lambda: list(own.service.get(version)),
                    lambda: own.service.begin(KEY, until, "plain"), own.service.date,
                    lambda: list(own.service.versions("")), own.service.self_test):
            with pytest.raises(Unavailable) as down:
                act()
            assert down.value.code == "store.unavailable"
        again = own.supervisor.restart()
        assert (again.endpoint, again.ports) == (own.running.endpoint, own.running.ports)
        assert b"".join(own.service.get(version)) == b"entry"


def test_a_clean_stop_keeps_data_locks_and_keys_though_the_ports_change(tmp_path: Path) -> None:
    first, second = EmbeddedStore(), EmbeddedStore()
    keys = first.prepare(tmp_path)
    try:
        store = store_fixture.client_of(first.start(tmp_path), keys)
        until = _hour(store)
        version = store.put("log/x", b"entry" * MIB, until)
        first.stop()
        assert not (tmp_path / "run" / "store.json").exists()
        assert orphans_of(tmp_path / "store") == []
        again = store_fixture.client_of(second.start(tmp_path), second.prepare(tmp_path))
        assert second.prepare(tmp_path) == keys
        assert b"".join(again.get(version)) == b"entry" * MIB
        assert again.head(version).lock_until == until
        assert again.put("log/y", b"new", until) != version
    finally:
        first.stop(patience_s=0)
        second.stop(patience_s=0)


_SUPERVISOR = """
import sys, threading, time
from pathlib import Path
from archive.adapters.seaweedfs import EmbeddedStore
quiet = threading.Event()
store = EmbeddedStore()
pid = store.start(Path(sys.argv[1]), on_line=lambda line: "Ctrl+C" in line and quiet.set()).pid
quiet.wait(30)
print(pid, flush=True)
time.sleep(600)
"""


def test_the_store_ends_when_its_supervisor_is_killed(tmp_path: Path) -> None:
    """It has said its last word by then, so that it is not a write to the closed pipe that ends it."""
    process = subprocess.Popen([sys.executable, "-c", _SUPERVISOR, str(tmp_path)], stdout=subprocess.PIPE, text=True,
                               env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)})
    assert process.stdout is not None
    pid = int(process.stdout.readline())
    assert orphans_of(tmp_path / "store") == [pid]
    process.kill()
    process.wait()
    _until(lambda: orphans_of(tmp_path / "store") == [])


def test_an_orphan_on_the_folder_is_ended_before_the_store_starts(tmp_path: Path) -> None:
    supervisor = EmbeddedStore()
    keys = supervisor.prepare(tmp_path)
    command, environment = launch_command(tmp_path / "store", free_ports(), keys, memory_limit="600MiB",
                                          volume_mib=None)
    untethered = command[command.index(str(store_binary())):]
    orphan = subprocess.Popen(untethered, env=environment, cwd=tmp_path / "store", stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL)
    try:
        _until(lambda: orphans_of(tmp_path / "store") == [orphan.pid])
        running = supervisor.start(tmp_path)
        assert orphans_of(tmp_path / "store") == [running.pid]
        assert orphan.wait(5) is not None
    finally:
        supervisor.stop(patience_s=0)
        orphan.kill()
        orphan.wait()


def test_a_second_start_of_a_running_supervisor_is_refused(tmp_path: Path) -> None:
    with store_fixture.own_store(tmp_path) as own:
        with pytest.raises(Contradiction) as running:
            own.supervisor.start(tmp_path)
        assert running.value.code == "store.running"
        assert own.supervisor.alive()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A real file system of 96 MiB. Needs root: a failure here says that the machine cannot run this test."""
    folder = tmp_path / "disk"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=96m", "tmpfs", str(folder)], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_store_out_of_volumes_says_full_and_keeps_what_it_took(small_disk: Path) -> None:
    with store_fixture.own_store(small_disk / "data", volume_mib=16) as own:
        store, multipart = own.service, own.service.begin(KEY, _hour(own.service), "plain")
        parts: list[tuple[StoredPart, bytes]] = []
        with pytest.raises(Unavailable) as full:
            parts.extend(_part(store, multipart, number) for number in range(1, 13))
        assert full.value.code == "store.full"
        assert full.value.retry_after >= 30
        with pytest.raises(Unavailable) as also_full:
            store.put("log/x", b"entry" * 1000, _hour(store))
        assert also_full.value.code == "store.full"
        assert list(store.versions("log/")) == [], "a refused put leaves no version behind"
        assert store.parts(KEY, multipart) == [part for part, _ in parts]
        version = store.finish(KEY, multipart, parts, _hour(store))
        assert sum(map(len, store.get(version))) == 8 * MIB * len(parts)


def test_a_disk_filled_by_others_says_full_and_goes_on_when_there_is_room(small_disk: Path) -> None:
    with store_fixture.own_store(small_disk / "data", volume_mib=16) as own:
        store = own.service
        multipart, locked = store.begin(KEY, _hour(store), "plain"), store.put("log/x", b"entry", _hour(store))
        parts = [_part(store, multipart, 1)]
        filler = small_disk / "filler"
        _fill(filler)
        with pytest.raises(Unavailable) as full:
            _part(store, multipart, 2)
        assert full.value.code == "store.full"
        assert b"".join(store.get(locked)) == b"entry"
        filler.unlink()
        _until(lambda: _takes(store, multipart, 2, parts))
        version = store.finish(KEY, multipart, parts, _hour(store))
        assert sum(map(len, store.get(version))) == 16 * MIB


def _fill(path: Path) -> None:
    with path.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(64 * 1024))
        except OSError:
            return


def _takes(store: S3Store, multipart: str, number: int, parts: list[tuple[StoredPart, bytes]]) -> bool:
    try:
        parts.append(_part(store, multipart, number))
    except Unavailable:
        return False
    return True


def test_a_service_that_does_not_answer_is_not_taken_for_a_full_one(tmp_path: Path) -> None:
    with store_fixture.own_store(tmp_path) as own:
        os.kill(own.running.pid, signal.SIGKILL)
        assert not own.supervisor.full()
        _until(lambda: _answers(own.service))
