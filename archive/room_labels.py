"""A room session is labelled once, for all its channels and for segments that are still to come (R25)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from archive import custody, particulars
from archive.actors import Actor
from archive.db import Tx
from archive.entries import CustodyEvent
from archive.errors import Conflict
from archive.identifiers import LabelId, MatterId, new_id
from archive.labelling import FIELDS, matter_named, what_is_said
from archive.matter_entry import alive, require_may
from archive.matter_events import RecordingAssigned
from archive.publication import Act, require
from archive.recordings import RECORDING, UPLOAD, visible_to
from archive.room_events import RoomSessionLabelled
from archive.room_names import MARGIN
from archive.room_segments import SAID, SESSION
from archive.room_sessions import session_row
from archive.rooms import require_person
from archive.sight import ASSIGNED
from archive.site import Site
from archive.tables import Person, table

PERSON = table(Person)


@dataclass(frozen=True)
class Labelled:
    """What a session's label says, by field; ``label``: its id, by which it is erased; ``by``: a name, else an id."""

    label: str
    said: Mapping[str, str]
    by: str
    at: datetime


def label_room_session(site: Site, actor: Actor, untrusted_session: str,
                       untrusted_fields: Mapping[str, str]) -> LabelId:
    """Put a label on a session; it carries on what the latest one said. Where the session has no matter and the label
    names one that whoever labels works on, the session and its segments, later ones included, belong to it.

    ``NotFound room.no_session``, ``Refused room.not_person | label.empty | label.too_long``, ``Conflict
    room.other_matter``. Limit: the archive knows who said it and when, not whether it is true.
    """
    require_person(actor)
    require(site, Act.ORDINARY)
    session = session_row(site, actor, untrusted_session).id
    now = what_is_said(untrusted_fields)
    before = latest_label(site, session)
    said = {**(before.said if before else {}), **now}
    matter, label = matter_named(site, actor, now), LabelId(new_id("lbl"))
    sealed = particulars.seal(site.ports.vault, site.log_id, label, particulars.salted(said))

    def record(tx: Tx) -> None:
        given = _given(tx, actor, session, matter)
        body = RoomSessionLabelled(label, given)
        custody.append(tx, site.ports.clock, CustodyEvent.committed(actor.id, session, body, sealed.commitment), sealed)
        for assigned in () if given is None else _belonging(tx, actor, session, given):
            custody.append(tx, site.ports.clock, assigned)

    site.db.write(record)
    return label


def latest_label(site: Site, session: str) -> Labelled | None:
    """The latest label of a session whose words are not erased."""
    by = PERSON.c.id == SAID.c.labelled_by
    query = (select(SAID, PERSON.c.display_name).join_from(SAID, PERSON, by, isouter=True)
             .where(SAID.c.session == session).order_by(SAID.c.leaf.desc()))
    for row in site.db.read(lambda c: c.execute(query).all()):
        said = {name: getattr(row, name) for name in FIELDS if getattr(row, name)}
        if said:
            return Labelled(row.id, said, row.display_name or row.labelled_by, row.labelled_at)
    return None


def _given(tx: Tx, actor: Actor, session: str, matter: MatterId | None) -> MatterId | None:
    """The matter the session is given by this label, None where it has it or the label names none."""
    held: Any = tx.execute(select(SESSION.c.matter).where(SESSION.c.id == session)).scalar_one()
    if matter is None or held == matter:
        return None
    if held is not None:
        raise Conflict("room.other_matter", "this session belongs to another matter; correct that, recording by "
                                            "recording, on the page of the matter")
    alive(tx, matter)
    require_may(tx, actor, matter)
    return matter


def _belonging(tx: Tx, actor: Actor, session: str, matter: str) -> Iterator[CustodyEvent]:
    """The events that assign what is there of the session already; what comes later is assigned at accession."""
    row: Any = tx.execute(select(SESSION).where(SESSION.c.id == session)).one()
    begun = RECORDING.c.started_earliest <= row.ended_at + MARGIN if row.ended_at else SESSION.c.ended_at.is_(None)
    there = select(ASSIGNED.c.recording).where(ASSIGNED.c.matter == matter, ASSIGNED.c.withdrawn_at.is_(None))
    query = (select(RECORDING.c.id).join_from(RECORDING, UPLOAD, UPLOAD.c.recording == RECORDING.c.id)
             .join(SESSION, SESSION.c.id == session)
             .where(RECORDING.c.station == row.station, RECORDING.c.recorder.in_(row.channels.split()),
                    (UPLOAD.c.session == session) | ((RECORDING.c.ended_latest >= row.opened_at - MARGIN) & begun),
                    RECORDING.c.id.in_(visible_to(actor)), RECORDING.c.id.not_in(there)).order_by(RECORDING.c.leaf))
    for recording in tx.execute(query).scalars().all():
        yield CustodyEvent.plain(actor.id, recording, RecordingAssigned(new_id("asg"), matter, None, None, None))
