"""Steps of a matter that recording lists speak of, and statements about what was not recorded of them (R4)."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from archive.event_body import Body

STATEMENTS = ("waiver", "no_recording", "gap")
"""Text suffices (R4); nothing could be recorded; a span could not be recorded."""


@dataclass(frozen=True)
class StepTaken(Body):
    """A step of enforcement was taken. Subject: the matter.

    ``item``: one of ``step_items.STEP_ITEMS``. ``began`` and ``ended`` are claims of who enters it.
    """

    KIND: ClassVar[str] = "matter.step_taken/1"
    step: str
    item: str
    began: datetime
    ended: datetime


@dataclass(frozen=True)
class StepWithdrawn(Body):
    """The step was entered wrongly. Subject: the matter. Particulars: remark, under the key of the id ``remark``."""

    KIND: ClassVar[str] = "matter.step_withdrawn/1"
    step: str
    remark: str


@dataclass(frozen=True)
class RecordingStated(Body):
    """Somebody says why a step, or a span of it, was not recorded; it waits for a head. Subject: the matter.
    Particulars: text, under the statement's own key.

    ``what``: waiver | no_recording | gap. ``began`` and ``ended``: of a gap, claims; else left out.
    """

    KIND: ClassVar[str] = "matter.stated/1"
    statement: str
    step: str
    what: str
    began: datetime | None
    ended: datetime | None


@dataclass(frozen=True)
class StatementConfirmed(Body):
    """A head who is not its author agreed with the statement. Subject: the matter."""

    KIND: ClassVar[str] = "matter.statement_confirmed/1"
    statement: str


@dataclass(frozen=True)
class StatementDeclined(Body):
    """A head did not agree, or its author took the statement back. Subject: the matter. Particulars: remark, under the
    key of the id ``remark``."""

    KIND: ClassVar[str] = "matter.statement_declined/1"
    statement: str
    remark: str


STEP_BODIES: tuple[type[Body], ...] = (
    StepTaken, StepWithdrawn, RecordingStated, StatementConfirmed, StatementDeclined)
