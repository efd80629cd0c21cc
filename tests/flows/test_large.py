"""A gigabyte through the whole line: memory stays bounded, bytes stay equal."""

import hashlib
import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from flows.dock import dock_of, original_of, own_service, rows, store_of
from flows.reader import signed_in
from service_fixture import LiveService, memory_peak_kb, wait_for

from archive.randomness import random_bytes

GIB = 1 << 30
PEAK_LIMIT_KB = 250_000
BLOCK = 4 << 20


@pytest.mark.xdist_group("large")
def test_a_gigabyte_fills_memory_or_loses_a_byte(tmp_path: Path) -> None:
    _deposited_in_bounds(tmp_path, GIB)


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.xdist_group("large")
def test_ten_gigabytes_fill_memory_or_lose_a_byte(tmp_path: Path) -> None:
    _deposited_in_bounds(tmp_path, 10 * GIB)


def _deposited_in_bounds(folder: Path, size: int) -> None:
    path = folder / "take.bin"
    wanted = _write(path, size)
    with own_service(folder) as dock:
        began = time.monotonic()
        pushed = dock.service.push(path)
        seconds = time.monotonic() - began
        assert pushed.report.verdict == "proven"
        wait_for(lambda: rows(dock.service.data, "SELECT count(*) FROM derivative_missing") == [(4,)], 600)
        with signed_in(dock.service) as reader:
            assert reader.digest_of(pushed.recording) == wanted
        upload = rows(dock.service.data, "SELECT id FROM upload")[0][0]
        digest = hashlib.sha256()
        for chunk in store_of(dock.service).get(original_of(dock.service, f"/api/v1/uploads/{upload}/-")):
            digest.update(chunk)
        assert digest.hexdigest() == wanted
        peaks = _peaks(dock.service)
        print(f"{size >> 20} MiB in {seconds:.1f} s to the verified receipt; VmHWM in kB: {peaks}")
        assert peaks["serve"] < PEAK_LIMIT_KB
        dock_of(dock.service).client.close()


def _write(path: Path, size: int) -> str:
    """Bytes no two blocks of which are equal, so that a swapped block is seen; answers their SHA-256."""
    block, digest = bytearray(random_bytes(4096) * (BLOCK // 4096)), hashlib.sha256()
    with path.open("wb") as file:
        for number in range(size // BLOCK):
            block[:8] = number.to_bytes(8, "big")
            file.write(block)
            digest.update(block)
    return digest.hexdigest()


def _peaks(service: LiveService) -> dict[str, int]:
    """Peak resident memory in kB of the service itself and, apart, of its children."""
    store = int(json.loads((service.data / "run" / "store.json").read_text())["pid"])
    return {"serve": memory_peak_kb(service.process.pid), **{
        "store" if pid == store else f"child {pid}": memory_peak_kb(pid) for pid in _children(service.process.pid)}}


def _children(pid: int) -> Iterator[int]:
    for task in Path(f"/proc/{pid}/task").iterdir():
        yield from map(int, (task / "children").read_text().split())
