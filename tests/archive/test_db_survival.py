"""What was answered is there after kill -9; after a real I/O error of the disk nothing more is written."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import ledger
from sqlalchemy import select

from archive import custody
from archive.custody import CUSTODY
from archive.tables import Upload, table

UPLOAD = table(Upload)
WRITER = Path(__file__).parents[1] / "writing_process.py"


def command(path: Path, *arguments: str) -> list[str]:
    return [sys.executable, str(WRITER), str(path), *arguments]


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}


def test_an_answered_write_is_gone_after_kill_9(tmp_path: Path) -> None:
    path = ledger.migrated(tmp_path)
    with subprocess.Popen(command(path, "for_ever"), stdout=subprocess.PIPE, env=environment()) as process:
        assert process.stdout is not None
        answered = [process.stdout.readline() for _ in range(300)]
        os.kill(process.pid, signal.SIGKILL)
        answered += process.stdout.readlines()
    whole = [line.decode().split() for line in answered if line.endswith(b"\n")]
    told = {int(index): upload for index, upload in whole}
    assert len(told) >= 300
    with ledger.opened(path) as db:
        rows = {row.idx: row.subject for row in db.read(lambda c: c.execute(select(CUSTODY.c.idx, CUSTODY.c.subject)))}
        assert sorted(rows) == list(range(len(rows)))
        assert told.items() <= rows.items()
        assert set(db.read(lambda c: c.scalars(select(UPLOAD.c.id)).all())) == set(rows.values())


def test_a_write_is_answered_before_its_commit_reached_the_disk(tmp_path: Path) -> None:
    """Every answer stands in the trace after an fdatasync that followed the write before it."""
    trace, path = tmp_path / "trace", ledger.migrated(tmp_path / "db")
    subprocess.run(["strace", "-f", "-qq", "-e", "trace=fsync,fdatasync,write", "-o", str(trace),
                    *command(path, "5")], check=True, stdout=subprocess.DEVNULL, env=environment(), timeout=60)
    synced, answers = False, 0
    for line in trace.read_text().splitlines():
        if "sync(" in line or "sync resumed" in line:
            synced = True
        elif "write(1," in line:
            assert synced, line
            synced, answers = False, answers + 1
    assert answers == 5


def test_the_database_writes_on_after_an_io_error(tmp_path: Path) -> None:
    path = ledger.migrated(tmp_path)
    done = subprocess.run(
        ["strace", "-f", "-qq", "-e", "trace=fsync,fdatasync", "-e", "inject=fsync,fdatasync:error=EIO:when=6",
         "-o", str(tmp_path / "trace"), *command(path, "20")],
        stdout=subprocess.PIPE, env=environment(), timeout=60, check=True)
    assert "EIO" in (tmp_path / "trace").read_text()
    lines = done.stdout.decode().splitlines()
    assert len(lines) == 20
    good = [line for line in lines if not line.endswith("database.halted")]
    assert 0 < len(good) < 20
    assert lines == good + ["- database.halted"] * (20 - len(good))
    with ledger.opened(path) as db:
        kept = db.read(lambda c: c.scalars(select(CUSTODY.c.idx)).all())
        # The one that met the error is told "not written" and may yet be there: it was never said to be.
        assert len(good) <= len(kept) <= len(good) + 1
        assert db.read(custody.size) == len(kept)


def test_what_waited_behind_an_io_error_is_written(tmp_path: Path) -> None:
    path = ledger.migrated(tmp_path)
    began = time.monotonic()
    done = subprocess.run(
        ["strace", "-f", "-qq", "-e", "trace=fsync,fdatasync", "-e", "inject=fsync,fdatasync:error=EIO:when=3",
         "-o", str(tmp_path / "trace"), *command(path, "queued")],
        stdout=subprocess.PIPE, env=environment(), timeout=60, check=True)
    assert time.monotonic() - began < 30
    lines = done.stdout.decode().splitlines()
    assert lines.count("- database.halted") >= 1
    first = lines.index("- database.halted")
    assert set(lines[first:]) == {"- database.halted"}
    with ledger.opened(path) as db:
        assert first <= db.read(custody.size) <= first + 1
