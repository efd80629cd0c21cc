"""What vouches for or tries the archive from outside, as promises: cosigners, time authorities, a breaker of locks."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from archive.event_values import LockAttempt
from archive.proof.keys import VerificationKey


class Cosigner(Protocol):
    """One cosigner (C2SP tlog-witness) that is asked over the network, at most a few seconds.

    Limit: an honest cosigner promises that it never signed two histories of one origin, nothing else.
    """

    @property
    def key(self) -> VerificationKey:
        """Its verification key, of kind cosignature/v1, as our policy names it."""

    def add_checkpoint(self, old_size: int, proof: Sequence[bytes], note: bytes) -> bytes:
        """The answer's signature lines, still untrusted: open them with ``key``.

        ``CosignerBehind(size)`` when it knows another size (409), ``CosignerConflict`` when it answers as one who
        saw another root at this size, ``Unavailable cosigner.unavailable`` for all else.
        """


class CosignerBehind(Exception):
    """The cosigner's latest size is not the ``old`` it was told; ask again from ``size``. May be larger than ours."""

    def __init__(self, size: int) -> None:
        super().__init__(f"the cosigner stands at {size}")
        self.size = size


class CosignerConflict(Exception):
    """The cosigner says it knows another history: an alarm, never retried."""


class TimeAuthority(Protocol):
    """One RFC 3161 authority. Limit: its word on the time; a stamp says a digest existed then, not what it means."""

    @property
    def name(self) -> str:
        """Stable short name, as configured."""

    def stamp(self, message: bytes) -> bytes:
        """The whole TimeStampResp (DER) over SHA-256 of ``message``, verified against this authority's certificate,
        our nonce and request before it is answered; ``Unavailable time.unavailable``, ``Contradiction time.refused``.
        """

    def verify(self, response: bytes, message: bytes) -> datetime:
        """genTime (UTC) of a response that is this authority's over ``message``; ``Contradiction time.refused``."""


class LockBreaker(Protocol):
    """Tries to break the store's lock on a canary, as ``identity``: service | root | side_door (no credentials)."""

    @property
    def identity(self) -> str:
        """Whose credentials are used."""

    def attempts(self) -> tuple[LockAttempt, ...]:
        """What was tried, what was expected, what came of it; raises when the store does not answer."""
