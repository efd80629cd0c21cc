"""Say why a recording is late, here or only announced, and confirm it as a second person: lateness is never refused."""

from typing import Any

from sqlalchemy import select

from archive import custody, particulars
from archive.actors import Actor
from archive.db import Tx
from archive.deadline_events import LATENESS_REASONS, LatenessConfirmed, LatenessExplained
from archive.entries import CustodyEvent
from archive.errors import Conflict, NotFound, Refused
from archive.identifiers import ExplanationId, new_id, parse_id
from archive.publication import Act, require
from archive.site import Site
from archive.units import heads_person
from retention.announced import announced_deadlines, require_known
from retention.clauses import RulePack
from retention.deadline_facts import EXPLANATION
from retention.deadline_list import deadlines_of

LONGEST = 1000
EXPLICABLE = ("late", "cannot_know")


def explain(site: Site, actor: Actor, pack: RulePack, untrusted_recording: str, untrusted_rule: str,
            untrusted_reason: str, untrusted_text: str) -> ExplanationId:
    """Why this recording missed the deadline of a rule of the pack (R23 …); answers the explanation's id.

    ``NotFound recording.unknown | lateness.unknown_rule``, ``Refused lateness.reason | lateness.text``, ``Conflict
    lateness.not_late`` when it is on time, pending or exempt. A further explanation takes the place of the one before.
    """
    owed = (announced_deadlines(site, actor, pack, untrusted_recording)
            or deadlines_of(site, actor, pack, untrusted_recording))
    held = {one.deadline.clause.rule: one.deadline for one in owed}
    if untrusted_rule not in held:
        raise NotFound("lateness.unknown_rule", f"no rule of the pack sets a term of that name: {', '.join(held)}")
    found, text = held[untrusted_rule], untrusted_text.strip()
    if found.state not in EXPLICABLE:
        raise Conflict("lateness.not_late", "there is no lateness to explain for this rule", state=found.state)
    if untrusted_reason not in LATENESS_REASONS:
        raise Refused("lateness.reason", f"the reason is one of {', '.join(LATENESS_REASONS)}")
    if not text or len(text) > LONGEST:
        raise Refused("lateness.text", f"say what happened, in at most {LONGEST} characters")
    require(site, Act.ORDINARY)
    recording = require_known(site, actor, untrusted_recording)
    made = ExplanationId(new_id("exp"))
    sealed = particulars.seal(site.ports.vault, site.log_id, recording, particulars.salted({"explanation": text}))
    body = LatenessExplained(made, found.clause_id, untrusted_reason)
    event = CustodyEvent.committed(actor.id, recording, body, sealed.commitment)
    site.db.write(lambda tx: custody.append(tx, site.ports.clock, event, sealed))
    return made


def confirm(site: Site, actor: Actor, untrusted_recording: str, untrusted_explanation: str) -> None:
    """Confirm somebody else's explanation as the head of the unit.

    ``NotFound recording.unknown | lateness.unknown``, ``Refused lateness.not_head | lateness.same_person``, ``Conflict
    lateness.confirmed``. Limit: two people are two accounts; where the register names no unit of
    one of them any head may confirm.
    """
    recording = require_known(site, actor, untrusted_recording)
    explanation = parse_id("exp", untrusted_explanation)
    require(site, Act.ORDINARY)
    event = CustodyEvent.plain(actor.id, recording, LatenessConfirmed(explanation))

    def record(tx: Tx) -> None:
        row: Any = tx.execute(select(EXPLANATION).where(
            EXPLANATION.c.id == explanation, EXPLANATION.c.recording == recording)).first()
        if row is None:
            raise NotFound("lateness.unknown", "there is no such explanation of this recording")
        if not heads_person(tx, actor, row.explained_by):
            raise Refused("lateness.not_head", "only the head of the unit of who explained it confirms an explanation")
        if row.explained_by == actor.id:
            raise Refused("lateness.same_person", "an explanation is confirmed by somebody other than its author")
        if row.confirmed_by is not None:
            raise Conflict("lateness.confirmed", "this explanation has been confirmed already")
        custody.append(tx, site.ports.clock, event)

    site.db.write(record)
