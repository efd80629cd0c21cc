"""A station's own door: what the archive offers a new one, enrolment by a one-time code, a change of keys."""

import asyncio
import base64
import binascii
from typing import TypeVar

from fastapi import APIRouter, Request
from pydantic import ValidationError

from api.deps import ServiceDep
from api.schemas import Body, EnrolledBody, EnrolmentRequest, KeyChangeRequest, OfferBody
from api.small_body import small_body
from archive.errors import Refused
from ingest import enrolment
from ingest.stations import EnrolledStation

router = APIRouter(prefix="/api/v1/stations", tags=["stations"])
LARGEST = 4096
"""Bytes of a body; these are read before anybody is known."""
_Asked = TypeVar("_Asked", bound=Body)


def _json(model: type[Body]) -> dict[str, object]:
    """How OpenAPI describes a body that is read by hand, within a limit."""
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": model.model_json_schema()}}}}


@router.get("/offer")
def offer(service: ServiceDep) -> OfferBody:
    """The log key and the archive's own cosigner policy. Claims: a one-time code, or paper, confirms them."""
    found = enrolment.offer(service.archive.site)
    return OfferBody(log_key=found.log_key.text(), policy=found.policy)


@router.post("", status_code=201, openapi_extra=_json(EnrolmentRequest))
async def enrol(request: Request, service: ServiceDep) -> EnrolledBody:
    """Enrol under a key of one's own by a one-time code; the same key asking again is answered alike."""
    asked = await _read(request, EnrolmentRequest)
    station = await asyncio.to_thread(enrolment.redeem, service.archive.intake, asked.code, asked.station_key,
                                      _bytes(asked.proof))
    return _enrolled(station)


@router.post("/key", openapi_extra=_json(KeyChangeRequest))
async def change_key(request: Request, service: ServiceDep) -> EnrolledBody:
    """Hand over to another key: signed by the one in force and by the new one."""
    asked = await _read(request, KeyChangeRequest)
    station = await asyncio.to_thread(enrolment.change_key, service.archive.site, asked.station_key,
                                      _bytes(asked.old_signature), _bytes(asked.new_signature))
    return _enrolled(station)


def _enrolled(station: EnrolledStation) -> EnrolledBody:
    return EnrolledBody(station=station.id, station_key=station.key.text())


async def _read(request: Request, model: type[_Asked]) -> _Asked:
    untrusted_body = await small_body(request, LARGEST)
    if untrusted_body is None:
        raise Refused("request.invalid", f"a body here has at most {LARGEST} bytes")
    try:
        return model.model_validate_json(untrusted_body)
    except ValidationError as fault:
        first = fault.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise Refused("request.invalid", f"{where}: {first['msg']}") from fault


def _bytes(untrusted_text: str) -> bytes:
    try:
        return base64.b64decode(untrusted_text, validate=True)
    except (binascii.Error, ValueError) as fault:
        raise Refused("request.invalid", "a signature is base64") from fault
