"""What people are shown of matters: lists, one matter with its members and recordings, the matters of a recording."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, exists, func, select

from archive.actors import Actor
from archive.errors import Refused
from archive.joint_matters import TakesPart, units_of
from archive.matter_entry import decides_as_head, require_matter, tree_of
from archive.matter_names import SAID, called, latest
from archive.matter_tables import own_number
from archive.recordings import RECORDING, RecordingRow, is_set_aside, listed
from archive.sight import ASSIGNED, MATTER, MEMBER, WORKS, sees_matter, sees_recording
from archive.site import Site
from archive.tables import Person, Playback, table

PERSON, PLAYBACK = table(Person), table(Playback)
MOST, MOST_RECORDINGS = 200, 1000
State = Literal["going_on", "ended", "merged"]


@dataclass(frozen=True)
class MatterRow:
    """A matter in a list. ``title`` and ``case_no`` are None where none was given or it was erased; days are texts.
    ``recordings``: assignments in force, those of matters merged into it not counted."""

    id: str
    number: str
    kind: str
    title: str | None
    case_no: str | None
    state: State
    filed_on: str | None
    basis: str | None
    ended_on: str | None
    opened_at: datetime
    recordings: int
    owes_case_no: bool


@dataclass(frozen=True)
class Member:
    """A person's relation to a matter; ``name`` is their id when it was erased."""

    id: str
    person: str
    name: str
    relation: str
    added_at: datetime


@dataclass(frozen=True)
class Assigned:
    """A recording of a matter. ``matter``: this one, or one merged into it; ``from_us`` and ``to_us`` None: all;
    ``by``: the name of who said so, else their id."""

    id: str
    matter: str
    row: RecordingRow
    from_us: int | None
    to_us: int | None
    by: str
    at: datetime


@dataclass(frozen=True)
class LeftOut:
    """Recordings of a matter that are not shown: hidden from this actor, set aside, beyond the length of a page."""

    hidden: int
    aside: int
    beyond: int


@dataclass(frozen=True)
class MatterDetail:
    """``merged``: matters that were merged into this one, at whatever remove; ``into``, ``split_from``: where this one
    went and came from, if the actor may know of it. ``headed``: the actor decides on it as a head."""

    row: MatterRow
    members: tuple[Member, ...]
    recordings: tuple[Assigned, ...]
    merged: tuple[MatterRow, ...]
    into: MatterRow | None
    split_from: MatterRow | None
    left_out: LeftOut
    units: tuple[TakesPart, ...]
    headed: bool


@dataclass(frozen=True)
class Looked:
    """Somebody opened a recording while it was assigned wrongly."""

    person: str
    name: str
    what: str
    at: datetime
    recording: str


def find_matters(site: Site, actor: Actor, untrusted_text: str = "", *, own: bool = False,
                 limit: int = MOST) -> tuple[list[MatterRow], bool]:
    """Matters this actor may know of, the newest first: by own number, by the beginning of a case number in any
    spelling, by part of a title; all when the text is empty. ``own``: only those they work on. Whether there are more.
    """
    condition = called(untrusted_text.strip()) if untrusted_text.strip() else MATTER.c.id.is_not(None)
    if own:
        condition &= exists().where(MEMBER.c.matter == MATTER.c.id, MEMBER.c.person == actor.id,
                                    MEMBER.c.relation.in_(WORKS), MEMBER.c.removed_at.is_(None))
    rows = rows_of(site, actor, condition, limit + 1)
    return rows[:limit], len(rows) > limit


def find_matter(site: Site, actor: Actor, untrusted_matter: str) -> MatterDetail:
    """One matter; ``NotFound matter.unknown`` when absent or hidden."""
    matter = require_matter(site, actor, untrusted_matter)
    tree, into, origin = site.db.read(lambda c: (
        list(c.execute(tree_of(matter)).scalars()),
        c.execute(select(MATTER.c.merged_into).where(MATTER.c.id == matter)).scalar(),
        c.execute(select(MATTER.c.split_from).where(MATTER.c.id == matter)).scalar()))
    known = {row.id: row for row in rows_of(site, actor, MATTER.c.id.in_([*tree, into, origin]), None)}
    recordings, left_out = recordings_in(site, actor, tree)
    merged = tuple(known[one] for one in tree if one != matter and one in known)
    return MatterDetail(known[matter], _members(site, matter), recordings, merged, known.get(into or ""),
                        known.get(origin or ""), left_out, units_of(site, actor, matter),
                        site.db.read(lambda c: decides_as_head(c, actor, matter)))


def matters_of(site: Site, actor: Actor, recording: str) -> list[tuple[str, MatterRow, int | None, int | None]]:
    """The matters a recording belongs to that this actor may know of: assignment, matter, span."""
    rows: Any = site.db.read(lambda c: c.execute(select(ASSIGNED).where(
        ASSIGNED.c.recording == recording, ASSIGNED.c.withdrawn_at.is_(None)).order_by(ASSIGNED.c.leaf)).all())
    known = {row.id: row for row in rows_of(site, actor, MATTER.c.id.in_([row.matter for row in rows]), None)}
    return [(row.id, known[row.matter], row.from_us, row.to_us) for row in rows if row.matter in known]


