"""``liuhen log check`` over the store: what is missing, hidden, doubled, changed or ahead of the rows is found."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from checks.checked_log import archive_of, attack, checked, fill, grow, kinds, twin, wheres
from contracts.memory_store import MemoryStore
from ledger import LOG_ID, ORIGIN, SIGNER
from proof.known_keys import known_key

from archive.anchors import AnchorObject, anchor_key
from archive.log_store import log_prefix
from archive.proof.checkpoint import Checkpoint
from archive.proof.note import sign_note

PREFIX = log_prefix(LOG_ID)
Spoil = Callable[[MemoryStore], None]
ORIGINAL = MemoryStore()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two full tiles and a rest, in batches that end within them."""
    folder = tmp_path_factory.mktemp("made")
    with archive_of(folder, ORIGINAL) as (site, running):
        fill(site, running, 1)
        for count in (300, 300):
            grow(site, running, count)
    return folder


@pytest.fixture
def store(made: Path) -> Iterator[MemoryStore]:
    """The log's store, to spoil."""
    return twin(ORIGINAL)


def gone(path: str) -> Spoil:
    return lambda store: store._held.pop(key_of(store, path)) and None


def key_of(store: MemoryStore, path: str) -> str:
    """A full key for a path below the log, or the last staged batch."""
    return staged(store)[-1] if path == "staged" else PREFIX + path


def staged(store: MemoryStore) -> list[str]:
    """Keys of staged batches by their first leaf."""
    return sorted((key for key in store._held if key.startswith("staged/")),
                  key=lambda key: int(key.rsplit("/", 1)[1].split("-")[0]))


def flipped(path: str, cut: int = 0) -> Spoil:
    """One bit of the last byte, or so many bytes cut off: as on the volume, past every interface."""

    def spoil(store: MemoryStore) -> None:
        held = store._held[key_of(store, path)]
        data = held[0].data
        held[0] = replace(held[0], data=data[:-cut] if cut else data[:-1] + bytes([data[-1] ^ 1]))

    return spoil


SPOILT = {
    "tile gone": (gone("tile/0/001"), "tile.missing", False),
    "bundle gone": (gone("tile/entries/000"), "bundle.missing", False),
    "sealed bundle gone": (gone("particulars/001"), "sealed_bundle.missing", False),
    "staged gone": (gone("staged"), "staged.missing", False),
    "tile cut": (flipped("tile/0/000", cut=1), "tile.differs", False),
    "tile changed": (flipped("tile/0/000"), "tile.differs", True),
    "bundle changed": (flipped("tile/entries/001"), "bundle.differs", True),
    "sealed bundle changed": (flipped("particulars/000"), "sealed_bundle.differs", True),
    "staged changed": (flipped("staged"), "staged.differs", True),
    "hidden": (lambda store: store.outsider_delete(PREFIX + "tile/0/000"), "store.marker", False),
    "doubled": (lambda store: store.outsider_put(PREFIX + "tile/0/000", b"x"), "store.second_version", False),
    "ahead": (lambda store: store.outsider_put(PREFIX + "tile/0/007", bytes(8192)), "store.ahead", False),
    "stray": (lambda store: store.outsider_put(PREFIX + "notes", b"x"), "store.stray", False),
}


@pytest.mark.parametrize("name", SPOILT)
def test_what_was_done_to_the_store_is_not_found(made: Path, store: MemoryStore, name: str) -> None:
    spoil, expected, needs_reading = SPOILT[name]
    spoil(store)
    with archive_of(made, store) as (site, _):
        assert kinds(checked(site, made, deep=True)) == {expected}
        assert kinds(checked(site, made)) == (set() if needs_reading else {expected})


def test_a_sound_store_is_found_at_fault(made: Path, store: MemoryStore) -> None:
    with archive_of(made, store) as (site, _):
        assert kinds(checked(site, made, deep=True)) == set()


def test_staged_batches_that_were_collected_are_missed(made: Path, store: MemoryStore) -> None:
    """Those beneath full bundles may go; only the ones that reach beyond must stay."""
    for key in staged(store)[:-1]:
        del store._held[key]
    with archive_of(made, store) as (site, _):
        assert kinds(checked(site, made, deep=True)) == set()


def test_a_store_that_does_not_answer_passes_for_a_whole_one(made: Path, store: MemoryStore) -> None:
    store.inject("get", "lost")
    with archive_of(made, store) as (site, _):
        assert kinds(checked(site, made, deep=True)) == {"store.unread"}


@pytest.mark.parametrize(("root", "expected"), [
    (None, set()), (bytes(32), {"anchor.root"}), (b"", {"anchor.unverified"})])
def test_an_anchor_of_another_history_passes(
        made: Path, store: MemoryStore, root: bytes | None, expected: set[str]) -> None:
    with archive_of(made, store) as (site, running):
        size = running.signed_rows()[-1].size
        text = Checkpoint(ORIGIN, size, site.log_tiles.root(size) if root is None else root or bytes(32)).text()
        note = sign_note(text, [SIGNER if root != b"" else known_key("another/0")])
        now = site.ports.clock.now()
        store.outsider_put(anchor_key(LOG_ID, size), AnchorObject(size, note, (), now, now).encode())
        outcome = checked(site, made, deep=True)
        assert kinds(outcome) == expected, outcome.found.kept
        assert kinds(checked(site, made)) == set()


def test_an_anchor_gone_from_the_store_passes(made: Path, store: MemoryStore, tmp_path: Path) -> None:
    folder = shutil.copytree(made, tmp_path / "copy")
    attack(folder, "INSERT INTO anchor (size, at, object_key, version_id) VALUES (14, "
           f"'2026-11-20T00:00:00.000000Z', '{anchor_key(LOG_ID, 14)}', 'v')")
    with archive_of(folder, store) as (site, _):
        assert kinds(checked(site, folder)) == {"anchor.missing"}


def test_a_row_that_differs_from_the_bundle_is_not_located(made: Path, store: MemoryStore, tmp_path: Path) -> None:
    """Entry and leaf hash changed together: the tile names the row, which the checkpoint's root cannot."""
    folder = shutil.copytree(made, tmp_path / "copy")
    shutil.rmtree(folder / "log" / "tile", ignore_errors=True)
    attack(folder, *(f"UPDATE custody SET {column} = (SELECT {column} FROM custody WHERE idx = 301) WHERE idx = 300"
                     for column in ("entry", "leaf_hash", "subject")))
    with archive_of(folder, store) as (site, _):
        outcome = checked(site, folder, deep=True)
    assert {"tile.differs", "bundle.differs", "checkpoint.root", "staged.differs"} <= kinds(outcome)
    detail = next(f.detail for f in outcome.found.kept if f.kind == "tile.differs")
    assert f"byte {(300 - 256) * 32} of 8192" in detail
    assert wheres(outcome, "tile.differs") == [PREFIX + "tile/0/001"]
