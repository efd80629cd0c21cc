"""Transcripts of room sessions and recordings: brought by a person, replaced or withdrawn, read beside what is played.

The file as it came is a particular of its own key: committed to in the leaf, erasable, never locked in the clear.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import select

from archive import custody, particulars
from archive.actors import Actor
from archive.db import Tx
from archive.entries import CustodyEvent
from archive.errors import Conflict, NotFound, Refused
from archive.identifiers import TranscriptId, new_id, parse_id
from archive.matter_entry import remarked
from archive.opened import particulars_of
from archive.publication import Act, require
from archive.recordings import find, require_visible
from archive.room_sessions import session_row
from archive.rooms import require_person
from archive.search_rows import cues_said
from archive.site import Site
from archive.tables import Person, table
from archive.transcript_events import TranscriptAdded, TranscriptWithdrawn
from archive.transcript_tables import Transcript

TRANSCRIPT, PERSON = table(Transcript), table(Person)
MOST = 50
"""Transcripts of one session or recording, those replaced and withdrawn included."""
_ROOM = 64 * 1024
"""Left of the particulars' largest size for what surrounds text and cues."""


@dataclass(frozen=True)
class Cue:
    """Something said, in milliseconds from the transcript's zero."""

    from_ms: int
    to_ms: int
    text: str


@dataclass(frozen=True)
class Brought:
    """A transcript as it was read: the file's text in one of ``ENCODINGS``, which gives its bytes again, and its cues.
    ``language``: a tag of letters, digits and hyphens; ``starts``, ``ends``: as a written record states them."""

    form: str
    encoding: str
    language: str
    text: str
    cues: Sequence[Cue]
    zero: datetime
    starts: datetime | None = None
    ends: datetime | None = None


@dataclass(frozen=True)
class TranscriptRow:
    """A transcript; ``cues`` are empty when erased. ``state``: in_force | replaced | withdrawn | erased."""

    id: str
    of: str
    form: str
    language: str
    size: int
    zero: datetime
    starts: datetime | None
    ends: datetime | None
    cues: tuple[Cue, ...]
    by: str
    at: datetime
    state: str
    leaf: int
    encoding: str
    digest: str | None


def add(site: Site, actor: Actor, untrusted_of: str, brought: Brought, untrusted_replaces: str = "") -> TranscriptId:
    """Bring a transcript to a room session or a recording; it may take the place of an earlier one.

    ``NotFound room.no_session | recording.unknown | transcript.unknown``, ``Refused room.not_person |
    transcript.too_large | transcript.too_many``, ``Conflict transcript.gone``. Limit: that it says what was said is the
    word of who brought it.
    """
    require_person(actor)
    require(site, Act.ORDINARY)
    of = require_target(site, actor, untrusted_of)
    transcript = TranscriptId(new_id("tsc"))
    replaces = parse_id("tsc", untrusted_replaces) if untrusted_replaces else None
    data = brought.text.encode(brought.encoding)
    said = json.dumps([[one.from_ms, one.to_ms, one.text] for one in brought.cues], ensure_ascii=False,
                      separators=(",", ":"))
    held = {"text": brought.text, "cues": said, "digest": f"sha256:{sha256(data).hexdigest()}"}
    if sum(len(json.dumps(one, ensure_ascii=False).encode()) for one in held.values()) > particulars.MAX_SEALED - _ROOM:
        raise Refused("transcript.too_large", "text and cues of one transcript have at most a megabyte; split it")
    sealed = particulars.seal(site.ports.vault, site.log_id, transcript, particulars.salted(held))
    body = TranscriptAdded(of, brought.form, brought.encoding, brought.language, len(data), len(brought.cues),
                           brought.zero, brought.starts, brought.ends, replaces)

    def record(tx: Tx) -> None:
        if replaces is not None:
            _in_force(tx, replaces, of)
        if len(tx.execute(select(TRANSCRIPT.c.id).where(TRANSCRIPT.c.of == of)).all()) >= MOST:
            raise Refused("transcript.too_many", f"there are {MOST} transcripts of this already")
        custody.append(tx, site.ports.clock, CustodyEvent.committed(actor.id, transcript, body, sealed.commitment),
                       sealed)

    site.db.write(record)
    return transcript


