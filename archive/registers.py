"""Registers by file, feed or hand: preview what lines would change, apply exactly that, all of it or nothing.

Limit: the archive believes what a register says of the world; what it keeps is who said it and when.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import select

from archive import custody
from archive.actors import SYSTEM, Actor
from archive.db import Tx
from archive.errors import Conflict, Refused
from archive.identifiers import new_id
from archive.publication import Act, require
from archive.register_effects import Filled, effects, sealed_event
from archive.register_events import RegisterEntry
from archive.register_kinds import Line, Register
from archive.register_plan import Plan, Planned, State, plan
from archive.register_state import CERTIFICATE, EXTERNAL, FIELD, state_of
from archive.site import Site
from archive.units import Event

REGISTRAR = "registrar"
"""The role of who keeps the registers."""
MOST = 5000
"""Lines of one file."""


@dataclass(frozen=True)
class Word:
    """A field of a thing as it is in force, and where that comes from: feed | hand | archive, whose account, when."""

    field: str
    value: str
    source: str
    account: str | None
    at: datetime | None
    kept: str | None
    """What a hand said that is not in force, the feed's word being before it."""


@dataclass(frozen=True)
class Listed:
    """A thing in a register and the words about it, in the order of the template."""

    thing: str
    words: tuple[Word, ...]


def preview(site: Site, actor: Actor, register: Register, lines: Sequence[Line], account: str | None = None) -> Plan:
    """What these lines would change, and changes nothing. ``account``: the feed they come from, None for a hand.

    ``Refused register.not_registrar | register.too_long``.
    """
    _require_registrar(actor, account)
    _require_few(lines)
    return plan(register, site.db.read(lambda c: state_of(c, register)), account, lines)


def apply(site: Site, actor: Actor, register: Register, lines: Sequence[Line], untrusted_digest: str,
          account: str | None = None) -> Plan:
    """Apply lines if they come to what was previewed: one event for every thing of which something is said anew, and
    those that follow from it; all of it in one transaction, or nothing.

    ``untrusted_digest``: of the preview. ``Refused register.lines`` while any line is refused, ``Conflict
    register.stale`` when the register or the file is another by now; others as ``preview``.
    """
    require(site, Act.ORDINARY)
    shown = preview(site, actor, register, lines, account)
    if shown.count("refused"):
        raise Refused("register.lines", f"{shown.count('refused')} lines are refused; nothing was applied")
    _require_same(shown, untrusted_digest)
    state = site.db.read(lambda c: state_of(c, register))
    events = _events(site, actor, shown, state, account)
    if not events:
        return shown

    def record(tx: Tx) -> None:
        _require_same(plan(register, state_of(tx, register), account, lines), untrusted_digest)
        for event in events:
            custody.append(tx, site.ports.clock, *event)

    site.db.write(record)
    return shown


def listed(site: Site, actor: Actor, register: Register) -> tuple[Listed, ...]:
    """The whole register as it is in force, with sources and times, by the first field of its template."""
    state, rows = site.db.read(lambda c: (state_of(c, register), c.execute(
        select(FIELD).where(FIELD.c.register_name == register.name)).all()))
    said: dict[tuple[str, str, str], Any] = {(row.thing, row.field, row.source): row for row in rows}
    found = []
    for thing in state.things.values():
        words = []
        for name in (one.name for one in register.fields):
            source = thing.source(name)
            row = said.get((thing.id, name, source))
            hand, now = thing.hand.get(name), thing.in_force(name)
            words.append(Word(name, now, source, row.account if row else None, row.at if row else None,
                              hand if source == "feed" and hand not in (None, now) else None))
        found.append(Listed(thing.id, tuple(words)))
    return tuple(sorted(found, key=lambda one: (one.words[0].value, one.thing)))


def version_of(one: Listed) -> str:
    """A thing's version: 32 hexadecimal digits over its fields as they are in force."""
    told = json.dumps([one.thing, [[word.field, word.value] for word in one.words]], ensure_ascii=True)
    return sha256(told.encode()).hexdigest()[:32]


def of_feed(site: Site, actor: Actor, register: Register, account: str, external_id: str) -> Listed | None:
    """The thing a feed knows by this id of its own; None when there is none."""
    state = site.db.read(lambda c: state_of(c, register))
    thing = next((one.id for one in state.things.values() if one.external.get(account) == external_id), None)
    return next((one for one in listed(site, actor, register) if one.thing == thing), None)


def certificate_valid(site: Site, holder: str, at: datetime) -> bool:
    """Whether this person held a certificate that was valid at this time (R16, R126), by what the register says now.

    Limit: a register corrected later answers for the past too; what it said then stands in the log.
    """
    query = select(CERTIFICATE.c.id).where(
        CERTIFICATE.c.holder == holder, CERTIFICATE.c.valid_from <= at,
        CERTIFICATE.c.valid_until.is_(None) | (CERTIFICATE.c.valid_until > at))
    return site.db.read(lambda c: c.execute(query).first()) is not None


def _events(site: Site, actor: Actor, shown: Plan, state: State, account: str | None) -> tuple[Event, ...]:
    """Everything sealed before the transaction; the units of a file before those beneath them need no order: an event
    names an id, which is given out here."""
    register, ids = shown.register, {name: dict(held) for name, held in state.numbers.items()}
    given = {one.thing: new_id(register.prefix) for one in shown.lines if one.verdict == "added"}
    for one in shown.lines:
        number = one.after.in_force("number") if one.after is not None else ""
        if number:
            ids.setdefault(register.name, {})[number] = given.get(one.thing, one.thing)
    made: list[Event] = []
    for one in shown.lines:
        if one.verdict in ("added", "changed"):
            made += _of_line(site, actor, register, one, given.get(one.thing, one.thing), state, ids, account)
    return tuple(made)


def _of_line(site: Site, actor: Actor, register: Register, one: Planned, thing: str, state: State,
             ids: Mapping[str, Mapping[str, str]], account: str | None) -> list[Event]:
    said = {change.field: change.after for change in one.changes}
    values = said | ({EXTERNAL: one.external_id} if one.external_id else {})
    body = RegisterEntry(register.name, "hand" if account is None else "feed", account, tuple(sorted(values)))
    known = state.things.get(one.thing)
    assert one.after is not None
    now = {field.name: one.after.in_force(field.name) for field in register.fields}
    filled = Filled(thing, known is None, {} if known is None else known.base, now, ids)
    return [*effects(site, actor, register.name, filled), sealed_event(site, actor, thing, body, values)]


def _require_registrar(actor: Actor, account: str | None) -> None:
    if account is None and actor != SYSTEM and REGISTRAR not in actor.roles:
        raise Refused("register.not_registrar", "only who keeps the registers (role registrar) changes them")


def _require_few(lines: Sequence[Line]) -> None:
    if len(lines) > MOST:
        raise Refused("register.too_long", f"a file has at most {MOST} lines; split it")


def _require_same(shown: Plan, untrusted_digest: str) -> None:
    if shown.digest != untrusted_digest:
        raise Conflict("register.stale", "the register or the file is not what the preview showed; preview it again")
