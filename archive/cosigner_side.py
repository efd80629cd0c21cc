"""One cosigner as the log sees it: what it signed last, since when it is silent, and how it is asked."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from archive.errors import Contradiction, Unavailable
from archive.log import SignedTree
from archive.outside_ports import Cosigner, CosignerBehind, CosignerConflict
from archive.proof.cosignature import Cosignature
from archive.proof.errors import VerificationError
from archive.proof.keys import VerificationKey
from archive.proof.note import open_lines
from archive.proof.policy import NO_QUORUM, Policy

TRIES = 3
"""Requests for one checkpoint at most: a cosigner that names another size each time is not followed further."""
FIRST_PAUSE_S, LONGEST_PAUSE_S, USUAL_RETRY_S = 0.5, 60.0, 5

ProofOf = Callable[[int, SignedTree], Sequence[bytes]]


class Ahead(Exception):
    """The cosigner knows a larger size than the checkpoint it was asked to sign."""

    def __init__(self, size: int) -> None:
        super().__init__(f"it knows {size} leaves")
        self.size = size


@dataclass
class Side:
    """``needed``: the policy's quorum counts on it. ``size``: what it is believed to have cosigned last.

    ``busy``, ``overtaken``: the size it is being asked for; the size it is already beyond. ``given_up``: why it is
    never asked again in this process.
    """

    cosigner: Cosigner
    needed: bool
    size: int = 0
    signed: Cosignature | None = None
    signed_size: int = -1
    busy: int = -1
    overtaken: int = -1
    failures: int = 0
    retry_at: float = 0.0
    silent_since: datetime | None = None
    fault: str = ""
    given_up: bool = False

    @property
    def key(self) -> VerificationKey:
        """Its verification key."""
        return self.cosigner.key

    def is_due(self, size: int, now: float) -> bool:
        """Whether it can be asked to sign the tree of this size now."""
        return not (self.given_up or self.busy >= 0 or self.overtaken == size or self.signed_size >= size
                    or now < self.retry_at)

    def took(self, cosignature: Cosignature, size: int) -> None:
        """It signed the tree of this size."""
        self.signed, self.signed_size, self.size = cosignature, size, size
        self.failures, self.retry_at, self.silent_since, self.fault = 0, 0.0, None, ""

    def failed(self, fault: Unavailable, now: float, at: datetime) -> None:
        """It gave no signature: wait longer each time, and as long as it asks for."""
        backoff = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2 ** min(self.failures, 10))
        asked_for = fault.retry_after if fault.retry_after > USUAL_RETRY_S else 0
        self.retry_at = now + max(backoff, asked_for)
        self.failures, self.fault = self.failures + 1, fault.message
        self.silent_since = self.silent_since or at


@dataclass(frozen=True)
class CosignerLine:
    """What is known of one cosigner. ``size``, ``at``: its latest cosignature and the time it states; ``fault``: why
    it gave none since ``silent_since``, "" while it answers."""

    name: str
    key_id: str
    needed: bool
    size: int | None
    at: datetime | None
    silent_since: datetime | None
    fault: str


def line_of(side: Side) -> CosignerLine:
    """As it stands now."""
    at = None if side.signed is None else datetime.fromtimestamp(min(side.signed.time, 2**37), UTC)
    return CosignerLine(side.key.name, side.key.hex_id, side.needed, None if side.signed is None else side.signed_size,
                        at, side.silent_since, side.fault)


def needed_by(policy: Policy) -> frozenset[VerificationKey]:
    """Keys of the cosigners the quorum counts on; the others are optional and never hold anything up."""
    found, open_names = set(), [] if policy.quorum == NO_QUORUM else [policy.quorum]
    while open_names:
        name = open_names.pop()
        if name in policy.groups:
            open_names.extend(policy.groups[name].members)
        else:
            found.add(policy.witnesses[name].key)
    return frozenset(found)


def ask(side: Side, tree: SignedTree, proof_of: ProofOf) -> Cosignature:
    """Its verified cosignature over ``tree``, after at most ``TRIES`` requests.

    ``Ahead``; ``Unavailable cosigner.unavailable``; ``Contradiction log.forked`` when it knows another history of
    ours, ``Contradiction cosigner.forgot`` when it no longer knows what it signed.
    """
    old = side.size if side.size <= tree.size else 0
    for _ in range(TRIES):
        try:
            untrusted_lines = side.cosigner.add_checkpoint(old, proof_of(old, tree), tree.note)
            return _verified(side, tree, untrusted_lines)
        except CosignerBehind as behind:
            old = behind.size
        except CosignerConflict as conflict:
            raise Contradiction("log.forked", f"{conflict}: there are two histories of this log. Stop, keep both "
                                "checkpoints, find out who signed the other.", cosigner=side.key.name) from conflict
        if old > tree.size:
            raise Ahead(old)
        if old < side.signed_size:
            raise Contradiction("cosigner.forgot", f"the cosigner {side.key.name} signed size {side.signed_size} and "
                                f"now says it knows {old}: it lost its state, and its key must be retired.",
                                cosigner=side.key.name)
    raise Unavailable("cosigner.unavailable", f"the cosigner {side.key.name} names another size each time it is asked")


def _verified(side: Side, tree: SignedTree, untrusted_lines: bytes) -> Cosignature:
    try:
        return open_lines(tree.checkpoint.text(), untrusted_lines, [side.key])[0]
    except VerificationError as fault:
        raise Unavailable("cosigner.unavailable", f"what the cosigner {side.key.name} answered is no cosignature of "
                          f"its own over our checkpoint: {fault.reason}") from fault
