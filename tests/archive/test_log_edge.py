"""The right edge completes exactly the tiles and bundles the rows give, in whatever pieces the leaves come."""

import struct
from functools import cache
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.batches import BatchLeaf
from archive.errors import Contradiction
from archive.log_edge import MAGIC, Full, TileEdge, decode_particulars, encode_particulars, particulars_path
from archive.log_store import full_paths
from archive.proof import merkle
from archive.proof.merkle import leaf_hash
from archive.proof.tiles import decode_bundle, parse_tile_path, partial_width, tile_path

MANY = 66_000


@cache
def leaf(number: int) -> BatchLeaf:
    return BatchLeaf(b"%d" % number, "rec_x" if number % 3 else "", sha256(b"%d" % number).digest()[:number % 3])


@cache
def hashes() -> list[bytes]:
    return [leaf_hash(leaf(n).entry) for n in range(MANY)]


def grown(edge: TileEdge, end: int) -> list[Full]:
    first = edge.size
    return edge.extend(hashes()[first:end], [leaf(n) for n in range(first, end)])


def expected(path: str) -> bytes:
    """A hash tile by its definition (RFC 6962 roots over aligned runs of leaves)."""
    name = parse_tile_path(path)
    assert name.level is not None
    span = 256 ** name.level
    begin = name.number * 256 * span
    return b"".join(merkle.root(hashes()[at:at + span]) for at in range(begin, begin + name.width * span, span))


def test_a_tile_of_a_large_log_is_wrong_or_left_out() -> None:
    full = grown(TileEdge(), MANY)
    assert sorted(f.path for f in full) == sorted(full_paths(MANY))
    for f in full:
        if "entries" not in f.path and f.path.startswith("tile/"):
            assert f.data == expected(f.path), f.path
    by_path = {f.path: f.data for f in full}
    assert decode_bundle(by_path["tile/entries/200"]) == [leaf(n).entry for n in range(200 * 256, 201 * 256)]
    assert decode_particulars(by_path["particulars/200"]) == [
        (leaf(n).scope, leaf(n).sealed) for n in range(200 * 256, 201 * 256)]


@settings(max_examples=30)
@given(st.lists(st.integers(1, 700), min_size=1, max_size=8))
def test_the_pieces_leaves_come_in_change_a_tile(pieces: list[int]) -> None:
    edge, once, end = TileEdge(), TileEdge(), 0
    full: list[Full] = []
    for piece in pieces:
        end += piece
        kept = edge.copy()
        grown_now = grown(edge, end)
        assert grown(kept, end) == grown_now, "a copy is not of its own"
        full += grown_now
    assert full == grown(once, end)


@settings(max_examples=30)
@given(st.integers(0, MANY - 600), st.integers(1, 600))
def test_an_edge_read_back_goes_on_differently(size: int, more: int) -> None:
    def tile(level: int, number: int, width: int) -> bytes:
        assert width == partial_width(level, size)
        return expected(tile_path(level, number, width))

    read = TileEdge.at(size, tile, [leaf(n) for n in range(size - size % 256, size)])
    grew = TileEdge()
    grown(grew, size)
    assert grown(read, size + more) == grown(grew, size + more)


SOUND = encode_particulars([leaf(n) for n in range(256)])


@pytest.mark.parametrize("data", [
    b"", MAGIC, SOUND[:-1], SOUND + b"\0", SOUND[1:], SOUND.replace(b"rec_x", b"rec_\xff", 1),
    MAGIC + struct.pack(">H", 9) + b"short", MAGIC + bytes(6 * 255), MAGIC + bytes(6 * 257)])
def test_a_damaged_particulars_bundle_reads(data: bytes) -> None:
    with pytest.raises(Contradiction) as refusal:
        decode_particulars(data)
    assert refusal.value.code == "log.bundle_malformed"


@given(st.binary(max_size=400))
def test_any_bytes_make_the_particulars_reader_fall_over(tail: bytes) -> None:
    for data in (tail, MAGIC + tail):
        with pytest.raises(Contradiction):
            decode_particulars(data)


def test_a_particulars_path_is_spelt_otherwise_than_its_bundle() -> None:
    assert [particulars_path(n) for n in (0, 999, 1000, 1234067)] == [
        "particulars/000", "particulars/999", "particulars/x001/000", "particulars/x001/x234/067"]
