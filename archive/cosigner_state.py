"""What a cosigner must never forget: the latest checkpoint it cosigned of each log, in one SQLite file of its own.

Limit: a file put back from a backup is a lost state that looks whole; whoever does that must retire the key.
"""

import sqlite3
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from archive.errors import Conflict, Contradiction, Unavailable

MAX_REFUSED = 64
"""Refused checkpoints kept of each log and sort at most: enough to accuse, too few to fill a disk."""
_SCHEMA = """
CREATE TABLE identity (id INTEGER PRIMARY KEY CHECK (id = 1), vkey TEXT NOT NULL) STRICT;
CREATE TABLE latest (origin TEXT PRIMARY KEY, size INTEGER NOT NULL, root BLOB NOT NULL, note BLOB NOT NULL,
                     at INTEGER NOT NULL, since INTEGER NOT NULL) STRICT;
CREATE TABLE refused (origin TEXT NOT NULL, size INTEGER NOT NULL, root BLOB NOT NULL, note BLOB NOT NULL,
                      at INTEGER NOT NULL, reason TEXT NOT NULL, certain INTEGER NOT NULL,
                      PRIMARY KEY (origin, size, root)) STRICT;
CREATE TRIGGER latest_only_grows BEFORE UPDATE ON latest
WHEN NEW.size < OLD.size OR (NEW.size = OLD.size AND NEW.root <> OLD.root)
BEGIN SELECT RAISE(ABORT, 'a cosigner never goes back'); END;
CREATE TRIGGER latest_stays BEFORE DELETE ON latest BEGIN SELECT RAISE(ABORT, 'a cosigner never forgets'); END;
"""


@dataclass(frozen=True)
class Cosigned:
    """The latest checkpoint cosigned of one log. ``at``, ``since``: POSIX seconds of this and of the first one."""

    origin: str
    size: int
    root: bytes
    note: bytes
    at: int
    since: int


@dataclass(frozen=True)
class RefusedCheckpoint:
    """A checkpoint its log signed and this cosigner refused. ``certain``: of a size cosigned with another root, which
    together with ``Cosigned`` of that size convicts the log; else only its proof failed, which anybody can bring about.
    """

    origin: str
    size: int
    root: bytes
    note: bytes
    at: int
    reason: str
    certain: bool


