"""Rows of a rebuilt database that no leaf tells of: signed checkpoints, copies of keys, how far collecting has come."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import insert, select

from archive.anchors import anchors, read_anchor
from archive.collecting import COLLECTED
from archive.custody import CUSTODY
from archive.db import Database, Tx
from archive.errors import Contradiction
from archive.key_copies import COPY, stored_keys
from archive.log import PROGRESS, SIGNED
from archive.log_store import log_prefix, oldest, oldest_of, staged_spans
from archive.ports import ObjectVersion
from archive.proof.checkpoint import Checkpoint
from archive.proof.errors import VerificationError
from archive.proof.note import open_note, sign_note
from archive.proof.tiles import TILE_WIDTH, entries_path
from archive.rebuild import Sources, Survey


def trusted(sources: Sources, untrusted_notes: Iterable[bytes]) -> list[Checkpoint]:
    """Checkpoints this log's key signed: the notes given (published file, a receipt's, the paper's) and every anchor in
    the store; smallest first. ``Contradiction log.checkpoint_unverified`` for a given note that does not verify.

    Limit: with the log's own key alone; that outsiders know the same checkpoint, only their signatures say.
    """
    notes, found = list(untrusted_notes), dict[int, Checkpoint]()
    for name in anchors(sources.store, sources.log_id):
        if name.number == 0:
            notes.append(read_anchor(sources.store, sources.log_id, name.size, name.version).checkpoint)
    for note in notes:
        try:
            made = Checkpoint.parse(open_note(note, [sources.signer.key]))
        except VerificationError as fault:
            raise Contradiction("log.checkpoint_unverified", f"a checkpoint does not verify with our own key "
                                f"({fault.reason}): the key file or the checkpoint was exchanged.") from fault
        if found.setdefault(made.size, made) != made:
            raise Contradiction("log.two_roots", f"two roots exist at size {made.size}: find out who signed the other.")
    return [found[size] for size in sorted(found)]


@dataclass(frozen=True)
class Staged:
    """The staged batches in the store: by the size at which each ends, and ``signed``: the sizes that were surely
    signed, because a later batch begins there."""

    ends: dict[int, ObjectVersion]
    signed: frozenset[int]


def staged(sources: Sources) -> Staged:
    """What lies staged now; collected batches are not in it."""
    versions = oldest_of(sources.store.versions(f"staged/{sources.log_id}/"))
    spans = staged_spans(versions, sources.log_id)
    ends = {first + count: versions[key] for key, (first, count) in spans.items()}
    return Staged(ends, frozenset({first for first, _ in spans.values()} & ends.keys()))


def write_signed(db: Database, sources: Sources, sizes: Iterable[int], found: Survey, lying: Staged) -> None:
    """A signed checkpoint at each of ``sizes``, signed again: Ed25519 gives the same bytes as then.

    Give only sizes that were signed: the service signs what lies beyond when it starts, after asking the cosigners.
    Limit: ``at`` is the time of the last leaf covered, a little before the one that was; checkpoints whose batch was
    collected and that were not anchored have no row.
    """

    def write(tx: Tx) -> None:
        for size in sorted(sizes):
            made = Checkpoint(sources.signer.key.name, size, found.edges[size].root())
            at = tx.execute(select(CUSTODY.c.at).where(CUSTODY.c.idx == size - 1)).scalar_one()
            lies = lying.ends.get(size) or _covering(sources, lying.ends, size)
            tx.execute(insert(SIGNED).values(
                size=size, root=made.root, note=sign_note(made.text(), [sources.signer]), at=at,
                staged_key=lies.key, staged_version=lies.version_id))

    db.write(write)


def write_collected(db: Database, sources: Sources) -> None:
    """That staged batches below the first one in the store may be gone."""
    first = min((first for first, _ in staged_spans(
        oldest_of(sources.store.versions(f"staged/{sources.log_id}/")), sources.log_id).values()), default=0)
    if first:
        size = -(-first // TILE_WIDTH) * TILE_WIDTH
        db.write(lambda tx: tx.execute(insert(PROGRESS).values(name=COLLECTED, size=size)).rowcount)


def write_key_copies(db: Database, sources: Sources) -> None:
    """Where copies of keys lie and how long each is locked, as the store says."""
    held = [(version, scope) for version, scope, _ in stored_keys(sources.store, sources.log_id)]
    locks = {version: sources.store.head(version).lock_until for version in {version for version, _ in held}}
    rows = [{"scope": scope, "object_key": version.key, "version_id": version.version_id,
             "lock_until": locks[version] or sources.store.date()} for version, scope in held]
    if rows:
        db.write(lambda tx: tx.execute(insert(COPY), rows).rowcount)


def _covering(sources: Sources, ends: dict[int, ObjectVersion], size: int) -> ObjectVersion:
    """An object that holds leaf ``size`` - 1: the bundle, or the staged batch that goes on beyond."""
    found = oldest(sources.store, log_prefix(sources.log_id) + entries_path((size - 1) // TILE_WIDTH))
    if found is None and (later := min((end for end in ends if end > size), default=None)) is not None:
        found = ends[later]
    if found is None:
        raise Contradiction("rebuild.leaves_missing", f"no object in the store holds leaf {size - 1}")
    return found
