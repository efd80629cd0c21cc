"""Say why a step, or a span of it, was not recorded (R4): its author states, a head who is another person confirms."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select

from archive.actors import Actor
from archive.columns import table
from archive.db import Tx
from archive.errors import Conflict, NotFound, Refused
from archive.identifiers import StatementId, new_id, parse_id
from archive.matter_entry import Step, decides_as_head, enter, remarked, require_matter
from archive.recorder_clock import PLAUSIBLE_FROM
from archive.recorder_ledger import plain_text
from archive.site import Site
from archive.step_events import STATEMENTS, RecordingStated, StatementConfirmed, StatementDeclined
from archive.step_tables import StepStatement
from archive.steps import require_step

STATEMENT = table(StepStatement)
LONGEST = 1000
"""Characters of a statement."""


def state(site: Site, actor: Actor, untrusted_matter: str, untrusted_step: str, untrusted_what: str,
          untrusted_text: str, began: datetime | None = None, ended: datetime | None = None) -> StatementId:
    """Say why a step was not recorded; a gap says from when to when (aware). It counts once a head has confirmed it.

    ``NotFound matter.unknown | matter.no_step``, ``Refused matter.statement_kind | matter.statement_span |
    recorder.text | matter.not_member``, ``Conflict matter.merged``.
    """
    if untrusted_what not in STATEMENTS:
        raise Refused("matter.statement_kind", f"a statement is one of {', '.join(STATEMENTS)}")
    if any(at is not None and not PLAUSIBLE_FROM <= at <= site.ports.clock.now() for at in (began, ended)):
        raise Refused("matter.statement_span", "the times of a gap are in the past, none before 2010")
    matter, step = require_matter(site, actor, untrusted_matter), parse_id("stp", untrusted_step)
    made, said = StatementId(new_id("stm")), {"text": plain_text(untrusted_text, "the statement", LONGEST)}

    def fits(tx: Tx) -> None:
        row = require_step(tx, actor, matter, step)
        if not _spans(untrusted_what, began, ended, row):
            raise Refused("matter.statement_span", "a gap has a begin before its end, within the step or reaching into "
                                                   "it; the others have no times of their own")

    body = RecordingStated(made, step, untrusted_what, _utc(began), _utc(ended))
    enter(site, actor, [Step(matter, body, made, said)], fits)
    return made


def confirm_statement(site: Site, actor: Actor, untrusted_matter: str, untrusted_statement: str) -> None:
    """A head agrees with somebody else's statement: from here on it counts.

    ``NotFound matter.unknown | matter.no_statement | matter.no_step``, ``Refused matter.not_head |
    matter.same_person``, ``Conflict matter.merged | matter.statement_decided``. Limit: two people are two accounts.
    """
    matter, statement = require_matter(site, actor, untrusted_matter), parse_id("stm", untrusted_statement)

    def fits(tx: Tx) -> None:
        row = _waiting(tx, actor, matter, statement)
        if not decides_as_head(tx, actor, matter):
            raise Refused("matter.not_head", "only a head of the unit responsible for the matter confirms a statement")
        if row.stated_by == actor.id:
            raise Refused("matter.same_person", "a statement is confirmed by somebody other than its author")

    enter(site, actor, [Step(matter, StatementConfirmed(statement))], fits)


def decline_statement(site: Site, actor: Actor, untrusted_matter: str, untrusted_statement: str,
                      untrusted_remark: str) -> None:
    """A head does not agree, or the author takes it back. Errors as ``confirm_statement``, ``Refused recorder.text |
    matter.not_member``."""
    matter, statement = require_matter(site, actor, untrusted_matter), parse_id("stm", untrusted_statement)
    remark, said = remarked(untrusted_remark)

    def fits(tx: Tx) -> None:
        own = _waiting(tx, actor, matter, statement).stated_by == actor.id
        if not own and not decides_as_head(tx, actor, matter):
            raise Refused("matter.not_head", "a statement is declined by a head, or taken back by its author")

    enter(site, actor, [Step(matter, StatementDeclined(statement, remark), remark, said)], fits)


def _waiting(tx: Tx, actor: Actor, matter: str, statement: str) -> Any:
    row: Any = tx.execute(select(STATEMENT).where(STATEMENT.c.id == statement)).first()
    if row is None:
        raise NotFound("matter.no_statement", "there is no such statement about a step of this matter")
    require_step(tx, actor, matter, row.step)
    if row.decision is not None:
        raise Conflict("matter.statement_decided", "this statement has been decided already")
    return row


def _utc(at: datetime | None) -> datetime | None:
    return None if at is None else at.astimezone(UTC)


def _spans(what: str, began: datetime | None, ended: datetime | None, step: Any) -> bool:
    if began is None or ended is None:
        return what != "gap" and began is None and ended is None
    return what == "gap" and began < ended and began < step.ended and ended > step.began
