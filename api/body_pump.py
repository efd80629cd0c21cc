"""The body of a request into an open upload: chunks → segments → store, as the upload's one writer.

The only async part of a deposit; what is durable, and who may write, is decided in ingest.receive and ingest.writers.
"""

import asyncio
import hashlib
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from starlette.requests import ClientDisconnect, Request

from api.deps import Service
from api.upload_memory import UploadMemory
from archive.errors import Conflict, Unavailable
from archive.identifiers import UploadId
from ingest import receive, tus, writers
from ingest.receive import Receiver
from ingest.tus import Checksum

IN_FLIGHT = 2
"""Segments of one upload on their way to the store at once; more parts in parallel do not help (STORAGE)."""
HELD_BYTES = 1024 * 1024
"""What a body without a place in memory keeps there before it is set down on disk."""
RENEW_S = writers.RENEW.total_seconds()


@dataclass(frozen=True)
class Announced:
    """What the head of a request says of its body."""

    untrusted_length: int | None
    checksum: Checksum | None


def announced_body(request: Request) -> Announced:
    """``Refused tus.header``; asked before anything is done."""
    return Announced(tus.parse_optional_number(request.headers.get("content-length"), "Content-Length"),
                     tus.parse_checksum(request.headers.get("upload-checksum")))


async def receive_body(service: Service, request: Request, upload: UploadId, untrusted_offset: int,
                       announced: Announced) -> Receiver:
    """Take the request's body at an offset and finish the upload with its last byte; answers how far it came.

    Errors of ``receive.begin``, before the first body byte; ``Refused upload.checksum | upload.too_many_bytes``;
    ``Conflict upload.taken_over`` when another writer came because this one fell silent.
    """
    intake = service.archive.intake
    receiver = await asyncio.to_thread(
        receive.begin, intake, upload, untrusted_offset, announced.untrusted_length, announced.checksum is not None)
    try:
        with service.memory.place() as held:
            await _Pump(service.memory, receiver, announced.checksum, held).run(request.stream())
        if receiver.position == receiver.upload.size:
            await asyncio.to_thread(receive.finish, intake, receiver.upload)
    finally:
        await asyncio.to_thread(receiver.release)
    return receiver


class _Pump:
    """Two segments on their way while the next is read. ``held``: this one has a place in memory; the others set down
    what fills no segment yet, so that slow bodies neither fill the memory nor keep others waiting for it."""

    def __init__(self, memory: UploadMemory, receiver: Receiver, checksum: Checksum | None, held: bool) -> None:
        self._memory, self._receiver, self._checksum, self._held = memory, receiver, checksum, held
        self._hasher = hashlib.sha256() if checksum is not None else None
        self._flying: deque[asyncio.Task[Any]] = deque()
        self._storing = False

    async def run(self, body: AsyncIterator[bytes]) -> None:
        try:
            async with self._renewing():
                await self._through(body)
        except TimeoutError as fault:
            raise writers.taken_over() from fault
        finally:
            await asyncio.gather(*self._flying, return_exceptions=True)

    async def _through(self, body: AsyncIterator[bytes]) -> None:
        try:
            async for chunk in body:
                self._receiver.take(chunk)
                if self._hasher is not None:
                    self._hasher.update(chunk)
                await self._send_off()
                if not self._held and self._receiver.waiting.in_memory >= HELD_BYTES:
                    await self._set_down()
        except ClientDisconnect:
            if self._hasher is None:  # what came counts; announced with a checksum, it counts whole or not at all
                await self._keep()
            raise
        if self._checksum is not None and self._hasher is not None:
            self._checksum.require(self._hasher.digest())
        await self._keep()

    async def _send_off(self) -> None:
        self._storing = True
        while self._receiver.has_segment:
            if len(self._flying) >= IN_FLIGHT:
                await self._land()
            await self._memory.flying.acquire()
            try:
                segment = await asyncio.to_thread(self._receiver.next_segment)
            except BaseException:
                self._memory.flying.release()
                raise
            self._flying.append(asyncio.create_task(self._fly(segment)))
        self._storing = False

    async def _fly(self, segment: tuple[int, bytearray]) -> Any:
        try:
            return await asyncio.to_thread(self._receiver.put, *segment)
        finally:
            self._memory.flying.release()

    async def _set_down(self) -> None:
        try:
            await asyncio.to_thread(self._receiver.waiting.set_down)
        except OSError:
            self._held = True  # a full disk is no reason to refuse bytes that the store may have room for

    async def _land(self) -> None:
        part, digest = await self._flying.popleft()
        await asyncio.to_thread(self._receiver.arrived, part, digest)

    async def _keep(self) -> None:
        self._storing = True
        while self._flying:
            await self._land()
        await asyncio.to_thread(self._receiver.keep)

    @asynccontextmanager
    async def _renewing(self) -> AsyncIterator[None]:
        """``TimeoutError`` out of the block once another writer has taken the upload over."""
        over = asyncio.Event()
        async with asyncio.timeout(None) as patience:
            renewing = asyncio.create_task(self._renew(over, patience))
            try:
                yield
            finally:
                over.set()
                await renewing  # not cancelled: a renewal under way must not come after the release

    async def _renew(self, over: asyncio.Event, patience: asyncio.Timeout) -> None:
        while not over.is_set():
            try:
                await asyncio.wait_for(over.wait(), RENEW_S)
            except TimeoutError:
                storing = self._storing or any(not task.done() for task in self._flying)
                try:
                    await asyncio.to_thread(self._receiver.renew, storing)
                except Conflict:
                    patience.reschedule(asyncio.get_running_loop().time())
                    return
                except Unavailable:
                    continue  # the database is away: the commits will say so, or it comes back
