"""Decision records: numbered without gaps, in the agreed form, and no library without a reason."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]
RECORDS = sorted((ROOT / "docs" / "adr").glob("*.md"))


def test_every_runtime_library_has_a_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    written = "\n".join(record.read_text("utf-8") for record in RECORDS)
    extras = [text for group in project.get("optional-dependencies", {}).values() for text in group]
    names = [Requirement(text).name for text in (*project["dependencies"], *extras)]
    assert [name for name in names if not re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", written)] == []


def test_records_are_numbered_without_gaps_or_twins() -> None:
    assert [int(record.name[:4]) for record in RECORDS] == list(range(1, len(RECORDS) + 1))


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.name)
def test_a_record_without_its_bad_side_is_refused(record: Path) -> None:
    text = record.read_text("utf-8")
    headings = ("## Context", "## Options", "## Decision", "## Consequences", "- Good, because", "- Bad, because")
    assert [heading for heading in headings if heading not in text] == []
    assert text.startswith(f"# {record.name[:4]} ")
