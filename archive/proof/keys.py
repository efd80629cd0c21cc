"""Note keys: the C2SP text of a verification key and Ed25519 (RFC 8032) verification; signing stands in ``signing``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256

from archive.proof.base64strict import decode_base64, encode_base64
from archive.proof.ed25519 import weak
from archive.proof.errors import VerificationError

try:
    from archive.proof.native import verify
except ImportError:  # a verifier without cryptography: slower, the same answers
    from archive.proof.ed25519 import verify

ED25519 = 0x01
COSIGNATURE_V1 = 0x04
MLDSA44 = 0x06
_PUBLIC_LENGTH = {ED25519: 32, COSIGNATURE_V1: 32, MLDSA44: 1312}
_MAX_NAME = 255
_TIME_SIZE = 8
_MAX_TIME = 2**63 - 1
_HEX_ID = re.compile(r"[0-9a-f]{8}").fullmatch


def check_name(untrusted_name: str) -> str:
    """The name itself if a key may bear it: 1..255 printable, no space, no ``+``; else ``ValueError``."""
    if not 0 < len(untrusted_name) <= _MAX_NAME or not untrusted_name.isprintable():
        raise ValueError("a key name is 1 to 255 printable characters")
    if " " in untrusted_name or "+" in untrusted_name:
        raise ValueError("a key name holds no space and no +")
    return untrusted_name


def cosigned_message(message: bytes, time: int) -> bytes:
    """What a cosigner signs: ``cosignature/v1\\ntime <time>\\n`` ‖ the note's text (C2SP tlog-cosignature).

    ``time``: POSIX seconds, 0..2⁶³−1; ``ValueError`` beyond.
    """
    if not 0 <= time <= _MAX_TIME:
        raise ValueError("the time of a cosignature lies in 0 to 2^63-1")
    return b"cosignature/v1\ntime %d\n" % time + message


@dataclass(frozen=True)
class VerificationKey:
    """A public key with its name (C2SP signed-note). ``ValueError`` for a bad name, kind or length.

    Ed25519 keys under which anyone can sign, or whose spelling verifiers disagree about, are refused too.
    """

    name: str
    kind: int
    public: bytes

    def __post_init__(self) -> None:
        check_name(self.name)
        if _PUBLIC_LENGTH.get(self.kind) != len(self.public):
            raise ValueError("unknown key kind, or a key of the wrong length")
        if self.kind != MLDSA44 and weak(self.public):
            raise ValueError("a key of small order, or one not in its canonical spelling")

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
    def parse(cls, untrusted_text: str) -> VerificationKey:
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
        """The signature over ``message`` is this key's; ``VerificationError("signature")`` otherwise.

        Ed25519: 64 bytes. Cosignature/v1: u64-BE time ‖ 64 bytes over ``cosigned_message``. ML-DSA-44 is refused,
        never passed over. Limit: whether a cosignature's time is plausible is not looked into.
        """
        if self.kind == COSIGNATURE_V1:
            message, signature = _cosigned(self.name, message, signature)
        elif self.kind != ED25519:
            raise VerificationError("signature", f"signatures of kind {self.kind:#04x} are not checked here")
        if not verify(self.public, message, signature):
            raise VerificationError("signature", f"the signature of {self.name} is not right")


def cosignature_time(signature: bytes) -> int:
    """The time in a cosignature/v1 of 72 bytes, POSIX seconds; ``ValueError`` for another length or beyond 2⁶³−1.

    A claim until ``VerificationKey.verify`` has passed.
    """
    time = int.from_bytes(signature[:_TIME_SIZE], "big")
    if len(signature) != _TIME_SIZE + 64 or time > _MAX_TIME:
        raise ValueError("a cosignature is a time below 2^63 and 64 bytes")
    return time


def _cosigned(name: str, message: bytes, signature: bytes) -> tuple[bytes, bytes]:
    try:
        time = cosignature_time(signature)
    except ValueError as error:
        raise VerificationError("signature", f"the signature of {name} is not right: {error}") from error
    return cosigned_message(message, time), signature[_TIME_SIZE:]
