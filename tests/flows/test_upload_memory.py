"""More bodies at once than have a place in memory: what they wait with lies on disk, and none keeps another waiting."""

import hashlib
import http.client
from collections.abc import Iterator
from pathlib import Path

import pytest
from flows.dock import PATCH_HEADERS, Dock, own_service, rows
from service_fixture import wait_for

from api.upload_memory import PLACES
from archive.randomness import random_bytes

MIB = 1 << 20
BODIES, SIZE, FIRST = 4 * PLACES, 9 * MIB + 5, 7 * MIB + 3
GROWTH_LIMIT = 120 * MIB
"""What 24 bodies of 7 MiB may take: six of them whole, the others a MiB and their connections' buffers."""


@pytest.fixture(scope="module")
def dock(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dock]:
    with own_service(tmp_path_factory.mktemp("memory")) as made:
        yield made


def test_slow_bodies_fill_the_memory_or_hold_others_up(dock: Dock) -> None:
    dock.deposit(random_bytes(SIZE))
    before = _resident(dock)
    bodies = [random_bytes(SIZE) for _ in range(BODIES)]
    locations = [dock.open(body) for body in bodies]
    slow = [_begun(dock, location, body[:FIRST]) for location, body in zip(locations, bodies, strict=True)]
    wait_for(lambda: _taken(dock) >= (BODIES - PLACES) * (FIRST - 2 * MIB), 30)
    grown = _resident(dock) - before
    dock.deposit(random_bytes(SIZE))
    for connection, body in zip(slow, bodies, strict=True):
        connection.send(body[FIRST:])
    assert [connection.getresponse().status for connection in slow] == [204] * BODIES
    assert [dock.settled(location).status_code for location in locations] == [200] * BODIES
    held = {digest for (digest,) in rows(dock.service.data, "SELECT digest FROM recording")}
    assert {f"sha256:{hashlib.sha256(body).hexdigest()}" for body in bodies} <= held
    assert grown < GROWTH_LIMIT, f"{grown >> 20} MiB more in memory"
    assert _taken(dock) == 0


def _begun(dock: Dock, location: str, data: bytes) -> http.client.HTTPConnection:
    """The whole body is announced; only ``data`` of it is sent."""
    connection = dock.raw()
    connection.putrequest("PATCH", location)
    for name, value in {**PATCH_HEADERS, "Upload-Offset": "0", "Content-Length": str(SIZE)}.items():
        connection.putheader(name, value)
    connection.endheaders(data)
    return connection


def _resident(dock: Dock) -> int:
    pages = Path(f"/proc/{dock.service.process.pid}/statm").read_text().split()[1]
    return int(pages) * 4096


def _taken(dock: Dock) -> int:
    """Bytes in the service's files without a name."""
    files = [file for file in Path(f"/proc/{dock.service.process.pid}/fd").iterdir() if "spool" in str(file.readlink())]
    return sum(file.stat().st_size for file in files)
