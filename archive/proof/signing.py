"""The signing half of note keys: Ed25519 private keys with their names. A verifier needs nothing of this file."""

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from archive.proof.keys import ED25519, VerificationKey


class SigningKey:
    """An Ed25519 private key with its name. Whoever reads its PEM can sign in its name."""

    __slots__ = ("_private", "key")

    def __init__(self, private: Ed25519PrivateKey, name: str) -> None:
        self._private = private
        self.key = VerificationKey(name, ED25519, private.public_key().public_bytes_raw())

    @classmethod
    def generate(cls, name: str) -> "SigningKey":
        """A fresh key from the operating system's randomness."""
        return cls(Ed25519PrivateKey.generate(), name)

    @classmethod
    def from_pem(cls, pem: bytes, name: str) -> "SigningKey":
        """From an unencrypted PKCS#8 PEM; ``ValueError`` for all but Ed25519, never repeating the input."""
        try:
            private = load_pem_private_key(pem, password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            raise ValueError("not an unencrypted PKCS#8 PEM private key") from None
        if not isinstance(private, Ed25519PrivateKey):
            raise ValueError("not an Ed25519 key")
        return cls(private, name)

    def to_pem(self) -> bytes:
        """PKCS#8 PEM without encryption: keep it in a file of mode 0600."""
        return self._private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    def sign(self, message: bytes) -> bytes:
        """The 64-byte Ed25519 signature over ``message``."""
        return self._private.sign(message)
