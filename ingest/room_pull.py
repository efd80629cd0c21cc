"""Span pull: of the files that a network video recorder writes into a folder, those that a room's sessions ask for.

A file's times are the recorder's word, on its own clock, as its name tells them; a session's are the archive's.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from archive.room_names import ROOM_VENDOR, channel_serial
from archive.room_sessions import SessionRow, for_box
from archive.site import Site
from ingest.drop_claims import Claim
from ingest.manifest import RecorderName


@dataclass(frozen=True)
class RoomChannels:
    """Which channel of a room, from 1, the recorder's serial is (``NVR-01/CH03`` where names tell a channel)."""

    room: str
    channels: Mapping[str, int]


class NotAsked(Exception):
    """No session asks for this file: it stays where it is, is not read, and is no fault."""


class Asking:
    """What the sessions of a room ask of an import account, as of one look; read once, when first needed."""

    def __init__(self, site: Site, account: str, room: RoomChannels) -> None:
        self._site, self._account, self._room = site, account, room
        self._sessions: tuple[SessionRow, ...] | None = None

    def of(self, claim: Claim) -> Claim:
        """The file as a segment of the first session whose span it may touch; ``NotAsked`` where there is none.

        It may touch it when it does on some reading of its clock's error: rather a file too many than one too few.
        """
        number = self._room.channels.get(claim.recorder.serial)
        if number is None:
            raise NotAsked(claim.recorder.serial)
        if self._sessions is None:
            now = self._site.ports.clock.now()
            self._sessions = for_box(self._site, self._account, now)
        touching = [one for one in self._sessions if one.room == self._room.room and number <= len(one.channels)
                    and _touches(one, claim)]
        if not touching:
            raise NotAsked(claim.recorder.serial)
        first = min(touching, key=lambda one: one.opened_at)
        return replace(claim, session=first.id, recorder=RecorderName(
            ROOM_VENDOR, channel_serial(self._room.room, number), ROOM_VENDOR))


def _touches(session: SessionRow, claim: Claim) -> bool:
    since, until = session.expected
    return claim.ended.latest > since and (until is None or claim.started.earliest < until)
