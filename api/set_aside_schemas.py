"""Bodies of the JSON API about recordings that are set aside. Times are UTC."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from api.schemas import Body

Remark = Annotated[str, Field(max_length=1000)]


class ProposedBody(Body):
    """A proposal to set a recording aside, and what became of it; ``remark`` is null when erased."""

    proposal: str
    recording: str
    reason: Literal["not_enforcement", "by_mistake"]
    remark: str | None
    state: Literal["waiting", "aside", "declined", "back"]
    by: str
    at: datetime
    decided_by: str | None
    decided_at: datetime | None


class SetAsideBody(Body):
    """What waits for the head of a unit and what is set aside, the newest last; ``more`` when a list was cut."""

    waiting: list[ProposedBody]
    aside: list[ProposedBody]
    more: bool


class ProposeRequest(Body):
    """Why a recording is no evidence of enforcement, in the wearer's words."""

    reason: str
    remark: Remark


class RemarkRequest(Body):
    """Why."""

    remark: Remark


class ProposalMadeBody(Body):
    """The proposal's id."""

    proposal: str
