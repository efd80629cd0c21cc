"""Open a playback once, read it many times: one look is one custody event, and nobody sees a byte before it is
signed and staged."""

from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from archive import custody
from archive.actors import Actor
from archive.entries import CustodyEvent
from archive.errors import Conflict, NotFound, Refused
from archive.events import PlaybackOpened
from archive.identifiers import PlaybackId, new_id, parse_id
from archive.log import SignedTree
from archive.ports import ObjectVersion
from archive.publication import Act, require, settled
from archive.recordings import find
from archive.site import Site
from archive.tables import Playback, table

PLAYBACK = table(Playback)
GOOD_FOR = timedelta(hours=12)
"""A playback can be read by the person who opened it, for one working day; then it is opened anew."""
COPIES = {"access_copy": "access_copy", "text": "paragraphs"}
"""What may be looked at besides the original: the purpose of its derivative."""
INLINE = frozenset({"poster", "waveform"})
"""Derivatives shown on the recording's page. Limit: seeing the small poster there is not a playback and not logged."""


@dataclass(frozen=True)
class OpenedPlayback:
    """A look that was granted. ``signed`` completes when its event is signed and staged: answer after that."""

    id: PlaybackId
    media_type: str
    size: int
    signed: "Future[SignedTree]"


@dataclass(frozen=True)
class Readable:
    """One pinned object a playback may read."""

    version: ObjectVersion
    size: int
    media_type: str


def open_playback(site: Site, actor: Actor, untrusted_recording: str, untrusted_what: str) -> OpenedPlayback:
    """Log that ``actor`` is given the access copy, the original or the text of a document. ``Refused playback.what``,
    ``NotFound``, ``Unavailable log.behind`` when the log cannot be published now.

    Limit: a person who was let in can film the screen; that is not detected.
    """
    act = Act.READ_ORIGINAL if untrusted_what == "original" else Act.PLAYBACK
    require(site, act)
    detail = find(site, actor, untrusted_recording)
    if untrusted_what == "original":
        derivative, media_type, size = None, "application/octet-stream", detail.row.size
        version = ObjectVersion(detail.object_key, detail.version_id)
    elif untrusted_what in COPIES:
        copy = detail.derivative(COPIES[untrusted_what])
        if copy is None:
            raise NotFound("playback.no_copy", "there is no such copy of this recording (yet)")
        derivative, media_type, size = copy.id, copy.media_type, copy.size
        version = ObjectVersion(copy.object_key, copy.version_id)
    else:
        raise Refused("playback.what", "ask for access_copy, text or original")
    playback = PlaybackId(new_id("pbk"))
    event = CustodyEvent.plain(actor.id, playback, PlaybackOpened(
        detail.row.id, untrusted_what, derivative, version.key, site.ports.store.name, version.version_id))
    index = site.db.write(lambda tx: custody.append(tx, site.ports.clock, event))
    signed = settled(site, act, index) or site.sequencer.wait_signed(index)
    return OpenedPlayback(playback, media_type, size, signed)


def readable(site: Site, actor: Actor, untrusted_playback: str, now: datetime) -> Readable:
    """What an opened playback may read; only by the person who opened it, for a day, and once its event is signed."""
    playback = parse_id("pbk", untrusted_playback)
    row: Any = site.db.read(lambda c: c.execute(
        select(PLAYBACK).where(PLAYBACK.c.id == playback, PLAYBACK.c.actor == actor.id)).first())
    require_in_force(site, row, now)
    detail = find(site, actor, row.recording)
    copy = next((d for d in detail.derivatives if d.object_key == row.object_key), None)
    return Readable(ObjectVersion(row.object_key, row.version_id), copy.size if copy else detail.row.size,
                    copy.media_type if copy else "application/octet-stream")


def require_in_force(site: Site, row: Any, now: datetime) -> None:
    """Whether the row of a playback, None where there is none, opens anything now. ``NotFound playback.unknown``,
    ``Refused playback.over``, ``Conflict playback.not_signed``."""
    if row is None:
        raise NotFound("playback.unknown", "no such playback; open the recording again")
    if now - row.opened_at > GOOD_FOR:
        raise Refused("playback.over", "this playback is over; open the recording again")
    tree = site.sequencer.signed
    if tree is None or row.leaf >= tree.checkpoint.size:
        raise Conflict("playback.not_signed", "the record of this playback is not signed yet; try again")


def read(site: Site, what: Readable, start: int, length: int) -> Iterator[bytes]:
    """Bytes of the pinned version; ranges of an opened playback make no further events."""
    return site.ports.store.get(what.version, start, length)


def inline_derivative(site: Site, actor: Actor, untrusted_recording: str, purpose: str) -> Readable:
    """The poster or waveform as it stands on the page; ``NotFound derivative.unknown`` otherwise."""
    copy = find(site, actor, untrusted_recording).derivative(purpose) if purpose in INLINE else None
    if copy is None:
        raise NotFound("derivative.unknown", "no such derivative")
    return Readable(ObjectVersion(copy.object_key, copy.version_id), copy.size, copy.media_type)
