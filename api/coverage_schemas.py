"""Bodies of the JSON API about steps, statements, recording lists and coverage. Times are UTC."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from api.schemas import Body

Text = Annotated[str, Field(max_length=2000)]
Mode = Literal["whole", "must", "should"]
Coverage = Literal["covered", "short", "gapped", "missing", "waived", "explained", "cannot_know", "not_named"]
What = Literal["waiver", "no_recording", "gap"]


class StatementBody(Body):
    """A statement about a step; ``text`` is null when erased, times are a gap's."""

    statement: str
    what: What
    text: str | None
    began: datetime | None
    ended: datetime | None
    state: Literal["waiting", "confirmed", "declined"]
    by: str
    at: datetime
    decided_by: str | None
    decided_at: datetime | None


class StepBody(Body):
    """A step of a matter, or of one merged into it; ``withdrawn_at`` when it had been entered wrongly."""

    step: str
    matter: str
    item: str
    began: datetime
    ended: datetime
    by: str
    at: datetime
    withdrawn_at: datetime | None
    statements: list[StatementBody]


class StepsBody(Body):
    """Steps in the order they began."""

    steps: list[StepBody]


class UnrecordedBody(Body):
    """A span without recording for sure, and what perhaps is without around it."""

    where: Literal["begin", "end", "between", "all"]
    surely_from: datetime
    surely_to: datetime
    perhaps_from: datetime
    perhaps_to: datetime


class JudgedBody(Body):
    """What one list says of a step; ``item`` and ``mode`` are null where it names no such step. Ids are statements'."""

    list_id: str
    item: str | None
    mode: Mode | None
    state: Coverage
    unrecorded: list[UnrecordedBody]
    effective: list[str]
    barred: list[str]
    waiting: list[str]


class StepCoverageBody(Body):
    """A step and what each list says of it."""

    step: str
    item: str
    judged: list[JudgedBody]


class CoverageBody(Body):
    """Coverage of a matter; ``in_force``: the list of the rule pack in use, null where there is none."""

    in_force: str | None
    steps: list[StepCoverageBody]


class ReadingBody(Body):
    """How this archive reads an item: no law."""

    zh: str
    en: str
    includes: list[str]


class ListItemBody(Body):
    """An item of a recording list; ``quotes`` are words of the plan."""

    code: str
    zh: str
    en: str
    mode: Mode
    rule: str
    article: str
    quotes: list[str]
    ours: ReadingBody | None


class RecordingListBody(Body):
    """The recording list of one plan."""

    list_id: str
    version: str
    source: str
    title: str
    in_force_from: str
    items: list[ListItemBody]
    joined_within_s: int
    edge_within_s: int
    edge_percent: int


class RecordingListsBody(Body):
    """Every list; ``in_force`` as in coverage."""

    in_force: str | None
    lists: list[RecordingListBody]


class TakeStepRequest(Body):
    """A step that was taken."""

    item: str
    began: AwareDatetime
    ended: AwareDatetime


class StateRequest(Body):
    """Why a step was not recorded; times are a gap's."""

    step: str
    what: str
    text: Text
    began: AwareDatetime | None = None
    ended: AwareDatetime | None = None


class StepMadeBody(Body):
    """The step's id."""

    step: str


class StatementMadeBody(Body):
    """The statement's id."""

    statement: str
