"""Transcripts as JSON: brought as the bytes of a file, listed with their cues, withdrawn."""

import asyncio
from datetime import UTC
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import AwareDatetime

from api.deps import Person, PersonWriting, Service, ServiceDep
from api.schemas import content
from api.small_body import small_body
from api.transcript_schemas import TranscriptBody, TranscriptMadeBody, WithdrawRequest
from archive import transcripts
from archive.actors import Actor
from archive.errors import Refused
from archive.identifiers import parse_id
from archive.transcripts import TranscriptRow
from ingest.transcript_text import LARGEST, brought

router = APIRouter(prefix="/api/v1", tags=["transcripts"])
Word = Annotated[str, Query(max_length=64)]
_FILE = {"requestBody": {"required": True, "content": {"application/octet-stream": {
    "schema": {"type": "string", "format": "binary"}}}}}


@router.post("/room-sessions/{session}/transcripts", status_code=201, openapi_extra=_FILE)
async def add_to_session(request: Request, service: ServiceDep, who: PersonWriting, session: str, form: Word,
                         language: Word = "zh", zero: AwareDatetime | None = None,
                         replaces: Word = "") -> TranscriptMadeBody:
    """Bring a transcript to a session. ``zero``: which moment its times count from; left out, the session's opening."""
    of = parse_id("ses", session)
    return await _added(request, service, who.actor, of, (form, language, replaces), zero)


@router.post("/recordings/{recording}/transcripts", status_code=201, openapi_extra=_FILE)
async def add_to_recording(request: Request, service: ServiceDep, who: PersonWriting, recording: str, form: Word,
                           language: Word = "zh", zero: AwareDatetime | None = None,
                           replaces: Word = "") -> TranscriptMadeBody:
    """Bring a transcript to a recording; without ``zero`` its times count from the recording's first picture."""
    of = parse_id("rec", recording)
    return await _added(request, service, who.actor, of, (form, language, replaces), zero)


@router.get("/room-sessions/{session}/transcripts")
def of_session(service: ServiceDep, who: Person, session: str) -> list[TranscriptBody]:
    """A session's transcripts, the earliest first."""
    return _listed(service, who.actor, parse_id("ses", session))


@router.get("/recordings/{recording}/transcripts")
def of_recording(service: ServiceDep, who: Person, recording: str) -> list[TranscriptBody]:
    """A recording's transcripts, the earliest first."""
    return _listed(service, who.actor, parse_id("rec", recording))


@router.get("/transcripts/{transcript}/file", response_class=Response,
            responses={200: content("application/octet-stream", text="The file as it came.")})
def file(service: ServiceDep, who: Person, transcript: str) -> Response:
    """The file as it came, to the byte."""
    row = transcripts.transcript_row(service.archive.site, who.actor, transcript)
    return Response(transcripts.file_of(service.archive.site, row), media_type="application/octet-stream", headers={
        "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff",
        "Content-Disposition": f'attachment; filename="{row.id}.{_SUFFIXES[row.form]}"'})


_SUFFIXES = {"srt": "srt", "webvtt": "vtt", "record": "txt"}


@router.post("/transcripts/{transcript}/withdraw", status_code=204)
def withdraw(service: ServiceDep, who: PersonWriting, transcript: str, ask: WithdrawRequest) -> None:
    """Take a transcript back."""
    transcripts.withdraw(service.archive.site, who.actor, transcript, ask.remark)


async def _added(request: Request, service: Service, actor: Actor, of: str, said: tuple[str, str, str],
                 zero: AwareDatetime | None) -> TranscriptMadeBody:
    untrusted_file, site = await small_body(request, LARGEST), service.archive.site
    if untrusted_file is None:
        raise Refused("transcript.too_large", f"a transcript has at most {LARGEST // 1024} KiB; split it")

    def made() -> str:
        moment = transcripts.zero_of(site, actor, of) if zero is None else zero.astimezone(UTC)
        form, language, replaces = said
        return transcripts.add(site, actor, of, brought(untrusted_file, form, language, moment), replaces)

    return TranscriptMadeBody(transcript=await asyncio.to_thread(made))


def _listed(service: Service, actor: Actor, of: str) -> list[TranscriptBody]:
    return [_body(row) for row in transcripts.transcripts_of(service.archive.site, actor, of)]


def _body(row: TranscriptRow) -> TranscriptBody:
    known = {name: getattr(row, name) for name in TranscriptBody.model_fields if name != "cues"}
    return TranscriptBody.model_validate({**known, "cues": [vars(cue) for cue in row.cues]})
