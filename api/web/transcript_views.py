"""Transcripts on a page, as plain values; all text is shown escaped."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class CueLine:
    """Something said; ``at`` and ``until`` are seconds of what is played, None where it lies outside; ``moment``: by
    the clock."""

    at: float | None
    until: float | None
    moment: datetime
    text: str


@dataclass(frozen=True)
class TranscriptLine:
    """A transcript with its cues; ``flags``: of the start and end it states. ``state``: in_force | replaced |
    withdrawn | erased, without cues but in the first."""

    id: str
    form: str
    language: str
    by: str
    at: datetime
    state: str
    starts: datetime | None
    ends: datetime | None
    flags: tuple[str, ...]
    cues: tuple[CueLine, ...]
