"""A proof that the log grew from one signed checkpoint to another, as a file for whoever kept the older one."""

from sqlalchemy import Connection, select

from archive.check_claims import COSIGNED, SIGNED
from archive.errors import NotFound, Refused
from archive.proof.consistency import ConsistencyProof
from archive.site import Site


def prove_growth(site: Site, old: int, new: int | None = None, up_to: int | None = None) -> ConsistencyProof:
    """From the checkpoint signed at size ``old`` to the one at ``new`` (None: the latest), none beyond ``up_to``.

    ``Refused log.backward`` when the older is the larger; ``NotFound log.no_checkpoint`` for a size nobody signed.
    Limit: shows one history to whoever holds the older checkpoint, not that others were shown the same one.
    """
    latest = _latest(site, up_to)
    newer = latest if new is None else new
    if old > newer:
        raise Refused("log.backward", "the older checkpoint has the smaller size: give old ≤ new")
    if newer > latest:
        raise NotFound("log.no_checkpoint", f"no checkpoint of size {newer} is signed yet; the latest is of {latest}")
    return ConsistencyProof(_note(site, old), _note(site, newer), tuple(site.log_tiles.consistency(old, newer)))


def _latest(site: Site, up_to: int | None) -> int:
    query = select(SIGNED.c.size).order_by(SIGNED.c.size.desc()).limit(1)
    if up_to is not None:
        query = query.where(SIGNED.c.size <= up_to)
    size = site.db.read(lambda c: c.execute(query).scalar())
    if size is None:
        raise NotFound("log.no_checkpoint", "nothing is signed yet")
    return int(size)


def _note(site: Site, size: int) -> str:
    """The note of this size, with its cosignatures where it has any."""

    def read(connection: Connection) -> bytes | None:
        for rows in (COSIGNED, SIGNED):
            note: bytes | None = connection.execute(select(rows.c.note).where(rows.c.size == size)).scalar()
            if note is not None:
                return note
        return None

    note = site.db.read(read)
    if note is not None:
        return note.decode("utf-8")
    raise NotFound("log.no_checkpoint", f"no checkpoint of size {size} was ever signed; name one you have kept")
