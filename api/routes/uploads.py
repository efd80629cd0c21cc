"""A station's door: open an upload with a manifest, send its bytes by tus 1.0, fetch its receipt."""

import asyncio
import contextlib
import hashlib
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Literal

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from starlette.convertors import StringConvertor, register_url_convertor
from starlette.requests import ClientDisconnect

from api.deps import Service, ServiceDep
from api.loop_answers import answered
from api.schemas import OpenedUploadBody, Responses, content
from api.station_requests import sender, sending, signer
from archive.errors import Conflict, Refused
from ingest import receive, tus, uploads
from ingest.manifest import MAX_MANIFEST
from ingest.outcome import Waiting, receipt_of_upload
from ingest.receive import Receiver
from ingest.tus import Checksum

router = APIRouter(prefix="/api/v1/uploads", tags=["uploads"])
MANIFEST_TYPE = "application/vnd.liuhen.manifest"
RECEIPT_TYPE = "application/vnd.liuhen.receipt+json"
RECEIPTS: Responses = {200: content(RECEIPT_TYPE), 202: content("application/json", text="Not signed yet.")}
IN_FLIGHT = 2
"""Segments of one upload on their way to the store at once; more parts in parallel do not help (STORAGE)."""
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

    Verified before anything is stored; the event `upload.opened` is committed before this answers.
    """
    tus.require_version(request.headers.get("tus-resumable"))
    untrusted_length = tus.parse_number(request.headers.get("upload-length"), "Upload-Length")
    station = await signer(request, service)
    untrusted_metadata = tus.parse_metadata(request.headers.get("upload-metadata"))
    untrusted_note = untrusted_metadata.get("manifest") or await _small_body(request)
    opened = await asyncio.to_thread(
        uploads.open_upload, service.archive.intake, untrusted_note, untrusted_metadata.get("labels", b"[]"),
        untrusted_length, station)
    place = f"/api/v1/uploads/{opened.upload}/{opened.token}"
    body = OpenedUploadBody(upload=opened.upload, recording=opened.recording, token=opened.token, location=place)
    return JSONResponse(body.model_dump(), 201, {
        "Location": place, "Tus-Resumable": tus.VERSION, "Cache-Control": "no-store"})


@router.head("/{upload}", response_class=Response)
@router.head("/{upload}/{token:upload_token}", response_class=Response)
async def offset(request: Request, service: ServiceDep, upload: str, token: str = "") -> Response:
    """Where the upload stands: Upload-Offset counts durable bytes only."""
    state = (await sender(request, service, upload, token)).upload
    return _at(state.offset, 200, {"Upload-Length": str(state.size)})


@router.patch("/{upload}", status_code=204)
@router.patch("/{upload}/{token:upload_token}", status_code=204)
async def append(request: Request, service: ServiceDep, upload: str, token: str = "") -> Response:
    """Add bytes at Upload-Offset; 204 with the new offset once they are durable."""
    tus.require_version(request.headers.get("tus-resumable"))
    if request.headers.get("content-type") != tus.CONTENT_TYPE:
        raise Refused("tus.content_type", f"send Content-Type: {tus.CONTENT_TYPE}")
    untrusted_offset = tus.parse_number(request.headers.get("upload-offset"), "Upload-Offset")
    untrusted_length = tus.parse_optional_number(request.headers.get("content-length"), "Content-Length")
    checksum = tus.parse_checksum(request.headers.get("upload-checksum"))
    who = await sender(request, service, upload, token)
    async with _only_writer(service, who.upload.upload), sending(service, who):
        # Looked at again: until now another connection may have been writing, and what it added must be seen.
        state = await asyncio.to_thread(uploads.upload_state, service.archive.intake, who.upload.upload)
        receiver = await asyncio.to_thread(
            receive.begin, service.archive.intake, state, untrusted_offset, untrusted_length, checksum is not None)
        reached = await _pump(service, request, receiver, checksum)
        if reached == state.size:
            await asyncio.to_thread(receive.finish, service.archive.intake, state)
    return _at(reached, 204, {})


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


async def _pump(service: Service, request: Request, receiver: Receiver, checksum: Checksum | None) -> int:
    """Body → segments → store, two on their way while the next is read; the budget bounds memory over all uploads."""
    hasher = hashlib.sha256() if checksum is not None else None
    flying: deque[asyncio.Task[Any]] = deque()
    try:
        async for chunk in request.stream():
            receiver.take(chunk)
            if hasher is not None:
                hasher.update(chunk)
            while (segment := receiver.next_segment()) is not None:
                if len(flying) >= IN_FLIGHT:
                    await _land(receiver, flying)
                await service.segments.acquire()
                flying.append(asyncio.create_task(_fly(service, receiver, *segment)))
    except ClientDisconnect:
        await _land_all(receiver, flying)
        if hasher is None:
            await asyncio.to_thread(receiver.keep)
        raise
    except BaseException:
        await asyncio.gather(*flying, return_exceptions=True)
        raise
    await _land_all(receiver, flying)
    if checksum is not None and hasher is not None:
        checksum.require(hasher.digest())
    return await asyncio.to_thread(receiver.keep)


async def _fly(service: Service, receiver: Receiver, number: int, segment: bytearray) -> Any:
    try:
        return await asyncio.to_thread(receiver.put, number, segment)
    finally:
        service.segments.release()


async def _land(receiver: Receiver, flying: deque[asyncio.Task[Any]]) -> None:
    part, digest = await flying.popleft()
    await asyncio.to_thread(receiver.arrived, part, digest)


async def _land_all(receiver: Receiver, flying: deque[asyncio.Task[Any]]) -> None:
    while flying:
        await _land(receiver, flying)


@asynccontextmanager
async def _only_writer(service: Service, upload: str) -> AsyncIterator[None]:
    """One writer per upload in this process, the only one that serves a data folder."""
    if upload in service.writing:
        raise Conflict("upload.busy", "another connection writes to this upload; wait for it to end")
    service.writing.add(upload)
    try:
        yield
    finally:
        service.writing.discard(upload)


async def _small_body(request: Request) -> bytes:
    if request.headers.get("content-type") != MANIFEST_TYPE:
        raise Refused("manifest.missing", f"send the manifest in Upload-Metadata or as {MANIFEST_TYPE}")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_MANIFEST:
            raise Refused("manifest.too_large", f"a manifest has at most {MAX_MANIFEST} bytes")
    return bytes(body)


def _wait_s(untrusted_prefer: str) -> float:
    """RFC 7240 ``wait``, in seconds, capped."""
    for preference in untrusted_prefer.split(","):
        name, _, value = preference.strip().partition("=")
        if name == "wait" and value.isascii() and value.isdigit():
            return min(float(value[:4]), LONGEST_WAIT_S)
    return 0.0


def _at(reached: int, status: int, also: dict[str, str]) -> Response:
    return Response(status_code=status, headers={
        "Upload-Offset": str(reached), "Tus-Resumable": tus.VERSION, "Cache-Control": "no-store", **also})
