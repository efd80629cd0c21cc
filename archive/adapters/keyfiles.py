"""Keys in files of mode 0600: the log's signing key, and a vault of one wrapped data key per scope.

Limit: whoever reads the folder ``keys/`` can sign as this log and read all particulars. Hardware keys and several
key holders are later adapters behind the same ports.
"""

import os
import secrets
import threading
import time
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from archive.durable import sync_folder
from archive.errors import Conflict, Contradiction, NotFound, Refused
from archive.proof.keys import VerificationKey
from archive.proof.signing import SigningKey
from archive.randomness import random_bytes

NONCE = 12
HELD, HELD_S = 256, 60.0
"""Scope keys kept unwrapped in memory at most, and for how many seconds: sealing then costs one look at the file."""


def write_secret(path: Path, data: bytes) -> None:
    """A new file of mode 0600, durable when this returns; ``Conflict key.exists`` when it is there.

    It appears whole or not at all: a crash never leaves half a key under its name, and no reader meets one.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{secrets.token_hex(8)}.part")
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(unfinished, path)  # unlike a rename it never takes another's place
    except FileExistsError as fault:
        raise Conflict("key.exists", f"{path.name} exists already and is never overwritten") from fault
    finally:
        unfinished.unlink()
    sync_folder(path.parent)


class FileSigner:
    """``Signer`` from a PKCS#8 PEM file (Ed25519)."""

    def __init__(self, path: Path, name: str) -> None:
        self._key = SigningKey.from_pem(path.read_bytes(), name)

    @property
    def key(self) -> VerificationKey:
        """The public half."""
        return self._key.key

    def sign(self, message: bytes) -> bytes:
        """Ed25519 signature, 64 bytes."""
        return self._key.sign(message)


class FileVault:
    """``KeyVault``: master key in ``vault.key`` (32 bytes), one wrapped AES-256 key per scope under ``scopes/``."""

    def __init__(self, master: Path) -> None:
        self._master = AESGCM(master.read_bytes())
        self._scopes = master.parent / "scopes"
        self._adding = threading.Lock()
        self._held: dict[str, tuple[tuple[int, int], float, AESGCM]] = {}

    @staticmethod
    def create(master: Path) -> None:
        """A fresh master key."""
        write_secret(master, secrets.token_bytes(32))

    def seal(self, scope: str, plaintext: bytes, context: bytes) -> bytes:
        """Encrypt under the scope's key, made and stored first if there is none."""
        nonce = random_bytes(NONCE)
        return nonce + self._scope(scope, create=True).encrypt(nonce, plaintext, context)

    def open(self, scope: str, sealed: bytes, context: bytes) -> bytes:
        """Decrypt; see the port for errors."""
        try:
            return self._scope(scope, create=False).decrypt(sealed[:NONCE], sealed[NONCE:], context)
        except (InvalidTag, ValueError) as fault:  # ValueError: cut off before the nonce ends
            raise Contradiction("key.mismatch", "sealed particulars do not open with their scope's key") from fault

    def wrapped(self, scope: str) -> bytes:
        """See the port."""
        try:
            return self._file(scope).read_bytes()
        except FileNotFoundError as fault:
            raise _absent(scope) from fault

    def restore(self, scope: str, wrapped: bytes) -> bool:
        """See the port."""
        self._unwrap(scope, wrapped)
        with self._adding:
            if self._file(scope).exists() or self._mark(scope).exists():
                return False
            write_secret(self._file(scope), wrapped)
            return True

    def destroy(self, scope: str) -> None:
        """See the port. The file is overwritten before it is removed, which promises nothing on flash or snapshots."""
        with self._adding:
            if not self._mark(scope).exists():
                write_secret(self._mark(scope), b"erased\n")  # first, so that nobody makes the scope another key
            path = self._file(scope)
            if path.exists():
                with path.open("r+b") as file:
                    file.write(secrets.token_bytes(path.stat().st_size))
                    file.flush()
                    os.fsync(file.fileno())
                path.unlink()
                sync_folder(path.parent)
            self._held.pop(scope, None)

    def _file(self, scope: str) -> Path:
        return self._scopes / f"{scope}.key"

    def _mark(self, scope: str) -> Path:
        return self._scopes / f"{scope}.erased"

    def _scope(self, scope: str, create: bool) -> AESGCM:
        stamp = _stamp(f"{self._scopes}/{scope}.key")
        held = self._held.get(scope)
        if held is not None and held[0] == stamp:
            return held[2]
        key = self._read_scope(scope, create)
        if stamp is not None:
            self._hold(scope, stamp, key)
        return key

    def _hold(self, scope: str, stamp: tuple[int, int], key: AESGCM) -> None:
        """Keep a key in memory while its file stays as it is: destroying it, by any process, ends that at once for
        every use. Limit: its bytes may lie in memory until the next key is held a minute later, or a restart."""
        now = time.monotonic()
        for old in [name for name, (_, since, _) in list(self._held.items()) if now - since > HELD_S]:
            self._held.pop(old, None)
        if len(self._held) < HELD:
            self._held[scope] = (stamp, now, key)

    def _read_scope(self, scope: str, create: bool) -> AESGCM:
        if create:
            with self._adding:  # a neighbour's key counts only once it is durable
                if self._mark(scope).exists():
                    raise Refused("particulars.scope_erased",
                                  f"the particulars of {scope} were erased: it takes no more")
                if not self._file(scope).exists():
                    self._add(scope)
        return self._unwrap(scope, self.wrapped(scope))

    def _unwrap(self, scope: str, wrapped: bytes) -> AESGCM:
        try:
            return AESGCM(self._master.decrypt(wrapped[:NONCE], wrapped[NONCE:], scope.encode()))
        except (InvalidTag, ValueError) as fault:  # ValueError: cut off before the nonce ends
            raise Contradiction("key.mismatch", f"the key of {scope} does not unwrap: wrong vault.key?") from fault

    def _add(self, scope: str) -> None:
        nonce = secrets.token_bytes(NONCE)
        wrapped = nonce + self._master.encrypt(nonce, AESGCM.generate_key(256), scope.encode())
        try:
            write_secret(self._file(scope), wrapped)
        except Conflict:
            return  # made by another process in the meantime: theirs counts


def _stamp(path: str) -> tuple[int, int] | None:
    try:
        found = os.stat(path)
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_mtime_ns


def _absent(scope: str) -> NotFound:
    return NotFound("key.absent", f"the key of {scope} is not in the vault")
