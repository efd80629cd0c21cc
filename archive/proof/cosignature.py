"""Cosignatures (C2SP tlog-cosignature, v1): a cosigner's statement on a checkpoint, and when it made it."""

from __future__ import annotations

from dataclasses import dataclass, field

from archive.proof.keys import COSIGNATURE_V1, VerificationKey, cosignature_time


@dataclass(frozen=True)
class Cosignature:
    """At ``time`` (POSIX seconds, the cosigner's own clock) ``key`` knew no larger and no other history of this log.

    ``signature``: the 72 bytes as they stand in a note's line. Made by ``open_note`` and ``open_lines`` after the
    check; one made by hand proves nothing. ``ValueError`` for a key that is no cosigner's.
    """

    key: VerificationKey
    time: int
    signature: bytes = field(default=b"", compare=False, repr=False)

    def __post_init__(self) -> None:
        if self.key.kind != COSIGNATURE_V1:
            raise ValueError("a cosigner's key is of kind cosignature/v1")

    @classmethod
    def of(cls, key: VerificationKey, verified_signature: bytes) -> Cosignature:
        """From 72 bytes that ``key.verify`` has accepted over the note's text."""
        return cls(key, cosignature_time(verified_signature), verified_signature)
