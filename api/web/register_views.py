"""Registers, what none of them knows, and who leaves or moves, as plain values."""

from dataclasses import dataclass
from datetime import datetime

from api.web.views import Frame


@dataclass(frozen=True)
class RegisterLine:
    """A register in the list: its name and how many things it has."""

    name: str
    count: int


@dataclass(frozen=True)
class WordLine:
    """A field as it is in force. ``source``: feed | hand | archive; ``kept``: a hand's word a feed's is before."""

    value: str
    source: str
    at: datetime | None
    kept: str | None


@dataclass(frozen=True)
class ThingLine:
    """A thing, its words in the order of ``fields``; ``person``: its page of what is open in the name, for people."""

    thing: str
    words: tuple[WordLine, ...]
    person: bool


@dataclass(frozen=True)
class UnmatchedLine:
    """A name or number no register knows."""

    of: str
    text: str
    where: str
    count: int
    last: datetime


@dataclass(frozen=True)
class RegistersView:
    """The list of registers and what none of them knows; ``more``: not all of it is shown."""

    frame: Frame
    registers: tuple[RegisterLine, ...]
    unmatched: tuple[UnmatchedLine, ...]
    more: bool


@dataclass(frozen=True)
class RegisterView:
    """One register as it is in force."""

    frame: Frame
    name: str
    fields: tuple[str, ...]
    things: tuple[ThingLine, ...]


@dataclass(frozen=True)
class PlannedLine:
    """What a line comes to; ``changes``: field, before, after, and whether it counts; ``faults``: field, code, text."""

    line: int
    verdict: str
    changes: tuple[tuple[str, str, str, bool], ...]
    faults: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class PreviewView:
    """What pasted lines would change. ``text``: those lines, to be sent again with ``digest`` to apply them; empty
    while one is refused."""

    frame: Frame
    name: str
    lines: tuple[PlannedLine, ...]
    counts: tuple[tuple[str, int], ...]
    unmatched: int
    text: str
    digest: str


@dataclass(frozen=True)
class OpenLine:
    """Something open in a name; ``done``: it has a successor or a remark."""

    what: str
    thing: str
    text: str | None
    since: datetime | None
    done: bool


@dataclass(frozen=True)
class HandedLine:
    """What was handed over: to whom, by name or id, or why to nobody."""

    what: str
    thing: str
    successor: str | None
    remark: str | None
    at: datetime


@dataclass(frozen=True)
class LeavingView:
    """Everything open in a name, and the run; ``how`` None: there is none. ``left``: sorts with something left."""

    frame: Frame
    person: str
    name: str
    active: bool
    how: str | None
    began_at: datetime | None
    outcome: str | None
    open: tuple[OpenLine, ...]
    handed: tuple[HandedLine, ...]
    left: tuple[str, ...]
