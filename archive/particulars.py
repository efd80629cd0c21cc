"""Particulars 要素: names, titles, places, numbers of people. Committed to in the leaf, encrypted beside it.

Every field has a salt of its own, so any subset can be shown and one field erased without the rest.
Limit: whoever holds the vault's master key and the rows can read all of them.
"""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from archive.errors import Contradiction, Refused
from archive.ports import KeyVault
from archive.proof import canonical
from archive.proof.canonical import Canonical
from archive.proof.commitments import Particular, commitment_root
from archive.proof.digest import Digest
from archive.randomness import random_bytes

SALT = 16
MAX_SEALED = 1 << 20
"""Bytes of one event's particulars; far beyond what a manifest and its labels need."""
MAX_FIELDS = 256
"""Fields of one event: as many as a receipt can name."""
FORM = 1
_HEAD = struct.Struct(">BH")
_HASH = 32


@dataclass(frozen=True)
class Sealed:
    """Encrypted particulars of one event, with what they commit to and their plain values for ``apply``.

    ``sealed``: u8 form (1) ‖ u16-BE count ‖ per field, in name order, u8 length ‖ name ‖ 32-byte commitment ‖ what the
    vault made of the fields. Names and commitments stand in the clear so that a receipt of the leaf can still be made,
    and checked against the leaf, when the key is destroyed: a commitment hides its value behind 16 random bytes that
    go with the key. Limit: how many fields there were and what they were called is never erased.
    """

    scope: str
    commitment: Digest
    sealed: bytes
    fields: tuple[Particular, ...]

    @property
    def values(self) -> dict[str, Canonical]:
        """Plain values by name."""
        return {field.name: field.value for field in self.fields}


def salted(values: Mapping[str, Canonical]) -> tuple[Particular, ...]:
    """Each value with a fresh 16-byte salt, in name order."""
    salts = random_bytes(SALT * len(values))
    return tuple(Particular(name, salts[at:at + SALT], values[name])
                 for at, name in zip(range(0, len(salts), SALT), sorted(values), strict=True))


def seal(vault: KeyVault, log_id: str, scope: str, fields: Sequence[Particular]) -> Sealed:
    """Encrypt fields under the scope's key, which is durable when this answers. At least one field, names unique.

    ``Refused particulars.too_large`` beyond 1 MiB or 256 fields, ``particulars.repeated`` for a name given twice,
    ``particulars.scope_erased`` when the scope's particulars were erased.
    """
    ordered = tuple(sorted(fields, key=lambda field: field.name))
    if len({field.name for field in ordered}) != len(ordered):
        raise Refused("particulars.repeated", "a particular is given twice")
    spelled = [canonical.encode(field.value, within=2) for field in ordered]
    commitments = {field.name: field.commitment_over(value) for field, value in zip(ordered, spelled, strict=True)}
    commitment = commitment_root(commitments)
    plain = _plain(ordered, spelled)
    if len(plain) > MAX_SEALED or len(ordered) > MAX_FIELDS:
        raise Refused("particulars.too_large", f"particulars of {len(plain)} bytes in {len(ordered)} fields are more "
                      f"than {MAX_SEALED} bytes or {MAX_FIELDS} fields")
    secret = vault.seal(scope, plain, _context(log_id, scope, commitment))
    return Sealed(scope, commitment, _header(commitments) + secret, ordered)


def unseal(vault: KeyVault, log_id: str, scope: str, sealed: bytes, commitment: Digest) -> tuple[Particular, ...]:
    """The fields behind a commitment; ``NotFound key.absent`` without the key, ``Contradiction`` when they differ."""
    commitments = committed(sealed, commitment)
    opened = vault.open(scope, sealed[_length(commitments):], _context(log_id, scope, commitment))
    try:
        plain = canonical.decode(opened, limit=MAX_SEALED)
        fields = tuple(_field(item) for item in plain) if isinstance(plain, list) else ()
    except (ValueError, KeyError) as fault:
        raise Contradiction("particulars.malformed", f"sealed particulars do not read: {fault}") from fault
    if {field.name: field.commitment for field in fields} != commitments or len(fields) != len(commitments):
        raise Contradiction("particulars.mismatch", "sealed particulars do not match the leaf's commitment")
    return fields


def committed(sealed: bytes, commitment: Digest) -> dict[str, bytes]:
    """Names and 32-byte commitments of the fields, without any key, held against the leaf's commitment.

    ``Contradiction particulars.malformed | particulars.mismatch``. Limit: a name is bound only when its field opens;
    of an erased one the root proves the commitment and its place among the others.
    """
    found, at = dict[str, bytes](), _HEAD.size
    try:
        form, count = _HEAD.unpack_from(sealed)
        if form != FORM or not 0 < count <= MAX_FIELDS:
            raise ValueError("unknown form or no fields")
        for _ in range(count):
            end = at + 1 + sealed[at]
            name, commitment_of = sealed[at + 1:end].decode("ascii"), sealed[end:end + _HASH]
            if (found and name <= next(reversed(found))) or len(commitment_of) != _HASH:
                raise ValueError("fields out of order or cut off")
            found[name], at = commitment_of, end + _HASH
        root = commitment_root(found)
    except (ValueError, IndexError, struct.error) as fault:
        raise Contradiction("particulars.malformed", f"sealed particulars do not read: {fault}") from fault
    if root != commitment:
        raise Contradiction("particulars.mismatch", "sealed particulars do not match the leaf's commitment")
    return found


def _plain(fields: Sequence[Particular], spelled: Sequence[bytes]) -> bytes:
    """Canonical bytes of ``[{"name","salt","value"}, …]``, put together from values that are spelled already."""
    return b"[" + b",".join([
        f'{{"name":"{field.name}","salt":"{field.salt.hex()}","value":'.encode() + value + b"}"
        for field, value in zip(fields, spelled, strict=True)]) + b"]"


def _header(commitments: Mapping[str, bytes]) -> bytes:
    fields = [bytes([len(name)]) + name.encode("ascii") + commitments[name] for name in sorted(commitments)]
    return _HEAD.pack(FORM, len(fields)) + b"".join(fields)


def _length(commitments: Mapping[str, bytes]) -> int:
    return _HEAD.size + sum(1 + len(name) + _HASH for name in commitments)


def _field(item: Canonical) -> Particular:
    if not isinstance(item, dict):
        raise ValueError("a sealed particular is not an object")
    return Particular(str(item["name"]), bytes.fromhex(str(item["salt"])), item["value"])


def _context(log_id: str, scope: str, commitment: Digest) -> bytes:
    return f"liuhen/particulars/1\n{log_id}\n{scope}\n{commitment}\n".encode()
