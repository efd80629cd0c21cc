"""What people say about deadlines: absences that move one (R27), and why something was late, confirmed by another."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from archive.event_body import Body

ABSENCE_REASONS = ("continuous_work", "away", "remote", "no_timely_hand_over")
"""The four cases of R27; nothing else moves a deadline."""
LATENESS_REASONS = ("device_fault", "network_fault", "clock_wrong", "absence_not_declared", "forgotten", "other")


@dataclass(frozen=True)
class AbsenceDeclared(Body):
    """An officer works away from the unit and cannot hand over (R27). Subject: the absence.

    ``reason``: continuous_work | away | remote | no_timely_hand_over. ``began`` is the declarant's claim. ``person``:
    the officer's account, if there is one. Particulars: officer, officer_no, remark.
    """

    KIND: ClassVar[str] = "absence.declared/1"
    reason: str
    began: datetime
    person: str | None


@dataclass(frozen=True)
class AbsenceEnded(Body):
    """The officer is back at the unit: the hours count from ``returned``, a claim (R27). Subject: the absence."""

    KIND: ClassVar[str] = "absence.ended/1"
    returned: datetime


@dataclass(frozen=True)
class LatenessExplained(Body):
    """Somebody said why a recording missed a deadline. Subject: the recording. Particulars: explanation.

    ``clause`` is pack/version/rule, such as urumqi-market-2019/1/R23. ``reason``: device_fault | network_fault |
    clock_wrong | absence_not_declared | forgotten | other.
    """

    KIND: ClassVar[str] = "lateness.explained/1"
    explanation: str
    clause: str
    reason: str


@dataclass(frozen=True)
class LatenessConfirmed(Body):
    """A second person confirmed an explanation. Subject: the recording."""

    KIND: ClassVar[str] = "lateness.confirmed/1"
    explanation: str


DEADLINE_BODIES: tuple[type[Body], ...] = (AbsenceDeclared, AbsenceEnded, LatenessExplained, LatenessConfirmed)
