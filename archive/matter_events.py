"""Matters 执法事项, the unit of work: what becomes of them, who works on them, which recordings belong to them."""

from dataclasses import dataclass
from typing import ClassVar

from archive.event_body import Body
from archive.event_values import ToolUsed

MATTER_KINDS = ("inspection", "permit", "clue", "case", "measure")
"""检查, 许可, 线索, 案件, 强制措施 (R2)."""
END_BASES = ("case_closed", "not_filed", "inspection_ended", "enforced")
"""结案审批, 不予立案, 检查结束, 执行完毕 (R28)."""
RELATIONS = ("lead", "second", "taking_part", "recused", "complained_against")
"""How a person stands to a matter: 承办人 (主办, 协办), 参与, 回避, 被投诉 (RULES "People")."""


@dataclass(frozen=True)
class MatterShown(Body):
    """A matter's code was seen in the first seconds of the picture; proposed, never a label. Subject: the recording.
    Particulars: matter.

    ``at_us``: where the first picture with it stands, in microseconds from the original's first picture, half a second
    exact.
    """

    KIND: ClassVar[str] = "recording.matter_shown/1"
    at_us: int
    tools: tuple[ToolUsed, ...]
    sandbox: str


@dataclass(frozen=True)
class MatterOpened(Body):
    """A matter is there, with a number of its own. Subject: the matter. Particulars: title.

    ``kind``: inspection | permit | clue | case | measure. ``number`` counts the matters of ``year`` (Beijing's)
    from 1. ``split_from``: the matter it was split off.
    """

    KIND: ClassVar[str] = "matter.opened/1"
    kind: str
    year: int
    number: int
    split_from: str | None


@dataclass(frozen=True)
class MatterRetitled(Body):
    """A matter is called otherwise from here on. Subject: the matter. Particulars: title."""

    KIND: ClassVar[str] = "matter.retitled/1"


@dataclass(frozen=True)
class CaseNumberGiven(Body):
    """A matter got its case number 案号, or another one in its place. Subject: the matter. Particulars: case_no."""

    KIND: ClassVar[str] = "matter.case_number_given/1"


@dataclass(frozen=True)
class CaseFiled(Body):
    """A matter became a case 立案. Subject: the matter. ``decided_on``: the day as YYYY-MM-DD, a claim."""

    KIND: ClassVar[str] = "matter.filed/1"
    decided_on: str


@dataclass(frozen=True)
class ActEnded(Body):
    """The act of enforcement is over: the 30 days of R28 count from ``ended_on``. Subject: the matter.

    ``basis``: case_closed | not_filed | inspection_ended | enforced. ``ended_on``: the day as YYYY-MM-DD, a claim.
    """

    KIND: ClassVar[str] = "act.ended/1"
    basis: str
    ended_on: str


@dataclass(frozen=True)
class ActEndWithdrawn(Body):
    """That the act was over had been said wrongly, or it goes on. Subject: the matter. Particulars: remark, under the
    key of the id ``remark``."""

    KIND: ClassVar[str] = "act.end_withdrawn/1"
    remark: str


@dataclass(frozen=True)
class MatterMerged(Body):
    """A matter goes on as part of another; its recordings are found there. Subject: the matter that ends as one of its
    own. Particulars: remark, under the key of the id ``remark``."""

    KIND: ClassVar[str] = "matter.merged/1"
    into: str
    remark: str


@dataclass(frozen=True)
class MemberAdded(Body):
    """A person stands in a relation to a matter. Subject: the matter.

    ``relation``: lead | second | taking_part, who see its recordings; recused | complained_against, who do not.
    """

    KIND: ClassVar[str] = "matter.member_added/1"
    membership: str
    person: str
    relation: str


@dataclass(frozen=True)
class MemberRemoved(Body):
    """That relation is over. Subject: the matter."""

    KIND: ClassVar[str] = "matter.member_removed/1"
    membership: str


@dataclass(frozen=True)
class RecordingAssigned(Body):
    """A recording, or a span of it, belongs to a matter. Subject: the recording.

    ``from_us`` and ``to_us``: microseconds from its first picture or sound, from below to; both left out: all of it.
    ``corrects``: the assignment it stands in the place of, which is withdrawn beside it.
    """

    KIND: ClassVar[str] = "recording.assigned/1"
    assignment: str
    matter: str
    from_us: int | None
    to_us: int | None
    corrects: str | None


@dataclass(frozen=True)
class AssignmentWithdrawn(Body):
    """A recording had been assigned wrongly: the matter's members lose sight of it. Subject: the recording.
    Particulars: remark, under the key of the id ``remark``."""

    KIND: ClassVar[str] = "recording.assignment_withdrawn/1"
    assignment: str
    remark: str


MATTER_BODIES: tuple[type[Body], ...] = (
    MatterShown, MatterOpened, MatterRetitled, CaseNumberGiven, CaseFiled, ActEnded, ActEndWithdrawn, MatterMerged,
    MemberAdded, MemberRemoved, RecordingAssigned, AssignmentWithdrawn)
