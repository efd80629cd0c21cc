"""Bodies of the JSON API about registers. Times are UTC."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from api.schemas import Body

Text = Annotated[str, Field(max_length=1000)]


class PutRequest(Body):
    """Every field of the thing as text, ``""`` or left out where it is empty; days like 2026-12-01."""

    fields: Annotated[dict[str, Text], Field(max_length=32)]


class PutBody(Body):
    """What a put came to: the thing's id here, what became of it, its version, and the fields said anew."""

    thing: str
    verdict: Literal["added", "changed", "unchanged"]
    version: str
    fields: list[str]


class WordBody(Body):
    """A field as it is in force. ``source``: feed | hand | archive, which is neither; ``kept``: what a hand said that a
    feed's word is before."""

    field: str
    value: str
    source: Literal["feed", "hand", "archive"]
    account: str | None
    at: datetime | None
    kept: str | None


class ThingBody(Body):
    """A thing in a register, its version and its fields."""

    thing: str
    version: str
    words: list[WordBody]


class RegisterBody(Body):
    """A register as it is in force."""

    register_name: str
    things: list[ThingBody]


class UnmatchedBody(Body):
    """A name or number that no register knows: of what it would be, where it stands, how often, when last."""

    of: Literal["person_number", "person_name", "party", "recorder"]
    text: str
    where: Literal["label", "ledger", "absence", "deposit"]
    count: int
    last: datetime


class UnmatchedListBody(Body):
    """What matches nothing, the latest first; ``more`` when a list was cut."""

    unmatched: list[UnmatchedBody]
    more: bool
