"""Operational rows of a rebuilt database, from the events that are still open and from what the store holds of them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, insert, select, union_all

from archive import jobs
from archive.db import Database, Tx
from archive.ports import ObjectStore
from archive.tables import (
    Derivative,
    DerivativeMissing,
    Person,
    Recording,
    Station,
    Upload,
    UploadProgress,
    table,
)
from ingest.closing import discarding
from ingest.derivatives import PURPOSES
from ingest.uploads import ENDED, object_key

UPLOAD, PROGRESS, RECORDING, DERIVATIVE = table(Upload), table(UploadProgress), table(Recording), table(Derivative)
MISSING, PERSON, STATION = table(DerivativeMissing), table(Person), table(Station)
NO_MULTIPART = "0" * 32
"""Stands for a multipart upload the store no longer holds: recovery then finds the completed object, or gives up."""


@dataclass(frozen=True)
class Rederived:
    """``open_uploads`` begin again at offset 0; ``people``: (id, login) of those who need a new password; ``stations``
    sign with the keys they have."""

    open_uploads: int
    accessions: int
    derivations: int
    people: tuple[tuple[str, str], ...]
    stations: int


def rederive(db: Database, store: ObjectStore, now: datetime) -> Rederived:
    """Progress of open uploads, and jobs for what is finished and not accessioned, or accessioned and not derived.

    Limit: an open upload begins again. The store still lists its parts, but their SHA-256 stood in lost rows only, and
    a part cannot be read before its upload is complete; what is sent again takes the place of what was sent.
    """
    unfinished = {item.key: item.multipart_id for item in store.unfinished("originals/")}

    def write(tx: Tx) -> Rederived:
        opened, finished = (tx.execute(select(UPLOAD.c.id, UPLOAD.c.recording).where(UPLOAD.c.state == state)).all()
                            for state in ("open", "finished"))
        for row in opened:
            tx.execute(insert(PROGRESS).values(
                upload=row.id, multipart_id=unfinished.get(object_key(row.recording), NO_MULTIPART), segments=0,
                tail_length=0, fence=0, tail_fence=0, last_byte_at=now, unsigned=True))
        _discard_again(tx, unfinished, now)
        for row in finished:
            jobs.enqueue(tx, "accession", row.id, {"upload": row.id}, now)
        underived = _underived(tx)
        for recording, upload in underived:
            jobs.enqueue(tx, "derive", recording, {"recording": recording, "upload": upload}, now)
        people = tx.execute(select(PERSON.c.id, PERSON.c.login).where(PERSON.c.login.is_not(None))
                            .order_by(PERSON.c.login)).all()
        stations = tx.execute(select(func.count()).select_from(STATION)).scalar_one()
        return Rederived(len(opened), len(finished), len(underived),
                         tuple((row.id, row.login) for row in people), int(stations))

    return db.write(write)


def _discard_again(tx: Tx, unfinished: dict[str, str], now: datetime) -> None:
    """For uploads that ended without being finished and of which the store still holds something."""
    for row in tx.execute(select(UPLOAD.c.id, UPLOAD.c.recording).where(UPLOAD.c.state.in_(ENDED))).all():
        key = object_key(row.recording)
        if key in unfinished:
            jobs.enqueue(tx, "discard", row.id, discarding(row.id, key, unfinished[key]), now)


def _underived(tx: Tx) -> list[tuple[str, str]]:
    """(recording, upload) of recordings for which a purpose has neither a derivative nor a reason."""
    known = union_all(*(select(t.c.recording).where(t.c.purpose.in_(PURPOSES))
                        for t in (DERIVATIVE, MISSING))).subquery()
    done = select(known.c.recording).group_by(known.c.recording).having(func.count() >= len(PURPOSES))
    rows = tx.execute(select(RECORDING.c.id, RECORDING.c.upload).where(RECORDING.c.id.not_in(done))
                      .order_by(RECORDING.c.leaf)).all()
    return [(row.id, row.upload) for row in rows]
