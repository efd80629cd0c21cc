"""Bodies of searches."""

from datetime import datetime
from typing import Literal

from api.schemas import Body, RecordingBody


class MarkBody(Body):
    """A field that shows what was asked; ``spans``: start and end of each place, in characters (code points).
    Of what was ``said``: ``of`` the room session or recording, at which ``moment``."""

    field: str
    value: str
    spans: list[tuple[int, int]]
    of: str | None = None
    moment: datetime | None = None


class HitBody(Body):
    """Why a recording was found: ``case`` its case number is the one asked for, ``case_begins`` it begins so,
    ``other_unit`` it is the same but for the unit's words, ``text`` it matches otherwise, ``matter`` a matter it
    belongs to does, ``said`` a transcript of it does. ``session``: the room session whose ``segments`` it stands for;
    they are not listed one by one."""

    recording: str
    why: Literal["case", "case_begins", "other_unit", "text", "matter", "said"]
    marks: list[MarkBody]
    session: str | None = None
    segments: int = 0


class SearchBody(Body):
    """Recordings found; ``more`` when the list was cut; ``set_aside``: how many were left out because they are;
    ``hits``, with ``q`` alone: for each recording in turn why it was found."""

    recordings: list[RecordingBody]
    more: bool
    set_aside: int
    hits: list[HitBody] = []
