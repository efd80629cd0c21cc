"""What a docking station may ask of the device ledger, by its signature: which recorders are out, and with whom."""

import asyncio

from fastapi import APIRouter, Request

from api.deps import Service, ServiceDep
from api.ledger_schemas import DockRecorderBody, DockRecordersBody
from api.station_requests import signer
from archive import recorder_views
from archive.errors import Refused
from archive.identifiers import StationId
from archive.recorder_views import RecorderRow
from ingest.stations import station_by_id

router = APIRouter(prefix="/api/v1", tags=["stations"])


@router.get("/docking/recorders")
async def recorders(request: Request, service: ServiceDep) -> DockRecordersBody:
    """Recorders the ledger or a deposit knows; only who has one that is out is named. Signed by a docking station."""
    station = await signer(request, service)
    if station is None:
        raise Refused("signature.required", "a docking station asks for this with a signed request")
    return await asyncio.to_thread(_known, service, station)


def _known(service: Service, station: StationId) -> DockRecordersBody:
    site = service.archive.site
    if station_by_id(site, station).kind not in ("dock", None):
        raise Refused("station.no_dock", "only a docking station asks which recorders are out")
    return DockRecordersBody(recorders=[_body(row) for row in recorder_views.for_docks(site)])


def _body(row: RecorderRow) -> DockRecorderBody:
    holder = row.now.holder if row.now.state == "issued" else None
    wearer = (holder.name or holder.number or "") if holder else ""
    return DockRecorderBody(vendor=row.vendor or "", serial=row.serial or "", state=row.now.state, wearer=wearer,
                            since=row.now.since, last_seen=row.last_seen)
