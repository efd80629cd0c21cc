"""Matters in lists and on a recording's page, as plain values. Outside text is shown escaped; days are texts."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

State = Literal["going_on", "ended", "merged"]


@dataclass(frozen=True)
class MatterLine:
    """A matter in a list. ``title`` is None when erased, ``case_no`` also when none was given."""

    id: str
    number: str
    kind: str
    title: str | None
    case_no: str | None
    state: State
    ended_on: str | None
    basis: str | None
    opened_at: datetime
    recordings: int
    owes_case_no: bool


@dataclass(frozen=True)
class RecordingMatter:
    """A matter a recording belongs to, on the recording's page."""

    assignment: str
    line: MatterLine
    from_us: int | None
    to_us: int | None
