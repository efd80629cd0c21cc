"""What was said, with times: SRT, WebVTT and written records 笔录 brought to a room session or a recording."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from archive.event_body import Body

FORMS = ("srt", "webvtt", "record")
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16-le", "utf-16-be", "gb18030")


@dataclass(frozen=True)
class TranscriptAdded(Body):
    """A person brought a transcript. Subject: the transcript. Particulars: text (the file as it came, decoded), cues
    (what was read of it), digest (of the file), under the transcript's own key.

    ``of``: a room session or a recording. ``zero``: which moment its times count from; for a recording the moment of
    its first picture, as far as is claimed. ``starts``, ``ends``: of the act, where a written record states them.
    ``size`` in bytes. ``replaces``: an earlier transcript that this one takes the place of.
    """

    KIND: ClassVar[str] = "transcript.added/1"
    of: str
    form: str
    encoding: str
    language: str
    size: int
    cues: int
    zero: datetime
    starts: datetime | None
    ends: datetime | None
    replaces: str | None


@dataclass(frozen=True)
class TranscriptWithdrawn(Body):
    """A person took a transcript back; it is neither shown nor searched any more. Subject: the transcript.
    Particulars: remark, under the key of the id ``remark``."""

    KIND: ClassVar[str] = "transcript.withdrawn/1"
    remark: str


TRANSCRIPT_BODIES: tuple[type[Body], ...] = (TranscriptAdded, TranscriptWithdrawn)
