"""What a cosigner answers to ``add-checkpoint`` (C2SP tlog-witness): check, store, and only then sign."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Protocol

from archive.add_checkpoint import AddCheckpoint, parse_request, parse_size
from archive.cosigner_state import Cosigned, CosignerState, RefusedCheckpoint
from archive.errors import Unavailable
from archive.proof.base64strict import decode_base64, encode_base64
from archive.proof.errors import VerificationError
from archive.proof.keys import VerificationKey
from archive.proof.merkle import EMPTY_ROOT, verify_consistency
from archive.proof.note import VerifiedText, open_note, with_signatures


class CheckpointSigner(Protocol):
    """Holds a cosigner's private key."""

    @property
    def key(self) -> VerificationKey:
        """The public half, of kind cosignature/v1."""

    def cosign(self, text: str, time: int) -> bytes:
        """The 72 bytes of a cosignature: POSIX seconds ‖ Ed25519 signature."""


class Verdict(Enum):
    """What the specification lets a cosigner answer; each has one HTTP status."""

    COSIGNED = "cosigned"
    MALFORMED = "malformed"
    UNKNOWN_ORIGIN = "unknown origin"
    UNSIGNED = "not signed by a key trusted here"
    STALE = "another size is known here"
    INCONSISTENT = "not a continuation of what is known here"


@dataclass(frozen=True)
class Answer:
    """``text`` is the signature line of COSIGNED and a reason for people otherwise; ``size`` is what STALE tells."""

    verdict: Verdict
    text: str
    size: int = 0


@dataclass(frozen=True)
class _Head:
    origin: str
    size: int
    root: bytes


class CosignerDesk:
    """Decides over checkpoints of the logs it follows: origin → the keys that may sign for it.

    Promise: of one origin it never signs two checkpoints of which neither continues the other, also across crashes.
    Limit: it sees hashes only, says nothing of what the leaves hold, and the time in a cosignature is its own clock's.
    """

    def __init__(self, state: CosignerState, signer: CheckpointSigner, now: Callable[[], datetime],
                 logs: Mapping[str, tuple[VerificationKey, ...]]) -> None:
        self._state, self._signer, self._now = state, signer, now
        self.logs = dict(logs)

    @property
    def key(self) -> VerificationKey:
        """The key others pin."""
        return self._signer.key

    @property
    def state(self) -> CosignerState:
        """What was cosigned so far."""
        return self._state

    def add_checkpoint(self, untrusted_body: bytes) -> Answer:
        """Cosign, or say why not. ``Unavailable cosigner.halted | clock.back`` when nothing may be signed now."""
        try:
            request = parse_request(untrusted_body)
            head, note = self._open(request.note)
        except ValueError as fault:
            return Answer(Verdict.MALFORMED, str(fault))
        except _Refusal as refusal:
            return refusal.answer
        if request.old_size > head.size:
            return Answer(Verdict.MALFORMED, "the old size is larger than the checkpoint's")
        before = self._state.latest(head.origin)
        if request.old_size != (before.size if before else 0):
            return _stale(before)
        try:
            _require_continuation(request, head, before)
        except VerificationError as fault:
            self._keep_refused(head, note, fault.reason, request.old_size == head.size)
            return Answer(Verdict.INCONSISTENT, fault.reason)
        try:
            return self._cosign(head, note, before)
        except ValueError as fault:
            return Answer(Verdict.MALFORMED, str(fault))  # a text so long that no line more fits into the note

    def _open(self, untrusted_note: bytes) -> tuple[_Head, bytes]:
        """What the checkpoint says, and its note with the lines of the log's own keys alone."""
        origin = untrusted_note.split(b"\n", 1)[0].decode("utf-8", "replace")
        keys = self.logs.get(origin, ())
        try:
            verified = open_note(untrusted_note, keys)
        except VerificationError as fault:
            if fault.step == "note":
                raise ValueError(fault.reason) from fault
            verdict = Verdict.UNSIGNED if keys else Verdict.UNKNOWN_ORIGIN
            raise _Refusal(Answer(verdict, verdict.value)) from fault
        return _head(verified), _own_lines(untrusted_note, verified)

    def _keep_refused(self, head: _Head, note: bytes, reason: str, certain: bool) -> None:
        """Two roots at one size convict the log; a proof that fails may as well be the asker's mistake."""
        self._state.keep_refused(RefusedCheckpoint(
            head.origin, head.size, head.root, note, int(self._now().timestamp()), reason, certain))

    def _cosign(self, head: _Head, note: bytes, before: Cosigned | None) -> Answer:
        time = int(self._now().timestamp())
        if before is not None and time < before.at:
            raise Unavailable("clock.back", "this cosigner's clock is behind its last cosignature; set it right")
        text = note.decode().rpartition("\n\n")[0] + "\n"
        signature = self._signer.cosign(text, time)
        after = Cosigned(head.origin, head.size, head.root, with_signatures(note, [(self.key, signature)]), time,
                         before.since if before else time)
        if not self._state.compare_and_store(before, after):  # another request was faster
            return _stale(self._state.latest(head.origin))
        # The line leaves this process only now: what it says is on disk.
        return Answer(Verdict.COSIGNED, f"— {self.key.name} {encode_base64(self.key.id + signature)}\n")


class _Refusal(Exception):
    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.text)
        self.answer = answer


def _stale(before: Cosigned | None) -> Answer:
    return Answer(Verdict.STALE, Verdict.STALE.value, before.size if before else 0)


def _own_lines(note: bytes, verified: VerifiedText) -> bytes:
    """The note without the lines of keys unknown here: anybody can add those, by the kilobyte."""
    known = {(key.name, key.id) for key in verified.signers}
    lines = [line.split(" ") for line in note.decode().rpartition("\n\n")[2].removesuffix("\n").split("\n")]
    kept = [" ".join(line) for line in lines if (line[1], decode_base64(line[2])[:4]) in known]
    return "\n".join([verified.text, *kept, ""]).encode()


def _head(verified: VerifiedText) -> _Head:
    """Origin, size, root of a checkpoint as C2SP tlog-checkpoint has it, extension lines allowed; ``ValueError``."""
    lines = verified.text.split("\n")
    if len(lines) < 4 or not all(lines[:-1]):
        raise ValueError("not a checkpoint: fewer than three lines, or an empty one")
    root = decode_base64(lines[2])
    if len(root) != 32:
        raise ValueError("the root is not a hash of 32 bytes")
    return _Head(lines[0], parse_size(lines[1].encode()), root)


def _require_continuation(request: AddCheckpoint, head: _Head, before: Cosigned | None) -> None:
    if head.size == 0 and head.root != EMPTY_ROOT:
        raise VerificationError("consistency", "the root of an empty log is SHA-256 of nothing")
    verify_consistency(request.old_size, head.size, request.proof, before.root if before else EMPTY_ROOT, head.root)
