"""Commitments to particulars: each field under a salt of its own, one root over the fields in name order."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256

from archive.proof import merkle
from archive.proof.canonical import Canonical, encode
from archive.proof.digest import Digest

SALT_SIZE = 16
_TAG = b"liuhen/particular/1\n"
_NAME = re.compile(r"[a-z0-9_]{1,64}").fullmatch


@lru_cache(maxsize=1024)
def check_field_name(untrusted_name: str) -> str:
    """The name itself if a field may bear it (``[a-z0-9_]``, 1..64); ``ValueError`` otherwise."""
    if _NAME(untrusted_name) is None:
        raise ValueError("a field name is 1 to 64 of [a-z0-9_]")
    return untrusted_name


@dataclass(frozen=True)
class Particular:
    """One field of personal data with the 16 random bytes that keep its commitment from being guessed.

    ``ValueError`` for a bad name or salt. Limit: hiding holds only while the salt is random and undisclosed.
    """

    name: str
    salt: bytes
    value: Canonical

    def __post_init__(self) -> None:
        check_field_name(self.name)
        if len(self.salt) != SALT_SIZE:
            raise ValueError("a salt has 16 bytes")

    @property
    def commitment(self) -> bytes:
        """SHA-256(``liuhen/particular/1\\n`` ‖ name ‖ ``\\n`` ‖ salt ‖ canonical value), 32 bytes."""
        return self.commitment_over(encode(self.value))

    def commitment_over(self, canonical_value: bytes) -> bytes:
        """The commitment, for one who has the value's canonical bytes at hand."""
        return sha256(_TAG + self.name.encode("ascii") + b"\n" + self.salt + canonical_value).digest()


def commitment_root(commitments: Mapping[str, bytes]) -> Digest:
    """RFC 6962 §2.1 root whose leaf entries are the 32-byte commitments in the order of their names.

    ``ValueError`` for none at all, a bad name or length. Limit: only a field's disclosure binds its name;
    of a withheld field the root proves the commitment and its place among the others, not what it is called.
    """
    if not commitments:
        raise ValueError("nothing to commit to")
    for name, commitment in commitments.items():
        check_field_name(name)
        if len(commitment) != 32:
            raise ValueError("a commitment has 32 bytes")
    leaves = [merkle.leaf_hash(commitments[name]) for name in sorted(commitments)]
    return Digest("sha256", merkle.root(leaves))
