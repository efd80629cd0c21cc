"""The parts of the world the archive needs, as promises; products stand behind them in ``archive.adapters``."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from archive.media_ports import CodesRead as CodesRead
from archive.media_ports import DocumentText as DocumentText
from archive.media_ports import Media as Media
from archive.media_ports import MediaFacts as MediaFacts
from archive.media_ports import MediaRefused as MediaRefused
from archive.media_ports import MediaRun as MediaRun
from archive.media_ports import StillMade as StillMade
from archive.media_ports import StreamFacts as StreamFacts
from archive.media_ports import Tool as Tool
from archive.outside_ports import Cosigner, TimeAuthority
from archive.proof.keys import VerificationKey


@dataclass(frozen=True)
class ObjectVersion:
    """One stored version of one object; an object is never named without its version."""

    key: str
    version_id: str


@dataclass(frozen=True)
class ObjectState:
    """What the store says of one version. ``lock_until`` is None when no retention is set."""

    version: ObjectVersion
    size: int
    lock_mode: str | None
    lock_until: datetime | None
    legal_hold: bool


@dataclass(frozen=True)
class ListedVersion:
    """One row of a version listing: a version or a delete marker (``is_marker``)."""

    version: ObjectVersion
    size: int
    is_latest: bool
    is_marker: bool


@dataclass(frozen=True)
class UnfinishedUpload:
    """A multipart upload the store still holds open."""

    key: str
    multipart_id: str


@dataclass(frozen=True)
class StoredPart:
    """A part of an unfinished multipart upload, ``number`` from 1."""

    number: int
    size: int
    etag: str


@dataclass(frozen=True)
class SelfTest:
    """One start-up check on the canary bucket object and whether the store held."""

    name: str
    held: bool
    detail: str


class ObjectStore(Protocol):
    """A versioned bucket with COMPLIANCE object lock.

    Every write carries a SHA-256 checksum and is durable when the call returns. Locks only grow:
    the store keeps ``max(current, wanted)``. Reads name a version and get that version's bytes or an error,
    never another version's. Any failure to reach the store is ``Unavailable store.unavailable``; a full store is
    ``Unavailable store.full``; an absent version is ``NotFound object.absent``.
    Limit: the lock is a promise of the S3 interface; whoever owns the store's disk owns the bytes.
    """

    @property
    def name(self) -> str:
        """Stable name of this store, as it stands in ``object.placed`` events."""

    def begin(self, key: str, lock_until: datetime, stored_form: str) -> str:
        """Open a multipart upload; answers its multipart id. An unfinished multipart holds no lock."""

    def put_part(self, key: str, multipart_id: str, number: int, data: bytes | bytearray | memoryview,
                 sha256: bytes) -> StoredPart:
        """Store part ``number`` (from 1); a repeated number replaces it. The store checks ``sha256`` (32 bytes)."""

    def parts(self, key: str, multipart_id: str) -> list[StoredPart]:
        """Parts held, by number; ``NotFound object.no_multipart`` when finished, aborted or never begun."""

    def finish(self, key: str, multipart_id: str, parts: Sequence[tuple[StoredPart, bytes]],
               lock_until: datetime) -> ObjectVersion:
        """Complete from (part, sha256) pairs, set the lock again, HEAD it; returns only when size and lock hold."""

    def abort(self, key: str, multipart_id: str) -> None:
        """Drop an unfinished multipart; absent is fine."""

    def put(self, key: str, data: bytes, lock_until: datetime) -> ObjectVersion:
        """Store a small object that must not exist yet (If-None-Match), locked; an equal one there counts as done.

        Another object under the key: ``Contradiction object.differs``.
        """

    def head(self, version: ObjectVersion) -> ObjectState:
        """Size and lock of this version."""

    def get(self, version: ObjectVersion, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """The bytes of this version, from ``start``, in chunks of at most 1 MiB; raises before or between chunks."""

    def extend_lock(self, version: ObjectVersion, until: datetime) -> datetime:
        """Lock at least until ``until`` (never shorter); answers the date that then holds, as HEAD said it."""

    def delete(self, version: ObjectVersion) -> None:
        """Remove a version for good: only below ``staged/`` and ``keys/`` (else ``Refused object.kept``) and only when
        its lock has run out (``Refused object.locked``); absent is fine."""

    def date(self) -> datetime:
        """The store's own time, whole seconds: it is what decides retention."""

    def versions(self, prefix: str) -> Iterator[ListedVersion]:
        """Every version and delete marker under ``prefix``."""

    def unfinished(self, prefix: str) -> Iterator[UnfinishedUpload]:
        """Every multipart upload still open under ``prefix``."""

    def self_test(self) -> list[SelfTest]:
        """Try on a canary what the archive relies on; a store with any check not held is not used."""


class Signer(Protocol):
    """Holds one private key; signs notes."""

    @property
    def key(self) -> VerificationKey:
        """The public half, with its name."""

    def sign(self, message: bytes) -> bytes:
        """Raw signature over ``message``."""


class KeyVault(Protocol):
    """Encryption keys for particulars, one per scope (person, station, recording), wrapped by one master key.

    ``seal`` makes the scope's key durable before it answers. Limit: whoever reads the master key reads all that is
    not erased, and while a copy of a wrapped key lies anywhere its destruction here can be undone.
    """

    def seal(self, scope: str, plaintext: bytes, context: bytes) -> bytes:
        """AES-256-GCM: nonce(12) ‖ ciphertext ‖ tag, bound to ``context``; ``Refused particulars.scope_erased``."""

    def open(self, scope: str, sealed: bytes, context: bytes) -> bytes:
        """The plaintext; ``NotFound key.absent`` when the scope's key is gone, ``Contradiction key.mismatch`` when it
        does not open."""

    def wrapped(self, scope: str) -> bytes:
        """The scope's key under the master key, as a copy is kept of it; ``NotFound key.absent``."""

    def restore(self, scope: str, wrapped: bytes) -> bool:
        """Take back a copy, durable when this returns; False when the key is there, or was destroyed here.

        ``Contradiction key.mismatch`` when it does not unwrap: it belongs to another master key or scope.
        """

    def destroy(self, scope: str) -> None:
        """Destroy the key and remember that this was done; absent is fine. Durable when this returns.

        Limit: what a file system or drive kept of the bytes elsewhere (snapshots, spare blocks) is not reached.
        """


class Clock(Protocol):
    """The only source of the present. UTC-aware, microsecond resolution."""

    def now(self) -> datetime:
        """Wall-clock time, UTC."""

    def monotonic(self) -> float:
        """Seconds that never go back, for time-outs."""


@dataclass(frozen=True)
class Ports:
    """Everything outside the process, built once in ``api.wiring``."""

    store: ObjectStore
    media: Media
    signer: Signer
    vault: KeyVault
    clock: Clock
    cosigners: tuple[Cosigner, ...] = ()
    authorities: tuple[TimeAuthority, ...] = ()
