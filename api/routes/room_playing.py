"""Playing the set of a room session: opened once, one look on record; then its segments' bytes as often as needed."""

import asyncio

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.deps import Person, PersonWriting, ServiceDep
from api.room_schemas import SetPlaybackBody
from api.routes.recordings import MEDIA, signed_within, stream
from archive import room_access
from ingest.room_sets import open_set

router = APIRouter(prefix="/api/v1", tags=["rooms"])


@router.post("/room-sessions/{session}/playbacks", status_code=201)
async def open_playback(service: ServiceDep, who: PersonWriting, session: str) -> SetPlaybackBody:
    """Open a look at a session's set: its events are signed and staged before this answers."""
    opened = await asyncio.to_thread(open_set, service.archive.site, who.actor, session)
    await signed_within(opened.signed)
    return SetPlaybackBody(media={recording: f"/api/v1/playbacks/{playback}/recordings/{recording}/media"
                                  for recording, playback in opened.playbacks.items()})


@router.get("/playbacks/{playback}/recordings/{recording}/media", response_class=Response, responses=MEDIA)
def media(request: Request, service: ServiceDep, who: Person, playback: str, recording: str) -> Response:
    """Bytes of one segment of an opened set, whole or one Range; the pinned version always."""
    site = service.archive.site
    what = room_access.readable(site, who.actor, playback, recording, site.ports.clock.now())
    return stream(site, what, request.headers.get("range"))
