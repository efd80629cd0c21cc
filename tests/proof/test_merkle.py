"""The tree: published answers, proofs of every small size, and what a wrong proof must not get past."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymerkle import InmemoryTree

from archive.proof.errors import VerificationError
from archive.proof.merkle import (
    EMPTY_ROOT,
    MAX_SIZE,
    Frontier,
    NodeAt,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root,
    root_at,
    verify_consistency,
    verify_inclusion,
)

# The vectors that certificate-transparency implementations share (RFC 6962 reference tree).
ENTRIES = [
    bytes.fromhex(text)
    for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
ROOTS = [
    ("6e340b9c", "fa01d"), ("fac54203", "c125"), ("aeb6bcfe", "6e77"), ("d37ee418", "14b7"),
    ("4e3bbb1f", "64d4"), ("76e67dad", "87ef"), ("ddb89be4", "4c8c"),
    ("5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328", ""),
]
LEAVES = [leaf_hash(number.to_bytes(2, "big")) for number in range(300)]
SIZES = st.integers(1, 300)


def node(level: int, index: int) -> bytes:
    return root(LEAVES[index << level : (index + 1) << level])


def by_definition(leaves: list[bytes]) -> bytes:
    """RFC 6962 §2.1 read literally."""
    if len(leaves) < 2:
        return leaves[0] if leaves else sha256(b"").digest()
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return node_hash(by_definition(leaves[:split]), by_definition(leaves[split:]))


@pytest.mark.parametrize("size", range(1, 9))
def test_a_published_root_is_not_met(size: int) -> None:
    found = root([leaf_hash(entry) for entry in ENTRIES[:size]]).hex()
    head, tail = ROOTS[size - 1]
    assert found.startswith(head)
    assert found.endswith(tail)


def test_the_empty_root_is_not_sha256_of_nothing() -> None:
    expected = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert EMPTY_ROOT.hex() == root([]).hex() == root_at(0, node).hex() == Frontier().root().hex() == expected


@pytest.mark.parametrize("size", [*range(1, 40), 63, 64, 65, 127, 128, 129, 255, 256, 257, 300])
def test_a_size_is_hashed_otherwise_than_the_definition(size: int) -> None:
    expected = by_definition(LEAVES[:size])
    assert root(LEAVES[:size]) == root_at(size, node) == Frontier.at(size, node).root() == expected


@given(SIZES, st.data())
def test_an_edge_taken_up_again_goes_astray(size: int, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, size))
    edge = Frontier.at(start, node)
    twin = edge.copy()
    edge.extend(LEAVES[start:size])
    assert edge.root() == root(LEAVES[:size])
    assert (edge.size, twin.size) == (size, start)
    assert twin.root() == root(LEAVES[:start])


def test_append_differs_from_extend() -> None:
    edge = Frontier()
    for size, leaf in enumerate(LEAVES, 1):
        edge.append(leaf)
        assert edge.root() == root(LEAVES[:size])


@given(SIZES, st.data())
def test_a_right_inclusion_proof_is_refused(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    proof = inclusion_proof(index, size, node)
    verify_inclusion(LEAVES[index], index, size, proof, root(LEAVES[:size]))


@given(SIZES, st.data())
def test_a_right_consistency_proof_is_refused(size: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(0, size))
    proof = consistency_proof(old, size, node)
    verify_consistency(old, size, proof, root(LEAVES[:old]), root(LEAVES[:size]))


def faults(proof: list[bytes]) -> list[list[bytes]]:
    """The proof cut, lengthened, and with one bit flipped in each hash."""
    found = [proof[:-1], proof[1:], [*proof, bytes(32)], [bytes(32), *proof], [*proof, b"short"], proof * 70]
    for at, value in enumerate(proof):
        found.append([*proof[:at], bytes([value[0] ^ 1]) + value[1:], *proof[at + 1 :]])
    return [fault for fault in found if fault != proof]


@pytest.mark.parametrize("size", range(1, 34))
def test_a_wrong_inclusion_proof_is_accepted(size: int) -> None:
    tree = root(LEAVES[:size])
    for index in range(size):
        proof = inclusion_proof(index, size, node)
        wrong = [(LEAVES[index], index, size, fault, tree) for fault in faults(proof)]
        wrong += [(LEAVES[index], other, size, proof, tree) for other in range(-1, size + 2) if other != index]
        wrong += [(LEAVES[(index + 1) % 300], index, size, proof, tree), (LEAVES[index], index, size, proof, bytes(32))]
        wrong += [(LEAVES[index][:31], index, size, proof, tree), (LEAVES[index], index, 0, proof, tree)]
        for case in wrong:
            with pytest.raises(VerificationError, match="inclusion"):
                verify_inclusion(*case)


@pytest.mark.parametrize("new", range(1, 34))
def test_a_wrong_consistency_proof_is_accepted(new: int) -> None:
    tree = root(LEAVES[:new])
    for old in range(1, new + 1):
        proof, first = consistency_proof(old, new, node), root(LEAVES[:old])
        wrong = [(old, new, fault, first, tree) for fault in faults(proof)]
        wrong += [(old, new, proof, bytes(32), tree), (new + 1, new, proof, first, tree)]
        if old != new:
            wrong += [(old, new, proof, first, bytes(32)), (old - 1, new, proof, first, tree)]
        for case in wrong:
            with pytest.raises(VerificationError, match="consistency"):
                verify_consistency(*case)


def test_a_root_other_than_the_empty_one_passes_for_size_zero() -> None:
    verify_consistency(0, 5, [], EMPTY_ROOT, root(LEAVES[:5]))
    for proof, old in (([], bytes(32)), ([bytes(32)], EMPTY_ROOT)):
        with pytest.raises(VerificationError):
            verify_consistency(0, 5, proof, old, root(LEAVES[:5]))


def test_hashes_cut_at_another_place_pass() -> None:
    """Hashing joins two hashes without a mark between them: only their fixed length keeps them apart."""
    tree, joined = root(LEAVES[:2]), LEAVES[0] + LEAVES[1]
    with pytest.raises(VerificationError, match="32 bytes"):
        verify_inclusion(joined[:31], 0, 2, [joined[31:]], tree)
    with pytest.raises(VerificationError, match="32 bytes"):
        verify_consistency(1, 2, [joined[31:]], joined[:31], tree)


def test_a_size_beyond_all_logs_is_worked_on() -> None:
    for call in (
        lambda: verify_inclusion(LEAVES[0], 0, MAX_SIZE + 1, [bytes(32)] * 64, bytes(32)),
        lambda: verify_consistency(1, 1 << 200, [bytes(32)] * 64, bytes(32), bytes(32)),
        lambda: verify_inclusion(LEAVES[0], 0, MAX_SIZE, [bytes(32)] * 100_000, bytes(32)),
    ):
        with pytest.raises(VerificationError):
            call()


@pytest.mark.parametrize(("index", "size"), [(0, 0), (5, 5), (-1, 5)])
def test_a_proof_is_made_for_a_leaf_that_is_not_there(index: int, size: int) -> None:
    with pytest.raises(ValueError):
        inclusion_proof(index, size, node)


def test_a_proof_is_made_from_the_newer_tree_to_the_older() -> None:
    with pytest.raises(ValueError):
        consistency_proof(6, 5, node)


def test_an_edge_or_a_proof_asks_for_incomplete_subtrees() -> None:
    def complete(size: int) -> NodeAt:
        def strict(level: int, index: int) -> bytes:
            assert (index + 1) << level <= size
            return node(level, index)
        return strict

    for size in range(1, 70):
        for index in range(size):
            inclusion_proof(index, size, complete(size))
            consistency_proof(index, size, complete(size))


def test_another_implementation_disagrees() -> None:
    other = InmemoryTree(algorithm="sha256")
    for number, leaf in enumerate(LEAVES[:80]):
        other.append_entry(number.to_bytes(2, "big"))
        assert other.get_leaf(number + 1) == leaf
        assert other.get_root() == root(LEAVES[: number + 1])
    for size in (1, 2, 3, 31, 32, 33, 80):
        for index in range(size):
            path = other.prove_inclusion(index + 1, size).path
            assert path[1:] == inclusion_proof(index, size, node)
