"""Checkpoints (C2SP tlog-checkpoint): origin, size and root of a log, as its key signed them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from archive.proof.base64strict import decode_base64, encode_base64
from archive.proof.errors import VerificationError
from archive.proof.keys import ED25519, check_name
from archive.proof.merkle import EMPTY_ROOT, MAX_SIZE
from archive.proof.note import VerifiedText

_DECIMAL = re.compile(r"0|[1-9][0-9]{0,18}").fullmatch


@dataclass(frozen=True)
class Checkpoint:
    """A log's head: ``size`` leaves, ``root`` of 32 bytes. ``ValueError`` for values no log can have."""

    origin: str
    size: int
    root: bytes

    def __post_init__(self) -> None:
        check_name(self.origin)
        if not 0 <= self.size <= MAX_SIZE or len(self.root) != 32:
            raise ValueError("a checkpoint has a size below 2^63 and a root of 32 bytes")
        if self.size == 0 and self.root != EMPTY_ROOT:
            raise ValueError("the root of an empty log is SHA-256 of nothing")

    def text(self) -> str:
        """``origin\\nsize\\nbase64(root)\\n``: what is signed."""
        return f"{self.origin}\n{self.size}\n{encode_base64(self.root)}\n"

    @classmethod
    def parse(cls, verified: VerifiedText) -> Checkpoint:
        """From a checked note, one of whose signers is the log itself (Ed25519, key name = origin).

        Exactly three lines: extension lines and leading zeros are refused by
        ``VerificationError("checkpoint")``.
        """
        lines = verified.text.split("\n")
        if len(lines) != 4 or lines[3] or _DECIMAL(lines[1]) is None:
            raise VerificationError("checkpoint", "not the three lines origin, size, root")
        try:
            found = cls(lines[0], int(lines[1]), decode_base64(lines[2]))
        except ValueError as error:
            raise VerificationError("checkpoint", str(error)) from error
        if not any(key.name == found.origin and key.kind == ED25519 for key in verified.signers):
            raise VerificationError("checkpoint", "the log named as origin has not signed it")
        return found
