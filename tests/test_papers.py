"""The papers are true where a test can tell: commands, links, modules, the order of ARCHITECTURE."""

import argparse
import re
from pathlib import Path

import pytest

from api.cli import parser

ROOT = Path(__file__).resolve().parents[1]
PAPERS = ("README.md", "ARCHITECTURE.md", "THREAT_MODEL.md", "CHANGELOG.md", "SECURITY.md", "CONTRIBUTING.md")


def _commands(top: argparse.ArgumentParser, before: str = "liuhen") -> list[str]:
    inner = [a for a in top._actions if isinstance(a, argparse._SubParsersAction)]
    if not inner:
        return [before]
    return [name for key, child in inner[0].choices.items() for name in _commands(child, f"{before} {key}")]


@pytest.mark.parametrize("command", _commands(parser()))
def test_a_command_the_readme_does_not_name(command: str) -> None:
    readme = (ROOT / "README.md").read_text()
    first, *rest = command.split()[1:]
    row = next((line for line in readme.splitlines() if line.startswith(f"| `liuhen {first}") and
                (not rest or rest[0] in line)), None)
    assert row, f"README's table of commands lacks {command}"


@pytest.mark.parametrize("paper", PAPERS)
def test_a_link_that_leads_nowhere(paper: str) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", (ROOT / paper).read_text()):
        assert (ROOT / target).exists(), f"{paper} links to {target}"


def test_architecture_does_not_open_with_the_flows() -> None:
    headings = re.findall(r"^## (.+)$", (ROOT / "ARCHITECTURE.md").read_text(), re.MULTILINE)
    assert headings[0] == "The three flows"


def test_architecture_names_a_module_that_is_not_there() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text()
    flows = text[text.index("## The three flows"):text.index("**Copy**")]
    for module in set(re.findall(r"(?<![/\w])(?:api|ingest|archive|retention)/[a-z_/]+", flows)):
        path = ROOT / module.rstrip("/")
        assert path.is_dir() or path.with_suffix(".py").exists(), f"ARCHITECTURE names {module}"


def test_the_readme_verifies_another_sample_than_is_shipped() -> None:
    for name in re.findall(r"--file (api/samples/\S+)", (ROOT / "README.md").read_text()):
        assert (ROOT / name).exists()
