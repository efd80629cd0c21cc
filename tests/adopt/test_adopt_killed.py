"""An adoption killed anywhere goes on with the next run: every file once, and a further run adds nothing."""

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from adopt.share import Share, going, make_share, signed
from service_fixture import ROOT

from api.setup import init

SMALL, FULL = 200, 20_000
ADDED = ("SELECT count(*) FROM custody WHERE kind GLOB 'upload.*' OR kind GLOB 'adoption.*' OR kind GLOB 'import.*'")


def rows(data: Path, query: str) -> list[Any]:
    with closing(sqlite3.connect(f"file:{data / 'liuhen.db'}?mode=ro", uri=True, timeout=30)) as connection:
        return connection.execute(query).fetchall()


def begun(share: Share, data: Path, *more: str, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-m", "api.cli", *going(share, data), *more], cwd=ROOT, text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, **environment},
                            preexec_fn=heed_interrupts)


def heed_interrupts() -> None:
    """A test run in the background was told to ignore Ctrl-C, and its children would be as well."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def count(data: Path) -> int:
    return int(rows(data, "SELECT count(*) FROM drop_file WHERE state <> 'taking'")[0][0])


def killed_after(share: Share, data: Path, more: int, chance: random.Random) -> None:
    """Killed at a random moment once so many more files are in."""
    at = count(data) + more
    running = begun(share, data)
    try:
        while count(data) < at and running.poll() is None:
            time.sleep(0.02)
        time.sleep(chance.random() * 0.2)
        assert running.poll() is None, running.communicate()
    finally:
        running.kill()
        running.communicate()


def stopped_at(share: Share, data: Path, point: str) -> None:
    armed = begun(share, data, LIUHEN_TESTING="1", LIUHEN_TEST_STOP_AT=point)
    told = armed.communicate(timeout=200)
    assert armed.returncode == -signal.SIGKILL, told


def ended(share: Share, data: Path) -> dict[str, Any]:
    done = begun(share, data)
    out, told = done.communicate(timeout=3600)
    assert done.returncode == 0, told
    found: dict[str, Any] = json.loads(out)
    return found


def adopted_once(folder: Path, size: int, kills: int, points: tuple[str, ...]) -> None:
    data, chance = folder / "data", random.Random(size)
    share = make_share(folder, size)
    before = share.snapshot()
    init(data, "test.example", short_locks=True)
    signed(share, folder / "none")
    for point in points:
        stopped_at(share, data, point)
    for _ in range(kills):
        killed_after(share, data, size // 20, chance)
    found = ended(share, data)
    assert (found["taken"], found["skipped"], found["already_held"]) == (share.good, 0, 0)
    uploads = rows(data, "SELECT count(*), count(DISTINCT manifest_digest) FROM upload WHERE state NOT IN ('open')")
    assert uploads == [(share.good, share.good)]
    assert rows(data, "SELECT count(*) FROM upload WHERE state IN ('open', 'aborted', 'expired', 'repeated',"
                      " 'quarantined')") == [(0,)]
    assert rows(data, "SELECT count(*) FROM adoption") == [(1,)]
    said = rows(data, ADDED)
    again = ended(share, data)
    assert (again["new"], again["adoption"]) == (0, found["adoption"])
    assert rows(data, ADDED) == said
    assert share.snapshot() == before


def test_a_kill_loses_or_doubles_a_file_of_the_share(tmp_path: Path) -> None:
    adopted_once(tmp_path, SMALL, 2, ("after_opened",))


@pytest.mark.long
def test_twenty_thousand_files_are_adopted_otherwise(tmp_path: Path) -> None:
    adopted_once(tmp_path, FULL, 6, ("mid_patch", "after_opened", "after_parts", "after_finish"))


def test_breaking_off_looks_like_a_fault(tmp_path: Path) -> None:
    data = tmp_path / "data"
    share = make_share(tmp_path, 60)
    init(data, "test.example", short_locks=True)
    signed(share, tmp_path / "none", capture_rc=1)
    running = begun(share, data, "--rate", "100KiB/s")
    while rows(data, "SELECT count(*) FROM drop_file")[0][0] < 2 and running.poll() is None:
        time.sleep(0.02)
    running.send_signal(signal.SIGINT)
    out, told = running.communicate(timeout=60)
    assert running.returncode == 130, told
    assert "再次运行" in told
    assert (out, "Traceback" in told) == ("", False)
