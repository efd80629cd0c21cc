"""``liuhen log check`` on a real archive with its own store: beside the service, after it, and after an attack."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from checks.checked_log import attack
from service_fixture import SAMPLES, live_service

from api.cli import main
from archive.check_findings import KINDS, Findings

ROOT = Path(__file__).resolve().parents[2]


def check(data: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "api.cli", "log", "check", "--data", str(data), *options], cwd=ROOT,
                          capture_output=True, text=True, timeout=120, check=False)


def test_a_sound_archive_is_called_broken_or_a_broken_one_sound(tmp_path: Path) -> None:
    with live_service(tmp_path) as service:
        service.push(next(path for path in sorted(SAMPLES.iterdir()) if path.suffix == ".mp4"))
        service.push(SAMPLES / "LICENSES.md")
        for options in ((), ("--deep",)):
            beside = check(service.data, *options)
            assert (beside.returncode, "clean: all agree" in beside.stdout) == (0, True), beside
    alone = json.loads(check(service.data, "--deep", "--json").stdout)
    assert (alone["clean"], alone["findings"], alone["counts"]) == (True, [], {})
    assert alone["leaves"] >= 10
    assert alone["particulars"] >= 4
    page = tmp_path / "page.html"
    assert main(["log", "paper", "--data", str(service.data), "--out", str(page)]) == 0
    assert f"--paper {alone['leaves']} " in page.read_text()
    attack(service.data, "UPDATE custody SET actor = 'usr_nobody' WHERE idx = 4")
    broken = check(service.data)
    assert broken.returncode == 1
    assert "GRAVE  row.columns            4" in broken.stdout
    assert json.loads(check(service.data, "--json").stdout)["counts"] == {"row.columns": 1}


def test_a_kind_of_finding_is_undocumented() -> None:
    lines = (ROOT / "docs" / "log-check.md").read_text().splitlines()
    rows = [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in lines if line.startswith("| `")]
    assert rows == [(f"`{kind}`", "grave" if grave else "note", meaning) for kind, (grave, meaning) in KINDS.items()]


def test_a_finding_of_no_kind_is_reported() -> None:
    with pytest.raises(ValueError, match="no kind"):
        Findings().add("weather.bad", 0, "")
