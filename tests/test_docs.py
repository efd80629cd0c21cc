"""The reference pages hold what the source holds: error codes, event kinds and fields, settings, and no others."""

import ast
import dataclasses
import functools
import re
from collections import defaultdict
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from api.problems import STATUS, status_of
from api.settings import Settings, load_settings
from archive import errors, event_values
from archive.events import BODIES

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
PACKAGES = ("archive", "retention", "ingest", "api")
FAMILIES = {name for name, kind in vars(errors).items()
            if isinstance(kind, type) and issubclass(kind, errors.ArchiveError)}
RERAISED = {"fault.code"}
"""A code handed on from an error that was raised with its literal elsewhere."""


def raised(tree: ast.AST) -> list[tuple[str, ast.expr | None]]:
    """(family, first argument) of every construction of an error."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return [(name, call.args[0] if call.args else None) for call in calls
            if (name := ast.unparse(call.func).rsplit(".", 1)[-1]) in FAMILIES]


@functools.cache
def sources() -> list[ast.Module]:
    return [ast.parse(path.read_text()) for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]


@functools.cache
def codes() -> dict[str, set[str]]:
    """Every code in the source with the families it is raised in."""
    found = defaultdict(set)
    for tree in sources():
        for family, code in raised(tree):
            if isinstance(code, ast.Constant):
                found[str(code.value)].add(family)
    found["station.unknown"].add("Refused")  # handed on from NotFound where a station introduces itself
    return found


def rows_of(text: str) -> list[list[str]]:
    """Cells of the table rows whose first cell is code."""
    lines = [line for line in text.splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def table(page: str) -> dict[str, list[str]]:
    """Those rows of a page, by their first cell."""
    rows = rows_of((DOCS / page).read_text())
    assert len({row[0] for row in rows}) == len(rows)
    return {row[0].strip("`"): row[1:] for row in rows}


def test_an_error_hides_its_code_from_the_documentation() -> None:
    hidden = [ast.unparse(code) if code else "" for tree in sources() for _, code in raised(tree)
              if not isinstance(code, ast.Constant)]
    assert set(hidden) <= RERAISED
    assert not [code for code in codes() if not re.fullmatch(r"[a-z]+(_[a-z]+)*\.[a-z]+(_[a-z]+)*", code)]


def test_an_error_is_undocumented_or_a_documented_one_is_never_raised() -> None:
    assert set(table("errors.md")) == set(codes())


@pytest.mark.parametrize("code", sorted(codes()))
def test_an_errors_row_says_another_family_or_status_or_nothing(code: str) -> None:
    families, status, meaning, what_to_do = table("errors.md")[code]
    assert set(families.split(", ")) == codes()[code]
    kinds = [getattr(errors, family) for family in codes()[code]]
    assert {int(s) for s in status.split(", ")} == {status_of(kind(code, "")) for kind in kinds}
    assert len(meaning) > 10
    assert len(what_to_do) > 10


def test_the_table_of_errors_is_out_of_order() -> None:
    assert list(table("errors.md")) == sorted(table("errors.md"))
    assert set(STATUS) <= set(codes())


def sections(page: str) -> dict[str, str]:
    """Third-level sections of a page by heading."""
    parts = re.split(r"^### (.+)\n", (DOCS / page).read_text(), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


VALUES = [kind for kind in vars(event_values).values()
          if isinstance(kind, type) and kind.__module__ == event_values.__name__]


def test_a_kind_is_undocumented_or_a_documented_one_does_not_exist() -> None:
    assert list(sections("events.md")) == [kind.__name__ for kind in VALUES] + [body.KIND for body in BODIES]


@pytest.mark.parametrize("kind", [*VALUES, *BODIES], ids=lambda kind: kind.__name__)
def test_a_field_of_an_event_is_undocumented(kind: Any) -> None:
    section = sections("events.md")[getattr(kind, "KIND", kind.__name__)]
    rows = rows_of(section)
    assert [row[0].strip("`") for row in rows] == [field.name for field in dataclasses.fields(kind)]
    hints = [str(field.type) for field in dataclasses.fields(kind)]
    for row, hint in zip(rows, hints, strict=True):
        assert all(len(cell) > 2 for cell in row)
        assert ("absent" in row[1]) == ("None" in hint), row
    assert kind in VALUES or all(f"- {word}: " in section for word in ("Subject", "When", "Particulars"))


def settings() -> dict[str, tuple[str, str, str]]:
    """key → (default, variable, meaning) as the table must have them."""
    found = {}
    for name, field in Settings.model_fields.items():
        kind = field.annotation
        inner = kind.model_fields if isinstance(kind, type) and issubclass(kind, BaseModel) else None
        for key, leaf in ({f"{name}.{k}": f for k, f in inner.items()} if inner else {name: field}).items():
            found[key] = (shown(leaf.default), f"`LIUHEN_{key.replace('.', '__').upper()}`", leaf.description or "")
    return found


def shown(default: Any) -> str:
    """A default as the table writes it."""
    if default is PydanticUndefined:
        return "none: written by `liuhen init`"
    if isinstance(default, timedelta):
        return f"{default.days} days" if default.days else f"{default.seconds // 60} minutes"
    if isinstance(default, tuple):
        return "`[" + ", ".join(f'"{item}"' for item in default) + "]`"
    text = str(default).lower() if isinstance(default, bool) else str(default)
    return f"`{text}`" if text else '`""`'


def test_a_setting_is_undocumented_or_a_documented_one_does_not_exist() -> None:
    assert table("settings.md") == {key: list(row) for key, row in settings().items()}
    assert all(meaning.endswith(".") for _, _, meaning in settings().values())


def test_a_setting_has_another_name_in_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "liuhen.toml").write_text('[log]\norigin = "liuhen.example/0123456789abcdef"\n[store]\nname = "file"\n')
    assert load_settings(tmp_path).store.name == "file"
    given = {"log.origin": "other/0", "log.staged_lock": "P2D", "log.lock": "P9D",
             "log.key_lock": "P8D", "log.policy": "p", "log.anchor_every": "PT1M",
             "time.authorities": '[{"name": "a", "url": "http://a", "certificate": "a.pem"}]',
             "web.host": "::1", "web.port": "7",
             "web.public_url": "https://a", "store.kind": "s3", "store.endpoint": "h:1", "store.bucket": "b",
             "store.secure": "false",
             "store.region": "r", "store.name": "n", "deposit.staging_lock": "PT2H", "deposit.keep_default": "P1D",
             "deposit.expire_after": "PT9H",
             "deposit.digests": '["sha256", "sm3"]', "media.allow_unsandboxed": "true", "rules.pack": "other",
             "drop.folders": '[{"path": "/srv/drop", "account": "sta_0"}]', "drop.look_every": "PT5S",
             "testing": "true", "test_stop_at": "x"}
    assert set(given) == set(settings())
    for key, value in given.items():
        monkeypatch.setenv(table("settings.md")[key][1].strip("`"), value)
    made = load_settings(tmp_path)
    for key in given:
        value: Any = made
        for step in key.split("."):
            value = getattr(value, step)
        assert shown(value) != settings()[key][0], key
    assert made.log.staged_lock == timedelta(days=2)
    assert made.deposit.staging_lock == timedelta(hours=2)


@pytest.mark.parametrize("text", [
    "", "nonsense", "[log]\norigin = 5\n", '[log]\norigin = "a/0"\ncolour = "red"\n',
    '[log]\norigin = "a/0"\n[weather]\nrain = 1\n', '[log]\norigin = "a/0"\n[web]\nport = 70000\n'])
def test_a_settings_file_with_a_fault_is_taken(tmp_path: Path, text: str) -> None:
    (tmp_path / "liuhen.toml").write_text(text)
    with pytest.raises(errors.Refused) as refusal:
        load_settings(tmp_path)
    assert refusal.value.code == "settings.invalid"
