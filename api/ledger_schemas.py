"""Bodies of the device ledger's JSON API, as OpenAPI shows them. Times are UTC."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from api.schemas import Body

Text = Annotated[str, Field(max_length=64)]
Long = Annotated[str, Field(max_length=500)]
MOST_MS = 10**15 - 1


class HolderBody(Body):
    """A person as the ledger names them; a member is null where it was erased or never given."""

    number: str | None
    name: str | None


class RecorderBody(Body):
    """A recorder. ``code`` is null where it was never registered."""

    id: str
    vendor: str | None
    serial: str | None
    kind: str | None
    code: str | None
    state: str
    since: datetime | None
    holder: HolderBody | None
    last_seen: datetime | None


class DockRecorderBody(Body):
    """A recorder as a docking station is told of it; ``wearer`` is empty unless it is out."""

    vendor: str
    serial: str
    state: Literal["available", "issued", "lost", "damaged"]
    wearer: str
    since: datetime | None = Field(description="The ledger's last entry; null where nothing is entered.")
    last_seen: datetime | None = Field(description="Its last deposit, at whatever station.")


class DockRecordersBody(Body):
    """Recorders the ledger or a deposit knows."""

    recorders: list[DockRecorderBody]


class LedgerEntryBody(Body):
    """One entry of a recorder's ledger."""

    entry: str
    what: str
    at: datetime
    leaf: int
    wearer: HolderBody | None
    giver: HolderBody | None
    passed: list[str]
    failed: list[str]
    clock_offset_ms: int | None
    condition: str | None
    remark: str | None


class FindingBody(Body):
    """Something missing, doubled or out of order. ``says``: recorder_signed, dock_observed, file_names_only or
    cannot_know; ``first`` and ``last`` are numbers, ``uploads`` those around or concerned."""

    finding: str
    kind: str
    basis: str
    says: str
    first: int | None
    last: int | None
    uploads: list[str]


class ExplanationBody(Body):
    """Why, by whom, and who confirmed it."""

    entry: str
    finding: str
    explanation: str | None
    by: str
    at: datetime
    confirmed_by: str | None
    confirmed_at: datetime | None


class UnreadableBody(Body):
    """A file a station signed that it cannot deposit."""

    file_name: str | None
    reason: str
    size: int
    sequence: int | None
    at: datetime


class RecorderDetailBody(Body):
    """A recorder, its entries, the newest first, and what is known of the completeness of its deposits."""

    recorder: RecorderBody
    entries: list[LedgerEntryBody]
    findings: list[FindingBody]
    explanations: list[ExplanationBody]
    unreadable: list[UnreadableBody]


class ExplainRequest(Body):
    """An explanation of a finding, by its name."""

    finding: Annotated[str, Field(max_length=200)]
    explanation: Long


class StatementRequest(Body):
    """A manifest with a reason, as signed (a note), and the openings of its labels, both as text."""

    manifest: Annotated[str, Field(max_length=8192)]
    labels: Annotated[str, Field(max_length=16384)] = "[]"


class WipeRequest(Body):
    """A wipe statement as signed (a note), as text."""

    statement: Annotated[str, Field(max_length=4096)]


class WipedBody(Body):
    """The entry's id, and what of the statement contradicts what the archive holds."""

    entry: str
    contradictions: list[str]


class RegisterRequest(Body):
    """A recorder to register; without a code its id becomes one."""

    vendor: Text
    serial: Text
    kind: Text = "body_camera"
    code: Text = ""


class PersonRequest(Body):
    """A person by number, and by name where known."""

    number: Text
    name: Text = ""


class IssueRequest(Body):
    """Every item of the check before use stands in one of the two lists."""

    wearer: PersonRequest
    passed: list[Text] = Field(max_length=8)
    failed: list[Text] = Field(default=[], max_length=8)
    clock_offset_ms: int | None = Field(default=None, ge=-MOST_MS, le=MOST_MS)


class ReturnRequest(Body):
    """How a recorder came back."""

    condition: Literal["sound", "incomplete", "damaged"]
    remark: Long = ""


class ReportRequest(Body):
    """What happened to a recorder."""

    what: Literal["lost", "damaged", "recovered"]
    circumstances: Long


class HandOverRequest(Body):
    """A hand-over sheet: recorders by code or id, from whom, to whom."""

    recorders: list[Text] = Field(max_length=200)
    giver: PersonRequest
    taker: PersonRequest


class RegisteredBody(Body):
    """The recorder's id."""

    recorder: str


class EnteredBody(Body):
    """The entry's id; of a hand-over it is the sheet's."""

    entry: str
