"""Append a custody event in the caller's transaction and apply it: the log is the truth, the tables are its index."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, select

from archive import entries, projection
from archive.columns import table
from archive.db import Tx
from archive.entries import CustodyEvent
from archive.errors import Refused, Unavailable
from archive.identifiers import LeafIndex
from archive.log_events import ParticularsErased
from archive.log_tables import Custody, SealedParticulars
from archive.particulars import Sealed
from archive.ports import Clock
from archive.projection import Applied
from archive.proof.merkle import leaf_hash
from archive.tables import ErasedParticulars

CUSTODY, SEALED, ERASED = table(Custody), table(SealedParticulars), table(ErasedParticulars)
_INSERT_CUSTODY, _INSERT_SEALED = insert(CUSTODY), insert(SEALED)
_ERASED_OF = select(ERASED.c.scope).where(ERASED.c.scope.in_(bindparam("scopes", expanding=True))).distinct()
BACKWARD_TOLERANCE = timedelta(seconds=1)
"""A clock step this small is smoothed over; a larger one stops appending until it is explained."""


@dataclass(slots=True)
class _Waiting:
    """An event that has its index and bytes and waits for the group's flush."""

    index: int
    at: datetime
    entry: bytes
    event: CustodyEvent
    sealed: Sealed | None
    replayed: bool = False


def append(tx: Tx, clock: Clock, event: CustodyEvent, sealed: Sealed | None = None) -> LeafIndex:
    """Give the event the next index and its time, and hand it to the group. ``sealed`` when it has particulars.

    Runs under the custody lock (the one write transaction). ``at`` is a claim of this machine's clock; it never goes
    back within a log: ``Unavailable clock.back`` when the clock does.
    """
    index, last = tx.recall("custody.head") or _head(tx)
    at = clock.now()
    if last is not None and at < last:
        if last - at > BACKWARD_TOLERANCE:
            raise Unavailable("clock.back", "this machine's clock is behind the log; set it right", retry_after=60)
        at = last
    entry = entries.encode(event, at)
    tx.defer(_Waiting(index, at, entry, event, sealed))
    tx.remember("custody.head", (index + 1, at))
    return LeafIndex(index)


def flush(tx: Tx, waiting: Sequence[_Waiting]) -> None:
    """Write waiting entries and apply them: the ``flush`` of ``Database``."""
    tx.write(_INSERT_CUSTODY, [
        {"idx": w.index, "kind": w.event.body.KIND, "at": w.at, "actor": w.event.actor, "subject": w.event.subject,
         "entry": w.entry, "leaf_hash": leaf_hash(w.entry)} for w in waiting
    ])
    sealed = [{"idx": w.index, "scope": w.sealed.scope, "sealed": w.sealed.sealed} for w in waiting if w.sealed]
    if sealed:
        _require_not_erased(tx, waiting)
        tx.write(_INSERT_SEALED, sealed)
    projection.apply(tx.write, [Applied(w.index, w.at, w.event, w.sealed.values if w.sealed else {}) for w in waiting])


def replay(tx: Tx, index: int, at: datetime, event: CustodyEvent, entry: bytes, sealed: Sealed | None) -> None:
    """Hand a leaf that is in the log already to the group, as a rebuild does: nothing of it is made anew."""
    tx.defer(_Waiting(index, at, entry, event, sealed, replayed=True))


def _require_not_erased(tx: Tx, waiting: Sequence[_Waiting]) -> None:
    """The last gate: whoever sealed before an erasure and commits after it would leave what nobody can read."""
    scopes = {w.sealed.scope for w in waiting if w.sealed and not w.replayed}
    if not scopes:
        return
    erased = set(tx.look(_ERASED_OF, {"scopes": list(scopes)}).scalars())
    if not erased and not any(isinstance(w.event.body, ParticularsErased) for w in waiting):
        return
    for w in waiting:
        if isinstance(w.event.body, ParticularsErased):
            erased.add(w.event.subject)
        elif w.sealed and w.sealed.scope in erased and not w.replayed:
            raise Refused("particulars.scope_erased", f"the particulars of {w.sealed.scope} were erased in the "
                          "meantime: it takes no more")


def size(connection: Connection) -> int:
    """Rows in the log."""
    return int(connection.execute(select(func.coalesce(func.max(CUSTODY.c.idx), -1))).scalar_one()) + 1


def _head(tx: Tx) -> tuple[int, datetime | None]:
    row: Any = tx.execute(select(CUSTODY.c.idx, CUSTODY.c.at).order_by(CUSTODY.c.idx.desc()).limit(1)).first()
    return (0, None) if row is None else (row.idx + 1, row.at)
