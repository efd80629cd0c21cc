"""What sources say of things in the registers, and certificates, parties and names as they follow from it.

Values are particulars; which of several sources is in force is worked out from who said what: a feed before a hand.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from archive.event_body import Body

SOURCES = ("hand", "feed")


@dataclass(frozen=True)
class RegisterEntry(Body):
    """A source said something of a thing in a register. Subject: the thing. Particulars: each field of ``fields`` that
    is not empty, by its name, under the thing's own key; external_id, the source's own id, is a field where it is new.

    ``source``: hand | feed. ``account``: the station or import account that signed, absent for a hand. ``fields``: what
    it says anew; a field without its particular was said to be empty. A feed's word is in force before a hand's.
    """

    KIND: ClassVar[str] = "register.entry/1"
    register_name: str
    source: str
    account: str | None
    fields: tuple[str, ...]


@dataclass(frozen=True)
class PersonRenamed(Body):
    """The name of a person from here on. Subject: the person. Particulars: display_name."""

    KIND: ClassVar[str] = "person.renamed/1"


@dataclass(frozen=True)
class CertificateStated(Body):
    """A certificate of enforcement as it is from here on, all of it. Subject: the certificate. Particulars: number.

    ``holder``: the person. Valid from ``valid_from`` and before ``valid_until``, absent where it has no end.
    """

    KIND: ClassVar[str] = "certificate.stated/1"
    holder: str
    valid_from: datetime
    valid_until: datetime | None


@dataclass(frozen=True)
class PartyStated(Body):
    """A party as it is from here on, all of it. Subject: the party. Particulars: name, and credit_code or id_number;
    id_number is the number's HMAC, never the number."""

    KIND: ClassVar[str] = "party.stated/1"


@dataclass(frozen=True)
class PartyKeyMade(Body):
    """The key under which id numbers of people become HMACs. Subject: the key. Particulars: secret, 32 bytes in
    hexadecimal, under the key's own scope."""

    KIND: ClassVar[str] = "party.key_made/1"


REGISTER_BODIES: tuple[type[Body], ...] = (RegisterEntry, PersonRenamed, CertificateStated, PartyStated, PartyKeyMade)
