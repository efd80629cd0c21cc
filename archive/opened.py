"""Open the particulars of a leaf again: what stood in the staged batch, decrypted and held against the commitment."""

from typing import Any

from sqlalchemy import select

from archive.custody import CUSTODY, SEALED
from archive.entries import decode
from archive.particulars import unseal
from archive.proof.commitments import Particular
from archive.site import Site


def open_particulars(site: Site, leaf: int) -> tuple[Particular, ...]:
    """The fields of leaf ``leaf``; empty when it has none. ``NotFound key.absent`` when they were erased."""
    row: Any = site.db.read(lambda c: c.execute(
        select(CUSTODY.c.entry, SEALED.c.scope, SEALED.c.sealed)
        .join_from(CUSTODY, SEALED, CUSTODY.c.idx == SEALED.c.idx).where(CUSTODY.c.idx == leaf)).first())
    if row is None:
        return ()
    commitment = decode(bytes(row.entry))[1].commitment
    if commitment is None:
        return ()
    return unseal(site.ports.vault, site.log_id, row.scope, bytes(row.sealed), commitment)
