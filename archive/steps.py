"""Steps of a matter that recording lists speak of: entered with their times, withdrawn where they were wrong.

Limit: when a step began and ended is what somebody says; who said it, and when, stands in the log.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select

from archive.actors import Actor
from archive.columns import table
from archive.db import Tx
from archive.errors import NotFound, Refused
from archive.identifiers import StepId, new_id, parse_id
from archive.matter_entry import Step, alive, enter, remarked, require_matter, require_may, tree_of
from archive.recorder_clock import PLAUSIBLE_FROM
from archive.site import Site
from archive.step_events import StepTaken, StepWithdrawn
from archive.step_items import STEP_ITEMS
from archive.step_tables import MatterStep

STEP = table(MatterStep)
LONGEST = timedelta(days=31)


def take_step(site: Site, actor: Actor, untrusted_matter: str, untrusted_item: str, began: datetime,
              ended: datetime) -> StepId:
    """Say that a step of a matter was taken from ``began`` to ``ended`` (aware): who works on the matter, or a head.

    ``NotFound matter.unknown``, ``Refused matter.step_item | matter.step_times | matter.not_member``, ``Conflict
    matter.merged``. A matter whose act is over takes steps still, as it takes late footage.
    """
    if untrusted_item not in STEP_ITEMS:
        raise Refused("matter.step_item", f"a step is one of {', '.join(STEP_ITEMS)}")
    if not PLAUSIBLE_FROM <= began < ended <= site.ports.clock.now() or ended - began > LONGEST:
        raise Refused("matter.step_times", "a step begins before it ends, is over, and lasted 31 days at most")
    matter, step = require_matter(site, actor, untrusted_matter), StepId(new_id("stp"))

    def fits(tx: Tx) -> None:
        alive(tx, matter)
        require_may(tx, actor, matter)

    body = StepTaken(step, untrusted_item, began.astimezone(UTC), ended.astimezone(UTC))
    enter(site, actor, [Step(matter, body)], fits)
    return step


def withdraw_step(site: Site, actor: Actor, untrusted_matter: str, untrusted_step: str, untrusted_remark: str) -> None:
    """The step was entered wrongly; it stays to be seen as withdrawn. A step of a merged matter is withdrawn through
    the one that goes on.

    ``NotFound matter.unknown | matter.no_step``, ``Refused recorder.text | matter.not_member``, ``Conflict
    matter.merged``.
    """
    matter, step = require_matter(site, actor, untrusted_matter), parse_id("stp", untrusted_step)
    remark, said = remarked(untrusted_remark)

    def fits(tx: Tx) -> None:
        require_step(tx, actor, matter, step)

    enter(site, actor, [Step(matter, StepWithdrawn(step, remark), remark, said)], fits)


def require_step(tx: Tx, actor: Actor, matter: str, step: str) -> Any:
    """The row of a step in force of this matter or one merged into it, if this person may act on it.

    ``NotFound matter.unknown | matter.no_step``, ``Refused matter.not_member``, ``Conflict matter.merged``.
    """
    alive(tx, matter)
    require_may(tx, actor, matter)
    row: Any = tx.execute(select(STEP).where(
        STEP.c.id == step, STEP.c.matter.in_(tree_of(matter)), STEP.c.withdrawn_at.is_(None))).first()
    if row is None:
        raise NotFound("matter.no_step", "the matter has no such step, or not any more")
    return row
