"""What all acts on matters share: who may act, on what state, and events appended together or not at all."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Select, select

from archive import custody, particulars
from archive.actors import Actor
from archive.db import Tx
from archive.entries import CustodyEvent
from archive.errors import Conflict, NotFound, Refused
from archive.event_body import Body
from archive.identifiers import MatterId, RemarkId, new_id, parse_id
from archive.publication import Act, require
from archive.recorder_ledger import plain_text
from archive.sight import ASSIGNED, MATTER, MEMBER, WORKS, heads_matter, sees_matter
from archive.site import Site

LONGEST_REMARK = 500
LEADS = ("lead",)


@dataclass(frozen=True)
class Step:
    """One event to append. ``body`` is made under the custody lock where it needs to know what stands there.
    ``said``: particulars, sealed under the key of ``scope``."""

    subject: str
    body: Body | Callable[[Tx], Body]
    scope: str = ""
    said: Mapping[str, str] = field(default_factory=dict)


def enter(site: Site, actor: Actor, steps: Sequence[Step], fits: Callable[[Tx], None]) -> None:
    """Append all of the events, if the tables at that moment allow it; in one transaction."""
    require(site, Act.ORDINARY)
    sealed = [particulars.seal(site.ports.vault, site.log_id, step.scope, particulars.salted(step.said))
              if step.said else None for step in steps]

    def record(tx: Tx) -> None:
        fits(tx)
        for step, kept in zip(steps, sealed, strict=True):
            body = step.body if isinstance(step.body, Body) else step.body(tx)
            event = (CustodyEvent.plain(actor.id, step.subject, body) if kept is None
                     else CustodyEvent.committed(actor.id, step.subject, body, kept.commitment))
            custody.append(tx, site.ports.clock, event, kept)

    site.db.write(record)


def remarked(untrusted_remark: str) -> tuple[RemarkId, Mapping[str, str]]:
    """The id of a remark's own key, so that the act stays possible when others' particulars are erased, and the remark;
    ``Refused recorder.text``."""
    return RemarkId(new_id("rmk")), {"remark": plain_text(untrusted_remark, "the remark", LONGEST_REMARK)}


def require_matter(site: Site, actor: Actor, untrusted_matter: str) -> MatterId:
    """The id when this actor may know of the matter; ``NotFound matter.unknown`` when absent or hidden."""
    matter = parse_id("mat", untrusted_matter)
    if site.db.read(lambda c: c.execute(select(MATTER.c.id).where(MATTER.c.id == matter, sees_matter(actor))).first()):
        return MatterId(matter)
    raise NotFound("matter.unknown", "no such matter, or you may not see it")


def alive(tx: Tx, matter: str) -> Any:
    """The matter's row; ``Conflict matter.merged`` when it goes on as part of another."""
    row: Any = tx.execute(select(MATTER).where(MATTER.c.id == matter)).one()
    if row.merged_into is not None:
        raise Conflict("matter.merged", "this matter was merged into another; act on that one", into=row.merged_into)
    return row


def going_on(tx: Tx, matter: str) -> Any:
    """The matter's row; ``Conflict matter.merged | matter.act_ended``."""
    row = alive(tx, matter)
    if row.basis is not None:
        raise Conflict("matter.act_ended", "the act of this matter is over; if that is wrong, take its end back first")
    return row


def require_may(tx: Tx, actor: Actor, matter: str, relations: Sequence[str] = WORKS) -> None:
    """``Refused matter.not_member`` unless this person works on the matter in one of these relations, or decides on it
    as a head; ``NotFound matter.unknown`` when the matter denies them meanwhile."""
    if tx.execute(select(MATTER.c.id).where(MATTER.c.id == matter, sees_matter(actor))).first() is None:
        raise NotFound("matter.unknown", "no such matter, or you may not see it")
    if decides_as_head(tx, actor, matter):
        return
    related = select(MEMBER.c.id).where(MEMBER.c.matter == matter, MEMBER.c.person == actor.id,
                                        MEMBER.c.relation.in_(relations), MEMBER.c.removed_at.is_(None))
    if tx.execute(related).first() is None:
        raise Refused("matter.not_member", f"this is for the {' or '.join(relations)} of the matter, or a head")


def decides_as_head(reading: Connection | Tx, actor: Actor, matter: str) -> bool:
    """Whether this person is a head of the matter's responsible unit; any head where no unit is responsible."""
    return actor.is_head and reading.execute(
        select(MATTER.c.id).where(MATTER.c.id == matter, heads_matter(actor))).first() is not None


def works_on(site: Site, actor: Actor, matter: str) -> bool:
    """Whether this person works on the matter in their own name and it takes recordings."""
    related = select(MEMBER.c.id).join_from(MEMBER, MATTER, MATTER.c.id == MEMBER.c.matter).where(
        MEMBER.c.matter == matter, MATTER.c.merged_into.is_(None), MEMBER.c.person == actor.id,
        MEMBER.c.relation.in_(WORKS), MEMBER.c.removed_at.is_(None))
    return site.db.read(lambda c: c.execute(related).first()) is not None


def tree_of(matter: str) -> Select[Any]:
    """The matter and all that were merged into it, at whatever remove."""
    down = select(MATTER.c.id).where(MATTER.c.id == matter).cte("tree", recursive=True)
    down = down.union(select(MATTER.c.id).join_from(MATTER, down, down.c.id == MATTER.c.merged_into))
    return select(down.c.id)


def assigned_now(reading: Connection | Tx, matter: str) -> list[Any]:
    """The assignments in force of this very matter, in the order of the log."""
    rows: Any = reading.execute(select(ASSIGNED).where(
        ASSIGNED.c.matter == matter, ASSIGNED.c.withdrawn_at.is_(None)).order_by(ASSIGNED.c.leaf))
    return list(rows)
