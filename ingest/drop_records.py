"""What is remembered of a drop folder: which files were taken in, and which stand there unclaimed since when."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select, update

from archive.db import Tx
from archive.import_tables import DropFile, UnclaimedFile
from archive.site import Site
from archive.tables import table
from ingest.drop_listing import Found

FILE, UNCLAIMED = table(DropFile), table(UnclaimedFile)
TAKING, TAKEN, QUARANTINED, SETTLED = "taking", "taken", "quarantined", "settled"
Key = tuple[str, int, int]
"""Path, size in bytes and modification time in nanoseconds: one version of one file."""


@dataclass(frozen=True)
class Remembered:
    """A file on its way in or taken in; ``upload`` is None until it is opened."""

    path: str
    size: int
    mtime_ns: int
    digest: str
    note: str
    openings: str
    upload: str | None
    state: str

    @property
    def key(self) -> Key:
        """Which version of which file."""
        return self.path, self.size, self.mtime_ns


@dataclass(frozen=True)
class UnclaimedLine:
    """A file nobody could take in. ``path`` and ``detail`` are printable, but from outside."""

    account: str
    path: str
    reason: str
    detail: str
    size: int
    since: datetime


def key_of(found: Found) -> Key:
    """The version of the file that was found."""
    return found.path, found.size, found.mtime_ns


def remembered(site: Site, account: str) -> dict[Key, Remembered]:
    """All that is remembered of an account's folder."""
    rows = site.db.read(lambda c: c.execute(select(FILE).where(FILE.c.account == account)).all())
    made = (Remembered(r.path, r.size, r.mtime_ns, r.digest, r.note, r.openings, r.upload, r.state) for r in rows)
    return {held.key: held for held in made}


def remember(site: Site, account: str, held: Remembered) -> None:
    """Before anything is opened for it: a restart goes on with this very manifest."""
    values = {"path": held.path, "size": held.size, "mtime_ns": held.mtime_ns, "digest": held.digest,
              "note": held.note, "openings": held.openings, "upload": held.upload, "state": held.state,
              "account": account, "taken_at": site.ports.clock.now()}

    def record(tx: Tx) -> None:
        tx.execute(delete(FILE).where(_is(account, held.key)))
        tx.execute(insert(FILE).values(values))

    site.db.write(record)


def note_change(site: Site, account: str, key: Key, **columns: Any) -> None:
    """Set columns of one remembered file."""
    site.db.write(lambda tx: tx.execute(update(FILE).where(_is(account, key)).values(columns)).rowcount)


def forget(site: Site, account: str, key: Key) -> None:
    """As if the file had never been seen."""
    site.db.write(lambda tx: tx.execute(delete(FILE).where(_is(account, key))).rowcount)


def put_unclaimed(site: Site, account: str, found: Mapping[str, tuple[str, str, int]]) -> None:
    """The account's whole list anew: path → reason, detail, size. A line that stays keeps its *since*."""
    old = {line.path: line for line in unclaimed(site, account)}
    if {path: (line.reason, line.detail, line.size) for path, line in old.items()} == dict(found):
        return
    now = site.ports.clock.now()
    rows = [{"id": _line_id(account, path), "account": account, "path": path, "reason": reason, "detail": detail,
             "size": size, "since": old[path].since if path in old and old[path].reason == reason else now}
            for path, (reason, detail, size) in found.items()]

    def record(tx: Tx) -> None:
        tx.execute(delete(UNCLAIMED).where(UNCLAIMED.c.account == account))
        if rows:
            tx.execute(insert(UNCLAIMED), rows)

    site.db.write(record)


def unclaimed(site: Site, account: str | None = None, limit: int | None = None) -> list[UnclaimedLine]:
    """What stands unclaimed, oldest first, of one account or of all."""
    query = select(UNCLAIMED).order_by(UNCLAIMED.c.since, UNCLAIMED.c.path).limit(limit)
    if account is not None:
        query = query.where(UNCLAIMED.c.account == account)
    rows = site.db.read(lambda c: c.execute(query).all())
    return [UnclaimedLine(r.account, r.path, r.reason, r.detail, r.size, r.since) for r in rows]


def _is(account: str, key: Key) -> Any:
    path, size, mtime_ns = key
    return ((FILE.c.account == account) & (FILE.c.path == path) & (FILE.c.size == size)
            & (FILE.c.mtime_ns == mtime_ns))


def _line_id(account: str, path: str) -> str:
    return hashlib.sha256(f"{account}\n{path}".encode()).hexdigest()[:32]
