"""Bodies of the JSON API on deadlines. Times are UTC."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from api.schemas import Body


class DeadlineBody(Body):
    """One clause applied to one recording; due times are absent while a return is awaited."""

    recording: str
    case_no: str | None
    clause: str = Field(description="pack/version/rule")
    article: str
    quotes: list[str] = Field(description="The document's own words, as far as the pack has them.")
    state: Literal["on_time", "late", "cannot_know", "pending", "exempt", "adopted", "text_record"]
    due_earliest: datetime | None
    due_latest: datetime | None
    done_at: datetime | None
    missing: list[str]
    why: list[str]
    named_by: Literal["ledger", "label", "handling_officer", "nobody"] = Field(
        description="Who says who made the recording: whose absences count.")
    explained: bool
    confirmed: bool
    set_aside: bool = Field(description="The recording is set aside: its labels are not owed.")


class AnnouncedBody(Body):
    """A deposit owed of what was announced; ``recording`` is null, and ``reason`` set, where it cannot be read."""

    entry: str = Field(description="The upload's id, or that of the statement.")
    recording: str | None
    recorder: str
    how: Literal["open", "finished", "quarantined", "aborted", "expired", "unreadable"]
    reason: str | None
    announced_at: datetime
    clause: str
    state: Literal["on_time", "late", "cannot_know", "pending", "exempt", "adopted", "text_record"]
    due_earliest: datetime | None
    due_latest: datetime | None
    why: list[str]
    named_by: Literal["ledger", "label", "handling_officer", "nobody"]
    explained: bool
    confirmed: bool


class AbsenceBody(Body):
    """A declared absence that has not ended; names are on the page."""

    absence: str
    reason: str
    began: datetime
    declared_at: datetime


class DeadlinesBody(Body):
    """What needs somebody's hand; ``more`` when the list was cut."""

    announced: list[AnnouncedBody] = Field(description="Announced and not accessioned, overdue first.")
    deadlines: list[DeadlineBody]
    absences: list[AbsenceBody]
    more: bool
