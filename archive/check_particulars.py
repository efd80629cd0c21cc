"""Sealed particulars against their leaves: each opens and matches, was lawfully erased, or is MISSING."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, select

from archive.check_findings import Findings
from archive.custody import CUSTODY, SEALED
from archive.db import Database
from archive.errors import Contradiction, NotFound, Refused
from archive.log_events import ParticularsErased
from archive.particulars import unseal
from archive.proof import canonical
from archive.proof.digest import Digest
from archive.site import Site

CHUNK = 1024


def erased_leaves(db: Database) -> dict[int, int]:
    """leaf → index of the later ``particulars.erased`` event that names it. Only such a leaf may lack particulars."""
    query = select(CUSTODY.c.idx, CUSTODY.c.entry).where(CUSTODY.c.kind == ParticularsErased.KIND)
    erased: dict[int, int] = {}
    for row in db.read(lambda c: c.execute(query).all()):
        for leaf in _named(bytes(row.entry)):
            if leaf < row.idx:
                erased.setdefault(leaf, row.idx)
    return erased


def check_particulars(site: Site, size: int, erased: Mapping[int, int], found: Findings) -> int:
    """Opens every sealed row of the first ``size`` leaves; answers how many were opened or lawfully erased."""
    fine, last = 0, -1
    while rows := site.db.read(_after(last, size)):
        fine += sum(_check(site, row, erased, found) for row in rows)
        last = rows[-1].idx
    return fine


def _after(last: int, size: int) -> Callable[[Connection], Sequence[Any]]:
    query = (select(CUSTODY.c.idx, CUSTODY.c.entry, SEALED.c.scope, SEALED.c.sealed)
             .join_from(SEALED, CUSTODY, CUSTODY.c.idx == SEALED.c.idx)
             .where(SEALED.c.idx > last, SEALED.c.idx < size).order_by(SEALED.c.idx).limit(CHUNK))
    return lambda connection: connection.execute(query).all()


def _check(site: Site, row: Any, erased: Mapping[int, int], found: Findings) -> bool:
    try:
        commitment = Digest.parse(_commitment(bytes(row.entry)))
    except ValueError:
        return False  # the row itself was found not to read, or to commit to nothing
    try:
        unseal(site.ports.vault, site.log_id, row.scope, bytes(row.sealed), commitment)
    except NotFound:
        if row.idx in erased:
            return True
        found.add("particulars.missing", row.idx, f"MISSING: the key of {row.scope} is not in the vault, and no "
                  "particulars.erased names this leaf")
        return False
    except (Contradiction, Refused) as fault:
        found.add("particulars.mismatch", row.idx, fault.message)
        return False
    if row.idx in erased:
        found.add("particulars.kept", row.idx, f"leaf {erased[row.idx]} says erased; they still open")
    return True


def _commitment(entry: bytes) -> str:
    held = canonical.decode(entry)
    return str(held.get("commitment", "")) if isinstance(held, dict) else ""


def _named(entry: bytes) -> list[int]:
    try:
        held: Any = canonical.decode(entry)
        return [int(leaf) for leaf in held["data"]["leaves"]]
    except (ValueError, KeyError, TypeError):
        return []  # found by the row check
