"""The log's own tiles, from real rows, pass the checker written on Go's note and tlog packages; changed ones do not."""

import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import ledger
import pytest
from ledger import SIGNER
from log.go_build import run_checker
from log_site import FaultyDatabase, Site

from archive import custody
from archive.db import Database
from archive.errors import NotFound
from archive.log import SignedTree
from archive.log_tiles import LogTiles
from archive.proof import merkle, tiles
from archive.proof.checkpoint import Checkpoint
from archive.proof.merkle import Frontier, leaf_hash
from archive.proof.note import sign_note

VKEY = SIGNER.key.text()
LARGE = 70_000


def export(log_tiles: LogTiles, size: int, note: bytes, folder: Path) -> Path:
    """Every resource of the log at ``size``, as a folder that any tlog-tiles reader takes."""
    for name in (*tiles.tiles_for(size), *tiles.bundles_for(size)):
        data = (log_tiles.bundle(name.number, name.width) if name.level is None
                else log_tiles.tile(name.level, name.number, name.width))
        (folder / name.path).parent.mkdir(parents=True, exist_ok=True)
        (folder / name.path).write_bytes(data)
    (folder / "checkpoint").write_bytes(note)
    return folder


def refused(run: subprocess.CompletedProcess[str]) -> str:
    """What the checker says; it must have refused, not crashed."""
    assert (run.returncode, run.stderr) == (1, ""), run
    assert run.stdout.startswith("refused: ")
    return run.stdout


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, dict[int, SignedTree]]]:
    """A log grown through append and sequencer, signed at each of the sizes that tiles turn on."""
    folder = tmp_path_factory.mktemp("grown")
    site = Site(folder, FaultyDatabase(ledger.migrated(folder), custody.flush))
    sequencer, trees = site.sequencer(), {}
    for size in (1, 2, 255, 256, 257):
        trees[size] = sequencer.wait_signed(site.append_together(size - site.written)).result(20)
    yield site, trees
    site.stop()
    site.db.close()


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257])
def test_a_log_of_ours_is_refused(grown: tuple[Site, dict[int, SignedTree]], tmp_path: Path, size: int) -> None:
    site, trees = grown
    assert trees[size].checkpoint.size == size
    olds = []
    for old in (s for s in trees if s <= size):
        olds.append(tmp_path / f"old-{old}")
        olds[-1].write_bytes(trees[old].note)
    run = run_checker(export(site.tiles, size, trees[size].note, tmp_path / "log"), VKEY, olds)
    assert (run.returncode, run.stdout) == (0, f"ok: {size} entries\n"), run


def test_a_changed_entry_or_tile_of_a_small_log_passes(
        grown: tuple[Site, dict[int, SignedTree]], tmp_path: Path) -> None:
    site, trees = grown
    whole = export(site.tiles, 257, trees[257].note, tmp_path / "whole")
    for number, path in enumerate(sorted(p for p in whole.rglob("*") if p.is_file())):
        log = shutil.copytree(whole, tmp_path / f"{number}")
        flip(log / path.relative_to(whole), -1 if path.name != "checkpoint" else 40)
        refused(run_checker(log, VKEY))


def flip(path: Path, at: int) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Database, Path]]:
    """70,000 rows put into a real database at once, and the log they export as."""
    folder = tmp_path_factory.mktemp("large")
    path, edge = ledger.migrated(folder), Frontier()
    entries = [b"entry %d" % number for number in range(LARGE)]
    hashes = [leaf_hash(entry) for entry in entries]
    edge.extend(hashes)
    connection = sqlite3.connect(path)
    with connection:
        connection.executemany("INSERT INTO custody VALUES (?, 'k', '2026-11-20T00:00:00.000000Z', 'a', 's', ?, ?)",
                               zip(range(LARGE), entries, hashes, strict=True))
    connection.close()
    note = sign_note(Checkpoint(SIGNER.key.name, LARGE, edge.root()).text(), [SIGNER])
    with ledger.opened(path) as db:
        log_tiles = LogTiles(db, folder / "cache")
        assert log_tiles.root(LARGE) == edge.root()
        yield db, export(log_tiles, LARGE, note, folder / "log")


def test_a_log_of_70_000_entries_is_refused(large: tuple[Database, Path]) -> None:
    assert run_checker(large[1], VKEY).stdout == f"ok: {LARGE} entries\n"


