"""``liuhen-verify.pyz``: the same bytes wherever built; proves and refuses on a bare Python in an empty folder."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
VECTORS = ROOT / "tests" / "vectors"
EXPECTED: dict[str, dict[str, Any]] = json.loads((VECTORS / "expected.json").read_text("utf-8"))
BARE = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}


def build(out: Path, python: str = sys.executable, **environment: str) -> Path:
    command = [python, "-B", str(ROOT / "scripts" / "verifier.py"), "--out", str(out)]
    subprocess.run(command, cwd=out.parent, env={**os.environ, **environment}, check=True, capture_output=True)
    return out / "liuhen-verify.pyz"


@pytest.fixture(scope="module")
def pyz(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("built") / "out")


def run(pyz: Path, *arguments: str, python: str = sys.executable) -> subprocess.CompletedProcess[str]:
    """Isolated, without site-packages, in a folder that holds nothing else."""
    empty = pyz.parent / "empty"
    empty.mkdir(exist_ok=True)
    command = [python, "-I", "-S", "-B", str(pyz), *arguments]
    return subprocess.run(command, cwd=empty, env=BARE, capture_output=True, encoding="utf-8", check=False)


KINDS = {"receipt": ["--key", f"@{VECTORS / 'log.vkey'}"], "claimed": [],
         "trusted": ["--policy", str(VECTORS / "good" / "policy_lines.txt")]}


def verify(pyz: Path, receipt: str, python: str = sys.executable) -> subprocess.CompletedProcess[str]:
    whom = KINDS[receipt.partition("/")[2].partition("_")[0]]
    return run(pyz, str(VECTORS / receipt), "--file", str(VECTORS / "recording.bin"), *whom, python=python)


def receipts(folder: str) -> list[str]:
    return sorted(name for name in EXPECTED[folder] if name.partition("_")[0] in KINDS)


def test_another_place_time_or_order_builds_other_bytes(pyz: Path, tmp_path: Path) -> None:
    again = build(tmp_path / "out", PYTHONHASHSEED="7", TZ="Asia/Shanghai", SOURCE_DATE_EPOCH="1")
    assert again.read_bytes() == pyz.read_bytes()
    assert os.access(again, os.X_OK)
    assert str(ROOT).encode() not in pyz.read_bytes()


@pytest.mark.parametrize("name", receipts("good"))
def test_a_true_receipt_is_not_proven_by_a_bare_python(pyz: Path, name: str) -> None:
    done = verify(pyz, f"good/{name}")
    verdict = "consistent" if name.startswith("claimed") else "proven"
    assert (done.returncode, done.stderr) == ({"proven": 0, "consistent": 4}[verdict], "")
    assert f" / {verdict}\n等级" in done.stdout
    assert ("Operator's word only" in done.stdout) != name.startswith("trusted")


@pytest.mark.parametrize("name", receipts("bad"))
def test_a_bad_receipt_is_not_refused_by_a_bare_python(pyz: Path, name: str) -> None:
    done = verify(pyz, f"bad/{name}")
    assert (done.returncode, done.stderr) == (1, "")
    assert "不成立 / refused" in done.stdout
    assert EXPECTED["bad"][name].split(" ", 1)[1] in done.stdout


def pythons() -> list[str]:
    """Every other Python of at least 3.9 that is installed here, and this one."""
    found = [shutil.which(f"python3.{minor}") for minor in range(9, 16)]
    found += map(str, Path.home().glob(".pyenv/versions/3.*/bin/python3"))
    versions = {}
    for python in [sys.executable, *filter(None, found)]:
        done = subprocess.run([python, "-I", "-S", "-c", "import sys; print(*sys.version_info[:2])"],
                              capture_output=True, text=True, check=False)
        if done.returncode == 0 and tuple(map(int, done.stdout.split())) >= (3, 9):
            versions[done.stdout] = python
    return list(versions.values())


@pytest.mark.parametrize("python", pythons())
def test_another_python_says_otherwise(pyz: Path, python: str) -> None:
    assert verify(pyz, "good/receipt_fields_withheld.json", python).returncode == 0
    assert verify(pyz, "good/trusted_anchored.json", python).returncode == 0
    assert verify(pyz, "bad/trusted_cosignature_bit.json", python).returncode == 1


@pytest.mark.parametrize("python", pythons())
def test_another_python_builds_other_bytes(pyz: Path, tmp_path: Path, python: str) -> None:
    assert build(tmp_path / "out", python).read_bytes() == pyz.read_bytes()


def test_it_needs_a_library_to_check_signatures(pyz: Path) -> None:
    program = (
        "import sys; sys.path[:0] = [sys.argv[1]]\n"
        "from archive.proof import command, ed25519, keys\n"
        "assert keys.verify is ed25519.verify, keys.verify\n"
        "print(keys.__file__, 'cryptography' in sys.modules)"
    )
    command = [sys.executable, "-I", "-S", "-c", program, str(pyz)]
    done = subprocess.run(command, env=BARE, capture_output=True, text=True, check=True)
    assert done.stdout.split() == [str(pyz / "archive" / "proof" / "keys.py"), "False"]


def test_it_carries_what_signs(pyz: Path) -> None:
    done = subprocess.run([sys.executable, "-m", "zipfile", "-l", str(pyz)], capture_output=True, text=True, check=True)
    names = {line.split()[0] for line in done.stdout.splitlines()[1:]}
    assert {"__main__.py", "LICENSE", "archive/proof/ed25519.py", "archive/proof/verify.py"} <= names
    assert not {"archive/proof/signing.py", "archive/proof/native.py"} & names


def test_without_a_key_it_proves_or_without_a_file_it_ends(pyz: Path) -> None:
    receipt = str(VECTORS / "good" / "receipt_accessioned.json")
    assert run(pyz, receipt, "--file", str(VECTORS / "recording.bin")).returncode == 4
    assert run(pyz, receipt, "--key", f"@{VECTORS / 'log.vkey'}").returncode == 3
    done = run(pyz, receipt, "--authority", f"tsa={receipt}")
    assert (done.returncode, done.stdout) == (2, "")
    assert "cannot check signatures of time-stamps" in done.stderr
    assert "Traceback" not in run(pyz).stderr


def test_the_papers_name_another_digest(pyz: Path) -> None:
    """After a change of what is in it: ``make verifier PUBLISH=1``."""
    command = [sys.executable, str(ROOT / "scripts" / "verifier.py"), "--out", str(pyz.parent), "--compare"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
