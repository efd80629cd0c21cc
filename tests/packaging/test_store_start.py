"""docker/store/start.sh run for real: which doors it opens, what its two identities may do, that it ends when told."""

import json
import os
import random
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from archive.adapters.s3 import S3Store
from archive.adapters.seaweedfs_setup import service_policy, store_binary

DOCKER = Path(__file__).resolve().parents[2] / "docker"
OUTSIDE = "127.0.0.2"  # stands for the address the container's network has
ROLES = ("S3", "MASTER", "VOLUME", "FILER")


def free_ports() -> dict[str, int]:
    """A port for each role whose gRPC twin (+ 10000, fixed in SeaweedFS) is free as well."""
    for _ in range(200):
        ports = dict(zip(ROLES, random.sample(range(20000, 32000), len(ROLES)), strict=True))
        with ExitStack() as stack:
            try:
                for port in [each + shift for each in ports.values() for shift in (0, 10000)]:
                    stack.enter_context(socket.socket()).bind(("127.0.0.1", port))
            except OSError:
                continue
            return ports
    raise AssertionError("no free ports")


@dataclass(frozen=True)
class Started:
    process: subprocess.Popen[bytes]
    port: int
    identities: dict[str, dict[str, str]]
    log: Path

    def doors(self) -> set[str]:
        """Local address:port of every listening TCP socket of the script's children."""
        group = {pid for pid in os.listdir("/proc") if pid.isdigit() and self._is_child(int(pid))}
        inodes = set()
        for pid in group:
            for link in Path(f"/proc/{pid}/fd").iterdir():
                target = os.readlink(link)
                if target.startswith("socket:["):
                    inodes.add(target[8:-1])
        rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
        return {self._address(row[1]) for row in rows if row[3] == "0A" and row[9] in inodes}

    def _is_child(self, pid: int) -> bool:
        try:
            return os.getpgid(pid) == self.process.pid
        except ProcessLookupError:
            return False

    @staticmethod
    def _address(hexed: str) -> str:
        host, port = hexed.split(":")
        return f"{socket.inet_ntoa(bytes.fromhex(host)[::-1])}:{int(port, 16)}"


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Started]:
    folder = tmp_path_factory.mktemp("store")
    subprocess.run([str(DOCKER / "make-secrets.sh"), str(folder / "made")], check=True, capture_output=True)
    (folder / "secrets").mkdir()
    for file in (folder / "made").iterdir():  # compose mounts a secret under its name, without the suffix
        file.rename(folder / "secrets" / file.stem)
    ports = free_ports()
    environment = {
        "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "GOMEMLIMIT": "600MiB", "WEED": str(store_binary()),
        "STORE_DATA": str(folder / "data"), "STORE_SECRETS": str(folder / "secrets"), "STORE_BIND": OUTSIDE,
        **{f"STORE_{role}_PORT": str(port) for role, port in ports.items()},
    }
    identities = json.loads((folder / "secrets" / "store_identities").read_text())["identities"]
    log = folder / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(["/bin/sh", str(DOCKER / "store" / "start.sh")], env=environment, stdout=output,
                                   stderr=output, start_new_session=True)
    started = Started(process, ports["S3"], {each["name"]: each["credentials"][0] for each in identities}, log)
    try:
        await_ready(started)
        yield started
    finally:
        process.terminate()
        try:
            process.wait(40)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def await_ready(started: Started) -> None:
    deadline = time.monotonic() + 60
    while b"is ready on port" not in started.log.read_bytes():
        assert started.process.poll() is None, started.log.read_text()
        assert time.monotonic() < deadline, started.log.read_text()
        time.sleep(0.1)


def store(started: Started, identity: str) -> S3Store:
    key = started.identities[identity]
    return S3Store(endpoint=f"{OUTSIDE}:{started.port}", bucket="liuhen", access_key=key["accessKey"],
                   secret_key=key["secretKey"])


def test_only_the_s3_doors_are_open_to_the_outside(started: Started) -> None:
    outside = {door for door in started.doors() if not door.startswith("127.0.0.1:")}
    assert outside == {f"{OUTSIDE}:{started.port}", f"{OUTSIDE}:{started.port + 10000}"}


def test_the_service_can_keep_evidence_with_what_it_is_given(started: Started) -> None:
    until = datetime.now(UTC) + timedelta(minutes=5)
    service = store(started, "service")
    version = service.put("originals/rec_1/1", b"evidence", until)
    assert b"".join(service.get(version)) == b"evidence"
    assert service.head(version).lock_mode == "COMPLIANCE"


def test_the_store_passes_the_self_test_the_service_starts_with(started: Started) -> None:
    assert [check for check in store(started, "service").self_test() if not check.held] == []


def test_both_deployments_give_the_service_the_same_rights(started: Started, tmp_path: Path) -> None:
    subprocess.run([str(DOCKER / "make-secrets.sh"), str(tmp_path / "made")], check=True, capture_output=True)
    made = json.loads((tmp_path / "made" / "store_identities.json").read_text())
    contents = {each["name"]: json.loads(each["content"]) for each in made["policies"]}
    assert contents["service"] == json.loads(service_policy("liuhen"))


def test_a_stopped_container_leaves_no_store_behind(started: Started) -> None:
    # Last in this file: it ends the shared store.
    started.process.terminate()
    started.process.wait(40)
    assert started.doors() == set()
