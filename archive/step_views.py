"""What people are shown of a matter's steps: those withdrawn too, each with the statements about it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import select

from archive.actors import Actor
from archive.matter_entry import require_matter, tree_of
from archive.site import Site
from archive.step_statements import STATEMENT
from archive.steps import STEP
from archive.tables import Person, table

PERSON = table(Person)
Decision = Literal["waiting", "confirmed", "declined"]


@dataclass(frozen=True)
class StatementRow:
    """A statement; ``text`` None: erased. ``author`` is the id, ``by`` and ``decided_by`` names, else ids."""

    id: str
    step: str
    what: str
    text: str | None
    began: datetime | None
    ended: datetime | None
    state: Decision
    author: str
    by: str
    at: datetime
    decided_by: str | None
    decided_at: datetime | None


@dataclass(frozen=True)
class StepRow:
    """A step with its statements, the oldest first. ``matter``: this one, or one merged into it."""

    id: str
    matter: str
    item: str
    began: datetime
    ended: datetime
    by: str
    at: datetime
    withdrawn_at: datetime | None
    statements: tuple[StatementRow, ...]


def steps_of(site: Site, actor: Actor, untrusted_matter: str) -> tuple[StepRow, ...]:
    """The steps of a matter and of those merged into it, in the order they began; ``NotFound matter.unknown``."""
    matter = require_matter(site, actor, untrusted_matter)
    decider = PERSON.alias()
    steps = (select(STEP, PERSON.c.display_name).join_from(STEP, PERSON, PERSON.c.id == STEP.c.taken_by, isouter=True)
             .where(STEP.c.matter.in_(tree_of(matter))).order_by(STEP.c.began, STEP.c.leaf))
    statements = (select(STATEMENT, PERSON.c.display_name, decider.c.display_name.label("decider"))
                  .join_from(STATEMENT, STEP, STEP.c.id == STATEMENT.c.step)
                  .join(PERSON, PERSON.c.id == STATEMENT.c.stated_by, isouter=True)
                  .join(decider, decider.c.id == STATEMENT.c.decided_by, isouter=True)
                  .where(STEP.c.matter.in_(tree_of(matter))).order_by(STATEMENT.c.leaf))
    rows, said = site.db.read(lambda c: (c.execute(steps).all(), [_statement(row) for row in c.execute(statements)]))
    return tuple(StepRow(row.id, row.matter, row.item, row.began, row.ended, row.display_name or row.taken_by,
                         row.taken_at, row.withdrawn_at, tuple(one for one in said if one.step == row.id))
                 for row in rows)


def _statement(row: Any) -> StatementRow:
    return StatementRow(row.id, row.step, row.what, row.text, row.began, row.ended, row.decision or "waiting",
                        row.stated_by, row.display_name or row.stated_by, row.stated_at,
                        row.decider or row.decided_by, row.decided_at)
