"""What the dock has promised to remember: one row per clip, each step on disk before the next is taken.

After a power cut it says where each clip stands; it holds upload tokens, so its file is readable by the dock only.
"""

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, fields
from datetime import datetime
from pathlib import Path

from archive.errors import Conflict
from archive.proof import canonical
from archive.proof.digest import Digest, sha256
from ingest.docking.recorders import Clip, Docked
from ingest.manifest import RecorderName

STATES = ("found", "signed", "opened", "sent", "receipted", "wiping", "wiped", "kept")
"""``wiping``: its receipt was verified, its wipe begun; ``kept``: this dock does not wipe it, ``problem`` says why."""
_TABLE = """
CREATE TABLE IF NOT EXISTS clip (
 id INTEGER PRIMARY KEY, vendor TEXT NOT NULL, serial TEXT NOT NULL, name TEXT NOT NULL, size INTEGER NOT NULL,
 modified_ns INTEGER NOT NULL, state TEXT NOT NULL, session TEXT NOT NULL DEFAULT '', note BLOB NOT NULL DEFAULT x'',
 openings BLOB NOT NULL DEFAULT x'', digest TEXT NOT NULL DEFAULT '', location TEXT NOT NULL DEFAULT '',
 recording TEXT NOT NULL DEFAULT '', receipt TEXT NOT NULL DEFAULT '', problem TEXT NOT NULL DEFAULT '',
 wipe_note BLOB NOT NULL DEFAULT x'', UNIQUE (vendor, serial, name, size, modified_ns))"""

_SEEN = """
CREATE TABLE IF NOT EXISTS recorder (
 vendor TEXT NOT NULL, serial TEXT NOT NULL, wearer_no TEXT NOT NULL, wearer TEXT NOT NULL, docked_at TEXT NOT NULL,
 PRIMARY KEY (vendor, serial))"""


@dataclass(frozen=True)
class LastDocked:
    """When a recorder was last seen in a slot here, by this dock's clock, and the wearer it named then."""

    vendor: str
    serial: str
    wearer_no: str
    wearer: str
    at: datetime

    @property
    def recorder(self) -> str:
        """As a slot names it."""
        return f"{self.vendor} {self.serial}"


@dataclass(frozen=True)
class Entry:
    """A clip as the journal knows it. ``receipt``: digest of the receipt file that vouches for it."""

    id: int
    vendor: str
    serial: str
    name: str
    size: int
    modified_ns: int
    state: str
    session: str = ""
    note: bytes = b""
    openings: bytes = b""
    digest: str = ""
    location: str = ""
    recording: str = ""
    receipt: str = ""
    problem: str = ""
    wipe_note: bytes = b""

    @property
    def is_over(self) -> bool:
        """Nothing is left to do for it here."""
        return self.state in ("wiped", "kept")


_COLUMNS = ", ".join(field.name for field in fields(Entry))


class Journal:
    """SQLite with synchronous=FULL, used by several slots at once. ``Conflict dock.running`` when another has it."""

    def __init__(self, path: Path) -> None:
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        self._lock = threading.Lock()
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        try:
            self._db.execute("PRAGMA locking_mode=EXCLUSIVE")
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=FULL")
            self._db.execute(_TABLE)
            self._db.execute(_SEEN)
        except sqlite3.OperationalError as fault:
            self._db.close()
            raise Conflict("dock.running", "another dock agent uses this folder; end that one first") from fault

    def entry(self, recorder: RecorderName, clip: Clip) -> Entry:
        """The clip's row; a new one, ``found``, when it was never seen. A file that changed is another clip."""
        key = (recorder.vendor, recorder.serial, clip.untrusted_name, clip.size, clip.modified_ns)
        with self._writing() as db:
            db.execute("INSERT OR IGNORE INTO clip (vendor, serial, name, size, modified_ns, state) "
                       "VALUES (?, ?, ?, ?, ?, 'found')", key)
            row = db.execute(f"SELECT {_COLUMNS} FROM clip WHERE vendor = ? AND serial = ? AND name = ? AND size = ? "
                             "AND modified_ns = ?", key).fetchone()
        return Entry(*row)

    def note(self, entry: Entry, state: str, **columns: str | bytes) -> Entry:
        """The entry in its new state; on disk when this returns."""
        names = ["state", *columns]
        with self._writing() as db:
            db.execute(f"UPDATE clip SET {', '.join(f'{name} = ?' for name in names)} WHERE id = ?",
                       (state, *columns.values(), entry.id))
            row = db.execute(f"SELECT {_COLUMNS} FROM clip WHERE id = ?", (entry.id,)).fetchone()
        return Entry(*row)

    def previous(self, recorder: RecorderName, before: Entry) -> Digest | None:
        """Digest of the manifest this dock signed last for the recorder, other than ``before``'s own."""
        with self._writing() as db:
            row = db.execute("SELECT note FROM clip WHERE vendor = ? AND serial = ? AND note <> x'' AND id <> ? "
                             "ORDER BY id DESC LIMIT 1", (recorder.vendor, recorder.serial, before.id)).fetchone()
        return None if row is None else sha256(row[0])

    def wiping(self, recorder: RecorderName) -> list[Entry]:
        """Clips of the recorder whose wipe was begun and is not known to have ended."""
        with self._writing() as db:
            rows = db.execute(f"SELECT {_COLUMNS} FROM clip WHERE vendor = ? AND serial = ? AND state = 'wiping'",
                              (recorder.vendor, recorder.serial)).fetchall()
        return [Entry(*row) for row in rows]

    def unreported(self) -> list[Entry]:
        """Clips that were wiped and whose wipe the archive was not told of yet."""
        with self._writing() as db:
            rows = db.execute(f"SELECT {_COLUMNS} FROM clip WHERE state = 'wiped' AND wipe_note <> x'' "
                              "ORDER BY id").fetchall()
        return [Entry(*row) for row in rows]

    def docked(self, recorder: Docked, at: datetime) -> None:
        """The recorder stands in a slot of this dock at this moment."""
        with self._writing() as db:
            db.execute("INSERT OR REPLACE INTO recorder (vendor, serial, wearer_no, wearer, docked_at) "
                       "VALUES (?, ?, ?, ?, ?)", (recorder.name.vendor, recorder.name.serial, recorder.wearer_no,
                                                  recorder.wearer, canonical.format_time(at)))

    def left(self, recorder: str, at: datetime) -> None:
        """The recorder ``<vendor> <serial>`` stood in a slot until just now."""
        with self._writing() as db:
            db.execute("UPDATE recorder SET docked_at = ? WHERE vendor || ' ' || serial = ?",
                       (canonical.format_time(at), recorder))

    def last_docked(self) -> list[LastDocked]:
        """Every recorder that ever stood in a slot here, the one seen last first."""
        with self._lock:
            rows = self._db.execute("SELECT vendor, serial, wearer_no, wearer, docked_at FROM recorder "
                                    "ORDER BY docked_at DESC, vendor, serial").fetchall()
        return [LastDocked(vendor, serial, number, wearer, canonical.parse_time(at))
                for vendor, serial, number, wearer, at in rows]

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._db.close()

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")


@contextmanager
def journal_at(path: Path) -> Iterator[Journal]:
    """The journal in this file, closed afterwards."""
    with closing(Journal(path)) as journal:
        yield journal
