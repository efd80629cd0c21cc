"""The Merkle tree of RFC 6962 §2.1 over SHA-256: roots, proofs, their verification, a tree's right edge."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256
from typing import TYPE_CHECKING

from archive.proof.errors import VerificationError

if TYPE_CHECKING:
    from typing import TypeAlias

EMPTY_ROOT = sha256(b"").digest()
MAX_SIZE = 2**63 - 1
_MAX_PROOF = 64  # a tree of at most 2⁶³ leaves has no longer path

NodeAt: TypeAlias = Callable[[int, int], bytes]
"""(level, index) → hash of the complete subtree over leaves [index·2^level, (index+1)·2^level)."""


def leaf_hash(entry: bytes) -> bytes:
    """SHA-256(0x00 ‖ entry), RFC 6962 §2.1."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 ‖ left ‖ right), RFC 6962 §2.1."""
    return sha256(b"\x01" + left + right).digest()


def root(leaf_hashes: Sequence[bytes]) -> bytes:
    """Root over leaf *hashes* in order; ``EMPTY_ROOT`` for none."""
    edge = Frontier()
    edge.extend(leaf_hashes)
    return edge.root()


def root_at(size: int, node: NodeAt) -> bytes:
    """Root of the tree's first ``size`` leaves, from its complete subtrees."""
    return _range_root(0, size, node) if size else EMPTY_ROOT


def inclusion_proof(index: int, size: int, node: NodeAt) -> list[bytes]:
    """PATH(index, D[size]) of RFC 6962 §2.1.1, leaf side first; ``ValueError`` unless 0 ≤ index < size."""
    if not 0 <= index < size:
        raise ValueError("no such leaf in a tree of this size")
    low, high = 0, size
    proof: list[bytes] = []
    while high - low > 1:
        middle = low + _split(high - low)
        if index < middle:
            proof.append(_range_root(middle, high, node))
            high = middle
        else:
            proof.append(_range_root(low, middle, node))
            low = middle
    return proof[::-1]


