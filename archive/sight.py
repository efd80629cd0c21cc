"""Who may know of which recordings and matters, as conditions of a query; ``recordings.visible_to`` starts from here.

Limit: a recording no matter ever had is known to every person with an account, until roles decide on those too.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, false, or_, select, true

from archive.actors import SYSTEM, Actor
from archive.headship import has_no_units, headed_units
from archive.joint_tables import MatterUnit, RecordingOwner
from archive.matter_tables import Matter, MatterMember, MatterRecording
from archive.recorder_tables import LedgerEntry
from archive.shift_tables import PersonNumber
from archive.tables import Label, Recording, table

RECORDING, ASSIGNED, MATTER, MEMBER = table(Recording), table(MatterRecording), table(Matter), table(MatterMember)
NUMBER, TAKES_PART, OWNER = table(PersonNumber), table(MatterUnit), table(RecordingOwner)
_PART, _JOINS = TAKES_PART.alias("part"), TAKES_PART.alias("joins")
_BELONGS, _MERGED, _STANDS = ASSIGNED.alias("belongs"), MATTER.alias("merged"), MEMBER.alias("stands")
HELD, _LATER, _NAMED = table(LedgerEntry).alias("held"), table(LedgerEntry).alias("later"), table(Label).alias("named")
"""Names of their own: a query that asks about its rows may read the same tables."""
WORKS = ("lead", "second", "taking_part")
DENIED = ("recused", "complained_against")
_HANDS = ("issued", "handed_over", "returned")


def sees_recording(actor: Actor) -> ColumnElement[bool]:
    """Whether an actor may know of a row of ``recording``: its station, who oversees, members of a matter it belongs
    to, heads of units that take part in one or own it, who wore its recorder; and nobody whom one of its matters
    denies (recused 回避, complained against 被投诉), whatever else they are.

    A recording taken out of a matter and put into no other is seen by who oversees, heads of its owner, and who wore
    the recorder only. Limit: who may know of a span of a recording may see all of it, an original is never cut (R40).
    """
    if actor == SYSTEM:
        return true()
    if not actor.is_person:
        return RECORDING.c.station == actor.id if actor.is_station else false()
    ever = _BELONGS.c.recording == RECORDING.c.id
    now = and_(ever, _BELONGS.c.withdrawn_at.is_(None))
    denied = exists().where(now, _BELONGS.c.matter.in_(_denied(actor)))
    if actor.oversees_all:
        return ~denied
    member = exists().where(now, _BELONGS.c.matter.in_(_works_on(actor)))
    heads = _heads_recording(actor, now) if actor.is_head else false()
    return ~denied & or_(~exists().where(ever), heads, member, _wore(actor))


def sees_matter(actor: Actor) -> ColumnElement[bool]:
    """Whether an actor may know of a row of ``matter``: its members, heads of the units that take part in it, of both
    also those of the matter it was merged into, and who oversees; nobody it denies. A station knows of none."""
    if actor == SYSTEM:
        return true()
    if not actor.is_person:
        return false()
    denied = MATTER.c.id.in_(_denied(actor))
    if actor.oversees_all:
        return ~denied
    if not actor.is_head:
        return ~denied & MATTER.c.id.in_(_works_on(actor))
    return ~denied & or_(has_no_units(actor), _of_no_unit(MATTER.c.id), MATTER.c.id.in_(_headed(actor)),
                         MATTER.c.id.in_(_works_on(actor)))


def heads_matter(actor: Actor) -> ColumnElement[bool]:
    """Whether an actor decides on a row of ``matter`` as a head: of the responsible unit or one above it; any head
    where no unit is responsible. A head of a co-unit only sees it."""
    if not actor.is_head:
        return false()
    responsible = exists().where(_responsible_for(MATTER.c.id), _PART.c.unit.in_(headed_units(actor)))
    return or_(has_no_units(actor), _of_no_unit(MATTER.c.id), responsible)


def _of_no_unit(matter: ColumnElement[Any]) -> ColumnElement[bool]:
    return ~exists().where(_responsible_for(matter))


def _responsible_for(matter: ColumnElement[Any]) -> ColumnElement[bool]:
    return and_(_PART.c.matter == matter, _PART.c.part == "responsible", _PART.c.left_at.is_(None))


def _headed(actor: Actor) -> Select[Any]:
    """Matters in which a unit this head is head of takes part, and those that were merged into them."""
    return _downwards(select(_JOINS.c.matter.label("id")).where(
        _JOINS.c.unit.in_(headed_units(actor)), _JOINS.c.left_at.is_(None)))


def _heads_recording(actor: Actor, now: ColumnElement[bool]) -> ColumnElement[bool]:
    owned = exists().where(OWNER.c.id == RECORDING.c.id)
    return or_(has_no_units(actor), exists().where(now, _BELONGS.c.matter.in_(_headed(actor))),
               exists().where(now, _of_no_unit(_BELONGS.c.matter)),
               owned.where(OWNER.c.unit.in_(headed_units(actor))), ~owned & ~exists().where(now))


def _works_on(actor: Actor) -> Select[Any]:
    """Matters an actor works on, and those that were merged into them. Merging gives the members of what was merged
    no sight of the rest: they are made members of it, or they are not."""
    return _downwards(_related(actor, WORKS))


def _denied(actor: Actor) -> Select[Any]:
    """Matters that deny an actor: the whole tree of what was merged with one that does."""
    up = _related(actor, DENIED).cte(recursive=True)
    up = up.union(select(_MERGED.c.merged_into).join_from(_MERGED, up, up.c.id == _MERGED.c.id)
                  .where(_MERGED.c.merged_into.is_not(None)))
    return _downwards(select(up.c.id))


def _related(actor: Actor, relations: Sequence[str]) -> Select[Any]:
    return select(_STANDS.c.matter.label("id")).where(
        _STANDS.c.person == actor.id, _STANDS.c.relation.in_(relations), _STANDS.c.removed_at.is_(None))


def _downwards(start: Select[Any]) -> Select[Any]:
    down = start.cte(recursive=True)
    down = down.union(select(_MERGED.c.id).join_from(_MERGED, down, down.c.id == _MERGED.c.merged_into))
    return select(down.c.id)


def _wore(actor: Actor) -> ColumnElement[bool]:
    """Whether the ledger has the recorder in the hands of this account's officer, alone or among several, while the
    recording may have been made; where it has nobody, whether the station's label names that officer."""
    number = select(NUMBER.c.officer_no).where(NUMBER.c.id == actor.id).scalar_subquery()
    # The sum keeps the database from looking through all labels of an officer for each recording.
    named = exists().where(_NAMED.c.recording == RECORDING.c.id, _NAMED.c.wearer_no.concat("") == number)
    held = was_held()
    return or_(exists().where(held, HELD.c.wearer_no == number), and_(~exists().where(held), named))


def was_held() -> ColumnElement[bool]:
    """Whether a row of ``HELD`` has the recorder of a row of ``recording`` in somebody's hands while that may have been
    made."""
    # Named, for by itself a query two levels down reads all recordings and not the row at hand.
    ended = select(_LATER.c.leaf).where(
        _LATER.c.recorder == HELD.c.recorder, _LATER.c.leaf > HELD.c.leaf, _LATER.c.what.in_(_HANDS),
        _LATER.c.at <= RECORDING.c.started_earliest).correlate(HELD, RECORDING).exists()
    return and_(HELD.c.recorder == RECORDING.c.recorder, HELD.c.what.in_(_HANDS[:2]),
                HELD.c.at <= RECORDING.c.ended_latest, ~ended)
