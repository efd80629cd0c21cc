"""Parties 当事人 of matters, so that all of one party's text and recordings stand together (R31)."""

from dataclasses import dataclass
from typing import ClassVar

from archive.event_body import Body


@dataclass(frozen=True)
class PartyInvolved(Body):
    """A party is one of this matter's. Subject: the matter. Particulars: name, where the register has no such party,
    under the key of the id ``involvement``.

    ``party``: its id in the register of parties, absent where nothing identifies it.
    """

    KIND: ClassVar[str] = "matter.party_involved/1"
    involvement: str
    party: str | None


@dataclass(frozen=True)
class PartyWithdrawn(Body):
    """That had been said wrongly. Subject: the matter. Particulars: remark, under the key of the id ``remark``."""

    KIND: ClassVar[str] = "matter.party_withdrawn/1"
    involvement: str
    remark: str


PARTY_BODIES: tuple[type[Body], ...] = (PartyInvolved, PartyWithdrawn)