def consistency_proof(old: int, new: int, node: NodeAt) -> list[bytes]:
    """PROOF(old, D[new]) of RFC 6962 §2.1.2; empty for old = 0 or old = new; ``ValueError`` if old > new."""
    if not 0 <= old <= new:
        raise ValueError("the older tree is not the smaller one")
    if old == 0:
        return []
    low, high, whole = 0, new, True
    proof: list[bytes] = []
    while old != high:
        middle = low + _split(high - low)
        if old <= middle:
            proof.append(_range_root(middle, high, node))
            high = middle
        else:
            proof.append(_range_root(low, middle, node))
            low, whole = middle, False
    if not whole:  # the verifier holds the old root itself only when it is the whole left side
        proof.append(_range_root(low, high, node))
    return proof[::-1]


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Leaf *hash* ``leaf`` stands at ``index`` of the tree (``size``, ``root``), RFC 9162 §2.1.3.2.

    Raises ``VerificationError("inclusion")``. Says nothing about other leaves or about later trees.
    """
    if not 0 <= index < size <= MAX_SIZE:
        raise VerificationError("inclusion", "the index lies outside the tree")
    _check_hashes("inclusion", (leaf, root), proof)
    inner = (index ^ (size - 1)).bit_length()
    if len(proof) != inner + bin(index >> inner).count("1"):
        raise VerificationError("inclusion", "the proof has the wrong number of hashes")
    current = leaf
    for level, sibling in enumerate(proof):
        from_left = level >= inner or (index >> level) & 1
        current = node_hash(sibling, current) if from_left else node_hash(current, sibling)
    if current != root:
        raise VerificationError("inclusion", "the proof does not lead from the leaf to the root")


def verify_consistency(
    old_size: int, new_size: int, proof: Sequence[bytes], old_root: bytes, new_root: bytes
) -> None:
    """The new tree begins with all of the old one, in order (RFC 9162 §2.1.4.2).

    Raises ``VerificationError("consistency")``. The empty tree begins every other and needs no proof.
    """
    if not 0 <= old_size <= new_size <= MAX_SIZE:
        raise VerificationError("consistency", "the older tree is not the smaller one")
    _check_hashes("consistency", (old_root, new_root), proof)
    if old_size == 0 or old_size == new_size:
        expected = EMPTY_ROOT if old_size == 0 else new_root
        if proof or old_root != expected:
            raise VerificationError("consistency", "roots of the same tree differ, or a needless proof")
        return
    chain = list(proof)
    if old_size & (old_size - 1) == 0:
        chain.insert(0, old_root)
    if not chain:
        raise VerificationError("consistency", "the proof is empty")
    if _fold_consistency(old_size, new_size, chain) != (old_root, new_root):
        raise VerificationError("consistency", "the newer tree does not begin with the older one")


def consistency_roots(old_size: int, new_size: int, chain: Sequence[bytes]) -> tuple[bytes, bytes]:
    """(root of the first ``old_size`` leaves, root of all) that one tree's hashes lead to; 0 < old < new.

    ``chain``: a consistency proof, before which the older root stands where ``old_size`` is a power of two. Who knows
    the second root learns the first: both come from the same hashes. ``VerificationError("consistency")`` for a chain
    of the wrong length.
    """
    if not 0 < old_size < new_size <= MAX_SIZE:
        raise VerificationError("consistency", "the older tree is empty or not the smaller one")
    _check_hashes("consistency", (), chain)
    if not chain:
        raise VerificationError("consistency", "the proof is empty")
    return _fold_consistency(old_size, new_size, chain)


class Frontier:
    """The right edge of a growing tree: the roots of its maximal complete subtrees, at most 63 hashes."""

    __slots__ = ("_peaks", "size")

    def __init__(self) -> None:
        self.size = 0
        self._peaks: list[bytes] = []  # left to right; one for each bit set in size

    @classmethod
    def at(cls, size: int, node: NodeAt) -> Frontier:
        """The edge of an existing tree of ``size`` leaves, from its complete subtrees."""
        edge = cls()
        edge.size = size
        edge._peaks = [node(level, index) for level, index in _subtrees(0, size)]
        return edge

    def append(self, leaf_hash: bytes) -> None:
        """Take the next leaf hash."""
        self.extend((leaf_hash,))

    def extend(self, leaf_hashes: Iterable[bytes]) -> None:
        """Take leaf hashes in order."""
        peaks, size = self._peaks, self.size
        for current in leaf_hashes:
            carry = size
            while carry & 1:  # as in binary addition: each set bit is a full left neighbour
                current = sha256(b"\x01" + peaks.pop() + current).digest()
                carry >>= 1
            peaks.append(current)
            size += 1
        self.size = size

    def root(self) -> bytes:
        """Root of the tree so far; ``EMPTY_ROOT`` for an empty one."""
        if not self._peaks:
            return EMPTY_ROOT
        current = self._peaks[-1]
        for left in self._peaks[-2::-1]:
            current = node_hash(left, current)
        return current

    def copy(self) -> Frontier:
        """An independent edge of the same tree."""
        twin = Frontier()
        twin.size, twin._peaks = self.size, list(self._peaks)
        return twin


def _split(width: int) -> int:
    """Largest power of two below ``width`` (≥ 2)."""
    return 1 << ((width - 1).bit_length() - 1)


def _subtrees(low: int, high: int) -> list[tuple[int, int]]:
    """(level, index) of the complete subtrees that make up [low, high), left to right.

    ``low`` is aligned to the largest of them, as every split of RFC 6962 leaves it.
    """
    found: list[tuple[int, int]] = []
    while low < high:
        level = (high - low).bit_length() - 1
        found.append((level, low >> level))
        low += 1 << level
    return found


def _range_root(low: int, high: int, node: NodeAt) -> bytes:
    hashes = [node(level, index) for level, index in _subtrees(low, high)]
    current = hashes[-1]
    for left in hashes[-2::-1]:
        current = node_hash(left, current)
    return current


def _check_hashes(step: str, fixed: Sequence[bytes], proof: Sequence[bytes]) -> None:
    if len(proof) > _MAX_PROOF:
        raise VerificationError(step, "the proof is longer than any tree's")
    if any(len(value) != 32 for value in (*fixed, *proof)):
        raise VerificationError(step, "a hash is not 32 bytes")


def _fold_consistency(old_size: int, new_size: int, chain: Sequence[bytes]) -> tuple[bytes, bytes]:
    """(old root, new root) that the proof leads to; the chain starts with the shared subtree's hash."""
    first, last = old_size - 1, new_size - 1
    while first & 1:
        first, last = first >> 1, last >> 1
    old = new = chain[0]
    for sibling in chain[1:]:
        if last == 0:
            raise VerificationError("consistency", "the proof has too many hashes")
        if first & 1 or first == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            while first and not first & 1:
                first, last = first >> 1, last >> 1
        else:
            new = node_hash(new, sibling)
        first, last = first >> 1, last >> 1
    if last != 0:
        raise VerificationError("consistency", "the proof has too few hashes")
    return old, new
