"""Where bytes lie: every ``object.placed`` leaf against its row of object_place, and no row without a leaf."""

import json
from collections.abc import Sequence

from sqlalchemy import Connection, text

from archive.check_findings import Findings
from archive.db import Database

# Read and compared in SQL: nothing of those that agree comes up to Python.
_PLACED = """
SELECT c.idx, c.subject, json_extract(CAST(c.entry AS TEXT), '$.data.object_key') AS object_key,
  json_extract(CAST(c.entry AS TEXT), '$.data.store') AS store,
  json_extract(CAST(c.entry AS TEXT), '$.data.version_id') AS version_id,
  json_extract(CAST(c.entry AS TEXT), '$.data.size') AS size
FROM custody c WHERE json_valid(CAST(c.entry AS TEXT)) AND """
_NAMED = _PLACED + "c.idx IN (SELECT value FROM json_each(:indexes))"
_ALL = _PLACED + "c.kind = 'object.placed/1'"
_SAME = "p.object_key = l.object_key AND p.store = l.store AND p.version_id = l.version_id"
_JOINED = text(f"""
SELECT l.idx, l.object_key, p.object_key AS held, p.subject, p.size,
  p.object_key IS NOT NULL AND p.subject = l.subject AND p.size = l.size AS same
FROM ({_NAMED}) l LEFT JOIN object_place p ON {_SAME} ORDER BY l.idx""")
_COUNT = text("SELECT count(*) FROM object_place")
_EXTRA = text(f"""
SELECT p.object_key, p.version_id FROM object_place p LEFT JOIN ({_ALL}) l ON {_SAME}
WHERE l.idx IS NULL ORDER BY p.object_key""")


def check_places(db: Database, indexes: Sequence[int], found: Findings) -> int:
    """These object.placed leaves, each against its row; answers how many there are.

    Limit: that the bytes lie there is for ``liuhen reconcile``.
    """
    if not indexes:
        return 0
    for row in db.read(lambda c: c.execute(_JOINED, {"indexes": json.dumps(list(indexes))}).all()):
        if not row.same:
            said = "there is no such row" if row.held is None else f"the row says {row.subject}, {row.size} bytes"
            found.add("place.differs", row.idx, f"{row.object_key}: {said}")
    return len(indexes)


def check_no_extra_place(db: Database, placed: int, found: Findings) -> None:
    """Rows of object_place no leaf speaks of, in one snapshot with the leaves appended meanwhile."""

    def read(c: Connection) -> list[tuple[str, str]]:
        if c.execute(_COUNT).scalar_one() == placed:
            return []
        return [(row.object_key, row.version_id) for row in c.execute(_EXTRA)]

    for key, version in db.read(read):
        found.add("place.extra", key, f"version {version}: no leaf placed it")