@pytest.mark.parametrize("size", [1, 2, 3, 255, 256, 257, 511, 512, 65_535, 65_536, 65_537])
def test_the_same_log_at_an_earlier_size_is_refused(large: tuple[Database, Path], tmp_path: Path, size: int) -> None:
    """Its tiles and bundles as they were then, with the checkpoint of then, and consistent with every smaller one."""
    log_tiles, olds = LogTiles(large[0], tmp_path / "cache"), []
    for old in (1, 255, 512, size):
        if old <= size:
            text = Checkpoint(SIGNER.key.name, old, log_tiles.root(old)).text()
            olds.append(tmp_path / f"old-{old}")
            olds[-1].write_bytes(sign_note(text, [SIGNER]))
    run = run_checker(export(log_tiles, size, olds[-1].read_bytes(), tmp_path / "log"), VKEY, olds)
    assert (run.returncode, run.stdout) == (0, f"ok: {size} entries\n"), run


@pytest.mark.parametrize(("path", "at"), [
    ("tile/entries/100", 2), ("tile/entries/273.p/112", -1), ("tile/0/007", 31), ("tile/0/273.p/112", 0),
    ("tile/1/000", 5000), ("tile/1/001.p/17", 543), ("tile/2/000.p/1", 3), ("checkpoint", 40), ("checkpoint", -10)])
def test_a_flipped_bit_in_a_large_log_passes(large: tuple[Database, Path], path: str, at: int) -> None:
    flip(large[1] / path, at)
    try:
        refused(run_checker(large[1], VKEY))
    finally:
        flip(large[1] / path, at)


def test_a_missing_tile_of_a_large_log_passes(large: tuple[Database, Path]) -> None:
    (large[1] / "tile/0/200").rename(large[1] / "aside")
    try:
        assert "tile/0/200" in refused(run_checker(large[1], VKEY))
    finally:
        (large[1] / "aside").rename(large[1] / "tile/0/200")


def test_a_cached_tile_of_any_level_is_never_compared(large: tuple[Database, Path], tmp_path: Path) -> None:
    log_tiles = LogTiles(large[0], tmp_path)
    for name in tiles.tiles_for(LARGE):
        if name.width == tiles.TILE_WIDTH and (name.level or name.number in (0, 7, 272)):
            log_tiles.tile(name.level or 0, name.number)
    log_tiles.require_sound_cache(LARGE)
    for path in ("tile/0/007", "tile/0/272", "tile/1/000"):
        flip(tmp_path / path, 99)
        with pytest.raises(Exception, match=path):
            log_tiles.require_sound_cache(LARGE)
        flip(tmp_path / path, 99)
    log_tiles.require_sound_cache(LARGE)


def test_proofs_out_of_tiles_do_not_verify(large: tuple[Database, Path]) -> None:
    log_tiles = LogTiles(large[0], large[1])
    for size in (1, 255, 256, 257, 65_536, 65_537, LARGE):
        root = log_tiles.root(size)
        for index in {0, size // 2, size - 1}:
            leaf = leaf_hash(b"entry %d" % index)
            merkle.verify_inclusion(leaf, index, size, log_tiles.inclusion(index, size), root)
        merkle.verify_consistency(size, LARGE, log_tiles.consistency(size, LARGE), root, log_tiles.root(LARGE))


@pytest.mark.parametrize(("level", "number", "width"), [
    (0, 273, 113), (0, 274, 1), (1, 1, 18), (1, 2, 1), (2, 0, 2), (3, 0, 1), (8, 10**15, 1), (63, 0, 1), (0, 2**55, 1)])
def test_a_tile_beyond_the_rows_is_served_or_crashes(
        large: tuple[Database, Path], tmp_path: Path, level: int, number: int, width: int) -> None:
    with pytest.raises(NotFound) as refusal:
        LogTiles(large[0], tmp_path).tile(level, number, width)
    assert refusal.value.code == "log.no_tile"


@pytest.mark.parametrize(("number", "width"), [(273, 113), (274, 1), (2**55, 1), (10**30, 256)])
def test_a_bundle_beyond_the_rows_is_served_or_crashes(large: tuple[Database, Path], number: int, width: int) -> None:
    with pytest.raises(NotFound):
        LogTiles(large[0], large[1]).bundle(number, width)


def test_a_partial_tile_is_cached_and_grows_stale(large: tuple[Database, Path], tmp_path: Path) -> None:
    log_tiles = LogTiles(large[0], tmp_path)
    log_tiles.tile(0, 273, 112)
    log_tiles.tile(0, 3, 7)
    assert not list(tmp_path.rglob("*"))
    assert log_tiles.tile(0, 3)[:7 * 32] == log_tiles.tile(0, 3, 7)
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["003"]


def test_readers_at_the_same_time_spoil_a_cached_tile(large: tuple[Database, Path], tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: LogTiles(large[0], tmp_path).tile(0, 5), range(64)))
    assert len(found) == 1
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["005"]
