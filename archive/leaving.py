"""A leaver or mover 离岗/调动: suspended at once, everything open in their name handed over, then closed.

Limit: a successor is named here; only recorders change hands in their own ledger by it, the rest is a record of who
answers for it. What they could see before stays seen.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select

from archive import custody
from archive.account_tables import WebSession
from archive.actors import SYSTEM, Actor
from archive.columns import table
from archive.db import Tx
from archive.errors import Conflict, NotFound, Refused
from archive.identifiers import new_id, parse_id
from archive.leaving_events import LEAVING_HOW, LeavingClosed, OpenHandedOver, PersonSuspended
from archive.leaving_tables import HandedOver, Leaving
from archive.matter_events import MemberAdded, MemberRemoved
from archive.open_things import OPEN, OpenThing, open_in_name
from archive.publication import Act, require
from archive.recorder_events import ShiftHandedOver
from archive.recorder_ledger import plain_text
from archive.register_effects import sealed_as, sealed_event
from archive.register_state import NUMBER, PERSON
from archive.registers import REGISTRAR
from archive.sight import DENIED, MEMBER, WORKS
from archive.site import Site
from archive.unit_events import PersonUnitSet
from archive.units import Event, Reading, heads_person, person_place

LEAVING, HANDED, SESSION = table(Leaving), table(HandedOver), table(WebSession)
_LONGEST = 500


@dataclass(frozen=True)
class Handed:
    """What became of an open thing: ``successor`` is a person's id; ``remark`` None with one, or erased."""

    what: str
    thing: str
    successor: str | None
    remark: str | None
    at: datetime


@dataclass(frozen=True)
class Run:
    """A person's latest run. ``id`` None: there is none. ``left``: open things without a successor or remark."""

    person: str
    name: str | None
    active: bool
    id: str | None
    how: str | None
    began_at: datetime | None
    outcome: str | None
    open: tuple[OpenThing, ...]
    handed: tuple[Handed, ...]

    @property
    def left(self) -> tuple[OpenThing, ...]:
        """What stands in the way of closing."""
        return _left(self.open, self.handed)


def run_of(site: Site, actor: Actor, untrusted_person: str) -> Run:
    """Everything open in a name, and the run if there is one. ``NotFound person.not_found``, ``Refused
    leaving.not_allowed``."""
    person = _person(site, actor, untrusted_person)
    return site.db.read(lambda c: _run(c, person))


def suspend(site: Site, actor: Actor, untrusted_person: str, untrusted_how: str) -> str:
    """Begin a run: the account does nothing from the commit on, its browsers are signed out. Answers the run's id.

    ``Refused leaving.how | leaving.same_person | leaving.not_allowed``, ``NotFound person.not_found``, ``Conflict
    leaving.open``.
    """
    person, run = _person(site, actor, untrusted_person), new_id("lvg")
    if untrusted_how not in LEAVING_HOW:
        raise Refused("leaving.how", f"somebody {' or '.join(LEAVING_HOW)}")

    def fits(tx: Tx) -> None:
        now = _run(tx, person)
        if now.id is not None and now.outcome is None:
            raise Conflict("leaving.open", "this person is leaving or moving already")
        if not now.active:
            raise Conflict("leaving.left", "this person has left")
        tx.execute(delete(SESSION).where(SESSION.c.person == person))

    _enter(site, [sealed_event(site, actor, person, PersonSuspended(run, untrusted_how), {})], fits)
    return run


def hand_over(site: Site, actor: Actor, untrusted_person: str, untrusted_what: str, untrusted_thing: str,
              untrusted_successor: str = "", untrusted_remark: str = "") -> int:
    """Name who takes an open thing, by officer's number, or why nobody needs to: one of the two. A recorder passes to
    the successor in the device ledger too, and a matter's relations pass, in the same transaction. Without
    ``untrusted_thing`` it is all of the sort that are left, at once; answers how many.

    ``Refused leaving.one_of | leaving.successor | recorder.text``, ``NotFound leaving.unknown | person.not_found``,
    ``Conflict leaving.none | leaving.changed``.
    """
    person, successor = _person(site, actor, untrusted_person), untrusted_successor.strip()
    if bool(successor) == bool(untrusted_remark.strip()):
        raise Refused("leaving.one_of", "name a successor, or say why there need not be one")
    run = run_of(site, actor, person)
    taker = _successor(site, person, successor) if successor else None
    remark = None if taker else new_id("rmk")
    said = {} if taker else {"remark": plain_text(untrusted_remark, "the remark", _LONGEST)}
    wanted = {(one.what, one.thing) for one in (run.open if untrusted_thing else run.left)
              if one.what == untrusted_what and untrusted_thing in ("", one.thing)}
    if run.id is not None and not wanted:
        raise NotFound("leaving.unknown", "nothing like this is open in this person's name")
    events = [sealed_as(site, actor, person, remark or person, OpenHandedOver(
        run.id or "", untrusted_what, thing, taker, remark), said) for _, thing in sorted(wanted)]
    if taker and untrusted_what == "recorder":
        events += [_in_the_ledger(site, actor, person, thing, successor) for _, thing in sorted(wanted)]
    if taker and untrusted_what == "matter":
        events += [event for _, thing in sorted(wanted) for event in _in_the_matter(site, actor, person, thing, taker)]

    def fits(tx: Tx) -> None:
        now = _run(tx, person)
        if now.id is None or now.outcome is not None or now.id != run.id:
            raise Conflict("leaving.none", "this person is not leaving or moving; suspend them first")
        if not wanted <= {(one.what, one.thing) for one in now.open}:
            raise Conflict("leaving.changed", "something of this is open no longer; load the page again")

    _enter(site, events, fits)
    return len(wanted)


