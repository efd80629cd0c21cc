"""What the archive wants of this box, asked every few seconds and kept on disk; what the box has to tell it.

Limit: the answer is not signed. Over plain HTTP whoever stands between can have the box deliver more, or nothing.
"""

import json
import threading
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Annotated

import httpx2
from pydantic import AwareDatetime, BaseModel, Field, TypeAdapter

from archive.durable import replace_file
from archive.errors import Refused, Unavailable
from archive.proof import canonical
from ingest.push import StationSide, refusal
from ingest.room_box.spans import Span, Told, session_of

ASK_EVERY_S = 3.0
LARGEST = 1 << 20


class _Session(BaseModel):
    session: Annotated[str, Field(max_length=40)]
    since: AwareDatetime
    until: AwareDatetime | None


class _Room(BaseModel):
    room: Annotated[str, Field(max_length=40)]
    channels: int
    sessions: list[_Session]


class _Answer(BaseModel):
    rooms: list[_Room]


class Lapse(BaseModel):
    """A while a channel was not recorded."""

    channel: int
    reason: str
    since: AwareDatetime
    until: AwareDatetime


_LAPSES = TypeAdapter(list[Lapse])


class Desk:
    """``told`` may be read, and ``note`` be called, from any thread; ``ask`` and ``tell`` are one thread's."""

    def __init__(self, side: StationSide, home: Path, room: str) -> None:
        self._side, self._room = side, room
        self._kept, self._lapses = home / "told.json", home / "lapses.json"
        self._turn = threading.Lock()
        self.told = self._read()

    def ask(self) -> None:
        """Ask once; what was known stays known. ``Refused room_box.answer | room_box.not_its_room``, ``Unavailable
        push.unreachable``; else as the archive answered."""
        try:
            answer = self._side.client.get("/api/v1/room-box")
        except httpx2.TransportError as fault:
            raise Unavailable("push.unreachable", "the archive does not answer") from fault
        if answer.status_code != 200:
            raise refusal(answer)
        room = self._mine(answer.content)
        spans = tuple(Span(one.session, one.since, one.until) for one in room.sessions)
        self.told = Told(spans, self._side.now())
        replace_file(self._kept, json.dumps({"at": canonical.format_time(self._side.now()), "room":
                                             room.model_dump(mode="json")}).encode())

    def note(self, lapse: Lapse) -> None:
        """Remember an interruption until it is told; durable on return."""
        with self._turn:
            self._write([*self.lapses(), lapse])

    def lapses(self) -> list[Lapse]:
        """What is not told yet."""
        return _LAPSES.validate_json(self._lapses.read_bytes()) if self._lapses.exists() else []

    def tell(self, still_matters: datetime) -> None:
        """Tell of what lies in a session; what lies in none and ended before ``still_matters`` is forgotten."""
        for lapse in self.lapses():
            session = session_of(self.told.spans, lapse.since, lapse.until)
            if session is not None:
                self._send(session, lapse)
            elif lapse.until >= still_matters:
                continue
            with self._turn:
                self._write([one for one in self.lapses() if one != lapse])

    def _send(self, session: str, lapse: Lapse) -> None:
        asked = {name: canonical.format_time(at) for name, at in (("since", lapse.since), ("until", lapse.until))}
        params: dict[str, str | int] = {"channel": lapse.channel, "reason": lapse.reason, **asked}
        address = f"/api/v1/room-sessions/{session}/interruptions"
        try:
            answer = partial(self._side.client.post, address, params=params)()
        except httpx2.TransportError as fault:
            raise Unavailable("push.unreachable", "the archive does not answer") from fault
        if answer.status_code != 204:
            raise refusal(answer)

    def _mine(self, untrusted_body: bytes) -> _Room:
        try:
            if len(untrusted_body) > LARGEST:
                raise ValueError("far too long")
            held = _Answer.model_validate_json(untrusted_body)
        except ValueError as fault:
            raise Refused("room_box.answer", "what answers at this address does not speak of rooms") from fault
        for room in held.rooms:
            if room.room == self._room:
                return room
        raise Refused("room_box.not_its_room", "the archive names another box for this room, or none")

    def _read(self) -> Told:
        if not self._kept.exists():
            return Told()
        held = json.loads(self._kept.read_bytes())
        room = _Room.model_validate(held["room"])
        return Told(tuple(Span(one.session, one.since, one.until) for one in room.sessions),
                    canonical.parse_time(held["at"]))

    def _write(self, lapses: list[Lapse]) -> None:
        replace_file(self._lapses, _LAPSES.dump_json(lapses))
