"""Digests: published answers, the closed registry, files, segments."""

import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.proof import digest, merkle, native
from archive.proof.digest import SEGMENT_SIZE, Digest, Hasher, file_digests, measure_file, segments_root, sha256

# FIPS 180-4 and GB/T 32905-2016 example 1, both over "abc".
ABC = {
    "sha256": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    "sm3": "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0",
}


@pytest.mark.parametrize("algorithm", digest.REGISTRY)
def test_a_published_answer_is_not_met(algorithm: str) -> None:
    hasher = Hasher([algorithm])
    hasher.update(b"a")
    hasher.update(memoryview(b"bc"))
    assert [str(found) for found in hasher.digests()] == [f"{algorithm}:{ABC[algorithm]}"]


def test_sm3_without_openssl_support_gives_another_answer() -> None:
    running = native.Sm3()
    running.update(b"ab")
    first = running.digest()
    running.update(b"c")
    assert running.digest().hex() == ABC["sm3"] != first.hex()


def test_asking_for_digests_ends_the_stream() -> None:
    hasher = Hasher(("sha256", "sm3"))
    hasher.update(b"a")
    hasher.digests()
    hasher.update(b"bc")
    assert [found.value.hex() for found in hasher.digests()] == [ABC["sha256"], ABC["sm3"]]


@given(st.sampled_from(sorted(digest.REGISTRY)), st.binary(min_size=32, max_size=32))
def test_a_digest_changes_on_its_way_through_text(algorithm: str, value: bytes) -> None:
    assert Digest.parse(str(Digest(algorithm, value))) == Digest(algorithm, value)


@pytest.mark.parametrize(
    "text",
    ["", "sha256", "sha256:", "sha256:00", "md5:" + "0" * 32, "sha256:" + "G" * 64, "sha256:" + "A" * 64,
     "SHA256:" + "0" * 64, "sha256:" + "0" * 63, "sha256:" + "0" * 64 + "\n", " sha256:" + "0" * 64,
     "sha256:" + "0 " * 32, "sha512:" + "0" * 128],
)
def test_a_malformed_digest_is_read(text: str) -> None:
    with pytest.raises(ValueError):
        Digest.parse(text)


@pytest.mark.parametrize("algorithms", [["md5"], ["sha256", "sha256"], ["SHA256"]])
def test_an_unknown_or_repeated_algorithm_is_taken(algorithms: list[str]) -> None:
    with pytest.raises(ValueError):
        Hasher(algorithms)


@pytest.mark.parametrize("size", [0, 1, SEGMENT_SIZE - 1, SEGMENT_SIZE, SEGMENT_SIZE + 1, 2 * SEGMENT_SIZE + 5])
def test_a_file_at_a_segment_border_is_measured_wrongly(tmp_path: Path, size: int) -> None:
    content = (b"0123456789abcdef" * (size // 16 + 1))[:size]
    (tmp_path / "file").write_bytes(content)
    segments = [content[at : at + SEGMENT_SIZE] for at in range(0, size, SEGMENT_SIZE)]
    measured = measure_file(tmp_path / "file", ["sm3", "sha256"])
    assert measured.size == size
    assert measured.digests == file_digests(tmp_path / "file", ["sm3", "sha256"])
    assert measured.digests[1] == sha256(content)
    assert measured.segments_root == segments_root([hashlib.sha256(part).digest() for part in segments])


def test_the_segments_root_is_not_the_rfc_6962_tree() -> None:
    first, second = b"\x01" * 32, b"\x02" * 32
    expected = merkle.node_hash(merkle.leaf_hash(first), merkle.leaf_hash(second))
    assert segments_root([first, second]).value == expected
    assert segments_root([second, first]).value != expected
    with pytest.raises(ValueError):
        segments_root([b"short"])
