"""One filled view per page and state, with outside text that would break a page that does not escape."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, cast

from api.web import ledger_words
from api.web.ledger_views import (
    EntryLine,
    ExplanationLine,
    FindingLine,
    LabelsView,
    RecorderLine,
    RecordersView,
    RecorderView,
    SheetView,
    UnreadableLine,
)
from api.web.render import Renderer
from api.web.search_views import FoundLine, MarkLine, SearchView
from api.web.views import (
    AccessCopy,
    CaseHit,
    CaseView,
    Frame,
    HistoryLine,
    Label,
    Language,
    LedgerSays,
    LoginView,
    LogState,
    ProblemView,
    Quarantine,
    ReceiptLine,
    RecordingLine,
    RecordingView,
    SameBytes,
    StartView,
    StationLine,
    StationsView,
    StreamLine,
)
from archive.events import BODIES

HOSTILE = "<script>alert('x')</script>\"'& {{ 7*7 }}"
AT = datetime(2026, 11, 20, 17, 5, 9, 123456, tzinfo=UTC)
RECORDING = "rec_04hq9f2m3c7x1zv8s5t6w0k2ny"
OTHER = "rec_2b7kd0r9x4w6m1h8c3v5j9z0qe"
FRAME = Frame(csrf="csrf-token-of-this-page", address="/search?case=%E5%B8%82", person="张建国")
LINE = RecordingLine(
    recording_id=RECORDING,
    sort="video",
    size=48_213_377,
    station="城东所采集站 01",
    accessioned_at=AT,
    copy_state="ready",
    case_number="乌市监罚〔2026〕118号",
    case_normal="乌市监罚[2026]118号",
    started_at=AT,
    ended_at=datetime(2026, 11, 20, 17, 7, 3, tzinfo=UTC),
    duration_us=113_900_000,
    recorder="DSJ-A9 00012345",
)
BARE = RecordingLine(OTHER, "audio", 999, HOSTILE, None, "making")
FAILED = RecordingLine(OTHER, "unknown", 1_234_567_890_123, "听证室 2", AT, "unavailable", "x", "X", AT)
PEAKS = tuple((-((i * 37) % 100) - 1, (i * 53) % 110) for i in range(400))
VIDEO = AccessCopy("ready", "video", True, True, "video/mp4", "rewrapped", peaks=PEAKS)
AUDIO = AccessCopy("ready", "audio", False, True, "audio/mp4", "transcoded", peaks=PEAKS)
RECEIPT = ReceiptLine("signed", 1041, "archive.example.cn/5f2c9a7be01d4433", 1057, "3b9ac1f0")
LABELS = (
    Label("party", HOSTILE),
    Label("handling_officer", "李敏"),
    Label("wearer", "王强"),
    Label("unit", "乌鲁木齐市市场监督管理局城东所"),
    Label("place", "友好北路 12 号"),
    Label("field_of_a_later_release", "值"),
)
DETAILS = (("size", 48_213_377), ("digests", "sha256:" + "ab" * 32), ("first_intact", True))
HISTORY = (
    *(HistoryLine(1030 + number, body.KIND, AT, "城东所采集站 01", DETAILS) for number, body in enumerate(BODIES)),
    HistoryLine(1049, "matter.unheard/1", AT, HOSTILE, (("reason", "digest"), ("party", "original"))),
    HistoryLine(1050, "object.placed/1", AT, "系统", (("lock_until", AT), ("segments", 6), ("odd", HOSTILE))),
)


def recording(copy: AccessCopy = VIDEO, **changes: object) -> RecordingView:
    """A full recording page; ``changes`` replace fields."""
    fields: dict[str, object] = {
        "frame": FRAME,
        "line": LINE,
        "digests": ("sha256:" + "3f" * 32, "sm3:" + "9c" * 32),
        "copy": copy,
        "history": HISTORY,
        "receipt": RECEIPT,
        "segments_root": "sha256:" + "71" * 32,
        "container": "mov,mp4",
        "streams": (StreamLine("video", "h264", "1280 × 720, 30/1"), StreamLine("audio", "aac", "48000 Hz")),
        "trust": "dock_signed",
        "carried": "signed_requests",
        "lock_mode": "COMPLIANCE",
        "lock_until": AT,
        "labels": LABELS,
        "ledger": LedgerSays(("王强 650101", HOSTILE), True),
        "same_bytes": (SameBytes(OTHER, "城西所采集站 03", "DSJ-A9 00054321", AT),),
    }
    return RecordingView(**cast(Any, fields | changes))


CAMERA = RecorderLine("rcd_04hq9f2m3c7x1zv8s5t6w0k2ny", "DSJ-A9 00012345", "body_camera", "LH-0042", "issued", AT,
                      "王强 650101", AT)
ODD = RecorderLine("rcd_2b7kd0r9x4w6m1h8c3v5j9z0qe", HOSTILE, HOSTILE, None, "available")
HURT = RecorderLine("rcd_2b7kd0r9x4w6m1h8c3v5j9z0qf", "a b", "x", HOSTILE, "damaged", AT)
ENTRIES = (
    EntryLine("handed_over", AT, "李敏", 9, (("giver", HOSTILE), ("wearer", "王强 650101")), "led_x"),
    EntryLine("returned", AT, None, 8, (("condition", "incomplete"), ("remark", HOSTILE))),
    EntryLine("issued", AT, HOSTILE, 7, (("passed", "battery"), ("failed", "clock"), ("clock_offset_ms", "-1500"))),
    *(EntryLine(what, AT, None, 6) for what in ("lost", "damaged", "recovered")),
)
MISSING = {
    "findings": (*(FindingLine(f"{what}/{HOSTILE}", what, "cannot_know", "3–5", None, what == "gap/chain")
                   for what in ledger_words.FINDINGS),
                 FindingLine("unknown/ledger/x", "unknown/ledger", "dock_observed", "", (AT, AT))),
    "explanations": (ExplanationLine("led_x", "gap/chain/x", HOSTILE, "李敏", AT),
                     ExplanationLine("led_y", HOSTILE, None, HOSTILE, AT, "王强", AT)),
    "unreadable": (UnreadableLine(HOSTILE, "empty", 0, 4, AT), UnreadableLine(None, "cut_off", 7, None, AT)),
}
Page = Callable[[Renderer, Language], str]
PAGES: dict[str, Page] = {
    "login": lambda r, g: r.login(LoginView(Frame("t", "/login", None)), g),
    "login_wrong": lambda r, g: r.login(LoginView(Frame("t", "/login", None), HOSTILE, "wrong"), g),
    "login_throttled": lambda r, g: r.login(LoginView(Frame("t", "/login", None), "a", "throttled"), g),
    "login_expired": lambda r, g: r.login(LoginView(Frame("t", "/login", None), "a", "expired"), g),
    "start": lambda r, g: r.start(
        StartView(FRAME, (LINE, BARE, FAILED), 1234, LogState(RECEIPT.origin, 1057, AT)), g
    ),
    "start_empty": lambda r, g: r.start(StartView(FRAME, (), 0), g),
    "search_blank": lambda r, g: r.search(SearchView(FRAME, ""), g),
    "search_found": lambda r, g: r.search(
        SearchView(
            FRAME,
            "乌市监罚〔2026〕11",
            (CaseHit("乌市监罚〔2026〕118号", "乌市监罚[2026]118号", 2, True), CaseHit(HOSTILE, "a/b", 1, False)),
            (LINE, BARE),
            1000,
            2,
            True,
            {LINE.recording_id: FoundLine("other_unit", (MarkLine("place", ((HOSTILE, False), (HOSTILE, True))),)),
             BARE.recording_id: FoundLine("text", ())},
        ),
        g,
    ),
    "search_nothing": lambda r, g: r.search(SearchView(FRAME, HOSTILE), g),
    "search_too_short": lambda r, g: r.search(SearchView(FRAME, "7", too_short=True), g),
    "recording": lambda r, g: r.recording(recording(), g),
    "recording_audio": lambda r, g: r.recording(recording(AUDIO, same_bytes=()), g),
    "recording_image": lambda r, g: r.recording(recording(AccessCopy("ready", "image", True)), g),
    "recording_making": lambda r, g: r.recording(
        recording(AccessCopy("making"), line=BARE, receipt=ReceiptLine("pending"), history=(), labels=()), g
    ),
    "recording_unavailable": lambda r, g: r.recording(
        recording(AccessCopy("unavailable", reason="not_media", detail=HOSTILE), line=FAILED), g
    ),
    "recording_quarantined": lambda r, g: r.recording(
        recording(
            AccessCopy("unavailable", reason="a_code_of_a_later_release"),
            quarantine=Quarantine(("digest", "size"), AT),
            lock_until=None,
        ),
        g,
    ),
    "stations": lambda r, g: r.stations(StationsView(FRAME, (
        StationLine("sta_" + "0" * 26, HOSTILE, "0a1b2c3d", AT, "dock"),
        StationLine("sta_" + "1" * 26, None, "0a1b2c3e", AT, None, AT, "exposed"))), g),
    "stations_none": lambda r, g: r.stations(StationsView(FRAME, ()), g),
    "case": lambda r, g: r.case(CaseView(FRAME, "乌市监罚〔2026〕118号", (LINE, BARE), 3), g),
    "case_empty": lambda r, g: r.case(CaseView(FRAME, HOSTILE, (), 0), g),
    "recorders": lambda r, g: r.recorders(RecordersView(FRAME, (CAMERA, ODD, HURT)), g),
    "recorders_none": lambda r, g: r.recorders(RecordersView(FRAME, ()), g),
    "recorder_out": lambda r, g: r.recorder(RecorderView(FRAME, CAMERA, ENTRIES, **cast(Any, MISSING)), g),
    "recorder_in": lambda r, g: r.recorder(RecorderView(FRAME, ODD, ()), g),
    "recorder_hurt": lambda r, g: r.recorder(
        RecorderView(FRAME, HURT, ENTRIES, **cast(Any, MISSING), may_confirm=True), g),
    "recorder_sheet": lambda r, g: r.recorder_sheet(
        SheetView(FRAME, "led_x", AT, HOSTILE, 9, HOSTILE, "王强 650101", (CAMERA, ODD)), g),
    "recorder_labels": lambda r, g: r.recorder_labels(LabelsView(FRAME, (CAMERA, HURT)), g),
    "recorder_labels_none": lambda r, g: r.recorder_labels(LabelsView(FRAME, ()), g),
    "problem_hidden": lambda r, g: r.problem(ProblemView(FRAME, 404, "recording.absent", HOSTILE), g),
    "problem_store": lambda r, g: r.problem(ProblemView(FRAME, 503, "store.unavailable", "", 5), g),
    "problem_login": lambda r, g: r.problem(ProblemView(Frame("t", "/", None), 401, "session.absent"), g),
    "problem_odd": lambda r, g: r.problem(ProblemView(FRAME, 418, "odd.status"), g),
}
