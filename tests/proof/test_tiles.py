"""Tiles: paths with one spelling, widths, bundles, and hashes read back out of tiles."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from proof.synthetic_log import SyntheticLog

from archive.proof.errors import VerificationError
from archive.proof.merkle import MAX_SIZE, Frontier, consistency_proof, inclusion_proof, root_at
from archive.proof.tiles import (
    TileName,
    bundles_for,
    decode_bundle,
    encode_bundle,
    entries_path,
    node_from_tiles,
    parse_tile_path,
    partial_width,
    tile_path,
    tiles_for,
)

NAMES = st.builds(
    TileName,
    st.none() | st.integers(0, 63),
    st.integers(0, MAX_SIZE // 256) | st.integers(0, 2000),
    st.integers(1, 256),
)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (tile_path(0, 0), "tile/0/000"),
        (tile_path(0, 1000), "tile/0/x001/000"),
        (tile_path(0, 1234067, 5), "tile/0/x001/x234/067.p/5"),
        (tile_path(63, 7, 255), "tile/63/007.p/255"),
        (entries_path(1234067), "tile/entries/x001/x234/067"),
        (entries_path(0, 1), "tile/entries/000.p/1"),
    ],
)
def test_a_path_of_the_specification_is_spelt_otherwise(path: str, expected: str) -> None:
    assert path == expected


@given(NAMES)
def test_a_name_changes_on_its_way_through_its_path(name: TileName) -> None:
    assert parse_tile_path(name.path) == name


@pytest.mark.parametrize(
    "path",
    ["", "tile", "tile/0", "tile/0/0", "tile/00/000", "tile/01/000", "tile/64/000", "tile/-1/000", "tile/0/x000/000",
     "tile/0/x001", "tile/0/001/000", "tile/0/000.p/0", "tile/0/000.p/256", "tile/0/000.p/01", "tile/0/000.p/",
     "tile/0/000/", "/tile/0/000", "tile/0/000\n", "tile//000", "tile/0/../000", "tile/entries/0", "tile/Entries/000",
     "tile/0/x999/x999/x999/x999/x999/x999/999", "tile/0/" + "x001/" * 7 + "000", "tile/0/٠٠٠", "tile/0/000.p/1000",
     "tile/0/000?a", "tile/data/000", "checkpoint"],
)
def test_another_spelling_of_a_tile_path_is_read(path: str) -> None:
    with pytest.raises(ValueError):
        parse_tile_path(path)


@pytest.mark.parametrize("name", [(64, 0, 1), (-1, 0, 1), (0, -1, 1), (0, 0, 0), (0, 0, 257), (0, 2**60, 1)])
def test_a_tile_no_log_can_have_gets_a_name(name: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError):
        tile_path(*name)


def test_the_tiles_of_70000_are_not_those_of_the_design() -> None:
    names = list(tiles_for(70_000))
    counted = Counter((name.level, name.width == 256) for name in names)
    assert counted == {(0, True): 273, (0, False): 1, (1, True): 1, (1, False): 1, (2, False): 1}
    assert [name.path for name in names if name.width < 256] == [
        "tile/0/273.p/112", "tile/1/001.p/17", "tile/2/000.p/1"
    ]
    assert [partial_width(level, 70_000) for level in range(4)] == [112, 17, 1, 0]
    assert len(list(bundles_for(70_000))) == 274


@pytest.mark.parametrize(
    ("size", "paths"),
    [
        (0, []),
        (1, ["tile/0/000.p/1"]),
        (255, ["tile/0/000.p/255"]),
        (256, ["tile/0/000", "tile/1/000.p/1"]),
        (257, ["tile/0/000", "tile/0/001.p/1", "tile/1/000.p/1"]),
    ],
)
def test_a_small_log_has_other_tiles(size: int, paths: list[str]) -> None:
    assert [name.path for name in tiles_for(size)] == paths


@given(st.lists(st.binary(max_size=70), min_size=1, max_size=256))
def test_entries_change_on_their_way_through_a_bundle(entries: list[bytes]) -> None:
    assert decode_bundle(encode_bundle(entries)) == entries


def test_the_longest_entry_does_not_fit_or_a_longer_one_does() -> None:
    assert decode_bundle(encode_bundle([b"a" * 65535])) == [b"a" * 65535]
    with pytest.raises(ValueError):
        encode_bundle([b"a" * 65536])


@pytest.mark.parametrize("entries", [[], [b""] * 257], ids=len)
def test_a_bundle_of_no_tile_is_written(entries: list[bytes]) -> None:
    with pytest.raises(ValueError):
        encode_bundle(entries)


@pytest.mark.parametrize("data", [b"", b"\x00", b"\x00\x01", b"\x00\x01ab", b"\x00\x00\x00", b"\x00\x00" * 257])
def test_a_cut_or_overfull_bundle_is_read(data: bytes) -> None:
    with pytest.raises(VerificationError, match="bundle"):
        decode_bundle(data)


@pytest.mark.parametrize("size", [1, 2, 3, 128, 255, 256, 257, 511, 512, 513, 1000, 65_793])
def test_hashes_out_of_tiles_are_not_the_trees(size: int) -> None:
    log = SyntheticLog(size)
    node = node_from_tiles(log.tile, size)
    assert root_at(size, node) == log.root()
    assert Frontier.at(size, node).root() == log.root()
    for index in {0, 1, size // 3, size // 2, size - 1} & set(range(size)):
        assert inclusion_proof(index, size, node) == inclusion_proof(index, size, log.node)
        assert consistency_proof(index, size, node) == consistency_proof(index, size, log.node)


def test_a_tile_is_read_again_for_every_hash() -> None:
    log, seen = SyntheticLog(300), Counter[tuple[int, int]]()

    def read(level: int, number: int, width: int) -> bytes:
        seen[level, number] += 1
        return log.tile(level, number, width)

    node = node_from_tiles(read, 300)
    for index in range(300):
        node(0, index)
    assert set(seen.values()) == {1}


def test_a_subtree_outside_the_tree_is_answered() -> None:
    node = node_from_tiles(SyntheticLog(300).tile, 300)
    for level, index in ((0, 300), (8, 1), (-1, 0), (0, -1), (9, 0)):
        with pytest.raises(ValueError):
            node(level, index)


def test_a_tile_of_the_wrong_length_is_used() -> None:
    node = node_from_tiles(lambda level, number, width: bytes(32 * width - 1), 300)
    with pytest.raises(VerificationError, match="tile"):
        node(0, 0)
