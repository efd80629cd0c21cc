"""The pages of matters, as plain values. Outside text is shown escaped; days are texts, times UTC."""

from dataclasses import dataclass
from datetime import datetime

from api.web.coverage_views import NO_STEPS, CoverageView
from api.web.joint_lines import NO_JOINT, Joint
from api.web.matter_lines import MatterLine
from api.web.views import Frame, HistoryLine, RecordingLine


@dataclass(frozen=True)
class MatterCodeView:
    """``matter`` is outside text, shown escaped; ``code`` the text of the QR code. Both empty: only the form."""

    frame: Frame
    matter: str = ""
    code: str = ""


@dataclass(frozen=True)
class MattersView:
    """The list of matters; ``query`` as typed; ``cut``: there are more than are shown."""

    frame: Frame
    query: str
    own: bool
    lines: tuple[MatterLine, ...]
    cut: bool


@dataclass(frozen=True)
class MemberLine:
    """A person's relation to a matter; ``may_end``: whoever looks may end it."""

    id: str
    name: str
    relation: str
    added_at: datetime
    may_end: bool


@dataclass(frozen=True)
class AssignedLine:
    """A recording of a matter. ``through``: the number of the merged matter it belongs to; a span in microseconds."""

    id: str
    line: RecordingLine
    through: str | None
    from_us: int | None
    to_us: int | None
    by: str
    at: datetime


@dataclass(frozen=True)
class LookedLine:
    """Somebody opened a recording while it was assigned wrongly."""

    name: str
    what: str
    at: datetime
    recording_id: str


@dataclass(frozen=True)
class MatterView:
    """A matter's page. ``may_lead``, ``may_work``, ``may_deny``: what whoever looks may do; ``hidden``, ``aside``,
    ``beyond``: recordings that are not shown, and why."""

    frame: Frame
    line: MatterLine
    filed_on: str | None
    members: tuple[MemberLine, ...]
    recordings: tuple[AssignedLine, ...]
    merged: tuple[MatterLine, ...]
    into: MatterLine | None
    split_from: MatterLine | None
    hidden: int
    aside: int
    beyond: int
    looked: tuple[LookedLine, ...] | None
    history: tuple[HistoryLine, ...]
    may_lead: bool
    may_work: bool
    may_deny: bool
    coverage: CoverageView = NO_STEPS
    joint: Joint = NO_JOINT
