"""Copies of wrapped particulars keys in the store, so that a lost key folder is no lost particulars: many keys in one
object ``keys/<log id>/<digest>``, locked a little ahead. Without the master key, kept elsewhere, they open nothing."""

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

import structlog
from sqlalchemy import Connection, insert, select

from archive.columns import table
from archive.custody import ERASED
from archive.db import Database
from archive.errors import Contradiction, NotFound
from archive.log_store import oldest_of, whole
from archive.log_tables import KeyCopy
from archive.ports import KeyVault, ObjectStore, ObjectVersion

COPY = table(KeyCopy)
MAGIC = b"liuhen/keys/1\n"
MOST = 1024
"""Keys in one object."""
_LENGTH = struct.Struct(">H")
_journal = structlog.get_logger("key_copies")


@dataclass(frozen=True)
class KeyCopies:
    """Keeps the copies of one log's keys; ``lock_for``: how far ahead they are locked.

    Limit: an erasure is complete only when the lock of the last copy has run out and the copy is removed, and whoever
    read the store and has the master key may have kept one.
    """

    db: Database
    store: ObjectStore
    vault: KeyVault
    log_id: str
    lock_for: timedelta

    def keep(self, scopes: Iterable[str], now: datetime) -> None:
        """Copies of those keys that have none yet, durable when this returns: before a leaf that uses them is staged.

        ``now`` is read before this is called: whatever is erased meanwhile counts ``lock_for`` from a later moment, so
        that no copy outlives the date its erasure names. A key that is gone is written to the journal, not stopped at:
        its leaf is committed, and every check names it.
        """
        wanted = sorted({scope for scope in scopes if scope})
        if wanted:
            done = self.db.read(lambda c: _copied_or_erased(c, wanted, copies_prefix(self.log_id)))
            self.put([scope for scope in wanted if scope not in done], now)

    def put(self, scopes: Sequence[str], now: datetime) -> None:
        """New copies of these keys, with their rows, however many there are already."""
        for first in range(0, len(scopes), MOST):
            keys = self._wrapped(scopes[first:first + MOST])
            if keys:
                data, until = encode_keys(self.log_id, keys), whole_second(now + self.lock_for)
                # Named by its content: put again after a lost answer it is the same object, never a second version.
                version = self.store.put(copies_prefix(self.log_id) + sha256(data).hexdigest()[:32], data, until)
                self._note([scope for scope, _ in keys], version, until)

    def _wrapped(self, scopes: Sequence[str]) -> list[tuple[str, bytes]]:
        found = []
        for scope in scopes:
            try:
                found.append((scope, self.vault.wrapped(scope)))
            except NotFound:
                _journal.error("key.gone", scope=scope, reason="no copy can be kept of a key that is not in the vault")
        return found

    def _note(self, scopes: Sequence[str], version: ObjectVersion, until: datetime) -> None:
        rows = [{"scope": scope, "object_key": version.key, "version_id": version.version_id, "lock_until": until}
                for scope in scopes]
        self.db.write(lambda tx: tx.execute(insert(COPY).prefix_with("OR REPLACE", dialect="sqlite"), rows).rowcount)


@dataclass(frozen=True)
class KeysRestored:
    """``restored`` scopes whose key came back; ``erased`` ones whose copy was passed over."""

    restored: tuple[str, ...]
    erased: tuple[str, ...]


def restore_keys(store: ObjectStore, vault: KeyVault, log_id: str, erased: Iterable[str]) -> KeysRestored:
    """Put back what the vault lost, from the copies; erased scopes are marked as such again and stay without a key.

    ``Contradiction key.mismatch`` when a copy does not unwrap (another ``vault.key``), ``key.copy_malformed``.
    """
    gone, restored, passed = frozenset(erased), [], set[str]()
    for scope in gone:
        vault.destroy(scope)
    for _, scope, wrapped in stored_keys(store, log_id):
        if scope in gone:
            passed.add(scope)
        elif vault.restore(scope, wrapped):
            restored.append(scope)
    return KeysRestored(tuple(restored), tuple(sorted(passed)))


def stored_keys(store: ObjectStore, log_id: str) -> Iterable[tuple[ObjectVersion, str, bytes]]:
    """(object, scope, wrapped key) of every copy in the store; of each object its first version."""
    for version in oldest_of(store.versions(copies_prefix(log_id))).values():
        for scope, wrapped in decode_keys(whole(store, version), log_id):
            yield version, scope, wrapped


def copies_prefix(log_id: str) -> str:
    """Where the copies of a log's keys lie."""
    return f"keys/{log_id}/"


def encode_keys(log_id: str, keys: Sequence[tuple[str, bytes]]) -> bytes:
    """The magic line, log id, newline, then per key u16 length ‖ scope ‖ u16 length ‖ wrapped key (big-endian)."""
    out = [MAGIC, log_id.encode(), b"\n"]
    for scope, wrapped in keys:
        out += [_LENGTH.pack(len(scope.encode())), scope.encode(), _LENGTH.pack(len(wrapped)), wrapped]
    return b"".join(out)


def decode_keys(untrusted_data: bytes, log_id: str) -> list[tuple[str, bytes]]:
    """(scope, wrapped key) pairs; ``Contradiction key.copy_malformed`` for anything else, and for another log's."""
    head, found = MAGIC + log_id.encode() + b"\n", list[tuple[str, bytes]]()
    at = len(head)
    try:
        if not untrusted_data.startswith(head):
            raise ValueError("unknown form, or keys of another log")
        while at < len(untrusted_data):
            scope, at = _take(untrusted_data, at)
            wrapped, at = _take(untrusted_data, at)
            found.append((scope.decode("ascii"), wrapped))
    except (ValueError, struct.error) as fault:
        raise Contradiction("key.copy_malformed", f"a copy of keys in the store does not read: {fault}") from fault
    return found


def whole_second(moment: datetime) -> datetime:
    """The next whole second: stores know no smaller unit, and a date must not be earlier than the lock it names."""
    return moment if moment.microsecond == 0 else moment.replace(microsecond=0) + timedelta(seconds=1)


def _take(data: bytes, at: int) -> tuple[bytes, int]:
    (length,) = _LENGTH.unpack_from(data, at)
    start = at + _LENGTH.size
    if start + length > len(data):
        raise ValueError("cut off")
    return data[start:start + length], start + length


def _copied_or_erased(connection: Connection, scopes: Sequence[str], prefix: str) -> set[str]:
    # Copies of a log this one succeeded do not count: a rebuild of this log does not find them.
    copied = select(COPY.c.scope).where(COPY.c.scope.in_(scopes), COPY.c.object_key.startswith(prefix, autoescape=True))
    erased = select(ERASED.c.scope).where(ERASED.c.scope.in_(scopes))
    return {*connection.execute(copied).scalars(), *connection.execute(erased).scalars()}
