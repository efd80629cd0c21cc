"""Joint matters 联合执法: the units that take part, whose each recording is, an owner's consent to give it out."""

from dataclasses import dataclass
from typing import ClassVar

from archive.event_body import Body

PARTS = ("responsible", "co_unit")
"""主办单位, 协办单位."""


@dataclass(frozen=True)
class UnitJoined(Body):
    """A unit takes part in a matter. Subject: the matter. ``part``: responsible | co_unit."""

    KIND: ClassVar[str] = "matter.unit_joined/1"
    participation: str
    unit: str
    part: str


@dataclass(frozen=True)
class UnitLeft(Body):
    """That participation is over. Subject: the matter."""

    KIND: ClassVar[str] = "matter.unit_left/1"
    participation: str


@dataclass(frozen=True)
class RecordingOwned(Body):
    """A recording is this unit's from here on, whatever matter it belongs to. Subject: the recording."""

    KIND: ClassVar[str] = "recording.owned/1"
    unit: str


@dataclass(frozen=True)
class ConsentAsked(Body):
    """The owner of recordings is asked whether they may be given outside. Subject: the matter. Particulars: recipient,
    purpose, under the key of the id ``consent``.

    ``unit``: the owner; ``recordings``: what is asked for, at most 500.
    """

    KIND: ClassVar[str] = "consent.asked/1"
    consent: str
    unit: str
    recordings: tuple[str, ...]


@dataclass(frozen=True)
class ConsentAnswered(Body):
    """The head of the owning unit agreed or did not. Subject: the matter. Particulars: remark, under the key of the id
    ``remark``."""

    KIND: ClassVar[str] = "consent.answered/1"
    consent: str
    given: bool
    remark: str


JOINT_BODIES: tuple[type[Body], ...] = (UnitJoined, UnitLeft, RecordingOwned, ConsentAsked, ConsentAnswered)
