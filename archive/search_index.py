"""Take what was erased out of the full-text index for good.

FTS5 keeps a text that was taken out, and a note that it was, until its pieces are merged into one.
"""

from sqlalchemy import text

from archive.db import Database, Tx

STEP = 400
"""Pages of the index that one step writes: other writers wait for no longer."""
_CHANGES = text("SELECT total_changes()")
_MERGE = text(f"INSERT INTO search_index(search_index, rank) VALUES ('merge', -{STEP})")


def purge(db: Database) -> None:
    """Merge the index into one piece, so that nothing of what was taken out stays in the file. In small steps, each a
    transaction of its own; after a crash it is run again and goes on.

    Limit: the write-ahead log holds the old pages until it is written over, as for every other table.
    """
    while db.write(_merged_some):
        pass


def _merged_some(tx: Tx) -> bool:
    before = tx.execute(_CHANGES).scalar_one()
    tx.execute(_MERGE)
    return bool(tx.execute(_CHANGES).scalar_one() - before > 1)
