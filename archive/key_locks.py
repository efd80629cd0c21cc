"""The job that keeps the copies of keys locked ahead, except those of erased particulars: they run out and go."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select, update

from archive.custody import ERASED
from archive.db import Tx
from archive.errors import NotFound, Refused
from archive.key_copies import COPY, KeyCopies, copies_prefix, whole_second
from archive.ports import ObjectVersion
from archive.site import Site

FEW, MANY = 64, 64
"""Objects of fewer than ``FEW`` keys are put together when there are more than ``MANY`` of them."""


@dataclass(frozen=True)
class KeyLocks:
    """Objects locked further, keys put into new objects, objects removed, and objects that are not where they were."""

    extended: int
    moved: int
    removed: int
    missing: tuple[str, ...]


@dataclass(frozen=True)
class _Held:
    """One object of copies: its version, the scopes in it, its date."""

    version: ObjectVersion
    scopes: frozenset[str]
    lock_until: datetime


def extend_key_locks(site: Site, now: datetime, key_lock: timedelta) -> KeyLocks:
    """Lock every copy ``key_lock`` ahead of ``now``, which is read before this is called. To be run at least twice
    within ``key_lock``.

    An object that also holds an erased key is left to run out, its other keys put into a new one; what ran out, by the
    store's clock, is removed. Limit: removed from the store, not from its backups or its disk's spare blocks.
    """
    copies = KeyCopies(site.db, site.ports.store, site.ports.vault, site.log_id, key_lock)
    erased = set(site.db.read(lambda c: c.execute(select(ERASED.c.scope).distinct()).scalars().all()))
    objects = _objects(site)
    ours = copies_prefix(site.log_id)  # those of a log this one succeeded run out as well
    kept = [held for held in objects if not held.scopes & erased and held.version.key.startswith(ours)]
    few = [held for held in kept if len(held.scopes) < FEW]
    if len(few) > MANY:
        kept = [held for held in kept if held not in few]
    missing = [held.version.key for held in kept if not _extend(site, held, whole_second(now + key_lock))]
    safe = set[str]().union(*(held.scopes for held in kept if held.version.key not in missing))
    moving = sorted(set[str]().union(*(held.scopes for held in objects)) - safe - erased)
    copies.put(moving, now)
    left = [held for held in objects if held not in kept or held.version.key in missing]
    fresh = {held.version.key for held in _objects(site)} - {held.version.key for held in objects}
    gone = [held for held in left if held.version.key not in fresh and _remove(site, held)]
    return KeyLocks(len(kept) - len(missing), len(moving), len(gone), tuple(missing))


def _objects(site: Site) -> list[_Held]:
    rows: Any = site.db.read(lambda c: c.execute(select(COPY)).all())
    grouped = defaultdict[tuple[str, str], list[Any]](list)
    for row in rows:
        grouped[row.object_key, row.version_id].append(row)
    return [_Held(ObjectVersion(*key), frozenset(r.scope for r in held), max(r.lock_until for r in held))
            for key, held in sorted(grouped.items())]


def _extend(site: Site, held: _Held, until: datetime) -> bool:
    """False when the object is gone, so that its keys are put again."""
    try:
        reached = site.ports.store.extend_lock(held.version, until)
    except NotFound:
        return False
    site.db.write(lambda tx: tx.execute(update(COPY).where(COPY.c.object_key == held.version.key).values(
        lock_until=reached)).rowcount)
    return True


def _remove(site: Site, held: _Held) -> bool:
    """True when the object's lock has run out and it is removed, or it was gone already; then its rows go, too."""
    if site.ports.store.date() <= held.lock_until:
        return False
    try:
        site.ports.store.delete(held.version)
    except Refused:  # somebody locked it for longer
        return False

    def forget(tx: Tx) -> None:
        tx.execute(delete(COPY).where(COPY.c.object_key == held.version.key))

    site.db.write(forget)
    return True
