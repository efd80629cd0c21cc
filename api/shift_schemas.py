"""Bodies of the JSON API of a wearer's last shift. Times are UTC."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from api.schemas import Body

Part = Annotated[str, Field(max_length=200)]


class ProposalBody(Body):
    """What a field may say, and where that comes from."""

    text: str
    origin: Literal["label", "shown", "station", "near", "ledger"]


class ShiftTakeBody(Body):
    """One recording. ``by``: the ledger names the wearer alone, among several, or only the label does."""

    recording: str
    by: Literal["ledger", "several", "label"]
    started_at: datetime
    ended_at: datetime
    said: dict[str, str]


class ShiftSessionBody(Body):
    """Recordings that belong together; ``session`` is the recording's id where it stands alone."""

    session: str
    takes: list[ShiftTakeBody]
    proposed: dict[str, ProposalBody]


class ShiftBody(Body):
    """The last shift; ``more`` when the list was cut."""

    basis: Literal["issued", "hours", "nothing", "no_number"]
    officer_no: str | None
    since: datetime | None
    sessions: list[ShiftSessionBody]
    more: bool


class SessionLabelRequest(Body):
    """What to say of every recording of the session; what is empty stays as it was."""

    matter: Part = ""
    case_no: Part = ""
    party: Part = ""
    handling_officer: Part = ""


class LabelledBody(Body):
    """The labels put on, one for each recording."""

    labels: list[str]
