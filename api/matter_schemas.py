"""Bodies of the JSON API about matters. Times are UTC, days YYYY-MM-DD, spans microseconds."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from api.schemas import Body

Remark = Annotated[str, Field(max_length=1000)]
Text = Annotated[str, Field(max_length=1000)]
Name = Annotated[str, Field(max_length=1000)]
Kind = Literal["inspection", "permit", "clue", "case", "measure"]
Basis = Literal["case_closed", "not_filed", "inspection_ended", "enforced"]
Relation = Literal["lead", "second", "taking_part", "recused", "complained_against"]


class MatterLineBody(Body):
    """A matter in a list; ``title`` is null when erased, ``case_no`` also when none was given."""

    matter: str
    number: str
    kind: Kind
    title: str | None
    case_no: str | None
    owes_case_no: bool
    state: Literal["going_on", "ended", "merged"]
    filed_on: str | None
    basis: Basis | None
    ended_on: str | None
    opened_at: datetime
    recordings: int


class MattersBody(Body):
    """Matters, the newest first; ``more``: there are more than are listed."""

    matters: list[MatterLineBody]
    more: bool


class MemberBody(Body):
    """A person's relation to a matter."""

    membership: str
    person: str
    name: str
    relation: Relation
    added_at: datetime


class AssignedBody(Body):
    """A recording of a matter, or of one merged into it; without a span all of it."""

    assignment: str
    matter: str
    recording: str
    from_us: int | None
    to_us: int | None
    by: str
    at: datetime


class MatterBody(MatterLineBody):
    """A matter. ``hidden``, ``set_aside``, ``beyond``: recordings not listed, for whom they are hidden from, because
    they are set aside, or beyond the longest list."""

    members: list[MemberBody]
    assigned: list[AssignedBody]
    merged: list[str]
    into: str | None
    split_from: str | None
    hidden: int
    set_aside: int
    beyond: int


class OpenMatterRequest(Body):
    """A new matter."""

    kind: str
    title: Text
    case_no: Text = ""


class ChangeMatterRequest(Body):
    """What a matter is called from here on; what is left out stays."""

    title: Text | None = None
    case_no: Text | None = None


class FileCaseRequest(Body):
    """The day the case was filed, and its number if there is one."""

    decided_on: str
    case_no: Text = ""


class EndActRequest(Body):
    """The day the act ended, and by what."""

    basis: str
    ended_on: str


class RemarkRequest(Body):
    """Why."""

    remark: Remark


class MergeRequest(Body):
    """The matter to go on in, by id, own number, case number or title."""

    into: Name
    remark: Remark


class SplitRequest(Body):
    """A new matter and the assignments that go with it."""

    kind: str
    title: Text
    assignments: list[str]
    remark: Remark


class MemberRequest(Body):
    """An account's login and its relation to the matter."""

    login: Text
    relation: str


class AssignRequest(Body):
    """Recordings, or a span of one of them."""

    recordings: Annotated[list[str], Field(max_length=500)]
    from_us: int | None = None
    to_us: int | None = None


class CorrectRequest(Body):
    """The matter a recording really belongs to."""

    matter: Name
    remark: Remark
    from_us: int | None = None
    to_us: int | None = None


class MatterMadeBody(Body):
    """The matter's id."""

    matter: str


class MembershipBody(Body):
    """The relation's id."""

    membership: str


class AssignmentsBody(Body):
    """The new assignments; what belonged to the matter already is left out."""

    assignments: list[str]
