"""Receipts of lost leaves, handed in again: each is verified under the lost log's key before it counts for anything."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from archive.batches import BatchLeaf
from archive.errors import Contradiction, Refused
from archive.proof.checkpoint import Checkpoint
from archive.proof.digest import Digest
from archive.proof.errors import VerificationError
from archive.proof.keys import VerificationKey
from archive.proof.merkle import leaf_hash, verify_inclusion
from archive.proof.note import open_note
from archive.proof.receipt import Receipt

MOST = 800
"""Digests that fit into one entry beside the rest."""


@dataclass(frozen=True)
class Resubmitted:
    """A verified receipt: the file's bytes, the leaf it proves and the note (signed checkpoint) it proves it under."""

    data: bytes
    index: int
    leaf: bytes
    note: bytes

    @property
    def digest(self) -> Digest:
        """SHA-256 of the file."""
        return Digest("sha256", sha256(self.data).digest())


def read_receipts(untrusted_files: Mapping[str, bytes], key: VerificationKey) -> list[Resubmitted]:
    """Each file by its name; ``Refused succeed.receipt`` names one that is no receipt of the log of ``key``.

    Limit: with the log's own key alone; a receipt the operator made yesterday for this purpose verifies as well.
    """
    found = dict[bytes, Resubmitted]()
    for name, data in untrusted_files.items():
        try:
            receipt = Receipt.parse(data)
            note = receipt.checkpoint.encode()
            checkpoint = Checkpoint.parse(open_note(note, [key]))
            verify_inclusion(leaf_hash(receipt.leaf), receipt.index, checkpoint.size, receipt.proof, checkpoint.root)
        except VerificationError as fault:
            raise Refused("succeed.receipt", f"{name} is no receipt of {key.name}: {fault.reason}; take it out of the "
                          "folder and run the command again") from fault
        found[data] = Resubmitted(data, receipt.index, receipt.leaf, note)
    return sorted(found.values(), key=lambda one: (one.index, one.data))


def of_lost(receipts: Sequence[Resubmitted], kept: int) -> tuple[Resubmitted, ...]:
    """Those of leaves that are gone; ``Refused succeed.too_many_receipts`` beyond what one entry can name."""
    lost = tuple(one for one in receipts if one.index >= kept)
    if len(lost) > MOST:
        raise Refused("succeed.too_many_receipts", f"{len(lost)} receipts of lost leaves are more than the {MOST} the "
                      "first leaf has room for; choose the ones that matter, one of each leaf")
    return lost


def require_same(receipts: Sequence[Resubmitted], leaves: Iterable[BatchLeaf]) -> None:
    """A receipt of a leaf that is left must prove that very leaf: ``Contradiction succeed.leaf_differs``."""
    proven = {one.index: one.leaf for one in receipts}
    for index, leaf in enumerate(leaves):
        if proven.get(index, leaf.entry) != leaf.entry:
            raise Contradiction("succeed.leaf_differs", f"a receipt proves another leaf {index} than the one that is "
                                "left: what is left was changed. Keep it as evidence; look for a backup before that.")
