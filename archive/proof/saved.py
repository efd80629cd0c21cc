"""Checkpoints a verifier has kept: does the receipt's log belong to the same history as they do?"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from archive.proof.checkpoint import Checkpoint
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
            raise VerificationError("saved", f"two roots at size {kept.size}: {_FORK}")
        return True, f"the same root at size {kept.size}", f"大小同为 {kept.size}，根相同"
    small, large = sorted((kept.size, checkpoint.size))
    return (None, f"sizes {small} and {large} need a consistency proof: GET /log/consistency?old={small}&new={large}",
            f"大小 {small} 与 {large} 之间需要一致性证明：GET /log/consistency?old={small}&new={large}")


def _open(note: bytes, trust: Trust) -> Checkpoint:
    try:
        return trust.open(note)
    except VerificationError as error:
        raise VerificationError("saved", f"what you saved is no checkpoint of this log: {error.reason}") from error
