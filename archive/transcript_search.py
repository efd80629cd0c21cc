"""Recordings found by what was said in them: by a transcript of their own, or of the room session they are segments of.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, exists, func, select, union_all

from archive.actors import Actor
from archive.recordings import ASIDE, IN_FORCE, RECORDING, UPLOAD, may_see
from archive.room_segments import SESSION, delivered_under, knows_session
from archive.search_query import Readings, found_in
from archive.search_rows import cues_said
from archive.search_text import folded
from archive.tables import table
from archive.transcript_tables import Transcript

TRANSCRIPT = table(Transcript)
MOST_SHOWN = 5
"""Places shown of one line of a list."""
_VALID = TRANSCRIPT.c.withdrawn_at.is_(None) & TRANSCRIPT.c.replaced_by.is_(None)


@dataclass(frozen=True)
class Heard:
    """Something said that shows what was asked: the session or recording it was said in, and when."""

    of: str
    moment: datetime
    text: str
    spans: tuple[tuple[int, int], ...]


def of_transcripts(actor: Actor, which: Select[Any]) -> Select[Any]:
    """Recordings, as ``ref`` with whether they are set ``aside``, of these transcripts, the newest first: of a session
    its newest segment. Of sessions and recordings this actor may know of only: by what was said in others nothing is
    found. Limit: a session without a segment that this actor may see is not found."""
    held = TRANSCRIPT.c.id.in_(which) & _VALID
    own = select(RECORDING.c.id, RECORDING.c.leaf).join_from(TRANSCRIPT, RECORDING, RECORDING.c.id == TRANSCRIPT.c.of)
    newest = (select(func.max(RECORDING.c.leaf).label("leaf"))
              .join_from(TRANSCRIPT, SESSION, SESSION.c.id == TRANSCRIPT.c.of).join(UPLOAD, delivered_under())
              .join(RECORDING, RECORDING.c.id == UPLOAD.c.recording)
              .where(held, knows_session(actor), may_see(actor, RECORDING.c.id)).group_by(SESSION.c.id)).subquery()
    ofs = select(RECORDING.c.id, RECORDING.c.leaf).join_from(newest, RECORDING, RECORDING.c.leaf == newest.c.leaf)
    both = union_all(own.where(held, may_see(actor, RECORDING.c.id)), ofs).subquery()
    aside = exists().where(ASIDE.c.recording == both.c.id, IN_FORCE)
    return select(both.c.id.label("ref"), aside.label("aside")).distinct().order_by(both.c.leaf.desc())


def said_of(c: Connection, actor: Actor, sessions: Mapping[str, str | None],
            readings: Readings) -> Mapping[str, list[Heard]]:
    """By recording what was said of what was asked, in it or in its room session (``sessions``: by recording, None
    where it is of none), as far as this actor may know of it; at most ``MOST_SHOWN`` of each."""
    by_of = {session or recording: recording for recording, session in sessions.items()}
    found = defaultdict[str, list[Heard]](list)
    if not readings:
        return found
    wanted = [*by_of, *(recording for recording, session in sessions.items() if session)]
    rows: Any = c.execute(select(TRANSCRIPT).where(TRANSCRIPT.c.of.in_(wanted), _VALID).order_by(TRANSCRIPT.c.leaf))
    for row in rows:
        recording, firsts = by_of.get(row.of, row.of), _firsts(row.said or "", readings)
        for from_ms, _, text in cues_said(row.said) if firsts else ():
            if len(found[recording]) == MOST_SHOWN:
                break
            if not firsts.isdisjoint(text) and (spans := found_in(readings, "text", text)):
                moment = row.zero + timedelta(milliseconds=from_ms)
                found[recording].append(Heard(row.of, moment, text, tuple(spans)))
    return found


def _firsts(said: str, readings: Readings) -> set[str]:
    """Characters of a transcript with which what was asked can begin there: most cues have none and are passed over."""
    wanted = {text[0] for reading in readings for word in reading for text in word.texts}
    return {c for c in set(said) if not wanted.isdisjoint(folded(c))}
