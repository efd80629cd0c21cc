"""Erase particulars by destroying their key: the log says so first, then the key goes, never the other way round."""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, func, select

from archive import custody, search_index
from archive.account_tables import Credential, WebSession
from archive.actors import Actor
from archive.columns import table
from archive.custody import ERASED, SEALED
from archive.db import Tx
from archive.entries import CustodyEvent
from archive.errors import NotFound, Refused, Unavailable
from archive.key_copies import whole_second
from archive.log import SIGNED
from archive.log_events import ParticularsErased
from archive.log_tables import CosignedCheckpoint, KeyCopy
from archive.publication import Act, require
from archive.site import Site

COPY, CREDENTIAL, SESSION = table(KeyCopy), table(Credential), table(WebSession)
COSIGNED = table(CosignedCheckpoint)
MOST = 4000
"""Leaves named in one event, so that it stays within an entry's length."""
PUBLISHED_WITHIN = timedelta(seconds=60)
LOOK_EVERY_S = 0.1
MEANWHILE = timedelta(minutes=1)
"""Longer than from an erasure's look at the clock to its commit."""


@dataclass(frozen=True)
class Erased:
    """``leaves`` whose particulars are gone, ``by_leaves`` that say so, and when the last stored key copy runs out."""

    scope: str
    leaves: tuple[int, ...]
    by_leaves: tuple[int, ...]
    complete_at: datetime


def erase(site: Site, untrusted_scope: str, authority: str, actor: Actor, *, key_lock: timedelta) -> Erased:
    """Erase all particulars under one scope's key. In order: the event, committed with the columns it clears and
    signed into the log, and cosigned where there are cosigners; only then the key, here. Its copies in the store run
    out by themselves. The search index is merged before, so that nothing erased stays in its file.

    ``key_lock``: how far ahead copies of keys are locked in the store. Repeating it after a crash finishes it.
    ``NotFound particulars.unknown_scope``, ``Refused particulars.authority``, ``Unavailable`` as
    ``publication.require`` says, and ``log.behind`` when nobody signs or cosigns it in time: the event then stands,
    the key too, and the command is to be run again.
    Limits: the original, which shows and says what it shows, is not touched; what was handed out before is not
    reached, nor backups of the key folder; until ``complete_at`` the store's copy could undo it.
    """
    if not authority.strip() or len(authority) > 500:
        raise Refused("particulars.authority", "name the document that orders the erasure, in at most 500 characters")
    require(site, Act.ERASE_PARTICULARS)
    done: Erased = site.db.write(lambda tx: _record(tx, site, untrusted_scope, authority.strip(), actor, key_lock))
    search_index.purge(site.db)
    _await_published(site, done.by_leaves[-1])
    site.ports.vault.destroy(done.scope)
    return done


def _record(tx: Tx, site: Site, scope: str, authority: str, actor: Actor, key_lock: timedelta) -> Erased:
    leaves = tuple(tx.execute(select(SEALED.c.idx).where(SEALED.c.scope == scope).order_by(SEALED.c.idx)).scalars())
    if not leaves:
        raise NotFound("particulars.unknown_scope", "no particulars are sealed under this scope")
    known: Any = tx.execute(select(ERASED.c.idx, ERASED.c.by_leaf, ERASED.c.complete_at)
                            .where(ERASED.c.idx.in_(select(SEALED.c.idx).where(SEALED.c.scope == scope)))).all()
    left = sorted(set(leaves) - {row.idx for row in known})
    if not left:
        return Erased(scope, leaves, tuple(sorted({row.by_leaf for row in known})), known[0].complete_at)
    until = tx.execute(select(func.max(COPY.c.lock_until)).where(COPY.c.scope == scope)).scalar()
    # A copy that is being made or locked further at this moment counts from a moment before this one ends.
    latest = whole_second(site.ports.clock.now() + key_lock + MEANWHILE)
    complete_at = latest if until is None else max(until, latest)
    by = tuple(custody.append(tx, site.ports.clock, CustodyEvent.plain(
        actor.id, scope, ParticularsErased(tuple(part), authority, complete_at)))
        for part in parts(left))
    # Whoever no longer has a name here cannot sign in by it either.
    tx.execute(delete(CREDENTIAL).where(CREDENTIAL.c.person == scope))
    tx.execute(delete(SESSION).where(SESSION.c.person == scope))
    return Erased(scope, leaves, by, complete_at)


def parts(leaves: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """As many leaves at a time as one event can name."""
    for first in range(0, len(leaves), MOST):
        yield tuple(leaves[first:first + MOST])


def _await_published(site: Site, leaf: int) -> None:
    """Until the leaf is published as far as this act needs, by this process or by the serving one beside it."""
    deadline = site.ports.clock.monotonic() + PUBLISHED_WITHIN.total_seconds()
    pause = threading.Event()
    while site.db.read(lambda c: _published_size(c, site.cosigning is not None)) <= leaf:
        if site.ports.clock.monotonic() > deadline:
            raise Unavailable("log.behind", "the erasure is in the log's rows but not signed and cosigned yet, so the "
                              "key was not destroyed: start the service and run the command again")
        pause.wait(LOOK_EVERY_S)


def _published_size(connection: Connection, has_cosigners: bool) -> int:
    """Leaves signed; where this log has cosigners, or ever had, leaves cosigned as its policy asks."""
    signed = connection.execute(select(func.max(SIGNED.c.size))).scalar() or 0
    cosigned = connection.execute(select(func.max(COSIGNED.c.size)).where(COSIGNED.c.met)).scalar()
    return int(signed if cosigned is None and not has_cosigners else cosigned or 0)
