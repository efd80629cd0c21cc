"""A recording that is not of enforcement, or was made by mistake: hiding it takes two people, showing it again one."""

from dataclasses import dataclass
from typing import ClassVar

from archive.event_body import Body

SET_ASIDE_REASONS = ("not_enforcement", "by_mistake")


@dataclass(frozen=True)
class SetAsideProposed(Body):
    """Its wearer says that a recording is not of enforcement or was made by mistake. Subject: the recording.
    Particulars: remark, under the proposal's own key.

    ``reason``: not_enforcement | by_mistake. Nothing is hidden yet.
    """

    KIND: ClassVar[str] = "recording.set_aside_proposed/1"
    proposal: str
    reason: str


@dataclass(frozen=True)
class SetAside(Body):
    """The head of the unit agreed: search and case pages leave the recording out; nothing else changes. Subject: the
    recording."""

    KIND: ClassVar[str] = "recording.set_aside/1"
    proposal: str


@dataclass(frozen=True)
class SetAsideDeclined(Body):
    """The head of the unit did not agree, or who proposed took it back. Subject: the recording. Particulars: remark,
    under the key of the id ``remark``."""

    KIND: ClassVar[str] = "recording.set_aside_declined/1"
    proposal: str
    remark: str


@dataclass(frozen=True)
class BroughtBack(Body):
    """Somebody put a recording that was set aside back into search and case pages. Subject: the recording.
    Particulars: remark, under the key of the id ``remark``: it can be said when the recording's own key is gone."""

    KIND: ClassVar[str] = "recording.brought_back/1"
    proposal: str
    remark: str


SET_ASIDE_BODIES: tuple[type[Body], ...] = (SetAsideProposed, SetAside, SetAsideDeclined, BroughtBack)
