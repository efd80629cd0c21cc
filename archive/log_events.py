"""What happens to the log and its keepers themselves: succession, erasure of particulars, lock probes, keys."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from archive.event_body import Body
from archive.event_values import LockAttempt
from archive.proof.digest import Digest


@dataclass(frozen=True)
class LogSucceeds(Body):
    """The first leaf of a log that takes the place of one whose leaves were lost for good. Subject: the log id.

    ``old_size`` and ``old_root`` are of the last checkpoint known to be signed. Leaves 1 to ``kept`` - 1 follow, each
    byte for byte at the index it had; ``lost_from`` to ``lost_to`` (exclusive) are gone. ``receipts``: SHA-256 of
    receipts of lost leaves that were handed in again and verify under the old key.
    """

    KIND: ClassVar[str] = "log.succeeds/1"
    origin: str
    log_key: str
    release: str
    old_origin: str
    old_log_key: str
    old_size: int
    old_root: Digest
    kept: int
    lost_from: int
    lost_to: int
    receipts: tuple[Digest, ...]


@dataclass(frozen=True)
class ParticularsErased(Body):
    """The key of a scope was destroyed: the particulars of these leaves can never be read again. Subject: the scope.

    Absent particulars are lawful only where such an event names their leaf; otherwise they are missing.
    ``authority`` is the document that ordered it, by number or title, never a person's name. ``complete_at``: when
    the lock of the last stored copy of the wrapped key has run out; until then the erasure can be undone.
    """

    KIND: ClassVar[str] = "particulars.erased/1"
    leaves: tuple[int, ...]
    authority: str
    complete_at: datetime


@dataclass(frozen=True)
class LockProbed(Body):
    """Somebody tried to break the store's lock on a canary. Subject: the log id.

    ``identity``: who tried: service | root | side_door. ``held`` is false when any attempt that must be refused
    was done; what a store is known to allow (``expected`` done) is named and does not count.
    """

    KIND: ClassVar[str] = "lock.probed/1"
    store: str
    identity: str
    held: bool
    attempts: tuple[LockAttempt, ...]


@dataclass(frozen=True)
class KeyRotated(Body):
    """From this leaf on the log signs with another key, beside the old one for a while. Subject: the log id."""

    KIND: ClassVar[str] = "key.rotated/1"
    old_key: str
    new_key: str


@dataclass(frozen=True)
class KeyRevoked(Body):
    """A key counts no more from this leaf on; what it signs afterwards needs cosigners. Subject: the log id.

    ``reason``: lost | exposed | retired. ``evidence`` digests a document on it, if there is one.
    """

    KIND: ClassVar[str] = "key.revoked/1"
    key: str
    reason: str
    evidence: Digest | None
