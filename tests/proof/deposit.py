"""One deposit in a small log, with a receipt for it: what the receipt tests break in every place."""

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from proof.known_keys import known_key

from archive.proof.canonical import encode
from archive.proof.checkpoint import Checkpoint
from archive.proof.commitments import Particular, commitment_root
from archive.proof.digest import measure_file
from archive.proof.merkle import inclusion_proof, leaf_hash, root
from archive.proof.note import sign_note, with_signatures
from archive.proof.receipt import Receipt
from archive.proof.signing import CosigningKey, SigningKey

SIGNER = known_key("liuhen.example/0123456789abcdef")
INDEX, SIZE = 3, 7
FIELDS = (
    Particular("case_number", bytes(range(16)), "沪市监罚〔2026〕7号"),
    Particular("officers", bytes(range(16, 32)), ["张三", "李四"]),
    Particular("place", bytes(range(32, 48)), "询问室二"),
)


@dataclass(frozen=True)
class Deposit:
    """A file, the entry that tells of it, and the receipt a log of seven entries gives for it."""

    file: Path
    entry: dict[str, Any]
    receipt: Receipt


def make_deposit(file: Path, content: bytes, kind: str = "recording.accessioned/1") -> Deposit:
    """Write ``content`` to ``file`` and make its entry (SHA-256, SM3, segments root; all fields disclosed)."""
    file.write_bytes(content)
    measured = measure_file(file, ["sha256", "sm3"])
    entry: dict[str, Any] = {
        "kind": kind,
        "at": "2026-03-01T08:00:00.000001Z",
        "actor": "SYSTEM",
        "subject": "rec_00000000000000000000000001",
        "data": {
            "size": measured.size,
            "digests": [str(digest) for digest in measured.digests],
            "segment_size": 8 * 1024 * 1024,
            "segments_root": str(measured.segments_root),
        },
        "commitment": str(commitment_root({field.name: field.commitment for field in FIELDS})),
    }
    return Deposit(file, entry, receipt_for(encode(entry)))


def receipt_for(leaf: bytes, signer: SigningKey = SIGNER) -> Receipt:
    """A receipt for any bytes at index 3 of a log of seven."""
    leaves = [leaf_hash(b"other %d" % number) for number in range(SIZE)]
    leaves[INDEX] = leaf_hash(leaf)
    path = inclusion_proof(INDEX, SIZE, lambda level, index: root(leaves[index << level : (index + 1) << level]))
    note = sign_note(Checkpoint(signer.key.name, SIZE, root(leaves)).text(), [signer])
    return Receipt("signed", leaf, INDEX, tuple(path), note.decode(), signer.key.text(), FIELDS)


def cosigned(receipt: Receipt, *cosigners: CosigningKey, at: int = 1_772_352_060) -> Receipt:
    """The same receipt, its checkpoint signed by these too, ``at`` POSIX seconds; claims the grade it then has."""
    text = receipt.checkpoint.rpartition("\n\n")[0] + "\n"
    added = [(one.key, one.cosign(text, at)) for one in cosigners]
    note = with_signatures(receipt.checkpoint.encode(), added).decode()
    return replace(receipt, checkpoint=note, grade="cosigned")


def flipped(data: bytes, bit: int) -> bytes:
    """``data`` with one bit turned over."""
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def withhold(receipt: Receipt, *names: str) -> Receipt:
    """The same receipt with these fields kept back."""
    kept = tuple((field.name, field.commitment) for field in receipt.disclosed if field.name in names)
    shown = tuple(field for field in receipt.disclosed if field.name not in names)
    return replace(receipt, disclosed=shown, withheld=kept)


def pseudo_random(size: int) -> bytes:
    """Bytes that are the same in every run."""
    return hashlib.shake_256(b"recording").digest(size)
