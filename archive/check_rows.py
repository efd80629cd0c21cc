"""Custody rows as a stream of hashed blocks: every stored byte is hashed again and held against its columns.

Limit: it sees what the database gives now; that these are the rows once signed is what the checkpoints' roots say.
"""

from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection

from archive import entries
from archive.check_findings import Findings
from archive.db import Database
from archive.errors import Contradiction
from archive.events import BY_KIND, ObjectPlaced
from archive.log_events import LogSucceeds
from archive.proof import canonical
from archive.proof.tiles import TILE_WIDTH

CHUNK = 32 * TILE_WIDTH
_LEAVES = "SELECT idx, kind, at, actor, subject, entry, leaf_hash FROM custody WHERE idx BETWEEN ? AND ? ORDER BY idx"
_SEALED = "SELECT idx FROM sealed_particulars WHERE idx BETWEEN ? AND ?"
_KINDS = {kind: f'"kind":"{kind}",'.encode() for kind in BY_KIND}
_START = {False: "", True: '"commitment":"'}
_NONCE = len('"nonce":"",') + 2 * entries.NONCE_SIZE


@dataclass(frozen=True)
class Chunk:
    """Consecutive leaves from ``first``: their stored bytes and the hashes of these (not the stored hashes);
    ``placed``: indexes of the object.placed leaves among them."""

    first: int
    entries: Sequence[bytes]
    hashes: Sequence[bytes]
    placed: Sequence[int] = ()

    @property
    def end(self) -> int:
        """The index after the last."""
        return self.first + len(self.hashes)


def read_rows(db: Database, first: int, end: int, erased: AbstractSet[int], found: Findings) -> Iterator[Chunk]:
    """Chunks of the rows [first, end), aligned to tiles; ends early, with a finding, where a row is gone.

    ``erased``: leaves that may lack their sealed particulars.
    """
    before = db.read(lambda c: c.exec_driver_sql("SELECT at FROM custody WHERE idx = ?", (first - 1,)).scalar()) or ""
    for start in range(first, end, CHUNK):
        last = min(end, start + CHUNK) - 1
        rows, sealed = db.read(_reading(start, last))
        whole = rows[: _contiguous(rows, start, last)]
        if whole:
            before = _check_columns(whole, sealed, before, erased, found)
            yield _hashed(start, whole, found)
        if len(whole) <= last - start:
            found.add("row.missing", start + len(whole), "no row at this index; what follows was not compared")
            return


def check_forms(chunk: Chunk, found: Findings) -> None:
    """Every entry of the chunk parses as a known kind and encodes to the very same bytes again."""
    for index, entry in enumerate(chunk.entries, chunk.first):
        try:
            entries.decode(entry)
        except Contradiction as fault:
            found.add("row.malformed", index, fault.message)


def _reading(first: int, last: int) -> Callable[[Connection], tuple[list[Any], AbstractSet[int]]]:
    """Rows of the log, and which of them have a sealed row, in one snapshot."""

    def read(connection: Connection) -> tuple[list[Any], AbstractSet[int]]:
        # The driver's own cursor: plain tuples, a third of the time of row objects; two plain scans cost less than a
        # join that looks up each row.
        cursor = connection.connection.cursor()
        try:
            rows = list(cursor.execute(_LEAVES, (first, last)).fetchall())
            return rows, {index for (index,) in cursor.execute(_SEALED, (first, last)).fetchall()}
        finally:
            cursor.close()

    return read


def _contiguous(rows: Sequence[Any], first: int, last: int) -> int:
    """How many rows stand at first, first + 1, … without a gap."""
    if len(rows) == last - first + 1 and rows[0][0] == first and rows[-1][0] == last:
        return len(rows)
    return next((at for at, row in enumerate(rows) if row[0] != first + at), len(rows))


def _hashed(first: int, rows: Sequence[Any], found: Findings) -> Chunk:
    held = [row[5] if type(row[5]) is bytes else str(row[5]).encode() for row in rows]
    hashes = [sha256(b"\x00" + entry).digest() for entry in held]
    stored = [row[6] for row in rows]
    if hashes != stored:
        for index, (made, kept) in enumerate(zip(hashes, stored, strict=True), first):
            if made != kept:
                found.add("row.changed", index, "its bytes do not hash to its leaf hash")
    return Chunk(first, held, hashes, [row[0] for row in rows if row[1] == ObjectPlaced.KIND])


def _check_columns(rows: Sequence[Any], sealed: AbstractSet[int], before: str, erased: AbstractSet[int],
                   found: Findings) -> str:
    """Columns and sealed row against the entry; answers the last time. Whatever the entry's two ends cannot settle
    (other letters, quotes, an unknown form) is parsed."""
    for row in rows:
        index, kind, at, actor, subject, entry, _ = row
        is_sealed = index in sealed
        try:
            end = f'"subject":"{subject}"}}'.encode()
            rest = -len(end) if is_sealed else -len(end) - _NONCE
            settled = (
                entry.startswith(f'{{"actor":"{actor}","at":"{at}",{_START[is_sealed]}'.encode())
                and entry.endswith(end) and entry.endswith(_KINDS[kind], None, rest)
                and (is_sealed or entry.startswith(b'"nonce":"', rest))
                and subject.isidentifier() and actor.isidentifier())
        except (TypeError, KeyError, AttributeError, UnicodeEncodeError):
            settled = False
        if not settled:
            _check_row(row, is_sealed, erased, found)
        if str(at) < before:
            found.add("row.time", index, f"{at} is before {before} of the leaf before it")
        # After a succession's first leaf come those of the old log, entered again with the times they had.
        before = "" if kind == LogSucceeds.KIND and not index else str(at)
    return before


def _check_row(row: Any, is_sealed: bool, erased: AbstractSet[int], found: Findings) -> None:
    index, kind, at, actor, subject, entry, _ = row
    try:
        held: Any = canonical.decode(entry if isinstance(entry, bytes) else str(entry).encode())
        said = [str(held[name]) for name in ("kind", "at", "actor", "subject")]
    except (ValueError, KeyError, TypeError) as fault:
        found.add("row.columns", index, f"its bytes do not read: {fault}")
        return
    if said != [kind, at, actor, subject] or type(entry) is not bytes:
        found.add("row.columns", index, f"columns {kind} {at} {actor} {subject}, bytes " + " ".join(said))
    if "commitment" in held and not is_sealed and index not in erased:
        found.add("particulars.missing", index, "MISSING: it commits to particulars, and there is no sealed row")
    if "commitment" not in held and is_sealed:
        found.add("particulars.unasked", index, "it commits to no particulars, and there is a sealed row")
