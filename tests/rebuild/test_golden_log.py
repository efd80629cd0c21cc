"""What an earlier release logged is understood by this one, to the last column; a golden log never changes."""

import hashlib
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from rebuild.golden import RELEASES, dump, in_order, leaves, replayed

from archive.entries import decode
from archive.events import BODIES
from archive.log_events import ParticularsErased

DIGESTS = {line.split()[1]: line.split()[0] for line in (RELEASES[0].parent / "SHA256SUMS").read_text().splitlines()}


@pytest.mark.parametrize("golden", RELEASES, ids=lambda path: path.name)
def test_a_release_reads_the_log_of_an_earlier_one_otherwise(golden: Path, tmp_path: Path) -> None:
    path, done = replayed(golden, tmp_path)
    expected = json.loads((golden / "projection.json").read_text("utf-8"))
    found = dump(path)
    # A later release may add tables and columns; what an earlier one knew must be there unchanged.
    for name, rows in expected.items():
        known = {column for row in rows for column in row}
        assert in_order([{c: v for c, v in row.items() if c in known} for row in found[name]]) == in_order(rows), name
    assert done.unreadable == ()
    assert done.erased >= 2


@pytest.mark.parametrize("golden", RELEASES, ids=lambda path: path.name)
def test_an_erased_particular_stands_in_what_a_golden_log_makes(golden: Path, tmp_path: Path) -> None:
    erased = {leaf for kept in leaves(golden) if isinstance(body := decode(kept.entry)[1].body, ParticularsErased)
              for leaf in body.leaves}
    path, _ = replayed(golden, tmp_path)
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT leaf, case_no, party FROM label ORDER BY leaf").fetchall()
    assert {leaf for leaf, case_no, party in rows if case_no is None and party is None} <= erased
    assert {leaf for leaf, case_no, _ in rows if case_no is not None}.isdisjoint(erased)
    assert erased & {leaf for leaf, _, _ in rows}


def test_a_kind_of_this_release_stands_in_no_golden_log() -> None:
    logged = {decode(leaf.entry)[1].body.KIND for golden in RELEASES for leaf in leaves(golden)}
    assert {body.KIND for body in BODIES} <= logged


def test_a_golden_log_was_made_again() -> None:
    """What was released is never regenerated: its digests stand beside it, and only new folders are added."""
    found = {f"{golden.name}/{path.name}": hashlib.sha256(path.read_bytes()).hexdigest()
             for golden in RELEASES for path in sorted(golden.iterdir())}
    assert found == DIGESTS
