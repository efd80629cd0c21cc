"""Fork evidence: two checkpoints of one log that cannot both be true, as a file anyone with the log's key can check."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from archive.proof.checkpoint import Checkpoint
from archive.proof.consistency import check_pair, encode_pair, read_pair
from archive.proof.errors import VerificationError
from archive.proof.keys import VerificationKey
from archive.proof.merkle import NodeAt, consistency_proof, consistency_roots, root_at
from archive.proof.note import open_note
from archive.proof.policy import Policy


@dataclass(frozen=True)
class ForkEvidence:
    """``first`` and ``second``: whole signed notes of one log, in any order.

    ``hashes``: none where the sizes are equal; else, from the *larger* tree, ``fork_hashes`` at the smaller size.
    ``ValueError`` for values no evidence can have. Parsing proves nothing: ``check_fork`` does.
    """

    first: str
    second: str
    hashes: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        check_pair((self.first, self.second), self.hashes)

    def encode(self) -> bytes:
        """The file: canonical JSON with the members kind (``fork``), v, first, second, proof; and a newline."""
        return encode_pair("fork", {"first": self.first, "second": self.second}, self.hashes)

    @classmethod
    def parse(cls, untrusted_file: bytes) -> ForkEvidence:
        """From a file in any JSON spelling with exactly these members; ``VerificationError("fork")``."""
        try:
            notes, hashes = read_pair(untrusted_file, "fork", ("first", "second"))
            return cls(*notes, hashes)
        except ValueError as error:
            raise VerificationError("fork", str(error)) from error


@dataclass(frozen=True)
class Fork:
    """What was proven of two signed checkpoints, ``smaller`` and ``larger`` by size.

    ``prefix_root``: the root that the larger tree has over its first ``smaller.size`` leaves; at equal sizes its own.
    """

    smaller: Checkpoint
    larger: Checkpoint
    prefix_root: bytes

    @property
    def text_en(self) -> str:
        """The finding and its limit in one or two sentences."""
        origin, size = self.larger.origin, self.smaller.size
        found = f"The key of log {origin} has signed two different roots for its first {size} entries"
        if self.larger.size != size:
            found += f": one at size {size}, another within the tree of {self.larger.size}"
        return found + ". At most one of these histories is true; the evidence does not say which, nor who signed."

    @property
    def text_zh(self) -> str:
        """The same in Chinese."""
        origin, size = self.larger.origin, self.smaller.size
        found = f"日志 {origin} 的密钥对其前 {size} 项签署了两个不同的根"
        if self.larger.size != size:
            found += f"：一个在大小 {size} 处，另一个在大小 {self.larger.size} 的树之内"
        return found + "。两段历史至多一段为真；本证据不说明哪一段为真，也不说明由谁签署。"


def check_fork(evidence: ForkEvidence, trusted: Sequence[VerificationKey] | Policy) -> Fork:
    """The log has signed two histories; ``VerificationError`` where that is not shown (``fork``, or how a note fails).

    At one size: two roots. At two: the hashes lead to the larger root, and the larger tree's first leaves have another
    root than the smaller checkpoint. Sound as long as SHA-256 is free of collisions. Limit: shows that the log's key
    signed both, so it is evidence against whoever held the key.
    """
    keys = trusted.keys if isinstance(trusted, Policy) else trusted
    notes = (evidence.first, evidence.second)
    heads = [Checkpoint.parse(open_note(note.encode("utf-8"), keys)) for note in notes]
    smaller, larger = sorted(heads, key=lambda head: head.size)
    if smaller.origin != larger.origin:
        raise VerificationError("fork", "the checkpoints are of two logs")
    prefix_root = _prefix_root(smaller, larger, evidence.hashes)
    if prefix_root == smaller.root:
        raise VerificationError("fork", "the two checkpoints agree: no fork")
    return Fork(smaller, larger, prefix_root)


def fork_hashes(old: int, new: int, node: NodeAt) -> list[bytes]:
    """For evidence, out of the larger tree: its consistency proof, which leads to both of *its own* roots.

    RFC 6962 leaves the older root out where it is a hash of the tree (``old`` a power of two); here it comes first.
    ``ValueError`` unless 0 < old < new.
    """
    if not 0 < old < new:
        raise ValueError("evidence over two sizes needs a smaller one that is not 0")
    whole = [root_at(old, node)] if old & (old - 1) == 0 else []
    return whole + consistency_proof(old, new, node)


def _prefix_root(smaller: Checkpoint, larger: Checkpoint, hashes: Sequence[bytes]) -> bytes:
    if smaller.size == larger.size:
        if hashes:
            raise VerificationError("fork", "two checkpoints of one size need no hashes")
        return larger.root
    if smaller.size == 0:
        raise VerificationError("fork", "the empty log begins every other: no fork")
    prefix_root, whole_root = consistency_roots(smaller.size, larger.size, hashes)
    if whole_root != larger.root:
        raise VerificationError("fork", "the hashes do not lead to the larger checkpoint's root")
    return prefix_root
