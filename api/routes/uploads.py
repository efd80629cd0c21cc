"""A station's door: open an upload with a manifest, send its bytes by tus 1.0, fetch its receipt."""

import asyncio
import contextlib
from datetime import datetime
from typing import Literal

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from starlette.convertors import StringConvertor, register_url_convertor

from api.body_pump import Announced, announced_body, receive_body
from api.deps import Service, ServiceDep
from api.loop_answers import answered
from api.schemas import OpenedUploadBody, Responses, content
from api.small_body import small_body
from api.station_requests import Sender, sender, sending, signer
from archive.errors import Refused
from ingest import closing, tus, uploads
from ingest.manifest import MAX_MANIFEST
from ingest.outcome import Waiting, receipt_of_upload
from ingest.uploads import UploadState

router = APIRouter(prefix="/api/v1/uploads", tags=["uploads"])
MANIFEST_TYPE = "application/vnd.liuhen.manifest"
RECEIPT_TYPE = "application/vnd.liuhen.receipt+json"
RECEIPTS: Responses = {200: content(RECEIPT_TYPE), 202: content("application/json", text="Not signed yet.")}
LONGEST_WAIT_S = 60.0


class _Token(StringConvertor):
    """Anything but the word that stands for the upload's receipt; which tokens are right is decided later."""

    regex = "(?!receipt(?:/|$))[^/]+"


register_url_convertor("upload_token", _Token())


@router.options("", status_code=204, response_class=Response)
async def capabilities() -> Response:
    """What this server speaks (tus OPTIONS)."""
    return Response(status_code=204, headers={
        "Tus-Resumable": tus.VERSION, "Tus-Version": tus.VERSION, "Tus-Extension": tus.EXTENSIONS,
        "Tus-Max-Size": str(uploads.MAX_SIZE), "Tus-Checksum-Algorithm": tus.CHECKSUMS})


@router.post("", status_code=201, response_model=OpenedUploadBody)
async def open_upload(request: Request, service: ServiceDep) -> Response:
    """Open an upload: the signed manifest in Upload-Metadata (`manifest`, `labels`) or as the body.

    Verified before anything is stored; the event `upload.opened` is committed before this answers. With the manifest in
    Upload-Metadata the body may be the recording's first bytes (tus creation-with-upload): then Upload-Offset is told.
    """
    tus.require_version(request.headers.get("tus-resumable"))
    untrusted_length = tus.parse_number(request.headers.get("upload-length"), "Upload-Length")
    station = await signer(request, service)
    untrusted_metadata = tus.parse_metadata(request.headers.get("upload-metadata"))
    announced = announced_body(request) if request.headers.get("content-type") == tus.CONTENT_TYPE else None
    untrusted_note = untrusted_metadata.get("manifest") or await _manifest_body(request)
    opened = await asyncio.to_thread(
        uploads.open_upload, service.archive.intake, untrusted_note, untrusted_metadata.get("labels", b"[]"),
        untrusted_length, station)
    state = await asyncio.to_thread(uploads.upload_state, service.archive.intake, opened.upload)
    if announced is not None:
        state = await _with_first_bytes(request, service, Sender(state, station is not None), announced)
    place = f"/api/v1/uploads/{opened.upload}/{opened.token}"
    body = OpenedUploadBody(upload=opened.upload, recording=opened.recording, token=opened.token, location=place)
    return JSONResponse(body.model_dump(), 201, {
        "Location": place,
        **_headers(None if announced is None else state.offset, uploads.expires(service.archive.intake, state))})


async def _with_first_bytes(request: Request, service: Service, who: Sender, announced: Announced) -> UploadState:
    """The upload as it stands once the body is in. A repeated POST finds bytes that came before: then its own body
    is not read, and the station goes on from the offset it is told."""
    if who.upload.state != "open" or who.upload.offset:
        return who.upload
    async with sending(service, who):
        await receive_body(service, request, who.upload.upload, 0, announced)
    return await asyncio.to_thread(uploads.upload_state, service.archive.intake, who.upload.upload)


@router.head("/{upload}", response_class=Response)
@router.head("/{upload}/{token:upload_token}", response_class=Response)
async def offset(request: Request, service: ServiceDep, upload: str, token: str = "") -> Response:
    """Where the upload stands: Upload-Offset counts durable bytes only. 410 once it was ended or has expired."""
    state = (await sender(request, service, upload, token)).upload
    uploads.require_not_ended(state)
    return Response(status_code=200, headers={
        "Upload-Length": str(state.size), **_headers(state.offset, uploads.expires(service.archive.intake, state))})


