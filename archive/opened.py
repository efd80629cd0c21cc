"""Open the particulars of a leaf again: what stood in the staged batch, decrypted and held against the commitment.

Absent particulars are lawful only where an event of the log says they were erased; otherwise they are *missing*.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from archive.custody import CUSTODY, ERASED, SEALED
from archive.entries import decode
from archive.errors import Contradiction, NotFound
from archive.log_events import ParticularsErased
from archive.particulars import committed, unseal
from archive.proof.commitments import Particular
from archive.proof.digest import Digest
from archive.site import Site


@dataclass(frozen=True)
class Erasure:
    """Where the log says that a leaf's particulars were erased: the leaf that says so, and the order it names."""

    by_leaf: int
    authority: str


@dataclass(frozen=True)
class Shown:
    """What can be known of a leaf's particulars: fields, commitments (name → 32 bytes) of all of them, erasure.

    ``fields`` is empty where there are none or they were erased; ``commitments`` stands all the same.
    """

    fields: tuple[Particular, ...] = ()
    commitments: tuple[tuple[str, bytes], ...] = ()
    erased: Erasure | None = None


def particulars_of(site: Site, leaf: int) -> Shown:
    """What can be known of leaf ``leaf``'s particulars, erased ones included.

    ``Contradiction particulars.missing`` when key or ciphertext is gone and no event says why; other
    ``Contradiction particulars.* | key.mismatch`` when they are not what was committed to.
    """
    row: Any = site.db.read(lambda c: c.execute(
        select(CUSTODY.c.entry, SEALED.c.scope, SEALED.c.sealed)
        .join_from(CUSTODY, SEALED, CUSTODY.c.idx == SEALED.c.idx, isouter=True).where(CUSTODY.c.idx == leaf)).first())
    commitment = None if row is None else decode(bytes(row.entry))[1].commitment
    if commitment is None:
        return Shown()
    return shown(site, leaf, commitment, row.scope, row.sealed)


def shown(site: Site, leaf: int, commitment: Digest, scope: str | None, sealed: bytes | None) -> Shown:
    """As ``particulars_of``, for one who has the rows at hand (None where there is no row)."""
    if scope is None or sealed is None:  # the row is never erased, only its key is
        raise missing(leaf)
    commitments = tuple(committed(bytes(sealed), commitment).items())
    erased = site.db.read(lambda c: erasure_of(c, leaf))
    if erased is not None:
        return Shown((), commitments, erased)
    try:
        return Shown(unseal(site.ports.vault, site.log_id, scope, bytes(sealed), commitment), commitments)
    except NotFound as fault:
        raise missing(leaf) from fault


def open_particulars(site: Site, leaf: int) -> tuple[Particular, ...]:
    """The fields of leaf ``leaf``; empty when it has none. ``NotFound particulars.erased`` when an event of the log
    erased them (``leaf`` and ``authority`` of that event in the details); ``Contradiction`` as ``particulars_of``."""
    found = particulars_of(site, leaf)
    if found.erased is not None:
        raise NotFound("particulars.erased", f"the particulars of leaf {leaf} were erased by leaf "
                       f"{found.erased.by_leaf}, on the order of {found.erased.authority}",
                       leaf=found.erased.by_leaf, authority=found.erased.authority)
    return found.fields


def erasure_of(connection: Connection, leaf: int) -> Erasure | None:
    """The erasure of a leaf's particulars, read from the log entry itself: a row alone excuses nothing."""
    by = connection.execute(select(CUSTODY.c.idx, CUSTODY.c.entry).join_from(
        ERASED, CUSTODY, CUSTODY.c.idx == ERASED.c.by_leaf).where(ERASED.c.idx == leaf)).first()
    body = None if by is None else decode(bytes(by.entry))[1].body
    if by is None or not isinstance(body, ParticularsErased) or leaf not in body.leaves or leaf >= by.idx:
        return None
    return Erasure(by.idx, body.authority)


def missing(leaf: int) -> Contradiction:
    """Absent without an order: never to be taken for an erasure."""
    return Contradiction("particulars.missing", f"the particulars of leaf {leaf} are missing: their key or ciphertext "
                         "is gone and no event of the log erased them. Keep everything as evidence; bring the key "
                         "folder or the store's copy of the key back.", leaf=leaf)
