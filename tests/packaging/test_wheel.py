"""The wheel holds the packages pyproject.toml names and nothing else."""

import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
TOP = ("archive", "retention", "ingest", "api")


@pytest.fixture(scope="module")
def wheel_names(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """File names inside a wheel built, without network, from a copy of the tracked files' folders."""
    source = tmp_path_factory.mktemp("source")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    for folder in (*TOP, "docker", "tests"):
        shutil.copytree(ROOT / folder, source / folder, ignore=shutil.ignore_patterns("__pycache__"))
    target = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--no-index", "--no-deps", "--no-build-isolation",
               "--wheel-dir", str(target), str(source)]
    subprocess.run(command, check=True, capture_output=True)
    (wheel,) = target.glob("liuhen-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_no_test_or_deployment_file_ships(wheel_names: set[str]) -> None:
    tops = {name.split("/")[0] for name in wheel_names}
    assert {top for top in tops if not top.endswith(".dist-info")} == set(TOP)


def test_every_python_file_of_the_packages_ships(wheel_names: set[str]) -> None:
    ours = {path.relative_to(ROOT).as_posix() for top in TOP for path in (ROOT / top).rglob("*.py")}
    assert {name for name in wheel_names if name.endswith(".py")} == ours


def test_files_read_at_run_time_ship(wheel_names: set[str]) -> None:
    kept = ("api/web/templates", "api/web/static", "api/web/strings", "api/samples", "retention/rulepacks",
            "retention/recordinglists")
    wanted = {
        path.relative_to(ROOT).as_posix()
        for folder in kept
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and path.suffix not in {".pyc", ".py"} and not path.name.startswith(".")
    }
    assert wanted - wheel_names == set()
    assert "archive/py.typed" in wheel_names


def test_the_licence_and_the_command_ship(wheel_names: set[str]) -> None:
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in wheel_names)
    assert any(name.endswith(".dist-info/entry_points.txt") for name in wheel_names)


def test_every_package_folder_is_named_in_the_list() -> None:
    listed = set(PROJECT["tool"]["setuptools"]["packages"])
    present = {
        path.parent.relative_to(ROOT).as_posix().replace("/", ".")
        for top in TOP
        for path in (ROOT / top).rglob("*.py")
    }
    assert present == listed
