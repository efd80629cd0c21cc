"""Open a room session's set once and play all its segments: one look on record, signed and staged before a byte."""

from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from archive import custody
from archive.access import Readable, require_in_force
from archive.actors import Actor
from archive.db import Tx
from archive.entries import CustodyEvent
from archive.errors import NotFound
from archive.identifiers import PlaybackId, new_id, parse_id
from archive.log import SignedTree
from archive.ports import ObjectVersion
from archive.publication import Act, require, settled
from archive.recordings import DERIVATIVE, find, may_see
from archive.room_events import RoomPlaybackOpened
from archive.room_tables import RoomPlayback
from archive.site import Site
from archive.tables import table

SHOWN = table(RoomPlayback)
MOST = 1500
"""Copies named in one event, so that it stays within an entry's length."""


@dataclass(frozen=True)
class OpenedSet:
    """A look that was granted: by recording the playback to read it under. ``signed`` completes when every event of it
    is signed and staged: answer after that."""

    playbacks: dict[str, PlaybackId]
    signed: "Future[SignedTree]"


def open_set(site: Site, actor: Actor, session: str, recordings: Sequence[str]) -> OpenedSet:
    """Log that ``actor`` is given the access copies of these segments, as far as there are any and this actor may see
    them. ``NotFound playback.no_copy`` when there is none, ``Unavailable log.behind``.

    Limit: that all of it was looked at is not known; that it could be is on record.
    """
    require(site, Act.PLAYBACK)
    wanted = (select(DERIVATIVE.c.recording, DERIVATIVE.c.id).where(
        DERIVATIVE.c.purpose == "access_copy", DERIVATIVE.c.recording.in_(recordings),
        may_see(actor, DERIVATIVE.c.recording)).order_by(DERIVATIVE.c.made_at.desc()))
    held: dict[str, str] = {row[0]: row[1] for row in site.db.read(lambda c: c.execute(wanted).all())}
    there = [one for one in recordings if one in held]
    parts = [(PlaybackId(new_id("pbk")), there[at:at + MOST]) for at in range(0, len(there), MOST)]
    if not parts:
        raise NotFound("playback.no_copy", "there is no access copy of this session's segments (yet)")

    def record(tx: Tx) -> int:
        indexes = [custody.append(tx, site.ports.clock, CustodyEvent.plain(actor.id, playback, RoomPlaybackOpened(
            session, tuple(held[one] for one in part)))) for playback, part in parts]
        return indexes[-1]

    index = site.db.write(record)
    signed = settled(site, Act.PLAYBACK, index) or site.sequencer.wait_signed(index)
    return OpenedSet({one: playback for playback, part in parts for one in part}, signed)


def readable(site: Site, actor: Actor, untrusted_playback: str, untrusted_recording: str, now: datetime) -> Readable:
    """What an opened set may read of one segment: as ``access.readable``."""
    playback = parse_id("pbk", untrusted_playback)
    row: Any = site.db.read(lambda c: c.execute(
        select(SHOWN).where(SHOWN.c.id == playback, SHOWN.c.actor == actor.id)).first())
    require_in_force(site, row, now)
    given = row.copies.split()
    copy = next((d for d in find(site, actor, untrusted_recording).derivatives if d.id in given), None)
    if copy is None:
        raise NotFound("playback.unknown", "this playback is of other segments; open the session again")
    return Readable(ObjectVersion(copy.object_key, copy.version_id), copy.size, copy.media_type)
