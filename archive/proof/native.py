"""What ``cryptography`` (OpenSSL) does faster or hashlib may lack; a verifier works without it, see ``ed25519``."""

from __future__ import annotations

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def verify(public: bytes, message: bytes, signature: bytes) -> bool:
    """The same answer as ``ed25519.verify``, about a hundred times faster."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


class Sm3:
    """SM3 for a Python whose OpenSSL is built without it."""

    def __init__(self) -> None:
        self._context = hashes.Hash(hashes.SM3())

    def update(self, data: bytes | bytearray | memoryview, /) -> None:
        """Take the next bytes."""
        self._context.update(data)

    def digest(self) -> bytes:
        """Of everything so far; more bytes may follow."""
        return self._context.copy().finalize()
