"""A wearer's last shift, as plain values. Times are UTC-aware; all text is shown escaped."""

from dataclasses import dataclass
from datetime import datetime

from api.web.deadline_lines import DeadlineLine
from api.web.set_aside_lines import AsideLine
from api.web.views import Frame, RecordingLine


@dataclass(frozen=True)
class TakeLine:
    """One recording. ``by``: who says that the person wore the recorder; ``deadlines``: of labels only; ``aside``: the
    latest proposal to set it aside."""

    line: RecordingLine
    by: str
    poster_address: str | None
    deadlines: tuple[DeadlineLine, ...]
    aside: AsideLine | None


@dataclass(frozen=True)
class FieldLine:
    """One field of the form: its name, what is proposed, and where that comes from (None: nothing is proposed)."""

    name: str
    text: str
    origin: str | None


@dataclass(frozen=True)
class SessionLines:
    """A session. ``as_before``: the one before it says something; ``owing``: labels are still owed on it."""

    key: str
    started: datetime
    ended: datetime
    takes: tuple[TakeLine, ...]
    fields: tuple[FieldLine, ...]
    as_before: bool
    owing: bool


@dataclass(frozen=True)
class ShiftView:
    """The page. ``basis`` as ``archive.shift.Shift`` has it."""

    frame: Frame
    basis: str
    number: str | None
    since: datetime | None
    sessions: tuple[SessionLines, ...] = ()
    more: bool = False
