"""A station's requests: signed by it (RFC 9421), or on the token of one upload. Decided before the first body byte."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from fastapi import Request

from api.deps import Service
from archive.errors import ArchiveError
from archive.identifiers import StationId, UploadId, parse_id
from ingest import uploads
from ingest.carried import note_unsigned
from ingest.request_signatures import Request as SignedRequest
from ingest.signed_requests import admit
from ingest.stations import require_active
from ingest.uploads import UploadState


@dataclass(frozen=True)
class Sender:
    """Who may act on an upload; ``signed``: this very request is signed by its station."""

    upload: UploadState
    signed: bool


async def signer(request: Request, service: Service) -> StationId | None:
    """The station that signed this request; None for a request without a signature. ``Refused signature.*``."""
    if not {"signature", "signature-input"} & {name.lower() for name in request.headers}:
        return None
    return await asyncio.to_thread(admit, service.archive.site, _as_sent(request))


async def sender(request: Request, service: Service, untrusted_upload: str, untrusted_token: str,
                 receipt: bool = False) -> Sender:
    """By the signature, or by the token in the address (tus clients) or as Bearer.

    ``NotFound upload.unknown`` for another's upload, a wrong id and a wrong token alike; ``Refused station.revoked``,
    but not for a ``receipt`` on a token: what the archive answers for stays to be had.
    """
    station = await signer(request, service)
    if station is not None:
        return await asyncio.to_thread(_by_station, service, untrusted_upload, station)
    scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
    token = untrusted_token or (bearer if scheme.lower() == "bearer" else "")
    state = await asyncio.to_thread(uploads.authorised_upload, service.archive.intake, untrusted_upload, token)
    if not receipt:
        await asyncio.to_thread(_require_active, service, state.station)
    return Sender(state, signed=False)


@asynccontextmanager
async def sending(service: Service, who: Sender) -> AsyncIterator[None]:
    """Around what brings bytes: how they come is put down before the first one, and whoever is stopped by a revocation
    in the middle of it is told so."""
    if not who.signed:
        await asyncio.to_thread(note_unsigned, service.archive.intake, who.upload.upload)
    try:
        yield
    except ArchiveError:
        await asyncio.to_thread(_require_active, service, who.upload.station)
        raise


def _by_station(service: Service, untrusted_upload: str, station: StationId) -> Sender:
    state = uploads.upload_state(service.archive.intake, UploadId(parse_id("upl", untrusted_upload)))
    if state.station != station:
        raise uploads.unknown()
    return Sender(state, signed=True)


def _require_active(service: Service, station: str) -> None:
    service.archive.site.db.read(lambda c: require_active(c, station))


def _as_sent(request: Request) -> SignedRequest:
    path = request.scope.get("raw_path") or request.url.path.encode()
    query = request.scope.get("query_string", b"")
    fields = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers.raw)
    return SignedRequest(request.method, (path + (b"?" + query if query else b"")).decode("latin-1"), fields)
