"""Bytes that wait in memory or on disk come out as they went in, whatever was set down in between."""

import os
import resource
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.waiting import Waiting

STEPS = st.lists(st.one_of(st.binary(max_size=40).map(lambda data: ("add", data)), st.just(("down", b"")),
                           st.integers(0, 30).map(lambda length: ("take", bytes(length)))), max_size=40)


@pytest.fixture
def full_disk(tmp_path: Path) -> Iterator[Path]:
    """No file may grow past 4,096 bytes here: the next write answers EFBIG, after a short one."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1]))
    yield tmp_path
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@given(STEPS)
def test_bytes_come_out_changed_lost_or_in_another_order(steps: list[tuple[str, bytes]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        waiting, wanted = Waiting(Path(folder), b"first"), b"first"
        for step, data in steps:
            if step == "add":
                waiting.add(data)
                wanted += data
            elif step == "down":
                waiting.set_down()
                assert waiting.in_memory == 0
            else:
                assert bytes(waiting.take(len(data))) == wanted[:len(data)]
                wanted = wanted[len(data):]
            assert len(waiting) == len(wanted)
        assert bytes(waiting.take()) == wanted
        assert len(waiting) == 0
        waiting.close()


def test_a_full_disk_loses_bytes(full_disk: Path) -> None:
    waiting, data = Waiting(full_disk), os.urandom(5000)
    waiting.add(data[:3000])
    waiting.set_down()
    waiting.add(data[3000:])
    with pytest.raises(OSError, match="large"):
        waiting.set_down()
    assert bytes(waiting.take()) == data
    waiting.close()


def test_a_file_is_left_behind_or_a_descriptor_kept(tmp_path: Path) -> None:
    before = set(os.listdir("/proc/self/fd"))
    waiting = Waiting(tmp_path / "spool")
    waiting.add(b"some")
    waiting.set_down()
    assert list((tmp_path / "spool").iterdir()) == []
    waiting.close()
    waiting.close()
    assert len(waiting) == 0
    assert set(os.listdir("/proc/self/fd")) == before
