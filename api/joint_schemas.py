"""Bodies of the JSON API about units in matters, owners, consents and parties. Times are UTC."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from api.matter_schemas import AssignedBody, MatterLineBody
from api.schemas import Body

Text = Annotated[str, Field(max_length=1000)]
Part = Literal["responsible", "co_unit"]


class UnitPartBody(Body):
    """A unit's part in a matter; ``name`` is its id when erased."""

    participation: str
    unit: str
    name: str
    part: Part
    added_at: datetime


class UnitPartsBody(Body):
    """The units that take part, the responsible one first."""

    units: list[UnitPartBody]


class JoinUnitRequest(Body):
    """A unit and what it takes part as."""

    unit: str
    part: str


class ParticipationBody(Body):
    """The part's id."""

    participation: str


class OwnerRequest(Body):
    """The unit a recording is given to."""

    unit: str


class AskConsentRequest(Body):
    """Who is to get recordings and what for; ``recordings`` empty: all of the matter that other units own."""

    recipient: Text
    purpose: Text
    recordings: Annotated[list[str], Field(max_length=5000)] = []


class ConsentsMadeBody(Body):
    """One question for each owning unit and 500 recordings."""

    consents: list[str]


class ConsentBody(Body):
    """A question to an owner. ``recipient`` and ``purpose`` are null when erased."""

    consent: str
    matter: str
    unit: str
    unit_name: str
    recordings: list[str]
    recipient: str | None
    purpose: str | None
    asker: str
    by: str
    asked_at: datetime
    state: Literal["waiting", "given", "refused"]
    answered_at: datetime | None
    may_answer: bool


class ConsentsBody(Body):
    """Questions to owners, the newest first."""

    consents: list[ConsentBody]


class AnswerConsentRequest(Body):
    """Whether the owner agrees, and why."""

    given: bool
    remark: Text


class InvolvePartyRequest(Body):
    """A party; by credit code or id number it is the register's, else it stands by its name alone. The id number is
    turned into an HMAC and kept nowhere."""

    name: Text
    credit_code: Text = ""
    id_number: Text = ""


class InvolvementBody(Body):
    """The id of the party's entry in the matter."""

    involvement: str


class InvolvedPartyBody(Body):
    """A party of a matter; ``party`` is null where the register has none."""

    involvement: str
    matter: str
    party: str | None
    name: str | None
    credit_code: str | None
    identified: bool
    added_at: datetime


class InvolvedPartiesBody(Body):
    """The parties of a matter and of those merged into it."""

    parties: list[InvolvedPartyBody]


class PartyLineBody(Body):
    """A party of the register; ``identified``: by its code or an id number, which is not told."""

    party: str
    name: str | None
    credit_code: str | None
    identified: bool


class FindPartiesRequest(Body):
    """Part of a name, a credit code or an id number; empty: all."""

    q: Text = ""


class PartiesBody(Body):
    """Parties of matters one may know of; ``more``: there are more than are listed."""

    parties: list[PartyLineBody]
    more: bool


class PartyBody(PartyLineBody):
    """A party with its matters and their recordings, those hidden, set aside or beyond the longest list counted."""

    matters: list[MatterLineBody]
    assigned: list[AssignedBody]
    hidden: int
    set_aside: int
    beyond: int
