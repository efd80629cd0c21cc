"""Build ``liuhen-verify.pyz``, the verifier as one file for any Python ≥ 3.9, the same bytes wherever it is built.

``python scripts/verifier.py [--out DIR]`` builds it; ``--publish`` writes the digests of what lies in DIR into the
papers, ``--compare`` fails when they say otherwise.
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import io
import re
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / "build" / "verifier"
FILES = ("liuhen-verify.pyz", "liuhen-verify.html")
PAPERS = ("README.md", "CHANGELOG.md")
MARKS = re.compile(r"(<!-- verifiers -->\n)(.*?)(<!-- /verifiers -->\n)", re.DOTALL)
START = "archive.proof.command"
LEFT_OUT = {"archive.proof.native", "archive.proof.signing"}
"""Need ``cryptography``; the verifier does without."""
MAIN = '''"""Verify a receipt of a Liuhen archive: needs nothing but Python."""
import sys

if sys.version_info < (3, 9):
    sys.exit("this verifier needs Python 3.9 or newer")
from archive.proof.command import main

sys.exit(main())
'''


def build() -> bytes:
    """The zip application: sorted, stored uncompressed, one fixed time, so that equal sources give equal bytes."""
    files = {"__main__.py": MAIN.encode(), "LICENSE": (ROOT / "LICENSE").read_bytes()}
    for package in ("archive", "archive.proof"):
        files[f"{package.replace('.', '/')}/__init__.py"] = (path_of(package) / "__init__.py").read_bytes()
    for module in modules():
        files[f"{module.replace('.', '/')}.py"] = path_of(module).with_suffix(".py").read_bytes()
    packed = io.BytesIO(b"")
    packed.write(b"#!/usr/bin/env python3\n")
    with zipfile.ZipFile(packed, "a", zipfile.ZIP_STORED) as archive:
        for name in sorted(files):
            archive.writestr(_entry(name), files[name])
    return packed.getvalue()


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    entry.create_system, entry.external_attr = 3, 0o100644 << 16
    return entry


def modules() -> list[str]:
    """The command and what it imports of ours, found by reading, sorted."""
    found, waiting = set[str](), [START]
    while waiting:
        module = waiting.pop()
        if module not in found:
            found.add(module)
            waiting += [name for name in imported(path_of(module).with_suffix(".py")) if name not in LEFT_OUT]
    return sorted(found)


def imported(path: Path) -> Iterator[str]:
    """Modules of archive.proof that a file imports anywhere in it."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
            yield from (n for n in names if n.startswith("archive.proof.") and path_of(n).with_suffix(".py").exists())


def path_of(module: str) -> Path:
    """Where a module's source lies, without its ending."""
    return ROOT.joinpath(*module.split("."))


def digests(folder: Path) -> dict[str, str]:
    """File name → SHA-256 in hex of what lies built in ``folder``."""
    built = [folder / name for name in FILES if (folder / name).exists()]
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in built}


def published(paper: Path) -> dict[str, str]:
    """The same as a paper says it between its marks; ``ValueError`` when it has not exactly one pair of them."""
    found = MARKS.findall(paper.read_text("utf-8"))
    if len(found) != 1:
        raise ValueError(f"{paper.name} needs one pair of marks for the digests, it has {len(found)}")
    lines = [line.split("  ") for line in found[0][1].splitlines() if "  " in line]
    return {name: digest for digest, name in lines}


def publish(paper: Path, found: dict[str, str]) -> None:
    """Write digests into a paper, as lines ``sha256sum -c`` reads; of a file that is not built the old one stays."""
    said = published(paper) | found
    block = "".join(f"{said[name]}  {name}\n" for name in FILES if name in said)
    text = MARKS.sub(lambda match: f"{match[1]}```\n{block}```\n{match[3]}", paper.read_text("utf-8"))
    paper.write_text(text, "utf-8")


def main() -> int:
    """Build, then publish or compare as asked; 1 when a paper says otherwise."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--publish", action="store_true")
    parser.add_argument("--compare", action="store_true")
    chosen = parser.parse_args()
    chosen.out.mkdir(parents=True, exist_ok=True)
    target = chosen.out / FILES[0]
    target.write_bytes(build())
    target.chmod(0o755)
    found, differing = digests(chosen.out), False
    for name, digest in found.items():
        print(f"{digest}  {name}")
    for paper in (ROOT / name for name in PAPERS):
        if chosen.publish:
            publish(paper, found)
        elif chosen.compare and published(paper) | found != published(paper):
            print(f"{paper.name} says otherwise: run scripts/verifier.py --publish", file=sys.stderr)
            differing = True
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
