"""Registers as JSON: a feed puts things, people read them and what no register knows."""

import asyncio
import base64
import hmac
from hashlib import sha256

from fastapi import APIRouter, Request, Response
from pydantic import ValidationError

from api.deps import Person, ServiceDep
from api.register_schemas import (
    PutBody,
    PutRequest,
    RegisterBody,
    ThingBody,
    UnmatchedBody,
    UnmatchedListBody,
    WordBody,
)
from api.small_body import small_body
from api.station_requests import signer
from archive import registers
from archive.errors import Refused
from archive.register_kinds import register_of
from archive.unmatched import unmatched
from ingest import register_feed

router = APIRouter(prefix="/api/v1", tags=["registers"])
LARGEST = 64 * 1024
"""Bytes of a body."""
_DESCRIBED = {"requestBody": {"required": True, "content": {"application/json": {
    "schema": PutRequest.model_json_schema()}}}}


@router.put("/register/{register}/{external_id}", openapi_extra=_DESCRIBED)
async def put(request: Request, answer: Response, service: ServiceDep, register: str, external_id: str) -> PutBody:
    """Say all fields of one thing, by the feed's own id; the same again changes nothing.

    Signed (RFC 9421) by a station of the kind feed, over Content-Digest (RFC 9530, sha-256) too. ``If-Match`` names the
    version it must still have.
    """
    station = await signer(request, service)
    if station is None:
        raise Refused("signature.required", "a feed signs its requests, over Content-Digest too")
    asked = _read(request, await small_body(request, LARGEST))
    version = request.headers.get("if-match")
    done = await asyncio.to_thread(
        register_feed.put, service.archive.site, station, register, external_id, asked.fields,
        None if version is None else version.strip().strip('"'))
    answer.headers["etag"] = f'"{done.version}"'
    return PutBody.model_validate({**vars(done), "fields": list(done.fields)})


@router.get("/register/{register}")
def listed(service: ServiceDep, who: Person, register: str) -> RegisterBody:
    """A register as it is in force, with whose word each field is."""
    site, about = service.archive.site, register_of(register)
    return RegisterBody(register_name=about.name, things=[
        ThingBody(thing=one.thing, version=registers.version_of(one),
                  words=[WordBody.model_validate(vars(word)) for word in one.words])
        for one in registers.listed(site, who.actor, about)])


@router.get("/unmatched")
def named_nowhere(service: ServiceDep, who: Person) -> UnmatchedListBody:
    """Names and numbers in labels, ledgers and deposits that no register knows."""
    found, more = unmatched(service.archive.site, who.actor)
    return UnmatchedListBody(unmatched=[UnmatchedBody.model_validate(vars(one)) for one in found], more=more)


def _read(request: Request, untrusted_body: bytes | None) -> PutRequest:
    """The signature was checked and covers Content-Digest: now the body must have it. ``Refused feed.digest``."""
    if untrusted_body is None:
        raise Refused("request.invalid", f"a body here has at most {LARGEST} bytes")
    stated = request.headers.get("content-digest", "").strip()
    wanted = f"sha-256=:{base64.b64encode(sha256(untrusted_body).digest()).decode()}:"
    if not hmac.compare_digest(stated.encode(), wanted.encode()):
        raise Refused("feed.digest", "the body is not what Content-Digest says (sha-256 alone)")
    try:
        return PutRequest.model_validate_json(untrusted_body)
    except ValidationError as fault:
        first = fault.errors()[0]
        where = ".".join(str(part) for part in first["loc"])[:80]
        raise Refused("request.invalid", f"{where}: {first['msg']}") from fault