def looked_meanwhile(site: Site, actor: Actor, untrusted_matter: str) -> list[Looked]:
    """Who opened recordings that were assigned to this matter and taken out again, while they were assigned; for who
    oversees. ``NotFound matter.unknown``, ``Refused matter.not_head``. Limit: copies outside the archive are not known.
    """
    matter = require_matter(site, actor, untrusted_matter)
    if not site.db.read(lambda c: learns_who_looked(c, actor, matter)):
        raise Refused("matter.not_head", "only a head or who oversees learns who looked at what")
    query = (select(PLAYBACK, PERSON.c.display_name)
             .join_from(PLAYBACK, ASSIGNED, ASSIGNED.c.recording == PLAYBACK.c.recording)
             .join(PERSON, PERSON.c.id == PLAYBACK.c.actor, isouter=True)
             .where(ASSIGNED.c.matter == matter, ASSIGNED.c.withdrawn_at.is_not(None),
                    PLAYBACK.c.opened_at >= ASSIGNED.c.assigned_at, PLAYBACK.c.opened_at < ASSIGNED.c.withdrawn_at)
             .order_by(PLAYBACK.c.leaf.desc()).limit(MOST))
    rows: Any = site.db.read(lambda c: c.execute(query).all())
    return [Looked(row.actor, row.display_name or row.actor, row.what, row.opened_at, row.recording) for row in rows]


def learns_who_looked(reading: Connection, actor: Actor, matter: str) -> bool:
    """Whether this person learns who opened what was assigned wrongly."""
    return actor.oversees_all or decides_as_head(reading, actor, matter)


def rows_of(site: Site, actor: Actor, condition: ColumnElement[bool], limit: int | None) -> list[MatterRow]:
    """Matters this actor may know of that meet a condition on ``matter``, the newest first."""
    title, case_no = SAID.alias("title"), SAID.alias("case_no")
    number = select(func.count()).where(
        ASSIGNED.c.matter == MATTER.c.id, ASSIGNED.c.withdrawn_at.is_(None)).scalar_subquery()
    query = (select(MATTER, title.c.text.label("title"), case_no.c.text.label("case_no"), number.label("recordings"))
             .join_from(MATTER, title, title.c.leaf == latest("title"), isouter=True)
             .join(case_no, case_no.c.leaf == latest("case_no"), isouter=True)
             .where(sees_matter(actor), condition).order_by(MATTER.c.leaf.desc()).limit(limit))
    return [_row(row) for row in site.db.read(lambda c: c.execute(query).all())]


def _row(r: Any) -> MatterRow:
    state: State = "merged" if r.merged_into is not None else "going_on" if r.basis is None else "ended"
    return MatterRow(r.id, own_number(r.year, r.number), r.kind, r.title, r.case_no, state, r.filed_on, r.basis,
                     r.ended_on, r.opened_at, r.recordings,
                     r.kind == "case" and r.case_no is None and r.merged_into is None)


def _members(site: Site, matter: str) -> tuple[Member, ...]:
    query = (select(MEMBER, PERSON.c.display_name)
             .join_from(MEMBER, PERSON, PERSON.c.id == MEMBER.c.person, isouter=True)
             .where(MEMBER.c.matter == matter, MEMBER.c.removed_at.is_(None)).order_by(MEMBER.c.leaf))
    rows: Any = site.db.read(lambda c: c.execute(query).all())
    return tuple(Member(row.id, row.person, row.display_name or row.person, row.relation, row.added_at)
                 for row in rows)


def recordings_in(site: Site, actor: Actor, tree: Sequence[str]) -> tuple[tuple[Assigned, ...], LeftOut]:
    """Assignments in force of these matters in the order the recordings were taken, and how many are not shown."""
    query = (select(ASSIGNED, PERSON.c.display_name, is_set_aside().label("aside"), sees_recording(actor).label("seen"))
             .join_from(ASSIGNED, RECORDING, RECORDING.c.id == ASSIGNED.c.recording)
             .join(PERSON, PERSON.c.id == ASSIGNED.c.assigned_by, isouter=True)
             .where(ASSIGNED.c.matter.in_(tree), ASSIGNED.c.withdrawn_at.is_(None))
             .order_by(RECORDING.c.started_earliest, RECORDING.c.leaf, ASSIGNED.c.from_us, ASSIGNED.c.leaf))
    rows: Any = site.db.read(lambda c: c.execute(query).all())
    shown = [row for row in rows if row.seen and not row.aside]
    known = {one.id: one for one in listed(site, actor, sorted({row.recording for row in shown[:MOST_RECORDINGS]}))}
    left = LeftOut(len({row.recording for row in rows if not row.seen}),
                   len({row.recording for row in rows if row.seen and row.aside}),
                   len(shown[MOST_RECORDINGS:]))
    return tuple(Assigned(row.id, row.matter, known[row.recording], row.from_us, row.to_us,
                          row.display_name or row.assigned_by, row.assigned_at)
                 for row in shown[:MOST_RECORDINGS] if row.recording in known), left
