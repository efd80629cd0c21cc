"""The process killed at each step of the commit protocol, and each of its syscalls that makes bytes durable failing
with EIO or killing it: after a restart the log is sound and every answer given before still holds."""

import json
import os
import subprocess
import sys
from pathlib import Path

import ledger
import pytest
import store_fixture
from faults.real_log import GROUPS, require_sound

from archive.adapters.s3 import S3Store

PROCESS = Path(__file__).with_name("sequencing_process.py")
STOP_POINTS = ("after_stage", "after_sign", "after_tile", "after_entries", "after_particulars", "after_publish")
SYNCS = [*(("fdatasync", number) for number in (1, 3, 4, 5, 6)), *(("fsync", number) for number in (1, 2, 3, 4)),
         ("rename", 1), ("rename", 2)]
"""strace counts by thread: ``fdatasync`` is the writer's (the WAL's head, its folder, which SQLite does not mind, then
rows and checkpoints in turn), ``fsync`` and ``rename`` the sequencer's (published file, its name, its folder)."""
WRITES = [*(("pwrite64", "liuhen.db-wal", number) for number in (1, 3, 150, 350)),
          *(("write", "log/checkpoint.part", number) for number in (1, 3))]
"""Writes to one file only: the WAL's head, a commit's first page, pages of later ones, the file to be published."""


def command(folder: Path, store: S3Store, *arguments: str) -> list[str]:
    shared = store_fixture.shared_store()
    where = {"endpoint": shared.endpoint, "bucket": store.bucket, "access_key": shared.keys.service_access,
             "secret_key": shared.keys.service_secret}
    return [sys.executable, str(PROCESS), str(folder), json.dumps(where), *arguments]


def answers_of(words: list[str]) -> list[str]:
    """The answers among the lines a process printed; a last line cut short by its end was not given."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    run = subprocess.run(words, capture_output=True, env=environment, timeout=120, check=False)
    lines = run.stdout.decode().splitlines(keepends=True)
    assert lines, run.stderr.decode()
    assert lines[0] == "ready\n", run.stderr.decode()
    return [line for line in lines[1:] if line.endswith("\n") and line.startswith("answer")]


@pytest.mark.parametrize("point", STOP_POINTS)
def test_a_kill_between_two_steps_takes_an_answer_back(tmp_path: Path, point: str) -> None:
    store = store_fixture.fresh_bucket()
    ledger.migrated(tmp_path)
    answers = answers_of(command(tmp_path, store, point))
    assert len(answers) == (1 if point in ("after_tile", "after_entries", "after_particulars") else 0)
    require_sound(tmp_path, store, answers)


@pytest.mark.parametrize(("calls", "number"), SYNCS)
@pytest.mark.parametrize("fault", ["error=EIO", "signal=KILL"])
def test_a_sync_that_fails_or_kills_takes_an_answer_back(
        tmp_path: Path, calls: str, number: int, fault: str) -> None:
    under_fault(tmp_path, calls, number, fault)


@pytest.mark.parametrize(("calls", "file", "number"), WRITES)
@pytest.mark.parametrize("fault", ["error=EIO", "signal=KILL"])
def test_a_write_that_fails_or_kills_takes_an_answer_back(
        tmp_path: Path, calls: str, file: str, number: int, fault: str) -> None:
    under_fault(tmp_path, calls, number, fault, "-P", str(tmp_path / "data" / file))


def under_fault(tmp_path: Path, calls: str, number: int, fault: str, *only: str) -> None:
    """Run the log with the syscall's so-and-so-many-th failing or killing; then it must be sound."""
    store, trace = store_fixture.fresh_bucket(), tmp_path / "trace"
    data = ledger.migrated(tmp_path / "data").parent
    answers = answers_of(["strace", "-f", "-qq", "-o", str(trace), *only, "-e", f"trace={calls}", "-e",
                          f"inject={calls}:{fault}:when={number}", *command(data, store)])
    assert ("EIO" if "EIO" in fault else "killed by SIGKILL") in trace.read_text(), "the fault did not come about"
    assert len(answers) < len(GROUPS)
    require_sound(data, store, answers)
