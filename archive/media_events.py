"""What is learnt and made of an original: its streams measured, its derivatives with their recipes."""

from dataclasses import dataclass
from typing import ClassVar

from archive.event_body import Body
from archive.event_values import StreamChecked, StreamIndexed, ToolUsed
from archive.proof.digest import Digest


@dataclass(frozen=True)
class RecordingIndexed(Body):
    """Essence, timestamps and groups of pictures of the original. Subject: the recording.

    ``gop_root`` is over the digests of the groups of pictures; where there is none ``gop_reason`` says why.
    """

    KIND: ClassVar[str] = "recording.indexed/1"
    streams: tuple[StreamIndexed, ...]
    pts_table: Digest | None
    gops: int
    gop_root: Digest | None
    gop_reason: str | None
    tools: tuple[ToolUsed, ...]
    sandbox: str


@dataclass(frozen=True)
class DerivativeMade(Body):
    """A derivative and the exact recipe that makes it again. Subject: the derivative.

    ``purpose``: access_copy | poster | waveform | pts_table | paragraphs. ``method``:
    rewrapped | transcoded | extracted.
    ``arguments`` hold ``{in}`` and ``{out}`` for the two paths. ``shift_us`` added to a time in an access copy gives
    the time in the original; ``decoded`` counts frames that decoded; ``left_out`` are the original's streams it lacks.
    """

    KIND: ClassVar[str] = "derivative.made/1"
    recording: str
    purpose: str
    method: str
    media_type: str
    digests: tuple[Digest, ...]
    size: int
    object_key: str
    stored_form: str
    tools: tuple[ToolUsed, ...]
    arguments: tuple[str, ...]
    threads: int
    sandbox: str
    checks: tuple[StreamChecked, ...]
    left_out: tuple[int, ...]
    duration_us: int | None
    shift_us: int | None
    decoded: int | None


@dataclass(frozen=True)
class DerivativeUnavailable(Body):
    """No derivative of this purpose can be made; the original is kept all the same. Subject: the recording."""

    KIND: ClassVar[str] = "derivative.unavailable/1"
    purpose: str
    reason: str
    sandbox: str


@dataclass(frozen=True)
class PictureDescribed(Body):
    """What a photograph's file says of itself; a claim, never a label. Subject: the recording. Particulars: taken,
    taken_offset, camera_make, camera_model, position; those it has.

    ``derivative``: the access copy made in the same reading.
    """

    KIND: ClassVar[str] = "picture.described/1"
    derivative: str


MEDIA_BODIES: tuple[type[Body], ...] = (RecordingIndexed, DerivativeMade, DerivativeUnavailable, PictureDescribed)
