"""Bodies of the JSON API, as OpenAPI shows them. Times are UTC, sizes bytes, durations microseconds."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class Body(BaseModel):
    """Base: unknown members are refused on the way in."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class OpenedUploadBody(Body):
    """An opened upload."""

    upload: str
    recording: str = Field(description="The id the recording has if it is accessioned.")
    token: str = Field(description="256 bits, good for this upload only; as Bearer or in the location.")
    location: str


class OfferBody(Body):
    """What an archive says of itself to a new station: claims, until a one-time code confirms them."""

    log_key: str = Field(description="C2SP verification key of the log.")
    policy: str = Field(description="The archive's own cosigner policy (C2SP tlog-policy); empty for none.")


class EnrolmentRequest(Body):
    """Redeem a one-time code."""

    code: str = Field(max_length=40, description="The first four groups of the code; the rest stays on the station.")
    station_key: str = Field(max_length=200, description="C2SP verification key, named by the station's id.")
    proof: str = Field(max_length=200, description="Base64: its signature over origin, code and key.")


class KeyChangeRequest(Body):
    """Hand over to a new key of the same station; each signature base64, over origin, old and new key."""

    station_key: str = Field(max_length=200, description="The new key, of the same name.")
    old_signature: str = Field(max_length=200)
    new_signature: str = Field(max_length=200)


class EnrolledBody(Body):
    """A station and the key it is enrolled under."""

    station: str
    station_key: str


class RecordingBody(Body):
    """A recording in a list."""

    id: str
    case_no: str | None
    file_name: str | None
    started_at: datetime
    ended_at: datetime
    accessioned_at: datetime
    duration_us: int | None
    size: int
    kinds: list[str]
    medium: Literal["footage", "photograph", "document"]
    trust: str


class DerivativeBody(Body):
    """A derivative."""

    id: str
    purpose: str
    method: str
    media_type: str
    digest: str
    size: int


class MissingBody(Body):
    """Why there is no derivative of a purpose."""

    purpose: str
    reason: str


class RecordingDetailBody(Body):
    """A recording with everything known of it."""

    recording: RecordingBody
    station: str
    recorder: str
    digests: list[str]
    lock_until: datetime
    container: str | None
    labels: list[dict[str, str]]
    derivatives: list[DerivativeBody]
    unavailable: list[MissingBody]
    same_bytes: list[str]
    repeats: int
    leaf: int


class EventBody(Body):
    """One custody event of a recording's history; ``entry`` is the leaf as logged."""

    index: int
    at: datetime
    actor: str
    kind: str
    subject: str


class PlaybackRequest(Body):
    """What to look at."""

    what: Literal["access_copy", "original", "text"]


class PlaybackBody(Body):
    """An opened playback; its event is signed and staged. ``media`` takes Range."""

    playback: str
    media: str
    media_type: str
    size: int


class HealthBody(Body):
    """What the service says of itself."""

    status: str
    log_size: int
    jobs: dict[str, int]


class ProblemBody(BaseModel):
    """RFC 9457 problem; ``code`` of docs/errors.md stands behind ``urn:liuhen:error:``. More members may follow."""

    type: str
    title: str
    status: int
    detail: str


Responses = dict[int | str, dict[str, Any]]


def content(*media_types: str, text: str = "The bytes.") -> dict[str, Any]:
    """How OpenAPI describes an answer that is not JSON."""
    return {"description": text, "content": {name: {} for name in media_types}}


_PROBLEM = {"description": "A problem (RFC 9457).", "content": {
    "application/problem+json": {"schema": ProblemBody.model_json_schema()}}}
PROBLEMS: Responses = {"4XX": _PROBLEM, "5XX": _PROBLEM}
"""What every endpoint may answer besides."""
