"""Attacks by whoever owns the database file, on copies of it."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from api.drill import looks
from api.drill.attack import Attack, Outcome, Verdict, found, prevented
from api.drill.box import Box
from api.wiring import beside, running, starting
from archive import custody
from archive.custody import CUSTODY
from archive.errors import ArchiveError
from archive.proof.receipt import Receipt
from archive.rebuild import Sources
from archive.rebuilding import rebuild_into

DATABASE = "the database file"
FORGED = "system"


def attack_database(data: Path, *statements: str) -> None:
    """Statements with the guards taken off and put back: nothing tells that they were off."""
    with closing(sqlite3.connect(data / "liuhen.db")) as connection, connection:
        guards = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in guards:
            connection.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            connection.execute(statement)
        for _, sql in guards:
            connection.execute(sql)


def _edited(box: Box, *statements: str, also: tuple[str, ...] = ()) -> Outcome:
    """Found at the next start, by ``log check``, and by a comparison with locked storage."""
    data = box.copy()
    attack_database(data, *statements)
    box.struck()
    return found(*looks.start(box, data), *looks.log_check(box, data), *also)


def _edit_row(box: Box) -> Outcome:
    """A row becomes another's twin, its leaf hash made to fit: only the signed root tells."""
    return _edited(box, *(f"UPDATE custody SET {column} = (SELECT {column} FROM custody WHERE idx = 101) "
                          "WHERE idx = 100" for column in ("entry", "leaf_hash", "at", "subject")))


def _delete_row(box: Box) -> Outcome:
    return _edited(box, "DELETE FROM custody WHERE idx = 100")


def _insert_row(box: Box) -> Outcome:
    """Something between two leaves, all later ones moved up by one; negative on the way, for no two share an index."""
    return _edited(box, "UPDATE custody SET idx = -idx - 1 WHERE idx >= 100",
                   "UPDATE custody SET idx = -idx WHERE idx < 0",
                   "INSERT INTO custody (idx, kind, at, actor, subject, entry, leaf_hash) SELECT 100, kind, at, actor, "
                   "subject, entry, leaf_hash FROM custody WHERE idx = 99")


def _edit_projection(box: Box) -> Outcome:
    """The table that pages are made of, without a leaf: whose recording it is."""
    data = box.copy()
    attack_database(data, "UPDATE recording SET size = size + 1")
    box.struck()
    return found(*looks.compare(box, data))


def _remove_ciphertext(box: Box) -> Outcome:
    return _edited(box, "DELETE FROM sealed_particulars WHERE idx = (SELECT max(idx) FROM sealed_particulars)")


def _restore_database(box: Box) -> Outcome:
    data = box.copy()
    shutil.copy2(box.yesterday / "liuhen.db", data / "liuhen.db")
    box.struck()
    return found(*looks.start(box, data))


def _restore_database_and_checkpoint(box: Box) -> Outcome:
    """The published file goes back as well: the store alone is ahead."""
    data = box.copy()
    shutil.copy2(box.yesterday / "liuhen.db", data / "liuhen.db")
    shutil.copy2(box.yesterday / "log" / "checkpoint", data / "log" / "checkpoint")
    box.struck()
    return found(*looks.start(box, data))


def _restore_box(box: Box) -> Outcome:
    """Everything the archive has is of yesterday, and agrees; only those outside know more."""
    data = shutil.copytree(box.yesterday, box.scratch() / "archive")
    box.struck()
    try:
        with running(data, box.settings):
            return found()
    except ArchiveError as fault:
        return found(f"start: {fault.code}")


def _lose_database(box: Box) -> Outcome:
    """Database, cached tiles and published file are gone right after a receipt; the receipt's checkpoint is at hand."""
    deposited = box.deposit()
    data, receipt = box.copy(), Receipt.parse(deposited.receipt)
    (data / "liuhen.db").unlink()
    shutil.rmtree(data / "log")
    box.struck()
    ports = box.archive.site.ports
    rebuild_into(Sources(ports.store, ports.vault, ports.signer), data / "liuhen.db", [receipt.checkpoint.encode()],
                 accept_unreadable=False, show=lambda step, done, total: None, also=lambda db: None)
    with starting(data, box.settings) as archive:
        kept = archive.site.db.read(lambda c: c.execute(
            CUSTODY.select().where(CUSTODY.c.idx == receipt.index)).one())
        whole = archive.site.db.read(custody.size) == box.archive.site.db.read(custody.size)
    return prevented("rebuild: nothing lost") if whole and bytes(kept.entry) == receipt.leaf else found()


def _lose_key(box: Box) -> Outcome:
    """The key of a recording's particulars goes without an order of erasure."""
    data = box.copy()
    for path in (data / "keys" / "scopes").glob(f"*{box.earlier.recording}*"):
        path.unlink()
    box.struck()
    with beside(data, box.settings):
        return found(*looks.log_check(box, data, deep=True))


ATTACKS = (
    Attack("edit-custody-row", DATABASE, Verdict.DETECTED, ("start: log.root_differs", "log check: checkpoint.root"),
           "at the next start or log check", _edit_row),
    Attack("delete-custody-row", DATABASE, Verdict.DETECTED, ("start: log.rows_missing", "log check: row.missing"),
           "at the next start or log check", _delete_row),
    Attack("insert-custody-row", DATABASE, Verdict.DETECTED,
           ("start: log.root_differs", "log check: checkpoint.root"), "at the next start or log check", _insert_row),
    Attack("edit-projection-row", DATABASE, Verdict.DETECTED, ("rebuild --compare: changed recording",),
           "at the next rebuild --compare", _edit_projection),
    Attack("remove-particulars-ciphertext", DATABASE, Verdict.DETECTED, ("log check: particulars.missing",),
           "at the next log check", _remove_ciphertext),
    Attack("destroy-particulars-key", "the key folder", Verdict.DETECTED,
           ("log check --deep: particulars.missing",), "at the next log check --deep", _lose_key),
    Attack("restore-yesterdays-database", DATABASE, Verdict.DETECTED, ("start: log.database_behind",),
           "at the next start", _restore_database),
    Attack("restore-database-and-checkpoint", "the data folder without the store", Verdict.DETECTED,
           ("start: log.database_behind",), "at the next start", _restore_database_and_checkpoint),
    Attack("restore-whole-box", "the machine with the store in it", Verdict.DETECTED, ("start: log.rolled_back",),
           "at the next start, by cosigners", _restore_box),
    Attack("lose-database-after-receipt", "the data folder without the store", Verdict.PREVENTED,
           ("rebuild: nothing lost",), "by the staged batches in locked storage", _lose_database),
)
