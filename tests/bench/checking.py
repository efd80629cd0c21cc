"""The log check's pass over rows: leaves a second, stored bytes hashed, columns, signatures and roots compared."""

import shutil
import sqlite3
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from bench.appending import accession
from bench.figures import Figure, Scale, compared, in_turns, seconds

from archive import entries
from archive.adapters.clock import SystemClock
from archive.check_findings import Findings
from archive.check_tree import Tree, Wanted, scan_all
from archive.migrations import migrate
from archive.proof.canonical import format_time
from archive.proof.checkpoint import Checkpoint
from archive.proof.merkle import Frontier, leaf_hash
from archive.proof.note import sign_note
from archive.proof.signing import SigningKey

MORE = 24
"""Leaves for each event of the scale: enough for several processes."""
BATCH = 256
KEY = SigningKey.generate("bench.example/0123456789abcdef")


def measure_checks(folder: Path, scale: Scale) -> list[Figure]:
    """``check`` and ``check_deep`` in leaves per second, beside a bare loop that only reads and hashes."""
    count = scale.events * MORE
    path = _filled(folder / "check", count)
    plain = "sqlite3: SELECT entry, leaf_hash; hashlib.sha256 of each entry, compared"
    figures = []
    for name, deep in (("check", False), ("check_deep", True)):
        pairs = in_turns(scale.runs, lambda run, deep=deep: count / seconds(lambda: _ours(path, count, deep)),
                         lambda run: count / seconds(lambda: _plain(path)))
        figures.append(compared(name, "leaves/s", plain, *pairs))
    shutil.rmtree(path.parent)
    return figures


def _ours(path: Path, count: int, deep: bool) -> None:
    tree, found, claims = Tree(), Findings(), 0
    for scan in scan_all(Wanted(path, path.parent / "log", 0, count, (KEY.key,), deep=deep)):
        found.take(scan.found)
        roots = dict(tree.take(scan))
        claims += sum(roots[claim.size] == claim.root for claim in scan.claims)
    if found.counts or claims != -(-count // BATCH):
        raise RuntimeError(f"a sound log was found at fault: {found.counts}, {claims} roots agreed")


def _plain(path: Path) -> None:
    connection = sqlite3.connect(path)
    for entry, kept in connection.execute("SELECT entry, leaf_hash FROM custody ORDER BY idx"):
        if sha256(b"\x00" + entry).digest() != kept:
            raise RuntimeError("a leaf hash differs")
    connection.close()


def _filled(folder: Path, count: int) -> Path:
    """A database of accessions (some 1.4 KB each), signed every ``BATCH`` leaves."""
    folder.mkdir(parents=True)
    path, at, edge = folder / "liuhen.db", SystemClock().now(), Frontier()
    migrate(path)
    events = [accession() for _ in range(1024)]
    held = [(e.body.KIND, format_time(at), e.actor, e.subject, entries.encode(e, at)) for e in events]
    leaves = [(*row, leaf_hash(row[4])) for row in held]

    def signed() -> Iterator[tuple[int, bytes, bytes, str, str, str]]:
        for first in range(0, count, BATCH):
            edge.extend(leaves[index % 1024][5] for index in range(first, min(count, first + BATCH)))
            note = sign_note(Checkpoint(KEY.key.name, edge.size, edge.root()).text(), [KEY])
            yield edge.size, edge.root(), note, format_time(at), f"staged/{edge.size}", "v"

    connection = sqlite3.connect(path)
    with connection:
        connection.executemany("INSERT INTO custody VALUES (?, ?, ?, ?, ?, ?, ?)",
                               ((index, *leaves[index % 1024]) for index in range(count)))
        connection.executemany("INSERT INTO signed_checkpoint VALUES (?, ?, ?, ?, ?, ?)", signed())
    connection.close()
    return path
