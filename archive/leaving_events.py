"""Somebody leaves or moves: suspended at once, what is open in their name handed over, then closed."""

from dataclasses import dataclass
from typing import ClassVar

from archive.event_body import Body

LEAVING_HOW = ("leaves", "transfers")
LEAVING_OUTCOMES = ("left", "transferred", "cancelled")


@dataclass(frozen=True)
class PersonSuspended(Body):
    """An account does nothing from here on, until the run ``leaving`` is closed. Subject: the person.

    ``how``: leaves | transfers.
    """

    KIND: ClassVar[str] = "person.suspended/1"
    leaving: str
    how: str


@dataclass(frozen=True)
class OpenHandedOver(Body):
    """Something open in a person's name is somebody else's from here on, or done with. Subject: the person.
    Particulars: remark, under the key of the id ``remark``, where there is no successor.

    ``what``: sort of open thing, ``thing``: its id. ``successor``: the person who takes it, absent with a ``remark``.
    """

    KIND: ClassVar[str] = "person.open_handed_over/1"
    leaving: str
    what: str
    thing: str
    successor: str | None
    remark: str | None


@dataclass(frozen=True)
class LeavingClosed(Body):
    """The run is over. Subject: the person. ``outcome``: left (the account stays without use) | transferred | cancelled
    (it acts again)."""

    KIND: ClassVar[str] = "person.leaving_closed/1"
    leaving: str
    outcome: str


LEAVING_BODIES: tuple[type[Body], ...] = (PersonSuspended, OpenHandedOver, LeavingClosed)
