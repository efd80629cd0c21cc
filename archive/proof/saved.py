"""Checkpoints a verifier has kept: does the receipt's log belong to the same history as they do?"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from archive.proof.checkpoint import Checkpoint
from archive.proof.consistency import ConsistencyProof, check_consistency
from archive.proof.errors import VerificationError
from archive.proof.report import Steps
from archive.proof.trust import Trust

_FORK = "the log has shown two histories; keep both files and run `liuhen log compare`: together they are evidence"


def check_saved(
    steps: Steps, checkpoint: Checkpoint, trust: Trust, saved: Sequence[bytes], consistency: Sequence[bytes]
) -> None:
    """Each saved note (signed by a log of the policy) against the receipt's ``checkpoint``.

    The same size must mean the same root; another size needs a proof file, or is "not checked" and the verdict
    "incomplete". Limit: two copies of one lie agree; a saved checkpoint shows only that nothing was rewritten since.
    """
    for note in saved:
        compared = steps.attempt("saved", partial(_compare, note, checkpoint, trust, consistency), needed=True)
        steps.found.saved += compared is not None


def _compare(
    note: bytes, checkpoint: Checkpoint, trust: Trust, consistency: Sequence[bytes]
) -> tuple[bool | None, str, str]:
    kept = _open(note, trust)
    if kept.origin != checkpoint.origin:
        raise VerificationError("saved", f"what you saved is a checkpoint of another log, {kept.origin}")
    if kept.size == checkpoint.size:
        if kept.root != checkpoint.root:
            raise VerificationError("fork", f"two roots at size {kept.size}: {_FORK}")
        return True, f"the same root at size {kept.size}", f"大小同为 {kept.size}，根相同"
    proof = _proof_between(kept, checkpoint, trust, consistency)
    small, large = sorted((kept.size, checkpoint.size))
    if proof is None:
        return (None, f"sizes {small} and {large} need a proof: GET /log/consistency?old={small}&new={large}",
                f"大小 {small} 与 {large} 之间需要一致性证明：GET /log/consistency?old={small}&new={large}")
    return (True, f"the log of {large} entries begins with all {small} of the other",
            f"{large} 项的日志以另一检查点的全部 {small} 项开头")


def _proof_between(
    kept: Checkpoint, checkpoint: Checkpoint, trust: Trust, consistency: Sequence[bytes]
) -> ConsistencyProof | None:
    """The first proof file whose checkpoints are these two, in either order, and which holds; None without one.

    A file that leads from one of the sizes to the other but from another root is a fork, whoever it came from: both
    its checkpoints are signed.
    """
    pair = sorted((kept, checkpoint), key=lambda one: one.size)
    for data in consistency:
        proof = ConsistencyProof.parse(data)
        ends = [_open(note.encode("utf-8"), trust) for note in (proof.old, proof.new)]
        if [(end.origin, end.size) for end in ends] != [(one.origin, one.size) for one in pair]:
            continue
        if ends != pair:
            raise VerificationError("fork", f"two roots at one size in the proof file: {_FORK}")
        try:
            check_consistency(proof, trust.policy.logs)
        except VerificationError as error:
            raise VerificationError("consistency", f"{error.reason}; a bad proof file, or {_FORK}") from error
        return proof
    return None


def _open(note: bytes, trust: Trust) -> Checkpoint:
    try:
        return trust.open(note)
    except VerificationError as error:
        reason = f"a checkpoint you gave is not signed by a log of the policy: {error.reason}"
        raise VerificationError("saved", reason) from error
