"""The signing half of note keys: a log's and a cosigner's private keys. A verifier needs nothing of this file."""

from __future__ import annotations

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from archive.proof.keys import COSIGNATURE_V1, ED25519, VerificationKey, cosigned_message


class SigningKey:
    """An Ed25519 private key with its name. Whoever reads its PEM can sign in its name."""

    __slots__ = ("_private", "key")

    def __init__(self, private: Ed25519PrivateKey, name: str) -> None:
        self._private = private
        self.key = VerificationKey(name, ED25519, private.public_key().public_bytes_raw())

    @classmethod
    def generate(cls, name: str) -> SigningKey:
        """A fresh key from the operating system's randomness."""
        return cls(Ed25519PrivateKey.generate(), name)

    @classmethod
    def from_pem(cls, pem: bytes, name: str) -> SigningKey:
        """From an unencrypted PKCS#8 PEM; ``ValueError`` for all but Ed25519, never repeating the input."""
        return cls(_load(pem), name)

    def to_pem(self) -> bytes:
        """PKCS#8 PEM without encryption: keep it in a file of mode 0600."""
        return _dump(self._private)

    def sign(self, message: bytes) -> bytes:
        """The 64-byte Ed25519 signature over ``message``."""
        return self._private.sign(message)


class CosigningKey:
    """An Ed25519 private key that makes cosignatures (C2SP tlog-cosignature, v1), with its cosigner's name.

    The signed message does not hold the name: never use one private key for two cosigners, nor for a log.
    """

    __slots__ = ("_private", "key")

    def __init__(self, private: Ed25519PrivateKey, name: str) -> None:
        self._private = private
        self.key = VerificationKey(name, COSIGNATURE_V1, private.public_key().public_bytes_raw())

    @classmethod
    def generate(cls, name: str) -> CosigningKey:
        """A fresh key from the operating system's randomness."""
        return cls(Ed25519PrivateKey.generate(), name)

    @classmethod
    def from_pem(cls, pem: bytes, name: str) -> CosigningKey:
        """From an unencrypted PKCS#8 PEM; ``ValueError`` for all but Ed25519, never repeating the input."""
        return cls(_load(pem), name)

    def to_pem(self) -> bytes:
        """PKCS#8 PEM without encryption: keep it in a file of mode 0600."""
        return _dump(self._private)

    def cosign(self, text: str, time: int) -> bytes:
        """The 72 bytes (u64-BE time ‖ Ed25519) over a checkpoint's text at ``time``, POSIX seconds.

        The caller has checked that the checkpoint extends all it cosigned before: that check is what the bytes state.
        """
        message = cosigned_message(text.encode("utf-8"), time)  # refuses a time no cosignature can bear
        return time.to_bytes(8, "big") + self._private.sign(message)


def _load(pem: bytes) -> Ed25519PrivateKey:
    try:
        private = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise ValueError("not an unencrypted PKCS#8 PEM private key") from None
    if not isinstance(private, Ed25519PrivateKey):
        raise ValueError("not an Ed25519 key")
    return private


def _dump(private: Ed25519PrivateKey) -> bytes:
    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
