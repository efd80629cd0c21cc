"""Revoke a station: from the commit on nothing of it opens anything, and no upload of it stays open."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from archive import custody
from archive.actors import SYSTEM, Actor
from archive.db import Tx
from archive.entries import CustodyEvent
from archive.errors import Conflict, Refused
from archive.events import UploadAborted
from archive.identifiers import StationId, UploadId, parse_id
from archive.publication import Act, require
from archive.site import Site
from archive.station_events import StationRevoked
from archive.tables import Upload, table
from ingest import closing
from ingest.stations import STATION, station_by_id
from ingest.uploads import state_in

UPLOAD = table(Upload)
REASONS = ("lost", "exposed", "misused", "retired")
CLOSED_BY = "station_revoked"
"""The reason in ``upload.aborted`` of the uploads a revocation closes."""


@dataclass(frozen=True)
class Revoked:
    """``closed``: uploads that were open; ``finished``: deposits whose bytes were all here before and which go on to
    their accession."""

    station: StationId
    closed: tuple[str, ...]
    finished: int


def revoke(site: Site, untrusted_station: str, reason: str, since: datetime | None = None,
           by: Actor = SYSTEM) -> Revoked:
    """Revoke a station for good and close its open uploads, in one transaction; enrol again under a new key and id.

    What was finished before goes on to accession: all its bytes came while the station counted, and dropping them could
    lose evidence; page and log show the revocation and ``since``. Receipts stay fetchable with an upload's token.
    ``NotFound station.unknown``, ``Refused station.bad_reason``, ``Conflict station.revoked_before``.
    """
    if reason not in REASONS:
        raise Refused("station.bad_reason", "the reason is one of " + ", ".join(REASONS))
    station = station_by_id(site, StationId(parse_id("sta", untrusted_station)))
    require(site, Act.ORDINARY)
    event = CustodyEvent.plain(by.id, station.id, StationRevoked(reason, since))

    def record(tx: Tx) -> tuple[list[UploadId], int]:
        if tx.execute(select(STATION.c.revoked_at).where(STATION.c.id == station.id)).scalar() is not None:
            raise Conflict("station.revoked_before", "this station is revoked already")
        custody.append(tx, site.ports.clock, event)
        return _close_uploads(tx, site, station.id, by), len(_uploads(tx, station.id, "finished"))

    closed, finished = site.db.write(record)  # commit point: from here nothing of the station counts
    return Revoked(station.id, tuple(closed), finished)


def _close_uploads(tx: Tx, site: Site, station: str, by: Actor) -> list[UploadId]:
    """End every open upload: a PATCH under way finds nothing to add to any more."""
    uploads = _uploads(tx, station, "open")
    for upload in uploads:
        state = state_in(tx, upload)
        closing.end(site, tx, state, CustodyEvent.plain(by.id, upload, UploadAborted(state.recording, CLOSED_BY)))
    return uploads


def _uploads(tx: Tx, station: str, state: str) -> list[UploadId]:
    query = select(UPLOAD.c.id).where(UPLOAD.c.station == station, UPLOAD.c.state == state)
    return [UploadId(one) for one in tx.execute(query.order_by(UPLOAD.c.opened_leaf)).scalars()]
