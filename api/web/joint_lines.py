"""Units, consents and parties of a matter as plain values. Outside text is shown escaped; times UTC."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

ConsentState = Literal["waiting", "given", "refused"]


@dataclass(frozen=True)
class UnitPartLine:
    """A unit's part in a matter."""

    id: str
    name: str
    part: str
    added_at: datetime


@dataclass(frozen=True)
class ConsentLine:
    """A question to the owner of recordings; ``recipient`` and ``purpose`` are None when erased. ``matter``: its id and
    number where whoever looks may know of it."""

    id: str
    unit: str
    recordings: int
    recipient: str | None
    purpose: str | None
    by: str
    asked_at: datetime
    state: ConsentState
    answered_at: datetime | None
    may_answer: bool
    matter: tuple[str, str] | None


@dataclass(frozen=True)
class PartyLine:
    """A party. ``id``: of its entry in a matter, or as ``party`` in a list; ``party`` None: a name only;
    ``identified``: by the code or by an id number, which is not told."""

    id: str
    party: str | None
    name: str | None
    credit_code: str | None
    identified: bool


@dataclass(frozen=True)
class OwnerLine:
    """The unit a recording is of, None for none. ``choices``: units whoever looks may give it to, by id and name."""

    name: str | None
    choices: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Joint:
    """What stands of units, consents and parties on a matter's page; ``choices``: open units by id and name."""

    units: tuple[UnitPartLine, ...] = ()
    choices: tuple[tuple[str, str], ...] = ()
    consents: tuple[ConsentLine, ...] = ()
    parties: tuple[PartyLine, ...] = ()


NO_JOINT, NO_OWNER = Joint(), OwnerLine(None)
