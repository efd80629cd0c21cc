"""Note keys: the C2SP text of a verification key, Ed25519 (RFC 8032) verification, and the signing half."""

import re
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from archive.proof.base64strict import decode_base64, encode_base64
from archive.proof.errors import VerificationError

ED25519 = 0x01
COSIGNATURE_V1 = 0x04
MLDSA44 = 0x06
_PUBLIC_LENGTH = {ED25519: 32, COSIGNATURE_V1: 32, MLDSA44: 1312}
_MAX_NAME = 255
_HEX_ID = re.compile(r"[0-9a-f]{8}").fullmatch


def check_name(untrusted_name: str) -> str:
    """The name itself if a key may bear it: 1..255 printable, no space, no ``+``; else ``ValueError``."""
    if not 0 < len(untrusted_name) <= _MAX_NAME or not untrusted_name.isprintable():
        raise ValueError("a key name is 1 to 255 printable characters")
    if " " in untrusted_name or "+" in untrusted_name:
        raise ValueError("a key name holds no space and no +")
    return untrusted_name


@dataclass(frozen=True)
class VerificationKey:
    """A public key with its name (C2SP signed-note). ``ValueError`` for a bad name, kind or length."""

    name: str
    kind: int
    public: bytes

    def __post_init__(self) -> None:
        check_name(self.name)
        if _PUBLIC_LENGTH.get(self.kind) != len(self.public):
            raise ValueError("unknown key kind, or a key of the wrong length")

    @property
    def id(self) -> bytes:
        """SHA-256(name ‖ 0x0A ‖ kind ‖ public)[:4]: a hint that picks a key; collisions can be made."""
        return sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public).digest()[:4]

    @property
    def hex_id(self) -> str:
        """``id`` as eight lower-case hex digits."""
        return self.id.hex()

    def text(self) -> str:
        """``name+hex8(id)+base64(kind ‖ public)``, the C2SP "vkey"."""
        return f"{self.name}+{self.hex_id}+{encode_base64(bytes([self.kind]) + self.public)}"

    @classmethod
    def parse(cls, untrusted_text: str) -> "VerificationKey":
        """From ``text()``'s form; ``ValueError`` for any other, or when the id does not belong to the key."""
        parts = untrusted_text.split("+", 2)  # base64 contains "+"
        if len(parts) != 3 or _HEX_ID(parts[1]) is None:
            raise ValueError("a key is written name+id+base64")
        data = decode_base64(parts[2])
        if not data:
            raise ValueError("the key is empty")
        key = cls(parts[0], data[0], data[1:])
        if key.hex_id != parts[1]:
            raise ValueError("the id does not belong to this key")
        return key

    def verify(self, message: bytes, signature: bytes) -> None:
        """The 64-byte signature over ``message`` is this key's; ``VerificationError("signature")`` otherwise.

        Only Ed25519 notes are checked here; cosignatures and ML-DSA-44 are refused, never passed over.
        """
        if self.kind != ED25519:
            raise VerificationError("signature", f"signatures of kind {self.kind:#04x} are not checked here")
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except (InvalidSignature, ValueError) as error:
            raise VerificationError("signature", f"the signature of {self.name} is not right") from error


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
