"""Two kept checkpoints of one log: one history, two (with evidence others can check), or not comparable as they are."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from archive.errors import Refused
from archive.proof.checkpoint import Checkpoint
from archive.proof.consistency import ConsistencyProof, check_consistency
from archive.proof.errors import VerificationError
from archive.proof.fork import ForkEvidence, check_fork, fork_hashes
from archive.proof.merkle import NodeAt, root_at, verify_consistency
from archive.proof.merkle import consistency_proof as proof_between
from archive.proof.note import open_note
from archive.proof.policy import Policy
from archive.proof.receipt import Receipt
from archive.proof.tiles import TileName, node_from_tiles

Outcome = Literal["consistent", "fork", "unknown"]
Read = Callable[[str], bytes]
"""Path below the log (``checkpoint``, ``tile/0/000`` …) → bytes, untrusted."""


@dataclass(frozen=True)
class Compared:
    """``fork`` comes with ``evidence``, a file anyone with the log's key can check. ``text``: one sentence."""

    outcome: Outcome
    text: str
    evidence: bytes = b""


def note_in(untrusted_file: bytes) -> bytes:
    """The signed note of a kept file: a checkpoint, or a receipt with one in it. Nothing is verified here."""
    if not untrusted_file.lstrip().startswith(b"{"):
        return untrusted_file
    try:
        return Receipt.parse(untrusted_file).checkpoint.encode("utf-8")
    except VerificationError as fault:
        raise Refused("compare.malformed", f"neither a checkpoint nor a receipt: {fault.reason}") from fault


def opened(untrusted_note: bytes, policy: Policy) -> Checkpoint:
    """The checkpoint if a log of the policy signed it; ``Refused compare.unverified`` otherwise."""
    try:
        return Checkpoint.parse(open_note(untrusted_note, policy.logs))
    except VerificationError as fault:
        raise Refused("compare.unverified", f"it is not signed by the log you trust: {fault.reason}") from fault


def compare(untrusted_first: bytes, untrusted_second: bytes, policy: Policy, untrusted_proof: bytes = b"",
            tiles: Read | None = None) -> Compared:
    """Two signed notes. Equal sizes are compared as they are; others need a consistency file or the log's tiles.

    ``Refused compare.unverified | compare.malformed``. Limit: consistent means one history up to the smaller size, for
    the two who kept these; it says nothing of a third.
    """
    notes = sorted((untrusted_first, untrusted_second), key=lambda note: opened(note, policy).size)
    old, new = (opened(note, policy) for note in notes)
    if old.origin != new.origin:
        raise Refused("compare.unverified", f"these are two logs, {old.origin} and {new.origin}")
    if old.size == new.size:
        if old.root == new.root:
            return Compared("consistent", f"the same {old.size} leaves, the same root")
        return _fork(ForkEvidence(notes[0].decode(), notes[1].decode()), policy)
    if old.size == 0:
        return Compared("consistent", "the empty log begins every other")
    if tiles is not None:
        return _through_tiles(notes, old, new, policy, tiles)
    if untrusted_proof:
        return _through_file(untrusted_proof, old, new, policy)
    return Compared("unknown", f"sizes {old.size} and {new.size} cannot be compared without a proof: fetch GET "
                    f"/log/consistency?old={old.size}&new={new.size} and give it as --proof, or give --tiles")


def compare_paper(size: int, root: bytes, untrusted_note: bytes, policy: Policy, tiles: Read | None = None) -> Compared:
    """A size and root typed off paper against a signed note. Paper is not signed: what differs is told, and the sealed
    page itself (its QR code holds the note) is the evidence."""
    held = opened(untrusted_note, policy)
    if held.size == size:
        known = held.root
    elif tiles is not None and 0 < size < held.size:
        known = root_at(size, _trusted_node(held, tiles))
    else:
        return Compared("unknown", f"the paper is of size {size}, the checkpoint of {held.size}: give --tiles, with a "
                        "checkpoint that is not smaller than the paper's")
    if known == root:
        return Compared("consistent", f"the paper's root is the log's at size {size}")
    return Compared("fork", f"the log now gives root {known.hex()} at size {size}, the paper says {root.hex()}: type "
                    "it again; if it stands, scan the page's code, which holds the signed note, and compare that")


def check_evidence(untrusted_file: bytes, policy: Policy) -> Compared:
    """Evidence somebody else hands over: ``fork`` when it holds; ``Refused compare.no_fork`` when it proves nothing."""
    try:
        fork = check_fork(ForkEvidence.parse(untrusted_file), policy.logs)
    except VerificationError as fault:
        raise Refused("compare.no_fork", f"this file proves no fork: {fault.step}: {fault.reason}") from fault
    return Compared("fork", f"{fork.text_zh}\n{fork.text_en}", untrusted_file)


def through_node(old_note: bytes, new_note: bytes, old: Checkpoint, new: Checkpoint, node: NodeAt,
                 policy: Policy) -> Compared:
    """Two sizes, by the larger tree's hashes, which are untrusted; ``VerificationError`` when they lead nowhere."""
    try:
        proof = proof_between(old.size, new.size, node)
        verify_consistency(old.size, new.size, proof, old.root, new.root)
    except VerificationError:
        hashes = tuple(fork_hashes(old.size, new.size, node))
        return _fork(ForkEvidence(old_note.decode(), new_note.decode(), hashes), policy)
    return Compared("consistent", f"the first {old.size} of {new.size} leaves are the same")


def _through_tiles(notes: list[bytes], old: Checkpoint, new: Checkpoint, policy: Policy, tiles: Read) -> Compared:
    try:
        return through_node(notes[0], notes[1], old, new, _trusted_node(new, tiles), policy)
    except VerificationError as fault:
        return Compared("unknown", f"the tiles do not help: {fault.reason}")


def _through_file(untrusted_proof: bytes, old: Checkpoint, new: Checkpoint, policy: Policy) -> Compared:
    try:
        pair = check_consistency(ConsistencyProof.parse(untrusted_proof), policy.logs)
    except VerificationError as fault:
        return Compared("unknown", f"the proof file proves nothing: {fault.reason}; ask the log for another")
    if pair != (old, new):
        return Compared("unknown", f"the proof file is of sizes {pair[0].size} and {pair[1].size}, or of other roots")
    return Compared("consistent", f"the first {old.size} of {new.size} leaves are the same")


def _trusted_node(held: Checkpoint, tiles: Read) -> NodeAt:
    """Hashes out of tiles that give the signed root; ``Refused compare.tiles`` for others."""
    node = tile_node(tiles, held.size)
    try:
        right = root_at(held.size, node) == held.root
    except VerificationError as fault:
        raise Refused("compare.tiles", f"a tile is not one: {fault.reason}") from fault
    if not right:
        raise Refused("compare.tiles", f"the tiles do not give the signed root of size {held.size}")
    return node


def tile_node(tiles: Read, size: int) -> NodeAt:
    """Complete-subtree hashes of a tree of ``size`` leaves, out of tiles that are read as needed."""
    return node_from_tiles(lambda level, number, width: tiles(TileName(level, number, width).path), size)


def _fork(evidence: ForkEvidence, policy: Policy) -> Compared:
    """Only evidence that holds is handed out."""
    return check_evidence(evidence.encode(), policy)
