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
from archive.proof.receipt import Receipt
from archive.site import Site

SIGNED = table(SignedCheckpoint)


def receipt(site: Site, leaf: int, tree: SignedTree, may_know: AbstractSet[str] | None = None) -> Receipt:
    """The receipt of leaf ``leaf`` in ``tree``, which must cover it. ``may_know``: names of the particulars to
    disclose, None for all; the rest is withheld, as commitments; so are all that were erased.

    Grade ``signed``: the operator's word only. Limit: evidence to hold the archive to account, not a promise that
    it will still have the recording.
    """
    row: Any = site.db.read(lambda c: c.execute(select(CUSTODY.c.entry).where(CUSTODY.c.idx == leaf)).first())
    if row is None or leaf >= tree.checkpoint.size:
        raise NotFound("receipt.not_yet", "this leaf is not covered by a signed checkpoint yet")
    held = particulars_of(site, leaf)
    shown = tuple(f for f in held.fields if may_know is None or f.name in may_know)
    told = {f.name for f in shown}
    return Receipt(
        grade="signed", leaf=bytes(row.entry), index=leaf,
        proof=tuple(site.log_tiles.inclusion(leaf, tree.checkpoint.size)), checkpoint=tree.note.decode(),
        log_vkey=site.ports.signer.key.text(), disclosed=shown,
        withheld=tuple((name, commitment) for name, commitment in held.commitments if name not in told))


def signed_at(site: Site, tree: SignedTree) -> datetime | None:
    """When the log says it signed this tree: a claim of its clock."""
    query = select(SIGNED.c.at).where(SIGNED.c.size == tree.checkpoint.size)
    at: datetime | None = site.db.read(lambda c: c.execute(query).scalar())
    return at
