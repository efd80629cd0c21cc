"""Receipts: a leaf, its path to a signed checkpoint, and the particulars its holder may know."""

from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import Any

from sqlalchemy import select

from archive.columns import table
from archive.custody import CUSTODY
from archive.errors import NotFound
from archive.log import SignedTree
from archive.log_tables import SignedCheckpoint
from archive.opened import particulars_of
from archive.proof.policy import Policy
from archive.proof.receipt import Receipt
from archive.proof.trust import Trust
from archive.site import Site

SIGNED = table(SignedCheckpoint)


def receipt(site: Site, leaf: int, tree: SignedTree, may_know: AbstractSet[str] | None = None,
            policy: Policy | None = None, stamps: tuple[tuple[str, bytes], ...] = ()) -> Receipt:
    """The receipt of leaf ``leaf`` in ``tree``, which must cover it. ``may_know``: names of the particulars to
    disclose, None for all; the rest is withheld, as commitments; so are all that were erased.

    ``policy``: the archive's own; ``stamps``: (authority, TimeStampResp) over exactly ``tree.note``. The grade follows
    from what is handed in, see ``grade_of``. Limit: evidence to hold the archive to account, not a promise that it will
    still have the recording; grade ``signed`` is the operator's word only.
    """
    row: Any = site.db.read(lambda c: c.execute(select(CUSTODY.c.entry).where(CUSTODY.c.idx == leaf)).first())
    if row is None or leaf >= tree.checkpoint.size:
        raise NotFound("receipt.not_yet", "this leaf is not covered by a signed checkpoint yet")
    held = particulars_of(site, leaf)
    shown = tuple(f for f in held.fields if may_know is None or f.name in may_know)
    told = {f.name for f in shown}
    return Receipt(
        grade=grade_of(tree.note, policy, stamps), leaf=bytes(row.entry), index=leaf,
        proof=tuple(site.log_tiles.inclusion(leaf, tree.checkpoint.size)), checkpoint=tree.note.decode(),
        log_vkey=site.ports.signer.key.text(), disclosed=shown,
        withheld=tuple((name, commitment) for name, commitment in held.commitments if name not in told),
        policy=policy.text if policy else "", timestamps=stamps)


def grade_of(note: bytes, policy: Policy | None, stamps: tuple[tuple[str, bytes], ...]) -> str:
    """What a receipt with this note may claim: ``cosigned`` when a cosigner has signed and the policy's quorum is met,
    ``anchored`` when it is time-stamped besides, else ``signed``. ``VerificationError`` for a note that does not hold.
    """
    if policy is None:
        return "signed"
    trust = Trust(policy)
    if not trust.is_cosigned(trust.open_cosigned(note)):
        return "signed"
    return "anchored" if stamps else "cosigned"


def signed_at(site: Site, tree: SignedTree) -> datetime | None:
    """When the log says it signed this tree: a claim of its clock."""
    query = select(SIGNED.c.at).where(SIGNED.c.size == tree.checkpoint.size)
    at: datetime | None = site.db.read(lambda c: c.execute(query).scalar())
    return at
