"""Signing keys that are the same in every run: test ids and vectors must not change. Never use them elsewhere."""

from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from archive.proof.signing import CosigningKey, SigningKey


def known_key(name: str) -> SigningKey:
    """The key whose seed is the SHA-256 of its name: public knowledge."""
    return SigningKey(Ed25519PrivateKey.from_private_bytes(sha256(name.encode()).digest()), name)


def known_cosigner(name: str) -> CosigningKey:
    """The cosigner's key made in the same way."""
    return CosigningKey(Ed25519PrivateKey.from_private_bytes(sha256(name.encode()).digest()), name)
