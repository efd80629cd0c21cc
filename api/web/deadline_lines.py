"""Deadlines as lines of a page, as plain values. Times are UTC-aware; all text is shown escaped."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

DeadlineState = Literal["on_time", "late", "cannot_know", "pending", "exempt", "adopted", "text_record"]
NamedBy = Literal["ledger", "label", "handling_officer", "nobody"]


@dataclass(frozen=True)
class ClauseText:
    """A clause as its pack has it: the document's own words, and the rest retold in both languages."""

    rule: str
    subject: str
    document: str
    article: str
    pack: str
    quotes: tuple[str, ...]
    paraphrase: dict[str, str]
    ours: dict[str, str]


@dataclass(frozen=True)
class ExplanationLine:
    """Why a deadline was missed. ``text`` None: erased; ``confirmed``: by a second person."""

    id: str
    reason: str
    text: str | None
    confirmed: bool


@dataclass(frozen=True)
class DeadlineLine:
    """One deadline of one recording; ``due`` earliest and latest, None while a return is awaited."""

    recording_id: str
    case_number: str | None
    state: DeadlineState
    clause: ClauseText
    ended: tuple[datetime, datetime]
    due: tuple[datetime, datetime] | None
    done: datetime | None
    missing: tuple[str, ...]
    why: tuple[str, ...]
    named_by: NamedBy
    explanation: ExplanationLine | None = None


@dataclass(frozen=True)
class AnnouncedLine:
    """A deposit owed of what was announced; ``recording_id`` is None, and ``reason`` set, where it cannot be read."""

    id: str
    recording_id: str | None
    recorder_id: str
    how: str
    reason: str | None
    announced_at: datetime
    state: DeadlineState
    clause: ClauseText
    due: tuple[datetime, datetime] | None
    why: tuple[str, ...]
    named_by: NamedBy
    explanation: ExplanationLine | None = None
    missing: tuple[str, ...] = ()
