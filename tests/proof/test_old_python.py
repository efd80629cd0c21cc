"""A verifier's modules run on Python 3.9 without any package: by reading them, and on every Python found here."""

import ast
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "archive" / "proof"
# The service's side: what signs, and what makes verifying faster.
NEEDS_CRYPTOGRAPHY = {"native", "signing"}
MODULES = sorted(path.stem for path in FOLDER.glob("[a-z]*.py") if path.stem not in NEEDS_CRYPTOGRAPHY)
NEW_NAMES = {"TypeAlias", "Self", "UTC", "StrEnum", "pairwise", "file_digest", "bit_count", "assert_never", "TypeGuard",
             "ParamSpec", "override", "batched", "EllipsisType", "NoneType", "UnionType"}
NEW_ARGUMENTS = {("zip", "strict"), ("dataclass", "slots"), ("dataclass", "kw_only"), ("field", "kw_only")}
NEW_NODES = ("Match", "TryStar", "TypeAlias")


def too_new(text: str) -> Iterator[str]:
    """What Python 3.9 does not have: grammar, names, arguments, and ``X | Y`` of types evaluated at run time."""
    try:
        tree = ast.parse(text, feature_version=(3, 9))
    except SyntaxError as error:
        yield str(error)
        return
    typing_only = {id(inner) for node in ast.walk(tree) if isinstance(node, ast.If)
                   and ast.unparse(node.test) == "TYPE_CHECKING" for inner in ast.walk(node)}
    postponed = "from __future__ import annotations" in text
    for node in ast.walk(tree):
        if type(node).__name__ in NEW_NODES:
            yield type(node).__name__
        if isinstance(node, ast.ImportFrom) and id(node) not in typing_only:
            yield from (alias.name for alias in node.names if alias.name in NEW_NAMES)
        if isinstance(node, ast.Attribute) and node.attr in NEW_NAMES:
            yield node.attr
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func).rpartition(".")[2]
            yield from (f"{name}({key.arg}=)" for key in node.keywords if (name, key.arg) in NEW_ARGUMENTS)
            if name == "isinstance" and isinstance(node.args[1], ast.BinOp):
                yield "isinstance(…, X | Y)"
        if isinstance(node, ast.FunctionDef | ast.AnnAssign) and not postponed:
            yield "annotations that are evaluated"


@pytest.mark.parametrize("name", MODULES)
def test_a_verifiers_module_needs_a_newer_python(name: str) -> None:
    assert list(too_new((FOLDER / f"{name}.py").read_text("utf-8"))) == []


@pytest.mark.parametrize(
    "text",
    ["match a:\n    case 1: pass\n", "from datetime import UTC\n", "(1).bit_count()\n", "zip(a, b, strict=True)\n",
     "@dataclass(slots=True)\nclass A: pass\n", "isinstance(a, int | str)\n", "def act(a: int | None): pass\n",
     "from typing import TypeAlias\n", "hashlib.file_digest(a)\n", "try:\n    pass\nexcept* OSError:\n    pass\n"],
)
def test_a_rule_about_newer_pythons_never_bites(text: str) -> None:
    assert list(too_new(text))


def pythons() -> list[str]:
    """This interpreter and every other one of at least 3.9 that is installed here."""
    names = [shutil.which(f"python3.{minor}") for minor in range(9, 16)]
    found = [*filter(None, names), *map(str, sorted(Path.home().glob(".pyenv/versions/3.*/bin/python3")))]
    versions: dict[str, str] = {}
    for path in [sys.executable, *found]:
        command = [path, "-I", "-S", "-c", "import sys; print(sys.version_info >= (3, 9) and sys.version)"]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        if run.returncode == 0 and not run.stdout.startswith("False"):
            versions.setdefault(run.stdout, path)
    return list(versions.values())


PROGRAM = """
import importlib, json, pathlib, sys
folder, vectors, names = sys.argv[1:]
sys.path.insert(0, folder)
sys.modules["cryptography"] = None
for name in json.loads(names):
    importlib.import_module("archive.proof." + name)
from archive.proof import canonical, digest, ed25519, keys, merkle, note, checkpoint, tlog_proof
assert keys.verify is ed25519.verify
vectors = pathlib.Path(vectors)
key = keys.VerificationKey.parse((vectors / "log.vkey").read_text().strip())
proof = tlog_proof.TlogProof.parse((vectors / "good" / "tlogproof_accessioned.txt").read_text("utf-8"))
head = checkpoint.Checkpoint.parse(note.open_note(proof.checkpoint.encode(), [key]))
entry = (vectors / "good" / "canonical_accessioned.json").read_bytes()
canonical.parse_time(canonical.decode(entry)["at"])
merkle.verify_inclusion(merkle.leaf_hash(entry), proof.index, head.size, proof.proof, head.root)
try:
    note.open_note(proof.checkpoint.encode().replace(b"\\n", b"\\nx", 1), [key])
except note.VerificationError as error:
    refused = error.reason
print(json.dumps([refused, digest.can_compute("sha256"), digest.can_compute("md5")]))
"""


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The verifier's modules and nothing else of ours."""
    folder = tmp_path_factory.mktemp("alone")
    (folder / "archive" / "proof").mkdir(parents=True)
    for name in ["__init__", "__main__", *MODULES]:
        shutil.copy(FOLDER / f"{name}.py", folder / "archive" / "proof")
    (folder / "archive" / "__init__.py").write_text("")
    return folder


@pytest.mark.parametrize("python", pythons())
def test_a_verifier_needs_a_package_or_a_newer_python(python: str, copy: Path) -> None:
    command = [python, "-I", "-S", "-B", "-c", PROGRAM, str(copy), str(ROOT / "tests" / "vectors"), json.dumps(MODULES)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    refused, sha256, md5 = json.loads(run.stdout)
    assert refused.startswith("the signature of ")
    assert (sha256, md5) == (True, False)


def test_a_digest_this_python_lacks_is_computed_wrongly_or_silently_left_out(copy: Path) -> None:
    program = (
        "import hashlib, sys; sys.path.insert(0, sys.argv[1]); sys.modules['cryptography'] = None; new = hashlib.new\n"
        "def without(name, *rest):\n    if name == 'sm3': raise ValueError\n    return new(name, *rest)\n"
        "hashlib.new = without\nfrom archive.proof import digest\nprint(digest.can_compute('sm3'))\n"
        "try:\n    digest.Hasher(['sha256', 'sm3'])\nexcept ValueError as error: print(error)\n"
    )
    command = [sys.executable, "-I", "-S", "-c", program, str(copy)]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    assert run.stdout.splitlines() == ["False", "this Python cannot compute sm3"]
