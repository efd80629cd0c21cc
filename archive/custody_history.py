"""The custody history of a recording or a matter: every event about it, with its particulars or what is wrong with
them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, false, literal, or_, select, union_all

from archive.actors import Actor
from archive.custody import CUSTODY, SEALED
from archive.entries import CustodyEvent, decode
from archive.errors import Contradiction
from archive.matter_entry import require_matter
from archive.opened import Shown, shown
from archive.proof.canonical import Canonical
from archive.recordings import RecordingDetail, find
from archive.room_names import MARGIN
from archive.room_segments import SESSION
from archive.room_tables import RoomPlayback
from archive.site import Site
from archive.tables import Derivative, Person, Playback, Station, Upload, table

UPLOAD, DERIVATIVE, PLAYBACK = table(Upload), table(Derivative), table(Playback)
PERSON, STATION, SHOWN = table(Person), table(Station), table(RoomPlayback)
LONGEST = 1000
"""Events at most, the oldest first. Limit: of a recording with more, the latest are not shown here but in the log."""


@dataclass(frozen=True)
class HistoryEntry:
    """One custody event: leaf index, time as claimed, who, the event, and its particulars by name.

    ``fault``: why particulars the event commits to are not here: ``particulars_erased`` (the leaf ``erased_by`` says on
    whose order), ``particulars_missing`` (their key or ciphertext is gone and nothing makes that lawful) or
    ``particulars_changed`` (they are not what was committed to).
    """

    index: int
    at: datetime
    actor: str
    actor_name: str | None
    event: CustodyEvent
    particulars: tuple[tuple[str, Canonical], ...] = ()
    fault: str | None = None
    erased_by: int | None = None


def history(site: Site, actor: Actor, untrusted_recording: str) -> tuple[HistoryEntry, ...]:
    """Events whose subject is the recording, its upload and repeats, its derivatives or its playbacks; oldest first.

    ``NotFound recording.unknown`` when absent or hidden.
    """
    detail = find(site, actor, untrusted_recording)
    subjects = union_all(
        select(literal(detail.row.id)), select(literal(detail.upload)),
        select(SHOWN.c.id).where(SHOWN.c.session.in_(_sessions(detail)), _shows(detail)),
        *(select(column).where(where == detail.row.id) for column, where in (
            (UPLOAD.c.id, UPLOAD.c.first_recording), (DERIVATIVE.c.id, DERIVATIVE.c.recording),
            (PLAYBACK.c.id, PLAYBACK.c.recording))))
    return _of(site, subjects)


def _sessions(detail: RecordingDetail) -> Select[Any]:
    """Room sessions it can be a segment of: few looks are then looked through for its copies."""
    return select(SESSION.c.id).where(SESSION.c.station == detail.station,
                                      SESSION.c.opened_at <= detail.ended[1] + MARGIN,
                                      SESSION.c.ended_at.is_(None) | (SESSION.c.ended_at >= detail.started[0] - MARGIN))


def _shows(detail: RecordingDetail) -> ColumnElement[bool]:
    return or_(false(), *(SHOWN.c.copies.contains(one.id, autoescape=True) for one in detail.derivatives))


def matter_history(site: Site, actor: Actor, untrusted_matter: str) -> tuple[HistoryEntry, ...]:
    """Events whose subject is the matter, oldest first; what was assigned to it stands in the recordings' histories.

    ``NotFound matter.unknown`` when absent or hidden.
    """
    return _of(site, select(literal(require_matter(site, actor, untrusted_matter))))


def _of(site: Site, subjects: Any) -> tuple[HistoryEntry, ...]:
    return tuple(_entry(site, row) for row in site.db.read(lambda c: _rows(c, subjects)))


def _rows(c: Any, subjects: Any) -> Any:
    return c.execute(
        select(CUSTODY.c.idx, CUSTODY.c.entry, PERSON.c.display_name, STATION.c.title, SEALED.c.scope, SEALED.c.sealed)
        .join_from(CUSTODY, PERSON, PERSON.c.id == CUSTODY.c.actor, isouter=True)
        .join(STATION, STATION.c.id == CUSTODY.c.actor, isouter=True)
        .join(SEALED, SEALED.c.idx == CUSTODY.c.idx, isouter=True)
        .where(CUSTODY.c.subject.in_(subjects)).order_by(CUSTODY.c.idx).limit(LONGEST)).all()


def _entry(site: Site, row: Any) -> HistoryEntry:
    at, event = decode(bytes(row.entry))
    known, fault = _particulars(site, event, row)
    plain = tuple((field.name, field.value) for field in known.fields)
    by = known.erased.by_leaf if known.erased else None
    return HistoryEntry(row.idx, at, event.actor, row.display_name or row.title, event, plain, fault, by)


def _particulars(site: Site, event: CustodyEvent, row: Any) -> tuple[Shown, str | None]:
    if event.commitment is None:
        return Shown(), None
    try:
        known = shown(site, row.idx, event.commitment, row.scope, row.sealed)
    except Contradiction as fault:
        return Shown(), "particulars_missing" if fault.code == "particulars.missing" else "particulars_changed"
    return known, "particulars_erased" if known.erased else None
