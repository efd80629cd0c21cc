"""Who works on a matter 承办人, and whom it denies: recused 回避 or complained against 被投诉 (RULES "People")."""

from typing import Any

from sqlalchemy import select

from archive.actors import Actor
from archive.db import Tx
from archive.errors import Conflict, NotFound, Refused
from archive.identifiers import MembershipId, new_id, parse_id
from archive.matter_entry import LEADS, Step, alive, decides_as_head, enter, require_matter, require_may
from archive.matter_events import RELATIONS, MemberAdded, MemberRemoved
from archive.sight import DENIED, MEMBER
from archive.site import Site
from archive.tables import Person, table

PERSON = table(Person)


def add_member(site: Site, actor: Actor, untrusted_matter: str, untrusted_login: str,
               untrusted_relation: str) -> MembershipId:
    """Make a person lead, second or taking part: the lead or a head does. Say that a person is recused or complained
    against: a head, never the person alone; it hides the matter and its recordings from them at once.

    ``NotFound matter.unknown``, ``Refused matter.relation | person.unknown | matter.not_member | matter.not_head``,
    ``Conflict matter.merged | matter.is_member``.
    """
    if untrusted_relation not in RELATIONS:
        raise Refused("matter.relation", f"a person is one of {', '.join(RELATIONS)}")
    matter = require_matter(site, actor, untrusted_matter)
    person = site.db.read(lambda c: c.execute(
        select(PERSON.c.id).where(PERSON.c.login == untrusted_login.strip())).scalar())
    if person is None:
        raise Refused("person.unknown", "there is no account with this login")
    membership = MembershipId(new_id("mem"))

    def fits(tx: Tx) -> None:
        alive(tx, matter)
        _require_decides(tx, actor, matter, untrusted_relation)
        if tx.execute(select(MEMBER.c.id).where(
                MEMBER.c.matter == matter, MEMBER.c.person == person, MEMBER.c.relation == untrusted_relation,
                MEMBER.c.removed_at.is_(None))).first() is not None:
            raise Conflict("matter.is_member", "this person stands in this relation to the matter already")

    enter(site, actor, [Step(matter, MemberAdded(membership, person, untrusted_relation))], fits)
    return membership


def remove_member(site: Site, actor: Actor, untrusted_matter: str, untrusted_membership: str) -> None:
    """End a relation; who may add it may end it, and a matter keeps one lead while its act goes on.

    ``NotFound matter.unknown | matter.no_member``, ``Refused matter.not_member | matter.not_head``, ``Conflict
    matter.merged | matter.last_lead``.
    """
    matter, membership = require_matter(site, actor, untrusted_matter), parse_id("mem", untrusted_membership)

    def fits(tx: Tx) -> None:
        ended = alive(tx, matter).basis is not None
        row: Any = tx.execute(select(MEMBER).where(
            MEMBER.c.id == membership, MEMBER.c.matter == matter, MEMBER.c.removed_at.is_(None))).first()
        if row is None:
            raise NotFound("matter.no_member", "nobody stands in this relation to the matter any more")
        _require_decides(tx, actor, matter, row.relation)
        if row.relation == "lead" and not ended and tx.execute(select(MEMBER.c.id).where(
                MEMBER.c.matter == matter, MEMBER.c.relation == "lead", MEMBER.c.removed_at.is_(None),
                MEMBER.c.id != membership)).first() is None:
            raise Conflict("matter.last_lead", "name another lead before the last one goes")

    enter(site, actor, [Step(matter, MemberRemoved(membership))], fits)


def _require_decides(tx: Tx, actor: Actor, matter: str, relation: str) -> None:
    require_may(tx, actor, matter, LEADS)
    if relation in DENIED and not decides_as_head(tx, actor, matter):
        raise Refused("matter.not_head", "only a head says who is recused or complained against")
