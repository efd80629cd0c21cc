"""A new log in the place of one that lost leaves for good: what is left of the old one is entered again, each leaf byte
for byte at the index it had, and leaf 0 says which log that was and what is gone. The old log is never written."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from archive import custody, entries
from archive.actors import SYSTEM
from archive.batches import BatchLeaf
from archive.comparing import read_only
from archive.custody import SEALED
from archive.db import Database, Tx
from archive.entries import CustodyEvent
from archive.erasure import MEANWHILE, parts
from archive.errors import Contradiction, Refused, Unavailable
from archive.key_copies import COPY, restore_keys, whole_second
from archive.log_events import LogSucceeds, ParticularsErased
from archive.log_store import stored_leaves
from archive.outside_ports import Cosigner, CosignerBehind, CosignerConflict
from archive.ports import Clock
from archive.proof.checkpoint import Checkpoint
from archive.proof.digest import Digest
from archive.proof.keys import VerificationKey
from archive.proof.note import sign_note
from archive.rebuild import Rebuilt, Reentry, Show, Sources, Survey, rebuild, survey
from archive.rebuilding import leaves_of
from archive.rebuilt_rows import trusted, write_key_copies
from archive.resubmitted import Resubmitted

Leaves = Callable[[], Iterable[BatchLeaf]]


@dataclass(frozen=True)
class Remains:
    """What is left of a log. ``last``: the largest checkpoint known to be signed; ``kept``: leaves at hand, which
    ``leaves`` gives from the first; the first ``verified`` of them give the root of a signed checkpoint."""

    last: Checkpoint
    kept: int
    verified: int
    found: Survey
    leaves: Leaves

    @property
    def lost(self) -> str:
        """The lost leaves in words."""
        return f"leaves {self.kept} to {self.last.size - 1}"


@dataclass(frozen=True)
class Heir:
    """The log that takes the place: its key, where its database is to be (it must not exist), the release's version,
    and how far ahead copies of keys are locked."""

    key: VerificationKey
    database: Path
    release: str
    key_lock: timedelta

    @property
    def log_id(self) -> str:
        """The random part of the origin."""
        return self.key.name.rsplit("/", 1)[-1]


def remains(sources: Sources, database: Path, untrusted_notes: Iterable[bytes], show: Show) -> Remains:
    """What the old database (it may be absent) or the store still has, whichever has more, held against every signed
    checkpoint at hand.

    ``Refused succeed.nothing_signed``; ``Refused succeed.nothing_lost`` when all signed leaves are there;
    ``Contradiction rebuild.root_differs`` when what is there was changed: then leaves are not lost but in dispute.
    Limits: leaves beyond ``verified`` stand on the word of where they lay; a hole in one of the two is not filled from
    the other.
    """
    checkpoints = trusted(sources, [*untrusted_notes, *_newest_notes(database)])
    if not checkpoints:
        raise Refused("succeed.nothing_signed", "no signed checkpoint of this log is at hand, so nothing says what was "
                      "lost. Give one with --checkpoint (from a receipt, a cosigner, paper)")
    last = checkpoints[-1]
    held = {"database": _of_database(database), "store": _of_store(sources)}
    counts = {name: _count(leaves(), name, show) for name, leaves in held.items()}
    best = max(counts, key=lambda name: counts[name])
    if (kept := counts[best]) >= last.size:
        raise Refused("succeed.nothing_lost", f"nothing is lost: the {best} has all {last.size} leaves that were "
                      "signed. Put the newer database back, or run `liuhen rebuild`")
    leaves = held[best]
    beneath = [checkpoint for checkpoint in checkpoints if checkpoint.size <= kept]
    found = survey(leaves(), beneath, {kept} - {0}, show)
    return Remains(last, kept, max((c.size for c in beneath), default=0), found, leaves)


def require_none_ahead(cosigners: Sequence[Cosigner], sources: Sources, last: Checkpoint) -> None:
    """The old log's cosigners know nothing beyond ``last``, or more would be lost than the new log says.

    ``Refused succeed.checkpoint_missing`` when one does, ``Contradiction log.forked``, ``Unavailable log.unconfirmed``
    when there are cosigners and none answers. Asking may have one that is behind sign ``last``: no harm, it was signed.
    """
    note, silent = sign_note(last.text(), [sources.signer]), 0
    for cosigner in cosigners:
        try:
            cosigner.add_checkpoint(last.size, (), note)
        except CosignerBehind as known:
            if known.size > last.size:
                raise Refused("succeed.checkpoint_missing", f"{cosigner.key.name} knows {known.size} leaves, the "
                              f"newest checkpoint here covers {last.size}: get its checkpoint and give it with "
                              "--checkpoint") from known
        except CosignerConflict as fault:
            raise Contradiction("log.forked", f"{cosigner.key.name} knows another history of this log: that is no "
                                "loss. Get its checkpoint, keep both, find out who signed the other.") from fault
        except Unavailable:
            silent += 1
    if cosigners and silent == len(cosigners):
        raise Unavailable("log.unconfirmed", "no cosigner answers: how much is lost cannot be told; try again later",
                          retry_after=60)


def enter_again(sources: Sources, left: Remains, heir: Heir, receipts: Sequence[Resubmitted], clock: Clock, *,
                erased: AbstractSet[str], accept_unreadable: bool, show: Show,
                also: Callable[[Database], None]) -> Rebuilt:
    """The new log's database: ``log.succeeds`` as leaf 0, then the old leaves, then an erasure event for each scope of
    ``erased`` (marks in the key folder) whose own event is among the lost. ``sources.vault`` gets back keys it lacks.

    ``Contradiction rebuild.particulars`` as ``rebuild``. Nothing is signed and nothing put into the store: the new
    log's first start does both.
    """
    said = left.found.erased_scopes
    restore_keys(sources.store, sources.vault, sources.log_id, said | erased)
    unsaid = erased - said
    gone = {i for i, leaf in enumerate(islice(left.leaves(), left.kept)) if leaf.scope in unsaid} if unsaid else set()
    opening = CustodyEvent.plain(SYSTEM.id, heir.log_id, _body(sources, left, heir, receipts))
    first = entries.encode(opening, clock.now())

    def rows(db: Database) -> None:
        if not left.kept:
            db.write(lambda tx: custody.replay(tx, 0, *entries.decode(first), first, None))
        write_key_copies(db, sources)
        authority = f"the order stands in a lost leaf: {left.lost} of {sources.signer.key.name}"[:500]
        for scope in sorted(unsaid):
            db.write(partial(_say_erased, clock=clock, scope=scope, authority=authority, key_lock=heir.key_lock))
        also(db)

    found = replace(left.found, erased=left.found.erased | gone)
    return rebuild(sources, heir.database, found, left.verified, leaves=left.leaves, show=show, also=rows,
                   accept_unreadable=accept_unreadable, reentry=Reentry(heir.log_id, first))


def _body(sources: Sources, left: Remains, heir: Heir, receipts: Sequence[Resubmitted]) -> LogSucceeds:
    old = sources.signer.key
    return LogSucceeds(
        origin=heir.key.name, log_key=heir.key.text(), release=heir.release, old_origin=old.name,
        old_log_key=old.text(), old_size=left.last.size, old_root=Digest("sha256", left.last.root), kept=left.kept,
        lost_from=left.kept, lost_to=left.last.size, receipts=tuple(one.digest for one in receipts))


def _say_erased(tx: Tx, clock: Clock, scope: str, authority: str, key_lock: timedelta) -> None:
    """The key is gone and the event that said so is lost: without one of the new log its leaves would be missing."""
    leaves: Any = tx.execute(select(SEALED.c.idx).where(SEALED.c.scope == scope).order_by(SEALED.c.idx)).scalars().all()
    until = tx.execute(select(func.max(COPY.c.lock_until)).where(COPY.c.scope == scope)).scalar()
    latest = whole_second(clock.now() + key_lock + MEANWHILE)
    for part in parts(leaves):
        body = ParticularsErased(tuple(part), authority, latest if until is None else max(until, latest))
        custody.append(tx, clock, CustodyEvent.plain(SYSTEM.id, scope, body))


def _newest_notes(database: Path) -> list[bytes]:
    """The last signed and the last cosigned note of a database."""
    if not database.exists():
        return []
    try:
        with closing(read_only(database)) as old:
            queries = [f"SELECT note FROM {name} ORDER BY size DESC LIMIT 1"
                       for name in ("signed_checkpoint", "cosigned_checkpoint")]
            return [bytes(row[0]) for query in queries for row in old.execute(query)]
    except sqlite3.DatabaseError as fault:
        raise _unreadable(database, fault) from fault


def _of_database(database: Path) -> Leaves:
    """Its rows from index 0 up to the first gap."""

    def leaves() -> Iterator[BatchLeaf]:
        if not database.exists():
            return
        try:
            with closing(read_only(database)) as old:
                (end,) = old.execute("SELECT min(idx) + 1 FROM custody c WHERE NOT EXISTS "
                                     "(SELECT 1 FROM custody n WHERE n.idx = c.idx + 1)").fetchone()
                (begin,) = old.execute("SELECT min(idx) FROM custody").fetchone()
                yield from islice(leaves_of(old, 0), end if begin == 0 else 0)
        except sqlite3.DatabaseError as fault:
            raise _unreadable(database, fault) from fault

    return leaves


def _of_store(sources: Sources) -> Leaves:
    """Its leaves from index 0 up to the first that cannot be read."""

    def leaves() -> Iterator[BatchLeaf]:
        try:
            yield from stored_leaves(sources.store, sources.log_id)
        except Contradiction:  # a bundle or batch that is not there, or does not read: what follows is out of reach
            return

    return leaves


def _count(leaves: Iterable[BatchLeaf], where: str, show: Show) -> int:
    count = 0
    for count, _ in enumerate(leaves, 1):
        if count % 2048 == 0:
            show(f"counting in the {where}", count, 0)
    return count


def _unreadable(database: Path, fault: Exception) -> Refused:
    return Refused("succeed.database", f"the database {database} does not read ({fault}): move it and its -wal away "
                   "to go on with what the store has")
