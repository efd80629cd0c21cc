"""What a drill must make up because honest parts will not do it: a cosigner that lies, forged receipts, a store whose
clock is off."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, cast

from archive.ports import ObjectStore, Signer
from archive.proof import canonical
from archive.proof.base64strict import encode_base64
from archive.proof.checkpoint import Checkpoint
from archive.proof.digest import segments_root, sha256
from archive.proof.keys import VerificationKey
from archive.proof.merkle import leaf_hash
from archive.proof.note import sign_note, with_signatures
from archive.proof.receipt import Receipt
from archive.proof.signing import CosigningKey, SigningKey

AT = 1_800_000_000
"""POSIX seconds that false cosignatures state."""


class Liar:
    """``Cosigner`` that signs another root than it is shown, with its own good key."""

    def __init__(self) -> None:
        self._signer = CosigningKey.generate("liar.example/cosigner")

    @property
    def key(self) -> VerificationKey:
        """As the policy names it."""
        return self._signer.key

    def add_checkpoint(self, old_size: int, proof: Sequence[bytes], note: bytes) -> bytes:
        """A line that looks right."""
        origin, size, _ = note.decode().split("\n", 2)
        signature = self._signer.cosign(Checkpoint(origin, int(size), bytes(32)).text(), AT)
        return f"— {self.key.name} {encode_base64(self.key.id + signature)}\n".encode()


class MovedStore:
    """A store that shows another time and else does what the real one does: no drill can move a real store's clock
    without moving the machine's."""

    def __init__(self, real: ObjectStore, moved: timedelta) -> None:
        self._real, self._moved = real, moved

    @classmethod
    def of(cls, real: ObjectStore, moved: timedelta) -> ObjectStore:
        """``real``, its clock off by ``moved``."""
        return cast(ObjectStore, cls(real, moved))

    def date(self) -> datetime:
        """The time it shows."""
        return self._real.date() + self._moved

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


def forged(leaf: bytes, data: bytes) -> bytes:
    """A real deposit's leaf that speaks of other bytes."""
    held: Any = json.loads(leaf)
    digest = sha256(data)
    held["data"] |= {"size": len(data), "digests": [str(digest)], "segments": 1,
                     "segments_root": str(segments_root([digest.value]))}
    return canonical.encode(held)


def cosigned_by_all(real: Receipt, leaf: bytes, signer: Signer | SigningKey,
                    cosigners: Sequence[CosigningKey]) -> Receipt:
    """A receipt of ``leaf`` in a log of this one leaf, signed and cosigned by these."""
    text = Checkpoint(signer.key.name, 1, leaf_hash(leaf)).text()
    note = sign_note(text, [signer])
    note = with_signatures(note, [(one.key, one.cosign(text, AT)) for one in cosigners]) if cosigners else note
    return replace(real, leaf=leaf, index=0, proof=(), checkpoint=note.decode(), timestamps=(), grade="cosigned")
