"""The database again, from locked storage and the key vault alone: leaves are verified first, then replayed through
the same ``flush`` and ``apply`` as when they were new. The old database is never touched."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TypeVar

from archive import custody, entries
from archive.batches import BatchLeaf
from archive.db import Database, Tx
from archive.entries import CustodyEvent
from archive.errors import Contradiction, NotFound, Refused
from archive.log_events import ParticularsErased
from archive.log_store import stored_leaves
from archive.migrations import migrate
from archive.particulars import Sealed, seal, unseal
from archive.ports import KeyVault, ObjectStore, Signer
from archive.proof.checkpoint import Checkpoint
from archive.proof.digest import Digest
from archive.proof.merkle import Frontier, leaf_hash

GROUP = 2048
"""Leaves in one commit."""
NO_COMMITMENT = Digest("sha256", bytes(32))
_ERASED = f'"kind":"{ParticularsErased.KIND}"'.encode()
_T = TypeVar("_T")

Show = Callable[[str, int, int], None]
"""Told of progress: what is being done, leaves done, leaves in all (0 while unknown)."""


@dataclass(frozen=True)
class Sources:
    """What a rebuild reads: locked storage and the vault. ``signer`` signs again what this log signed."""

    store: ObjectStore
    vault: KeyVault
    signer: Signer

    @property
    def log_id(self) -> str:
        """The random part of the origin, as it stands in object keys."""
        return self.signer.key.name.rsplit("/", 1)[-1]


@dataclass(frozen=True)
class Reentry:
    """Into another log: entry ``first`` takes the place of leaf 0, particulars are sealed again for ``log_id`` with the
    salts they had; all other entries stay as they are."""

    log_id: str
    first: bytes


@dataclass(frozen=True)
class Survey:
    """What verifying found: how many leaves there are, which were erased and of whom, and the edge of the tree at the
    sizes asked for."""

    leaves: int
    erased: frozenset[int]
    erased_scopes: frozenset[str]
    edges: dict[int, Frontier]


@dataclass(frozen=True)
class Unreadable:
    """Particulars a leaf commits to that cannot be read although no event erased them."""

    leaf: int
    code: str


@dataclass(frozen=True)
class Rebuilt:
    """``beyond``: leaves after the checkpoint, which stand on the store's word alone."""

    leaves: int
    beyond: int
    erased: int
    unreadable: tuple[Unreadable, ...]
    keys_restored: int = 0


def survey(leaves: Iterable[BatchLeaf], checkpoints: Sequence[Checkpoint], sizes: Iterable[int], show: Show) -> Survey:
    """Hash every entry, and compare with the roots of verified checkpoints before anything is believed.

    ``Contradiction rebuild.leaves_missing`` when there are fewer leaves than they cover, ``rebuild.root_differs``.
    Limit: what lies beyond the largest of them is hashed but compared with nothing.
    """
    edge, erased, scopes, edges = Frontier(), set[int](), set[str](), dict[int, Frontier]()
    wanted, largest = {*sizes, *(c.size for c in checkpoints)}, max((c.size for c in checkpoints), default=0)
    for leaf in leaves:
        if _ERASED in leaf.entry:
            named, scope = _named(leaf.entry, edge.size)
            erased |= named
            scopes |= scope
        edge.append(leaf_hash(leaf.entry))
        if edge.size in wanted:
            edges[edge.size] = edge.copy()
        if edge.size % GROUP == 0:
            show("verifying", edge.size, max(largest, edge.size))
    if edge.size < largest:
        raise Contradiction("rebuild.leaves_missing", f"the store holds {edge.size} leaves, the checkpoint covers "
                            f"{largest}: the store is behind, or lost some. Put the newer store back.")
    for checkpoint in checkpoints:
        if checkpoint.size and edges[checkpoint.size].root() != checkpoint.root:
            raise Contradiction("rebuild.root_differs", "the leaves in the store do not give the root of the "
                                f"checkpoint at size {checkpoint.size}: the store was changed, or the checkpoint is "
                                "of another history. Nothing was rebuilt; keep both as evidence.")
    return Survey(edge.size, frozenset(erased), frozenset(scopes), edges)


