"""What is in the repository: entry points that are complete, and nothing of the machine it was written on."""

import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# Each with a reason to be forbidden in any tracked file; split so that this file passes its own test.
TRACES = {
    "a home folder": re.compile(r"/(ho" r"me/[a-z]|ro" r"ot/|Us" r"ers/[A-Za-z])"),
    "a package index": re.compile(r"(pypi\.o" r"rg|pythonhosted\.o" r"rg|registry\.np" r"mjs|npmmi" r"rror)"),
    "a credential in an address": re.compile(r"https?://[^/\s:@]+:[^/\s@]+@"),
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIV" r"ATE KEY-----\s+[A-Za-z0-9+/=]{16}"),
}


def tracked() -> list[Path]:
    """Tracked files and those about to be, text only."""
    command = ["git", "-c", f"safe.directory={ROOT}", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout
    paths = [ROOT / os.fsdecode(name) for name in listed.split(b"\0") if name]
    return [path for path in paths if path.is_file() and b"\0" not in path.read_bytes()[:4096]]


@pytest.mark.parametrize("trace", TRACES)
def test_nothing_of_the_authors_machine_is_in_the_repository(trace: str) -> None:
    hits = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in tracked()
        if (match := TRACES[trace].search(path.read_text("utf-8", errors="replace")))
    ]
    assert hits == []


@pytest.mark.parametrize(
    ("trace", "text"),
    [
        ("a home folder", "see /ho" + "me/li/liuhen"),
        ("a package index", "https://registry.np" + "mjs.org/htmx"),
        ("a credential in an address", "https://me:se" + "cret@host/"),
        ("a private key", "-----BEGIN PRIV" + "ATE KEY-----\nMC4CAQAwBQYDK2VwBCIE"),
    ],
)
def test_a_trace_that_is_never_found_is_noticed(trace: str, text: str) -> None:
    assert TRACES[trace].search(text)


def test_make_help_leaves_no_target_out() -> None:
    text = (ROOT / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"^([a-z-]+):", text, flags=re.MULTILINE))
    phony = set(" ".join(re.findall(r"^\.PHONY: (.*)$", text, flags=re.MULTILINE)).split())
    said = subprocess.run(["make", "--no-print-directory"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert {line.split()[1] for line in said.stdout.splitlines()} == targets == phony


def test_ci_runs_what_everyone_runs() -> None:
    lines = (ROOT / ".ci" / "run").read_text("utf-8").splitlines()
    assert lines[-1] == "exec make test"
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


@pytest.mark.parametrize("script", sorted(path.name for path in (ROOT / "scripts").glob("*.sh")))
def test_a_script_with_a_syntax_error_is_noticed(script: str) -> None:
    subprocess.run(["bash", "-n", str(ROOT / "scripts" / script)], check=True)


def test_setup_without_any_right_to_install_says_what_to_ask_for(tmp_path: Path) -> None:
    """Where a command is missing and there is no apt-get, the answer is a sentence, not a trace."""
    for command in ("bash", "dirname", "mkdir", "flock", "sort", "id", "cat", "env"):
        found = subprocess.run(["which", command], capture_output=True, text=True, check=True).stdout.strip()
        (tmp_path / command).symlink_to(found)
    done = subprocess.run(
        [str(tmp_path / "bash"), str(ROOT / "scripts" / "setup.sh"), "demo"],
        env={"PATH": str(tmp_path)}, capture_output=True, text=True, check=False,
    )
    assert done.returncode == 1
    assert "ffmpeg" in done.stderr
    assert "bubblewrap" in done.stderr
    assert "apt-get" in done.stderr


def test_the_licence_is_the_whole_apache_text() -> None:
    text = (ROOT / "LICENSE").read_text("utf-8")
    assert "Apache License" in text
    assert "END OF TERMS AND CONDITIONS" in text
