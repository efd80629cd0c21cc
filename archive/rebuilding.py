"""``rebuild`` from beginning to end, into a file that becomes the database or into one to compare with."""

import sqlite3
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import chain, islice
from pathlib import Path

from archive.batches import BatchLeaf
from archive.comparing import Difference, compare, read_only
from archive.db import Database
from archive.errors import Refused
from archive.key_copies import restore_keys
from archive.rebuild import Rebuilt, Show, Sources, rebuild, stored, survey
from archive.rebuilt_rows import staged, trusted, write_collected, write_key_copies, write_signed


@dataclass(frozen=True)
class Compared:
    """``unstaged``: leaves the database holds and the store does not yet: their entries were taken from the database
    itself, so that only what they made in the tables was compared."""

    rebuilt: Rebuilt
    differences: tuple[Difference, ...]
    unstaged: int


def rebuild_into(sources: Sources, into: Path, untrusted_notes: Iterable[bytes], *, accept_unreadable: bool,
                 show: Show, also: Callable[[Database], None]) -> Rebuilt:
    """A new database at ``into``. ``untrusted_notes``: checkpoints kept outside the store, at best the newest one.

    ``Refused rebuild.no_checkpoint`` when there is none to verify the leaves against; see ``survey`` and ``rebuild``
    for the rest. ``also`` adds what later stages derive. Keys the vault lost are put back from the store's copies.
    """
    if into.exists():
        raise Refused("rebuild.exists", f"{into} exists; a rebuild never writes over a database")
    checkpoints = trusted(sources, untrusted_notes)
    if not checkpoints:
        raise Refused("rebuild.no_checkpoint", "there is no checkpoint to verify the store's leaves against: neither "
                      "the published one nor an anchor. Give one with --checkpoint (from a receipt, a cosigner, paper)")
    lying, largest = staged(sources), checkpoints[-1].size
    sizes = {size for size in lying.signed if size <= largest} | {c.size for c in checkpoints if c.size}
    found = survey(stored(sources)(), checkpoints, sizes, show)

    keys = restore_keys(sources.store, sources.vault, sources.log_id, found.erased_scopes)

    def rows(db: Database) -> None:
        write_signed(db, sources, sizes, found, lying)
        write_key_copies(db, sources)
        write_collected(db, sources)
        also(db)

    done = rebuild(sources, into, found, largest, leaves=stored(sources), accept_unreadable=accept_unreadable,
                   show=show, also=rows)
    return replace(done, keys_restored=len(keys.restored))


def compare_with_log(sources: Sources, other: Path, untrusted_notes: Iterable[bytes], show: Show) -> Compared:
    """Rebuild beside ``other`` and name every row of its log and projection tables that differs.

    ``other`` is read in one snapshot and may be in use; leaves newer than the snapshot are left out.
    Limit: what was changed before it was staged is changed in the store as well: only signed leaves are beyond doubt.
    """
    checkpoints = trusted(sources, untrusted_notes)  # before the snapshot, which must know of them all
    with closing(read_only(other)) as theirs, tempfile.TemporaryDirectory(prefix="liuhen-compare-") as folder:
        (rows,) = theirs.execute("SELECT count(*) FROM custody").fetchone()
        signed = {int(size) for (size,) in theirs.execute("SELECT size FROM signed_checkpoint")}
        largest, lying = max((c.size for c in checkpoints), default=0), staged(sources)
        count = max(rows, largest, *signed, 0)  # rows missing at the end are missing; newer leaves are merely newer
        in_store = sum(1 for _ in islice(stored(sources)(), count))

        def leaves() -> Iterator[BatchLeaf]:
            # no further than was counted: what a serving process has staged since would come twice
            return chain(islice(stored(sources)(), in_store), leaves_of(theirs, in_store))

        expected = {size for size in lying.signed if size <= max(signed, default=0)} | {c.size for c in checkpoints}
        sizes = {size for size in signed | expected if 0 < size <= in_store}
        found = survey(leaves(), checkpoints, sizes, show)
        rebuilt = rebuild(sources, Path(folder) / "rebuilt.db", found, largest, leaves=leaves, accept_unreadable=True,
                          show=show, also=lambda db: write_signed(db, sources, sizes, found, lying))
        with closing(read_only(Path(folder) / "rebuilt.db")) as ours:
            return Compared(rebuilt, tuple(compare(ours, theirs)), max(0, rows - in_store))


def leaves_of(theirs: sqlite3.Connection, first: int) -> Iterator[BatchLeaf]:
    """Leaves from a database itself, from index ``first``."""
    query = ("SELECT c.entry, s.scope, s.sealed FROM custody c LEFT JOIN sealed_particulars s ON s.idx = c.idx "
             "WHERE c.idx >= ? ORDER BY c.idx")
    for entry, scope, sealed in theirs.execute(query, (first,)):
        # What somebody put there as text has the bytes of its letters; whether they are the leaf's, its hash says.
        yield BatchLeaf(entry if isinstance(entry, bytes) else str(entry).encode(), scope or "", bytes(sealed or b""))
