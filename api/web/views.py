"""What each page shows, as plain values: a route fills one of these, the renderer turns it into HTML.
Times are UTC-aware, durations are microseconds, sizes bytes, digests ``alg:hex``; all text is shown escaped.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from api.web.deadline_lines import DeadlineLine
from api.web.joint_lines import NO_OWNER, OwnerLine
from api.web.link_lines import LinkLine
from api.web.matter_lines import RecordingMatter
from api.web.set_aside_lines import AsideLine
from api.web.transcript_views import TranscriptLine

Language = Literal["zh", "en"]
Sort = Literal["video", "audio", "image", "document", "unknown"]
CopyState = Literal["making", "ready", "unavailable"]
ReceiptState = Literal["pending", "signed", "cosigned", "anchored"]
LoginFault = Literal["wrong", "throttled", "expired"]


@dataclass(frozen=True)
class Frame:
    """What surrounds every page.

    ``csrf`` goes into each form and the page's meta tag; ``address`` is this page's path and query,
    given back by the language switch; ``person`` is the name of who is logged in, None for nobody.
    """

    csrf: str
    address: str
    person: str | None


@dataclass(frozen=True)
class LogState:
    """Where the log stands: origin, size under the last signed checkpoint, and when that was signed."""

    origin: str
    size: int
    signed_at: datetime | None
    vouched: "Vouched | None" = None


@dataclass(frozen=True)
class VouchingCosigner:
    """One cosigner: what it signed last and when it says it did, or since when it is silent and why."""

    name: str
    size: int | None
    at: datetime | None
    silent_since: datetime | None
    fault: str


@dataclass(frozen=True)
class Vouched:
    """Who outside stands for the log: ``lines`` are the independent ones that cosigned ``size``; none is the operator's
    word only. ``stamped_by``: authorities over the newest anchor; ``trouble``: alarms and clock faults."""

    cosigners: tuple[VouchingCosigner, ...]
    lines: tuple[str, ...]
    size: int | None
    anchored_at: datetime | None
    stamped_by: tuple[str, ...]
    trouble: tuple[str, ...]


@dataclass(frozen=True)
class RecordingLine:
    """One recording in a list. ``case_number`` as written, ``case_normal`` normalised, for the address. ``session``:
    the room session it stands for, with how many ``segments``."""

    recording_id: str
    sort: Sort
    size: int
    station: str
    accessioned_at: datetime | None
    copy_state: CopyState
    case_number: str | None = None
    case_normal: str | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    duration_us: int | None = None
    recorder: str | None = None
    session: str | None = None
    segments: int = 0


@dataclass(frozen=True)
class LoginView:
    """The login page; ``login`` is what was typed before, ``fault`` why it is shown again.

    ``back`` is the path to go on to; it has passed ``addresses.safe_back``.
    """

    frame: Frame
    login: str = ""
    fault: LoginFault | None = None
    back: str = "/"


@dataclass(frozen=True)
class StartView:
    """The start page: the search box, the newest recordings, the state of the log; ``aside``, here and below: how many
    are left out because they are set aside."""

    frame: Frame
    recent: tuple[RecordingLine, ...]
    total: int
    log: LogState | None = None
    aside: int = 0


@dataclass(frozen=True)
class CaseHit:
    """A case number a search found: as written, normalised, its recordings, whether it equals the query."""

    case_number: str
    case_normal: str
    recordings: int
    exact: bool


@dataclass(frozen=True)
class CaseView:
    """All recordings of one case number this person may see; ``cut``: not all of ``total`` are in the lines."""

    frame: Frame
    case_number: str
    lines: tuple[RecordingLine, ...]
    total: int
    aside: int = 0
    cut: bool = False


@dataclass(frozen=True)
class Label:
    """One particular of a recording, by its field name (``case_no``, ``party``, ``handling_officer``, …)."""

    name: str
    value: str


@dataclass(frozen=True)
class StreamLine:
    """One elementary stream of the original, as probed: kind, codec, and a short technical text."""

    kind: str
    codec: str
    text: str = ""


@dataclass(frozen=True)
class AccessCopy:
    """The access copy, or why there is none.

    ``method`` is ``rewrapped`` or ``transcoded``; ``reason`` a stable code when unavailable; ``peaks`` are
    (minimum, maximum) pairs in -128..127; ``audio_starts_us`` is where sound begins (pre-event buffers);
    ``left_out`` are indexes of the original's streams the copy lacks.
    """

    state: CopyState
    sort: Sort = "unknown"
    has_video: bool = False
    has_audio: bool = False
    media_type: str = ""
    method: str = ""
    reason: str = ""
    detail: str = ""
    poster_address: str | None = None
    peaks: tuple[tuple[int, int], ...] = ()
    audio_starts_us: int = 0
    left_out: tuple[int, ...] = ()


@dataclass(frozen=True)
class SameBytes:
    """Another recording that holds the same bytes, deposited by another recorder."""

    recording_id: str
    station: str
    recorder: str | None
    at: datetime | None


@dataclass(frozen=True)
class Quarantine:
    """Why a deposit awaits checking: reason codes ``digest``, ``segment``, ``size``; and since when."""

    reasons: tuple[str, ...]
    at: datetime | None


@dataclass(frozen=True)
class HistoryLine:
    """One custody event: log index, kind ``name/n``, time, who acted (a name; None: the service itself),
    details as (field, value). ``technical``: details for whoever checks by hand, folded away.

    Fields are named as in the event's body or its particulars; a field of several values stands several times.
    """

    index: int
    kind: str
    at: datetime
    actor: str | None
    details: tuple[tuple[str, str | int | datetime], ...] = ()
    technical: tuple[tuple[str, str | int | datetime], ...] = ()


@dataclass(frozen=True)
class ReceiptLine:
    """The state of the receipt. ``key_id``: the log key's 8 hex characters; ``size``: the checkpoint's; ``lines``: the
    independent ones that cosigned it."""

    state: ReceiptState
    index: int | None = None
    origin: str = ""
    size: int = 0
    key_id: str = ""
    lines: tuple[str, ...] = ()


@dataclass(frozen=True)
class LedgerSays:
    """Who wore the recorder by the device ledger; ``whole``: somebody is entered for the whole time."""

    names: tuple[str, ...]
    whole: bool


@dataclass(frozen=True)
class RecordingView:
    """A recording's page. ``started_between``: the start as stated, where that is too wide to show as one time.
    ``claims``: what a photograph's file says of itself; ``has_text``: a document's paragraphs can be opened."""

    frame: Frame
    line: RecordingLine
    digests: tuple[str, ...]
    copy: AccessCopy
    history: tuple[HistoryLine, ...]
    receipt: ReceiptLine
    segments_root: str | None = None
    container: str | None = None
    streams: tuple[StreamLine, ...] = ()
    trust: str | None = None
    carried: str | None = None
    lock_mode: str | None = None
    lock_until: datetime | None = None
    labels: tuple[Label, ...] = ()
    claims: tuple[Label, ...] = ()
    has_text: bool = False
    same_bytes: tuple[SameBytes, ...] = ()
    repeats: int = 0
    started_between: tuple[datetime, datetime] | None = None
    ledger: "LedgerSays | None" = None
    quarantine: Quarantine | None = None
    deadlines: tuple[DeadlineLine, ...] = ()
    aside: AsideLine | None = None
    may_propose: bool = False
    matters: tuple[RecordingMatter, ...] = ()
    owner: OwnerLine = NO_OWNER
    transcripts: tuple[TranscriptLine, ...] = ()
    begin_ms: int | None = None
    links: tuple[LinkLine, ...] = ()


@dataclass(frozen=True)
class StationLine:
    """A station in the list; ``kind`` and ``reason`` are codes; ``revoked_at`` None while it counts."""

    station: str
    title: str | None
    key_id: str
    enrolled_at: datetime
    kind: str | None = None
    revoked_at: datetime | None = None
    reason: str | None = None


@dataclass(frozen=True)
class StationsView:
    """The stations and their state."""

    frame: Frame
    stations: tuple[StationLine, ...]


@dataclass(frozen=True)
class ProblemView:
    """A refusal or fault as a page: HTTP status, stable code ``area.noun``, its sentence in English."""

    frame: Frame
    status: int
    code: str
    detail: str = ""
    retry_after: int | None = None
