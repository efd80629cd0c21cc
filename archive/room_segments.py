"""Which recordings are segments of which room session, what a session says of them, and lists that show it once."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, exists, func, literal, select

from archive.actors import Actor
from archive.matter_tables import own_number
from archive.recordings import ASIDE, IN_FORCE, RECORDING, UPLOAD, may_see
from archive.room_tables import RoomLabel, RoomSession
from archive.sight import MATTER, sees_matter
from archive.tables import Recording, Upload, table

SESSION, SAID = table(RoomSession), table(RoomLabel)
_NEWER, _OF = table(Recording).alias("newer_segment"), table(Upload).alias("newer_upload")


@dataclass(frozen=True)
class SessionLabel:
    """What a session says of a segment, in the fields of a label: by who opened it, or by a label put on it."""

    recording: str
    labelled_at: datetime
    leaf: int
    case_no: str | None = None
    matter: str | None = None
    party: str | None = None
    handling_officer: str | None = None
    wearer: str | None = None
    wearer_no: str | None = None
    place: str | None = None
    file_name: str | None = None


@dataclass(frozen=True)
class Folded:
    """A session in a list, in the place of its segments; ``segments``: how many the actor may see."""

    session: str
    segments: int


def knows_session(actor: Actor) -> ColumnElement[bool]:
    """A session of a matter is known to who may know of the matter, others to everybody with an account."""
    known = select(MATTER.c.id).where(sees_matter(actor))
    return SESSION.c.matter.is_(None) | SESSION.c.matter.in_(known)


def delivered_under(upload: Any = UPLOAD) -> ColumnElement[bool]:
    """Whether an upload came under the id of a session, from its own box and of one of its channels.

    Limit: a segment at the edge of two sessions came under the one alone.
    """
    named = (literal(" ") + SESSION.c.channels + " ").contains(literal(" ") + upload.c.recorder + " ")
    return and_(SESSION.c.id == upload.c.session, SESSION.c.station == upload.c.station, named)


def session_labels(c: Connection, recordings: Sequence[str]) -> dict[str, list[SessionLabel]]:
    """What sessions say of their segments, the earliest first: the person questioned for the party, the first officer
    for the one who handles, the matter it was opened for; then what people put on it.

    Limit: who is questioned may be a witness; then the label put on the session says who the party is.
    """
    rows: Any = c.execute(
        select(UPLOAD.c.recording, SESSION, MATTER.c.year, MATTER.c.number)
        .join_from(UPLOAD, SESSION, delivered_under()).join(MATTER, MATTER.c.id == SESSION.c.matter, isouter=True)
        .where(UPLOAD.c.recording.in_(recordings))).all()
    labels: dict[str, list[Any]] = defaultdict(list)
    for label in c.execute(select(SAID).where(SAID.c.session.in_({row.id for row in rows})).order_by(SAID.c.leaf)):
        labels[label.session].append(label)
    return {row.recording: list(_labels(row, labels[row.id])) for row in rows}


def _labels(row: Any, put_on: Sequence[Any]) -> Iterator[SessionLabel]:
    opened_for = None if row.matter is None or any(one.assigned for one in put_on) else row.matter
    yield SessionLabel(row.recording, row.opened_at, row.leaf, party=row.questioned, handling_officer=row.officer_1,
                       matter=None if opened_for is None else own_number(row.year, row.number))
    for one in put_on:
        yield SessionLabel(row.recording, one.labelled_at, one.leaf, one.case_no, one.matter, one.party,
                           one.handling_officer)


def is_folded(actor: Actor) -> ColumnElement[bool]:
    """Whether a list that shows a session once leaves a recording out: a later segment of its session stands there."""
    later = exists().where(
        _OF.c.session == SESSION.c.id, delivered_under(_OF), _NEWER.c.id == _OF.c.recording,
        _NEWER.c.leaf > RECORDING.c.leaf, may_see(actor, _NEWER.c.id),
        ~exists().where(ASIDE.c.recording == _NEWER.c.id, IN_FORCE))
    # Named, for by itself a query two levels down reads all recordings and not the row at hand.
    return exists().where(UPLOAD.c.recording == RECORDING.c.id, delivered_under(), knows_session(actor),
                          later.correlate(SESSION, RECORDING)).correlate(RECORDING)


def folded(c: Connection, actor: Actor, recordings: Sequence[str]) -> dict[str, Folded]:
    """By recording the session it is a segment of, where this actor may know of it."""
    under: dict[str, str] = {row[0]: row[1] for row in c.execute(
        select(UPLOAD.c.recording, SESSION.c.id).join_from(UPLOAD, SESSION, delivered_under())
        .where(UPLOAD.c.recording.in_(recordings), knows_session(actor)))}
    counted: dict[str, int] = {row[0]: row[1] for row in c.execute(
        select(SESSION.c.id, func.count()).join_from(SESSION, UPLOAD, UPLOAD.c.session == SESSION.c.id)
        .join(RECORDING, RECORDING.c.id == UPLOAD.c.recording)
        .where(SESSION.c.id.in_(set(under.values())), delivered_under(), may_see(actor, RECORDING.c.id))
        .group_by(SESSION.c.id))}
    return {recording: Folded(session, counted.get(session, 0)) for recording, session in under.items()}


def once(recordings: Sequence[str], sessions: dict[str, Folded]) -> list[str]:
    """The recordings in their order, of each session the first alone."""
    shown, seen = list[str](), set[str]()
    for one in recordings:
        session = sessions[one].session if one in sessions else one
        if session not in seen:
            shown.append(one)
        seen.add(session)
    return shown
