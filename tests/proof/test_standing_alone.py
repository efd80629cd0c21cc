"""The proof package needs the standard library and cryptography, nothing else of ours."""

import ast
import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "archive" / "proof"
MODULES = sorted(f"archive.proof.{path.stem}" for path in FOLDER.glob("[a-z]*.py"))
ALLOWED = {"archive.proof", "cryptography", *sys.stdlib_module_names}


def imported_names(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            found.add(node.module or "")
    return found


def test_a_module_names_something_outside_the_allowed() -> None:
    for path in FOLDER.glob("*.py"):
        for name in imported_names(path):
            allowed = name.startswith("archive.proof") or name.split(".")[0] in ALLOWED - {"archive.proof"}
            assert allowed, f"{path.name} imports {name}"


def test_importing_the_package_loads_other_packages() -> None:
    program = f"import json, sys; [__import__(name) for name in {MODULES!r}]; print(json.dumps(sorted(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = [name for name in json.loads(run.stdout) if name.split(".")[0] == "archive"]
    assert sorted(set(loaded)) == sorted(["archive", "archive.proof", *MODULES])
    foreign = {"sqlmodel", "sqlalchemy", "pydantic", "fastapi", "starlette", "minio"} & set(json.loads(run.stdout))
    assert foreign == set()
