"""Who may know of which recordings and matters, as conditions of a query; ``recordings.visible_to`` starts from here.

Limit: a recording no matter ever had is known to every person with an account, until roles decide on those too.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, false, or_, select, true

from archive.actors import SYSTEM, Actor
from archive.matter_tables import Matter, MatterMember, MatterRecording
from archive.recorder_tables import LedgerEntry
from archive.shift_tables import PersonNumber
from archive.tables import Label, Recording, table

RECORDING, ASSIGNED, MATTER, MEMBER = table(Recording), table(MatterRecording), table(Matter), table(MatterMember)
NUMBER = table(PersonNumber)
_BELONGS, _MERGED, _STANDS = ASSIGNED.alias("belongs"), MATTER.alias("merged"), MEMBER.alias("stands")
_HELD, _LATER, _NAMED = table(LedgerEntry).alias("held"), table(LedgerEntry).alias("later"), table(Label).alias("named")
"""Names of their own: a query that asks about its rows may read the same tables."""
WORKS = ("lead", "second", "taking_part")
DENIED = ("recused", "complained_against")
_HANDS = ("issued", "handed_over", "returned")


def sees_recording(actor: Actor) -> ColumnElement[bool]:
    """Whether an actor may know of a row of ``recording``: its station, who oversees, members of a matter it belongs
    to, who wore its recorder; and nobody whom one of its matters denies (recused 回避, complained against 被投诉),
    whatever else they are.

    A recording taken out of a matter and put into no other is seen by who oversees and who wore the recorder only.
    Limit: who may know of a span of a recording may see all of it, for an original is never cut (R40).
    """
    if actor == SYSTEM:
        return true()
    if not actor.is_person:
        return RECORDING.c.station == actor.id if actor.is_station else false()
    ever = _BELONGS.c.recording == RECORDING.c.id
    now = and_(ever, _BELONGS.c.withdrawn_at.is_(None))
    denied = exists().where(now, _BELONGS.c.matter.in_(_denied(actor)))
    if actor.oversees:
        return ~denied
    member = exists().where(now, _BELONGS.c.matter.in_(_works_on(actor)))
    return ~denied & or_(~exists().where(ever), member, _wore(actor))


def sees_matter(actor: Actor) -> ColumnElement[bool]:
    """Whether an actor may know of a row of ``matter``: its members, those of the matter it was merged into, and who
    oversees; nobody it denies. A station knows of none."""
    if actor == SYSTEM:
        return true()
    if not actor.is_person:
        return false()
    denied = MATTER.c.id.in_(_denied(actor))
    return ~denied if actor.oversees else ~denied & MATTER.c.id.in_(_works_on(actor))


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
    # Named, for by itself a query two levels down reads all recordings and not the row at hand.
    ended = select(_LATER.c.leaf).where(
        _LATER.c.recorder == _HELD.c.recorder, _LATER.c.leaf > _HELD.c.leaf, _LATER.c.what.in_(_HANDS),
        _LATER.c.at <= RECORDING.c.started_earliest).correlate(_HELD, RECORDING).exists()
    held = and_(_HELD.c.recorder == RECORDING.c.recorder, _HELD.c.what.in_(_HANDS[:2]),
                _HELD.c.at <= RECORDING.c.ended_latest, ~ended)
    # The sum keeps the database from looking through all labels of an officer for each recording.
    named = exists().where(_NAMED.c.recording == RECORDING.c.id, _NAMED.c.wearer_no.concat("") == number)
    return or_(exists().where(held, _HELD.c.wearer_no == number), and_(~exists().where(held), named))