def withdraw(site: Site, actor: Actor, untrusted_transcript: str, untrusted_remark: str) -> None:
    """Take a transcript back, saying why; it stays in the log. ``NotFound transcript.unknown``, ``Conflict
    transcript.gone``, ``Refused room.not_person | recorder.text``."""
    require_person(actor)
    require(site, Act.ORDINARY)
    row = transcript_row(site, actor, untrusted_transcript)
    remark, said = remarked(untrusted_remark)
    sealed = particulars.seal(site.ports.vault, site.log_id, remark, particulars.salted(said))
    body = TranscriptWithdrawn(remark)

    def record(tx: Tx) -> None:
        _in_force(tx, row.id, row.of)
        event = CustodyEvent.committed(actor.id, row.id, body, sealed.commitment)
        custody.append(tx, site.ports.clock, event, sealed)

    site.db.write(record)


def transcripts_of(site: Site, actor: Actor, untrusted_of: str) -> tuple[TranscriptRow, ...]:
    """Transcripts of a session or recording this actor may know of, the earliest first, gone ones too."""
    of = require_target(site, actor, untrusted_of)
    return _rows(site, TRANSCRIPT.c.of == of)


def transcript_row(site: Site, actor: Actor, untrusted_transcript: str) -> TranscriptRow:
    """One transcript; ``NotFound transcript.unknown`` when absent or of what this actor may not know of."""
    found = _rows(site, TRANSCRIPT.c.id == parse_id("tsc", untrusted_transcript))
    try:
        require_target(site, actor, found[0].of if found else "")
    except (NotFound, Refused) as fault:
        raise unknown() from fault
    return found[0]


def file_of(site: Site, row: TranscriptRow) -> bytes:
    """The file as it came, to the byte; ``NotFound transcript.erased``."""
    for field in particulars_of(site, row.leaf).fields:
        if field.name == "text":
            return str(field.value).encode(row.encoding)
    raise NotFound("transcript.erased", "the text of this transcript was erased; the log still says that it was there")


def require_target(site: Site, actor: Actor, untrusted_of: str) -> str:
    """The session's or recording's id, where this actor may know of it."""
    if untrusted_of.startswith("ses_"):
        return session_row(site, actor, untrusted_of).id
    return require_visible(site, actor, untrusted_of)


def zero_of(site: Site, actor: Actor, of: str) -> datetime:
    """Which moment times count from where nobody says: the session's opening, the recording's first picture as far as
    it is claimed."""
    return session_row(site, actor, of).opened_at if of.startswith("ses_") else find(site, actor, of).started[0]


def unknown() -> NotFound:
    """There is no such transcript."""
    return NotFound("transcript.unknown", "there is no such transcript; look at the page of its session or recording")


def cues_of(said: str | None) -> tuple[Cue, ...]:
    """Cues as a row has them."""
    return tuple(Cue(*one) for one in cues_said(said))


def moment_of(row: Any, cue: Cue) -> datetime:
    """When a cue begins."""
    at: datetime = row.zero + timedelta(milliseconds=cue.from_ms)
    return at


def _in_force(tx: Tx, transcript: str, of: str) -> None:
    row = tx.execute(select(TRANSCRIPT).where(TRANSCRIPT.c.id == transcript, TRANSCRIPT.c.of == of)).first()
    if row is None:
        raise unknown()
    if row.withdrawn_at is not None or row.replaced_by is not None:
        raise Conflict("transcript.gone", "this transcript was replaced or withdrawn already")


def _rows(site: Site, where: Any) -> tuple[TranscriptRow, ...]:
    query = (select(TRANSCRIPT, PERSON.c.display_name)
             .join_from(TRANSCRIPT, PERSON, PERSON.c.id == TRANSCRIPT.c.added_by, isouter=True)
             .where(where).order_by(TRANSCRIPT.c.leaf))
    return tuple(_row(row) for row in site.db.read(lambda c: c.execute(query).all()))


def _row(row: Any) -> TranscriptRow:
    state = ("withdrawn" if row.withdrawn_at is not None else "replaced" if row.replaced_by is not None
             else "erased" if row.said is None else "in_force")
    return TranscriptRow(row.id, row.of, row.form, row.language, row.size, row.zero, row.starts, row.ends,
                         cues_of(row.said), row.display_name or row.added_by, row.added_at, state, row.leaf,
                         row.encoding, row.digest)
