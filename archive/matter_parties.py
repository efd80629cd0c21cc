"""Parties 当事人 of matters: put there, taken out, and everything of one party together across matters (R31).

Limit: who is the same party is what a credit code or an id number says; of a name alone nothing is put together.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, exists, select

from archive.actors import Actor
from archive.db import Tx
from archive.errors import Conflict, NotFound, Refused
from archive.identifiers import InvolvementId, new_id, parse_id
from archive.matter_entry import Step, alive, enter, remarked, require_matter, require_may, tree_of
from archive.matter_views import Assigned, LeftOut, MatterRow, recordings_in, rows_of
from archive.party_events import PartyInvolved, PartyWithdrawn
from archive.party_key import party_key
from archive.party_tables import MatterParty
from archive.recorder_ledger import plain_text
from archive.register_events import PartyStated, RegisterEntry
from archive.register_fields import id_number
from archive.register_kinds import REGISTERS, Line, read_line
from archive.register_plan import Planned, plan
from archive.register_state import state_of
from archive.register_tables import Party
from archive.sight import MATTER, sees_matter
from archive.site import Site
from archive.tables import table

INVOLVED, PARTY, REGISTER = table(MatterParty), table(Party), REGISTERS["party"]
MOST, LONGEST = 200, 200


@dataclass(frozen=True)
class InvolvedParty:
    """A party of a matter. ``party`` None: the register has none; ``name`` None: erased; ``matter``: this one, or one
    merged into it; ``identified``: by the code or by an id number, which is not told."""

    id: InvolvementId
    matter: str
    party: str | None
    name: str | None
    credit_code: str | None
    identified: bool
    added_at: datetime


@dataclass(frozen=True)
class PartyRow:
    """A party of the register; ``name`` None when erased."""

    id: str
    name: str | None
    credit_code: str | None
    identified: bool


@dataclass(frozen=True)
class PartyDetail:
    """A party with the matters it is in and all their recordings, as far as whoever looks may know of them."""

    row: PartyRow
    matters: tuple[MatterRow, ...]
    recordings: tuple[Assigned, ...]
    left_out: LeftOut


def involve(site: Site, actor: Actor, untrusted_matter: str, untrusted_name: str, untrusted_credit_code: str = "",
            untrusted_id_number: str = "") -> InvolvementId:
    """A party is one of this matter's: that of the register with this code or number, else it is put into the register
    by hand; without either it stands here by its name alone.

    ``NotFound matter.unknown``, ``Refused matter.party | recorder.text | matter.not_member``, ``Conflict
    matter.merged | matter.party_there | register.stale``.
    """
    matter, made = require_matter(site, actor, untrusted_matter), InvolvementId(new_id("inv"))
    told = {"name": untrusted_name, "credit_code": untrusted_credit_code, "id_number": untrusted_id_number}
    line = _line(site, told) if (untrusted_credit_code + untrusted_id_number).strip() else None
    if line is None:
        said = {"name": plain_text(untrusted_name, "the party's name", LONGEST)}
        steps, party, digest = [Step(matter, PartyInvolved(made, None), made, said)], None, ""
    else:
        found, digest = _planned(site.db.read(lambda c: state_of(c, REGISTER)), line)
        party = new_id("par") if found.verdict == "added" else found.thing
        steps = [*_into_the_register(found, party), Step(matter, PartyInvolved(made, party))]

    def fits(tx: Tx) -> None:
        alive(tx, matter)
        require_may(tx, actor, matter)
        if line is not None and _planned(state_of(tx, REGISTER), line)[1] != digest:
            raise Conflict("register.stale", "somebody changed the register at this moment; try again")
        there = select(INVOLVED.c.id).where(_in_force(), INVOLVED.c.matter == matter, INVOLVED.c.party == party)
        if party is not None and tx.execute(there).first() is not None:
            raise Conflict("matter.party_there", "this is a party of the matter already")

    enter(site, actor, steps, fits)
    return made


def withdraw(site: Site, actor: Actor, untrusted_matter: str, untrusted_involvement: str,
             untrusted_remark: str) -> None:
    """It is none of the matter's parties after all. ``NotFound matter.unknown | matter.no_party``, ``Refused
    recorder.text | matter.not_member``, ``Conflict matter.merged``."""
    matter, involvement = require_matter(site, actor, untrusted_matter), parse_id("inv", untrusted_involvement)
    remark, said = remarked(untrusted_remark)

    def fits(tx: Tx) -> None:
        alive(tx, matter)
        require_may(tx, actor, matter)
        if tx.execute(select(INVOLVED.c.id).where(
                INVOLVED.c.id == involvement, INVOLVED.c.matter.in_(tree_of(matter)), _in_force())).first() is None:
            raise NotFound("matter.no_party", "the matter has no such party, or not any more")

    enter(site, actor, [Step(matter, PartyWithdrawn(involvement, remark), remark, said)], fits)


def parties_of(site: Site, actor: Actor, untrusted_matter: str) -> tuple[InvolvedParty, ...]:
    """The parties of a matter and of those merged into it; ``NotFound matter.unknown``."""
    matter = require_matter(site, actor, untrusted_matter)
    query = (select(INVOLVED, PARTY.c.name.label("known"), PARTY.c.credit_code, PARTY.c.id_number)
             .join_from(INVOLVED, PARTY, PARTY.c.id == INVOLVED.c.party, isouter=True)
             .where(INVOLVED.c.matter.in_(tree_of(matter)), _in_force()).order_by(INVOLVED.c.leaf))
    rows: Any = site.db.read(lambda c: c.execute(query).all())
    return tuple(InvolvedParty(row.id, row.matter, row.party, row.known if row.party else row.name, row.credit_code,
                               bool(row.credit_code or row.id_number), row.added_at) for row in rows)


def find_parties(site: Site, actor: Actor, untrusted_text: str = "") -> tuple[list[PartyRow], bool]:
    """Parties of matters this actor may know of, by part of the name, credit code or id number; whether there are more
    than are listed."""
    text = untrusted_text.strip()
    called = PARTY.c.name.contains(text, autoescape=True) | (PARTY.c.credit_code == text.upper())
    with suppress(Refused):  # for what is no id number, but a name or a code
        called |= PARTY.c.id_number == id_number(text, party_key(site))
    query = (select(PARTY).where(_known_to(actor), *([called] if text else []))
             .order_by(PARTY.c.leaf.desc()).limit(MOST + 1))
    rows = [_party(row) for row in site.db.read(lambda c: c.execute(query).all())]
    return rows[:MOST], len(rows) > MOST


def find_party(site: Site, actor: Actor, untrusted_party: str) -> PartyDetail:
    """Everything of one party together (R31); ``NotFound party.unknown`` when absent, or in no matter this actor may
    know of."""
    party = parse_id("par", untrusted_party)
    row: Any = site.db.read(lambda c: c.execute(select(PARTY).where(PARTY.c.id == party, _known_to(actor))).first())
    if row is None:
        raise NotFound("party.unknown", "no such party, or you may not see a matter it is in")
    matters = rows_of(site, actor, MATTER.c.id.in_(select(INVOLVED.c.matter).where(
        INVOLVED.c.party == party, _in_force())), MOST)
    tree = site.db.read(lambda c: list(dict.fromkeys(
        one for matter in matters for one in c.execute(tree_of(matter.id)).scalars())))
    recordings, left_out = recordings_in(site, actor, tree)
    return PartyDetail(_party(row), tuple(matters), recordings, left_out)


def _line(site: Site, untrusted_values: Mapping[str, str]) -> Line:
    line = read_line(REGISTER, 1, untrusted_values, party_key(site))
    if line.faults:
        raise Refused("matter.party", line.faults[0].message)
    return line


def _planned(state: Any, line: Line) -> tuple[Planned, str]:
    shown = plan(REGISTER, state, None, [line])
    (found,) = shown.lines
    if found.verdict == "refused":
        raise Refused("matter.party", found.faults[0].message)
    return found, shown.digest


def _into_the_register(found: Planned, party: str) -> list[Step]:
    """What stands of a known party is the registrar's to change: only a new one is put there."""
    if found.verdict != "added":
        return []
    said = {change.field: change.after for change in found.changes if change.after}
    return [Step(party, PartyStated(), party, said),
            Step(party, RegisterEntry(REGISTER.name, "hand", None, tuple(sorted(said))), party, said)]


def _in_force() -> ColumnElement[bool]:
    return INVOLVED.c.withdrawn_at.is_(None)


def _known_to(actor: Actor) -> ColumnElement[bool]:
    return exists().where(INVOLVED.c.party == PARTY.c.id, _in_force(), MATTER.c.id == INVOLVED.c.matter,
                          sees_matter(actor))


def _party(row: Any) -> PartyRow:
    return PartyRow(row.id, row.name, row.credit_code, bool(row.credit_code or row.id_number))