@router.patch("/{upload}", status_code=204)
@router.patch("/{upload}/{token:upload_token}", status_code=204)
async def append(request: Request, service: ServiceDep, upload: str, token: str = "") -> Response:
    """Add bytes at Upload-Offset; 204 with the new offset once they are durable."""
    tus.require_version(request.headers.get("tus-resumable"))
    if request.headers.get("content-type") != tus.CONTENT_TYPE:
        raise Refused("tus.content_type", f"send Content-Type: {tus.CONTENT_TYPE}")
    untrusted_offset = tus.parse_number(request.headers.get("upload-offset"), "Upload-Offset")
    announced = announced_body(request)
    who = await sender(request, service, upload, token)
    async with sending(service, who):
        receiver = await receive_body(service, request, who.upload.upload, untrusted_offset, announced)
    return Response(status_code=204, headers=_headers(receiver.position, receiver.expires))


@router.delete("/{upload}", status_code=204, response_class=Response)
@router.delete("/{upload}/{token:upload_token}", status_code=204, response_class=Response)
async def terminate(request: Request, service: ServiceDep, upload: str, token: str = "") -> Response:
    """End an open upload (tus termination): nothing of it is kept, and its address is gone. What has all its bytes
    here stays: nothing deposited is removed by whoever brought it."""
    tus.require_version(request.headers.get("tus-resumable"))
    state = (await sender(request, service, upload, token)).upload
    await asyncio.to_thread(closing.terminate, service.archive.intake, state.upload)
    return Response(status_code=204, headers=_headers(None, None))


@router.get("/{upload}/receipt", response_class=Response, responses=RECEIPTS)
@router.get("/{upload}/{token:upload_token}/receipt", response_class=Response, responses=RECEIPTS)
async def receipt(request: Request, service: ServiceDep, upload: str, token: str = "",
                  grade: Literal["signed", "cosigned", "anchored"] = "signed") -> Response:
    """The receipt, of the best grade there is; 202 until it has reached `grade` (`Prefer: wait=10` waits); 409 with
    what differs in quarantine."""
    state = (await sender(request, service, upload, token, receipt=True)).upload
    until = asyncio.get_running_loop().time() + _wait_s(request.headers.get("prefer", ""))
    while True:
        found = await asyncio.to_thread(receipt_of_upload, service.archive.site, state.upload, grade)
        if isinstance(found, bytes):
            return Response(found, media_type=RECEIPT_TYPE, headers={"Cache-Control": "no-store"})
        left = until - asyncio.get_running_loop().time()
        if left <= 0:
            return JSONResponse({"state": found.state}, 202, {"Retry-After": "1", "Cache-Control": "no-store"})
        await _wait(found, left)


async def _wait(found: Waiting, left: float) -> None:
    """Until the checkpoint that covers the leaf is there, or a moment for the accession or the anchor to happen."""
    if found.coming is None:
        await asyncio.sleep(min(0.05 if found.state == "finished" else 0.5, left))
        return
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(answered(found.coming), left)


async def _manifest_body(request: Request) -> bytes:
    if request.headers.get("content-type") != MANIFEST_TYPE:
        raise Refused("manifest.missing", f"send the manifest in Upload-Metadata or as {MANIFEST_TYPE}")
    body = await small_body(request, MAX_MANIFEST)
    if body is None:
        raise Refused("manifest.too_large", f"a manifest has at most {MAX_MANIFEST} bytes")
    return body


def _wait_s(untrusted_prefer: str) -> float:
    """RFC 7240 ``wait``, in seconds, capped."""
    for preference in untrusted_prefer.split(","):
        name, _, value = preference.strip().partition("=")
        if name == "wait" and value.isascii() and value.isdigit():
            return min(float(value[:4]), LONGEST_WAIT_S)
    return 0.0


def _headers(offset: int | None, expires: datetime | None) -> dict[str, str]:
    """What every tus answer carries, and where known the offset and when the upload expires."""
    told = {"Tus-Resumable": tus.VERSION, "Cache-Control": "no-store"}
    if offset is not None:
        told["Upload-Offset"] = str(offset)
    if expires is not None:
        told["Upload-Expires"] = tus.format_expires(expires)
    return told
