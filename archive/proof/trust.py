"""Whom a verifier trusts: a policy of its own choice, or, for want of one, what the archive claims in the receipt."""

from __future__ import annotations

from dataclasses import dataclass

from archive.proof.checkpoint import Checkpoint
from archive.proof.errors import VerificationError
from archive.proof.keys import VerificationKey
from archive.proof.note import VerifiedText, open_note
from archive.proof.policy import Policy
from archive.proof.receipt import Receipt


@dataclass(frozen=True)
class Trust:
    """A policy, and whether the verifier chose it (``own``) by a way that does not lead through the archive.

    Limit: nothing here can tell who chose; ``own`` is the caller's word. With ``own`` False no verdict is better than
    "consistent", because whoever makes a receipt can make a policy to fit it.
    """

    policy: Policy
    own: bool = True

    @classmethod
    def of_log(cls, key: VerificationKey) -> Trust:
        """A log key one has pinned, and no cosigner: operator's word only. ``ValueError`` for a cosigner's key."""
        return cls(Policy.of_log(key))

    @classmethod
    def claimed_by(cls, receipt: Receipt) -> Trust:
        """The policy in the receipt, or its key where there is none; ``VerificationError("policy")``."""
        try:
            if receipt.policy:
                return cls(Policy.parse(receipt.policy), own=False)
            return cls(Policy.of_log(VerificationKey.parse(receipt.log_vkey)), own=False)
        except ValueError as error:
            raise VerificationError("policy", f"the receipt's own policy or key cannot be read: {error}") from error

    def open(self, untrusted_note: bytes) -> Checkpoint:
        """The checkpoint, signed by one of the policy's logs; cosignatures are not looked at."""
        return Checkpoint.parse(open_note(untrusted_note, self.policy.logs))

    def open_cosigned(self, untrusted_note: bytes) -> VerifiedText:
        """The note with the signatures of all the policy's keys checked: one that is wrong refuses it."""
        return open_note(untrusted_note, self.policy.keys)

    def is_cosigned(self, verified: VerifiedText) -> bool:
        """At least one cosigner of the policy has signed, and together they meet its quorum."""
        return bool(verified.cosignatures) and self.policy.is_met(verified.signers)
