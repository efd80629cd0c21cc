"""Bodies of the JSON API about transcripts. Times are UTC; cues count in milliseconds from ``zero``."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from api.schemas import Body


class CueBody(Body):
    """Something said."""

    from_ms: int
    to_ms: int
    text: str


class TranscriptBody(Body):
    """A transcript of a room session or a recording; without cues and digest when erased."""

    id: str
    of: str
    form: Literal["srt", "webvtt", "record"]
    language: str
    size: int
    zero: datetime
    starts: datetime | None
    ends: datetime | None
    by: str
    at: datetime
    state: Literal["in_force", "replaced", "withdrawn", "erased"]
    digest: str | None
    cues: list[CueBody]


class TranscriptMadeBody(Body):
    """The transcript's id."""

    transcript: str


class WithdrawRequest(Body):
    """Why it is taken back."""

    remark: Annotated[str, Field(max_length=2000)]
