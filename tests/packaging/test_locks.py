"""Lock files: hashed, free of any host's address, and in step with pyproject.toml."""

import re
import tomllib
from importlib.metadata import distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
LOCKS = ("requirements.lock", "requirements-test.lock")


def entries(lock: str) -> list[str]:
    """One string per requirement, continuation lines joined, comments gone."""
    text = re.sub(r"^\s*#.*\n", "", (ROOT / lock).read_text("utf-8"), flags=re.MULTILINE)
    return [line for line in text.replace("\\\n", " ").splitlines() if line.strip()]


def pins(lock: str) -> dict[str, str]:
    found = {}
    for entry in entries(lock):
        match = re.match(r"([A-Za-z0-9._-]+)(?:\[[^]]*])?==([^\s;]+)", entry)
        assert match, entry
        found[canonicalize_name(match[1])] = match[2]
    return found


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_tied_to_one_host_is_refused(lock: str) -> None:
    body = "\n".join(entries(lock))
    assert not re.search(r"https?:|file:|://|(?<!\S)--(index|extra-index|find-links)|@ ", body)
    assert not re.search(r"https?://|file:", (ROOT / lock).read_text("utf-8"))


@pytest.mark.parametrize("lock", LOCKS)
def test_a_requirement_without_hash_is_refused(lock: str) -> None:
    assert [entry for entry in entries(lock) if "--hash=sha256:" not in entry] == []


def required(*groups: str) -> list[Requirement]:
    texts = list(PROJECT["project"]["dependencies"])
    for group in groups:
        texts += [text for text in PROJECT["dependency-groups"][group] if isinstance(text, str)]
    return [Requirement(text) for text in texts]


@pytest.mark.parametrize(("lock", "groups"), [(LOCKS[0], ("build",)), (LOCKS[1], ("build", "test"))])
def test_a_lock_behind_pyproject_is_noticed(lock: str, groups: tuple[str, ...]) -> None:
    held = pins(lock)
    stale = [
        str(need)
        for need in required(*groups)
        if not need.specifier.contains(held.get(canonicalize_name(need.name), "0"), prereleases=True)
    ]
    assert stale == [], "run `make lock`"


def test_the_demo_and_the_tests_use_the_same_versions() -> None:
    demo, test = pins(LOCKS[0]), pins(LOCKS[1])
    assert {name: test.get(name) for name in demo} == demo


def test_the_installed_libraries_are_the_locked_ones() -> None:
    installed = {canonicalize_name(d.metadata["Name"]): d.version for d in distributions()}
    wrong = {
        name: (version, installed[name])
        for name, version in pins(LOCKS[1]).items()
        if name in installed and installed[name] != version
    }
    assert wrong == {}
