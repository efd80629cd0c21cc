"""What makes a wearer's own page possible: which officer an account belongs to."""

from dataclasses import dataclass
from typing import ClassVar

from archive.event_body import Body


@dataclass(frozen=True)
class PersonNumbered(Body):
    """An account was given its officer's number, by which ledger and labels name wearers; a later one takes its place.
    Subject: the person. Particulars: officer_no.
    """

    KIND: ClassVar[str] = "person.numbered/1"


SHIFT_BODIES: tuple[type[Body], ...] = (PersonNumbered,)
