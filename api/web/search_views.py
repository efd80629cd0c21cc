"""What the search page is given."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from api.web.views import CaseHit, Frame, RecordingLine


@dataclass(frozen=True)
class MarkLine:
    """A field that shows what was looked for: its text in parts, each with whether it is what was looked for. Of what
    was said: the address that plays it, and when it was said."""

    field: str
    parts: tuple[tuple[str, bool], ...]
    address: str | None = None
    moment: datetime | None = None


@dataclass(frozen=True)
class FoundLine:
    """Why a recording was found, by code, and the fields that show it."""

    why: str
    marks: tuple[MarkLine, ...]


@dataclass(frozen=True)
class SearchView:
    """A search. ``query`` as typed, "" for none yet; ``total`` may exceed the lines shown, and ``beyond`` says that
    there are more than were counted; ``found`` by recording; ``too_short``: it said too little to be looked for;
    ``cut``: not every line is shown."""

    frame: Frame
    query: str
    cases: tuple[CaseHit, ...] = ()
    lines: tuple[RecordingLine, ...] = ()
    total: int = 0
    aside: int = 0
    beyond: bool = False
    found: Mapping[str, FoundLine] = field(default_factory=dict)
    too_short: bool = False
    cut: bool = False