def rebuild(sources: Sources, into: Path, found: Survey, checkpoint_size: int, *,
            leaves: Callable[[], Iterable[BatchLeaf]], accept_unreadable: bool, show: Show,
            also: Callable[[Database], None] = lambda db: None, reentry: Reentry | None = None) -> Rebuilt:
    """A new database file ``into`` with log and projection of the surveyed leaves, which ``leaves`` gives once more.

    ``also`` adds rows of other classes before the file gets its name; it appears whole or not at all.
    ``Refused rebuild.exists``; ``Contradiction rebuild.particulars`` when particulars cannot be read that no event
    erased, unless ``accept_unreadable``: their columns then stay empty.
    """
    if into.exists():
        raise Refused("rebuild.exists", f"{into} exists; a rebuild never writes over a database")
    part = into.with_name(f".{into.name}.part")
    _remove(part)
    migrate(part)
    db = Database(part, custody.flush)
    try:
        replaying, writing = _Replay(sources, found, reentry), Future[None]()
        writing.set_result(None)
        for group in _grouped(islice(leaves(), found.leaves), GROUP):
            work = replaying.group(group)  # while the group before it is still being written
            writing.result()
            writing = db.submit(work)
            show("applying", replaying.done, found.leaves)
        writing.result()
        replaying.require_whole()
        if replaying.unreadable and not accept_unreadable:
            raise _unreadable(replaying.unreadable)
        also(db)
    except BaseException:
        db.close()
        _remove(part)
        raise
    db.close()
    part.rename(into)
    return Rebuilt(found.leaves, found.leaves - checkpoint_size, len(found.erased), tuple(replaying.unreadable))


def stored(sources: Sources) -> Callable[[], Iterator[BatchLeaf]]:
    """All leaves in the store, each time from the first."""
    return lambda: stored_leaves(sources.store, sources.log_id)


class _Replay:
    """Turns stored leaves into works that replay them; hashes them again, for the store is read a second time."""

    def __init__(self, sources: Sources, found: Survey, reentry: Reentry | None) -> None:
        self._sources, self._found, self._edge, self._reentry = sources, found, Frontier(), reentry
        self._checks = dict(found.edges)
        self.unreadable: list[Unreadable] = []

    @property
    def done(self) -> int:
        """Leaves taken."""
        return self._edge.size

    def group(self, leaves: list[BatchLeaf]) -> Callable[[Tx], None]:
        """A work that replays these leaves; everything outside the transaction is done before it."""
        made = []
        for index, leaf in enumerate(leaves, self.done):
            entry = self._reentry.first if self._reentry and not index else leaf.entry
            at, event = entries.decode(entry)
            made.append((index, at, event, entry, self._sealed(index, event, leaf)))
        for leaf in leaves:
            self._edge.append(leaf_hash(leaf.entry))
            if self._edge.size in self._checks and self._checks.pop(self._edge.size).root() != self._edge.root():
                raise _changed_meanwhile()

        def work(tx: Tx) -> None:
            for given in made:
                custody.replay(tx, *given)

        return work

    def require_whole(self) -> None:
        """Every leaf came again, and the same ones."""
        if self._checks or self.done != self._found.leaves:
            raise _changed_meanwhile()

    def _sealed(self, index: int, event: CustodyEvent, leaf: BatchLeaf) -> Sealed | None:
        if event.commitment is not None and not leaf.scope:
            self.unreadable.append(Unreadable(index, "particulars.missing"))
        if not leaf.scope:
            return None
        kept = Sealed(leaf.scope, event.commitment or NO_COMMITMENT, leaf.sealed, ())
        if index in self._found.erased or event.commitment is None:
            return kept
        try:
            fields = unseal(self._sources.vault, self._sources.log_id, leaf.scope, leaf.sealed, event.commitment)
            if self._reentry:
                return seal(self._sources.vault, self._reentry.log_id, leaf.scope, fields)
            return replace(kept, fields=fields)
        except NotFound:
            self.unreadable.append(Unreadable(index, "particulars.missing"))
        except Contradiction as fault:
            self.unreadable.append(Unreadable(index, fault.code))
        return kept


def _named(entry: bytes, index: int) -> tuple[set[int], set[str]]:
    """Leaves erased and the scope, where the entry is an erasure."""
    event = entries.decode(entry)[1]
    if not isinstance(event.body, ParticularsErased):
        return set(), set()
    return {leaf for leaf in event.body.leaves if leaf < index}, {event.subject}


def _grouped(items: Iterable[_T], size: int) -> Iterator[list[_T]]:
    source = iter(items)
    while group := list(islice(source, size)):
        yield group


def _unreadable(found: list[Unreadable]) -> Contradiction:
    return Contradiction(
        "rebuild.particulars", f"the particulars of {len(found)} leaves cannot be read and no event erased them "
        f"(first: leaf {found[0].leaf}, {found[0].code}). Bring their keys back, or say that their columns shall "
        "stay empty.",
        leaves=[one.leaf for one in found[:100]])


def _changed_meanwhile() -> Contradiction:
    return Contradiction("rebuild.root_differs", "the store gave other leaves when they were read again: it is being "
                         "changed. Nothing was rebuilt; keep it as evidence.")


def _remove(part: Path) -> None:
    for path in (part, *(part.with_name(part.name + end) for end in ("-wal", "-shm", "-journal"))):
        path.unlink(missing_ok=True)
