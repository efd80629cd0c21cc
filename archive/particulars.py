"""Particulars 要素: names, titles, places, numbers of people. Committed to in the leaf, encrypted beside it.

Every field has a salt of its own, so any subset can be shown and one field erased without the rest.
Limit: whoever holds the vault's master key and the rows can read all of them.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from archive.errors import Contradiction, Refused
from archive.ports import KeyVault
from archive.proof import canonical
from archive.proof.canonical import Canonical
from archive.proof.commitments import Particular, commitment_root
from archive.proof.digest import Digest

MAX_SEALED = 1 << 20
"""Bytes of one event's particulars; far beyond what a manifest and its labels need."""

@dataclass(frozen=True)
class Sealed:
    """Encrypted particulars of one event, with what they commit to and their plain values for ``apply``."""

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
    return tuple(Particular(name, secrets.token_bytes(16), values[name]) for name in sorted(values))


def seal(vault: KeyVault, log_id: str, scope: str, fields: Sequence[Particular]) -> Sealed:
    """Encrypt fields under the scope's key, which is durable when this answers. At least one field, names unique.

    ``Refused particulars.too_large`` beyond 1 MiB, ``particulars.repeated`` for a name given twice.
    """
    ordered = tuple(sorted(fields, key=lambda field: field.name))
    if len({field.name for field in ordered}) != len(ordered):
        raise Refused("particulars.repeated", "a particular is given twice")
    commitment = commitment_root({field.name: field.commitment for field in ordered})
    plain = canonical.encode([{"name": f.name, "salt": f.salt.hex(), "value": f.value} for f in ordered])
    if len(plain) > MAX_SEALED:
        raise Refused("particulars.too_large", f"particulars of {len(plain)} bytes are more than {MAX_SEALED}")
    return Sealed(scope, commitment, vault.seal(scope, plain, _context(log_id, scope, commitment)), ordered)


def unseal(vault: KeyVault, log_id: str, scope: str, sealed: bytes, commitment: Digest) -> tuple[Particular, ...]:
    """The fields behind a commitment; ``NotFound key.absent`` when erased, ``Contradiction`` when they do not match."""
    opened = vault.open(scope, sealed, _context(log_id, scope, commitment))
    try:
        plain = canonical.decode(opened, limit=MAX_SEALED)
        fields = tuple(_field(item) for item in plain) if isinstance(plain, list) else ()
    except (ValueError, KeyError) as fault:
        raise Contradiction("particulars.malformed", f"sealed particulars do not read: {fault}") from fault
    if not fields:
        raise Contradiction("particulars.malformed", "sealed particulars hold no fields")
    if commitment_root({field.name: field.commitment for field in fields}) != commitment:
        raise Contradiction("particulars.mismatch", "sealed particulars do not match the leaf's commitment")
    return fields


def _field(item: Canonical) -> Particular:
    if not isinstance(item, dict):
        raise ValueError("a sealed particular is not an object")
    return Particular(str(item["name"]), bytes.fromhex(str(item["salt"])), item["value"])


def _context(log_id: str, scope: str, commitment: Digest) -> bytes:
    return f"liuhen/particulars/1\n{log_id}\n{scope}\n{commitment}\n".encode()
