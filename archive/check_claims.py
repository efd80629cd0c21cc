"""What signed notes claim about the tree: signed, cosigned and published checkpoints, verified before they count."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Table, func, select

from archive.check_findings import Findings
from archive.columns import table
from archive.db import Database
from archive.log_tables import CosignedCheckpoint, Custody, SignedCheckpoint
from archive.proof.checkpoint import Checkpoint
from archive.proof.errors import VerificationError
from archive.proof.keys import VerificationKey
from archive.proof.note import open_note

CUSTODY, SIGNED, COSIGNED = table(Custody), table(SignedCheckpoint), table(CosignedCheckpoint)


@dataclass(frozen=True)
class Claim:
    """Somebody signed that the first ``size`` leaves have this root. ``kind`` names the finding when they have not."""

    kind: str
    size: int
    root: bytes


def read_claims(db: Database, first: int, end: int, keys: Sequence[VerificationKey], found: Findings) -> list[Claim]:
    """Claims on sizes in (first, end], by size: signed checkpoints, and cosigned notes where they are kept."""
    claims = [*_of_rows(db, SIGNED, first, end, _reader("checkpoint", keys, found)),
              *_of_rows(db, COSIGNED, first, end, _reader("cosigned", keys, found))]
    return sorted(claims, key=lambda claim: claim.size)


def published_claim(note: bytes | None, keys: Sequence[VerificationKey], found: Findings) -> Claim | None:
    """The claim of the published file, if there is one."""
    if note is None:
        return None
    return _claim("published", note, keys, "published", found)


def check_extent(db: Database, found: Findings) -> int:
    """Rows there are; a finding when a checkpoint speaks of more."""

    def read(c: Any) -> tuple[int, int, int]:
        tables = (CUSTODY.c.idx, SIGNED.c.size, COSIGNED.c.size)
        last, signed, cosigned = (c.execute(select(func.max(column))).scalar() for column in tables)
        return -1 if last is None else last, signed or 0, cosigned or 0

    last, signed, cosigned = db.read(read)
    for kind, size in (("checkpoint.lost", signed), ("cosigned.lost", cosigned)):
        if size > last + 1:
            found.add(kind, size, f"{size} leaves were signed and the database holds {last + 1}: it is behind "
                      "(restored from a backup?)")
    return last + 1


def check_published(db: Database, claim: Claim | None, size: int, found: Findings) -> None:
    """The published checkpoint must be one of the signed ones; lagging behind them is what a crash leaves."""
    last = db.read(lambda c: c.execute(select(func.max(SIGNED.c.size))).scalar()) or 0
    if claim is None:
        if last:
            found.add("published.behind", last, "nothing is published yet")
        return
    if claim.size > size:
        found.add("published.lost", claim.size, f"{claim.size} leaves were published and there are {size} rows")
    elif db.read(lambda c: c.execute(select(SIGNED.c.size).where(SIGNED.c.size == claim.size)).scalar()) is None:
        found.add("published.unsigned", claim.size, "no signed checkpoint has this size")
    elif claim.size < last:
        found.add("published.behind", claim.size, f"{last} leaves are signed")


def _of_rows(db: Database, rows: Table, first: int, end: int,
             read: Callable[[Any], Claim | None]) -> Iterator[Claim]:
    query = select(rows).where(rows.c.size > first, rows.c.size <= end).order_by(rows.c.size)
    for row in db.read(lambda c: c.execute(query).all()):
        if (claim := read(row)) is not None:
            yield claim


def _reader(kind: str, keys: Sequence[VerificationKey], found: Findings) -> Callable[[Any], Claim | None]:
    def read(row: Any) -> Claim | None:
        claim = _claim(kind, bytes(row.note), keys, row.size, found)
        if claim is not None and kind == "checkpoint" and (claim.size, claim.root) != (row.size, bytes(row.root)):
            found.add("checkpoint.columns", row.size, f"its note is of size {claim.size}, root {claim.root.hex()}")
        elif claim is not None and claim.size != row.size:
            found.add("cosigned.unverified", row.size, f"its note is of size {claim.size}")
        return None if claim is None or claim.size != row.size else claim

    return read


def _claim(kind: str, note: bytes, keys: Sequence[VerificationKey], where: object, found: Findings) -> Claim | None:
    try:
        checkpoint = Checkpoint.parse(open_note(note, keys))
    except VerificationError as fault:
        found.add(f"{kind}.unverified", where, fault.reason)
        return None
    return Claim(f"{kind}.root", checkpoint.size, checkpoint.root)