class CosignerState:
    """One file, one connection, any thread. What ``compare_and_store`` answered True for is on disk."""

    def __init__(self, path: Path, vkey: str) -> None:
        if not path.is_file():
            raise Contradiction("cosigner.state_lost", f"{path} is gone: this cosigner forgot what it signed. "
                                "Retire its key and run `liuhen cosign init` in a new folder; never make it anew.")
        self._gate = threading.Lock()
        self._halted = False
        self._connection, identity = _open(path)
        if identity != vkey:
            self.close()
            raise Contradiction("cosigner.state_lost", f"{path} is not the state of the key beside it: put the right "
                                "one back, or retire the key.")

    @staticmethod
    def create(path: Path, vkey: str) -> None:
        """A new state for a new key, durable when this returns; ``Conflict cosigner.exists``."""
        if path.exists():
            raise Conflict("cosigner.exists", f"{path} exists: a cosigner is made once, in a folder of its own")
        connection = _connect(path, "rwc")
        connection.execute("PRAGMA journal_mode=DELETE")
        connection.executescript(f"BEGIN; {_SCHEMA} COMMIT;")
        connection.execute("INSERT INTO identity VALUES (1, ?)", (vkey,))
        connection.close()
        path.chmod(0o600)

    def close(self) -> None:
        """End; nothing is buffered."""
        self._connection.close()

    def latest(self, origin: str) -> Cosigned | None:
        """What was last cosigned of this log, None when nothing ever was."""
        rows = self._read("SELECT origin, size, root, note, at, since FROM latest WHERE origin = ?", (origin,))
        return Cosigned(*rows[0]) if rows else None

    def all(self) -> tuple[Cosigned, ...]:
        """Every log ever cosigned, by origin."""
        return tuple(Cosigned(*row) for row in self._read(
            "SELECT origin, size, root, note, at, since FROM latest ORDER BY origin"))

    def refused(self) -> tuple[RefusedCheckpoint, ...]:
        """Checkpoints that were refused though their log had signed them, oldest first."""
        rows = self._read("SELECT origin, size, root, note, at, reason, certain FROM refused ORDER BY at, origin, size")
        return tuple(RefusedCheckpoint(origin, size, root, note, at, reason, bool(certain))
                     for origin, size, root, note, at, reason, certain in rows)

    def compare_and_store(self, before: Cosigned | None, after: Cosigned) -> bool:
        """Replace exactly ``before`` by ``after``; False when it is no longer what is stored. Durable when True.

        ``Unavailable cosigner.halted`` when the disk failed, now or earlier: then nothing more is signed.
        """
        if before is None:
            return self._write("INSERT INTO latest (origin, size, root, note, at, since) SELECT ?, ?, ?, ?, ?, ? "
                               "WHERE NOT EXISTS (SELECT 1 FROM latest WHERE origin = ?)",
                               (after.origin, after.size, after.root, after.note, after.at, after.since, after.origin))
        return self._write("UPDATE latest SET size = ?, root = ?, note = ?, at = ? "
                           "WHERE origin = ? AND size = ? AND root = ? AND at = ?",
                           (after.size, after.root, after.note, after.at,
                            before.origin, before.size, before.root, before.at))

    def keep_refused(self, refused: RefusedCheckpoint) -> None:
        """Keep it, unless it is kept already or there are too many of its sort of this log."""
        self._write("INSERT OR IGNORE INTO refused SELECT ?, ?, ?, ?, ?, ?, ? "
                    "WHERE (SELECT count(*) FROM refused WHERE origin = ? AND certain = ?) < ?",
                    (refused.origin, refused.size, refused.root, refused.note, refused.at, refused.reason,
                     refused.certain, refused.origin, refused.certain, MAX_REFUSED))

    def _read(self, query: str, values: Sequence[Any] = ()) -> list[Any]:
        with self._gate:
            self._require_sound()
            try:
                return self._connection.execute(query, values).fetchall()
            except sqlite3.Error as fault:
                raise self._fault(fault) from fault

    def _write(self, statement: str, values: Sequence[Any]) -> bool:
        with self._gate:
            self._require_sound()
            try:
                return self._connection.execute(statement, values).rowcount == 1  # autocommit: fsynced when it returns
            except sqlite3.Error as fault:
                raise self._fault(fault) from fault

    def _require_sound(self) -> None:
        if self._halted:
            raise Unavailable("cosigner.halted", "the disk under this cosigner failed; it signs nothing more until it "
                              "is looked at and started again", retry_after=600)

    def _fault(self, fault: sqlite3.Error) -> Unavailable:
        # After a failed fsync nobody knows what reached the disk: what would be signed next might contradict it.
        if not getattr(fault, "sqlite_errorname", "").startswith(("SQLITE_FULL", "SQLITE_BUSY", "SQLITE_CONSTRAINT")):
            self._halted = True
        return Unavailable("cosigner.halted", f"this cosigner cannot keep what it would sign: {fault}")


def _open(path: Path) -> tuple[sqlite3.Connection, str]:
    """The connection, and whose state it is."""
    try:
        connection = _connect(path, "rw")
        rows = connection.execute("SELECT vkey FROM identity").fetchall()
    except sqlite3.Error as fault:
        raise Contradiction("cosigner.state_lost", f"{path} does not read ({fault}): this cosigner forgot what it "
                            "signed. Retire its key and run `liuhen cosign init` in a new folder.") from fault
    return connection, str(rows[0][0]) if rows else ""


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode={mode}", uri=True, isolation_level=None,
                                 check_same_thread=False, timeout=5.0)
    # A rollback journal, not WAL: the state is one file, and a copy of that file is never silently older than it says.
    connection.execute("PRAGMA synchronous=EXTRA")
    return connection
