"""Steps of a matter with their coverage, and the recording lists, as plain values. Outside text is shown escaped."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from api.web.views import Frame

Mode = Literal["whole", "must", "should"]
State = Literal["covered", "short", "gapped", "missing", "waived", "explained", "cannot_know", "not_named"]
Where = Literal["begin", "end", "between", "all"]


@dataclass(frozen=True)
class StatementLine:
    """A statement about a step; ``text`` None: erased. ``may_confirm``, ``may_decline``: whoever looks may."""

    id: str
    what: str
    text: str | None
    began: datetime | None
    ended: datetime | None
    state: Literal["waiting", "confirmed", "declined"]
    by: str
    at: datetime
    decided_by: str | None
    may_confirm: bool
    may_decline: bool


@dataclass(frozen=True)
class JudgedLine:
    """What one list says of a step; ``barred``: a waiver counts for nothing there."""

    source: str
    title: str
    in_force: bool
    mode: Mode | None
    state: State
    barred: bool


@dataclass(frozen=True)
class UnrecordedLine:
    """A span without recording, from when to when for sure; lengths in microseconds, at least and at most."""

    where: Where
    start: datetime
    end: datetime
    least_us: int
    most_us: int


@dataclass(frozen=True)
class StepLine:
    """A step. ``surely`` and ``perhaps``: thousandths of it that takes cover, for the axis."""

    id: str
    item: str
    began: datetime
    ended: datetime
    by: str
    judged: tuple[JudgedLine, ...]
    unrecorded: tuple[UnrecordedLine, ...]
    statements: tuple[StatementLine, ...]
    surely: tuple[tuple[int, int], ...]
    perhaps: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class WithdrawnStep:
    """A step that had been entered wrongly."""

    item: str
    began: datetime
    ended: datetime
    by: str


@dataclass(frozen=True)
class CoverageView:
    """The part of a matter's page about its steps."""

    steps: tuple[StepLine, ...] = ()
    withdrawn: tuple[WithdrawnStep, ...] = ()


NO_STEPS = CoverageView()


@dataclass(frozen=True)
class ListedItem:
    """An item of a list: words of the plan, and how this archive reads them in the page's language."""

    mode: Mode
    rule: str
    article: str
    quotes: tuple[str, ...]
    reading: Mapping[str, str] | None


@dataclass(frozen=True)
class ListColumn:
    """One plan's list; ``items`` by code; ``under``: by code of a step it does not name, the item that includes it."""

    source: str
    title: str
    in_force: bool
    items: Mapping[str, ListedItem]
    under: Mapping[str, str]


@dataclass(frozen=True)
class RecordingListsView:
    """The plans' lists side by side; ``codes`` are the rows."""

    frame: Frame
    codes: tuple[str, ...]
    lists: tuple[ListColumn, ...]
    joined_s: int
    edge_s: int
    edge_percent: int


def bar_path(parts: tuple[tuple[int, int], ...]) -> str:
    """Path data of boxes in a strip 1000 × 20; "" for none."""
    return "".join(f"M{start} 0H{end}V20H{start}Z" for start, end in parts)