def close(site: Site, actor: Actor, untrusted_person: str, *, cancel: bool = False) -> str:
    """End the run: who leaves belongs to no unit and heads none from here on, who moves acts again and heads none; to
    which unit they move the register says. ``cancel``: it was begun by mistake. Answers the outcome.

    ``Conflict leaving.none``, ``leaving.not_empty`` while something open has neither successor nor remark.
    """
    person = _person(site, actor, untrusted_person)
    run = run_of(site, actor, person)
    outcome = "cancelled" if cancel else "left" if run.how == "leaves" else "transferred"
    events = [sealed_event(site, actor, person, LeavingClosed(run.id or "", outcome), {})]
    place = site.db.read(lambda c: person_place(c, person))
    if not cancel and (place.unit or place.heads):
        kept = None if outcome == "left" else place.unit
        events.append(sealed_event(site, actor, person, PersonUnitSet(kept, ()), {}))

    def fits(tx: Tx) -> None:
        now = _run(tx, person)
        if now.id is None or now.outcome is not None or now.id != run.id:
            raise Conflict("leaving.none", "this person is not leaving or moving; suspend them first")
        if now.left and not cancel:
            raise Conflict("leaving.not_empty", f"{len(now.left)} things are open in this person's name: hand each "
                           "over or say why it need not be", open=[[one.what, one.thing] for one in now.left])

    _enter(site, events, fits)
    return outcome


def _left(found: Sequence[OpenThing], handed: Sequence[Handed]) -> tuple[OpenThing, ...]:
    done = {(one.what, one.thing) for one in handed}
    return tuple(one for one in found if (one.what, one.thing) not in done)


def _run(reading: Reading, person: str) -> Run:
    who: Any = reading.execute(select(PERSON).where(PERSON.c.id == person)).first()
    if who is None:
        raise NotFound("person.not_found", "there is no such person")
    row: Any = reading.execute(select(LEAVING).where(LEAVING.c.person == person).order_by(
        LEAVING.c.outcome.is_not(None), LEAVING.c.began_at.desc(), LEAVING.c.id).limit(1)).first()
    found = open_in_name(reading, person)
    if row is None:
        return Run(person, who.display_name, who.active, None, None, None, None, found, ())
    handed = tuple(Handed(one.what, one.thing, one.successor, one.remark, one.at) for one in reading.execute(
        select(HANDED).where(HANDED.c.leaving == row.id).order_by(HANDED.c.at, HANDED.c.id)))
    return Run(person, who.display_name, who.active, row.id, row.how, row.began_at, row.outcome, found, handed)


def _successor(site: Site, person: str, number: str) -> str:
    query = select(PERSON.c.id).join_from(PERSON, NUMBER, NUMBER.c.id == PERSON.c.id).where(
        NUMBER.c.officer_no == number, PERSON.c.active, PERSON.c.id != person)
    found = site.db.read(lambda c: c.execute(query).scalar())
    if found is None:
        raise Refused("leaving.successor", "nobody else who is active has this officer's number")
    return str(found)


def _in_the_matter(site: Site, actor: Actor, person: str, matter: str, taker: str) -> list[Event]:
    """The relations of who leaves end, and the successor stands in each; ``Refused leaving.successor`` for one whom the
    matter denies."""
    rows: Any = site.db.read(lambda c: c.execute(select(MEMBER).where(
        MEMBER.c.matter == matter, MEMBER.c.removed_at.is_(None), MEMBER.c.person.in_((person, taker)))).all())
    has = {row.relation for row in rows if row.person == taker}
    if has & set(DENIED):
        raise Refused("leaving.successor", "this officer is recused from the matter or complained against in it")
    mine = [row for row in rows if row.person == person and row.relation in WORKS]
    bodies = [MemberAdded(new_id("mem"), taker, row.relation) for row in mine if row.relation not in has]
    return [sealed_event(site, actor, matter, body, {})
            for body in (*bodies, *(MemberRemoved(row.id) for row in mine))]


def _in_the_ledger(site: Site, actor: Actor, person: str, recorder: str, taker_no: str) -> Event:
    """The hand-over as the device ledger has it, under a key of the entry's own."""
    people: Any = site.db.read(lambda c: c.execute(
        select(NUMBER.c.id, NUMBER.c.officer_no, PERSON.c.display_name).join_from(
            NUMBER, PERSON, PERSON.c.id == NUMBER.c.id)
        .where((NUMBER.c.id == person) | (NUMBER.c.officer_no == taker_no))).all())
    names = {row.officer_no: row.display_name or "" for row in people}
    giver_no = next((row.officer_no for row in people if row.id == person), "")
    entry = new_id("led")
    return sealed_event(site, actor, entry, ShiftHandedOver((recorder,)), {
        "giver_no": giver_no, "giver": names.get(giver_no, ""), "wearer_no": taker_no,
        "wearer": names.get(taker_no, "")})


def _person(site: Site, actor: Actor, untrusted_person: str) -> str:
    """``Refused leaving.not_allowed``: a head of their unit, or who keeps the registers; never about oneself."""
    person = parse_id("usr", untrusted_person)
    if actor != SYSTEM and REGISTRAR not in actor.roles and not site.db.read(lambda c: heads_person(c, actor, person)):
        raise Refused("leaving.not_allowed", "only the head of their unit or who keeps the registers does this")
    if actor.id == person:
        raise Refused("leaving.same_person", "somebody else must do this for you")
    return person


def _enter(site: Site, events: Sequence[Event], fits: Callable[[Tx], None]) -> None:
    require(site, Act.ORDINARY)

    def record(tx: Tx) -> None:
        fits(tx)
        for event in events:
            custody.append(tx, site.ports.clock, *event)

    site.db.write(record)


SORTS = tuple(OPEN)
"""Sorts of open things, in the order pages show them."""
