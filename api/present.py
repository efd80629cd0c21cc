"""From what the archive knows to what a page shows: lists, the log's state, and a recording's page."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import cast

from api import present_history, present_sound
from api.present_recorders import holder_name
from api.web import document_words, views
from api.web.views import (
    AccessCopy,
    CopyState,
    Frame,
    Label,
    LedgerSays,
    ReceiptLine,
    ReceiptState,
    RecordingLine,
    RecordingView,
    SameBytes,
    Sort,
    StreamLine,
)
from archive import access, custody_history, recorder_views, recordings, room_segments
from archive.actors import Actor
from archive.case_numbers import case_key
from archive.custody_history import HistoryEntry
from archive.errors import ArchiveError
from archive.events import RecordingAccessioned
from archive.media_events import DerivativeMade, PictureDescribed
from archive.receipts import best_evidence
from archive.recording_search import CaseHit
from archive.recordings import RecordingDetail, RecordingRow
from archive.room_segments import Folded
from archive.site import Site
from archive.station_events import UploadFinished2

SHOWN_AS_ONE_TIME = timedelta(minutes=1)
LABELS = ("matter", "party", "handling_officer", "wearer", "place", "file_name", "source")
WAVEFORM_LARGEST = 1 << 20


def lines(site: Site, actor: Actor, rows: Sequence[RecordingRow]) -> tuple[RecordingLine, ...]:
    """Recordings in a list, the segments of a room session as one line, in the place of the first."""
    sessions = site.db.read(lambda c: room_segments.folded(c, actor, [row.id for row in rows]))
    shown = set(room_segments.once([row.id for row in rows], sessions))
    return tuple(line(row, sessions.get(row.id)) for row in rows if row.id in shown)


def line(row: RecordingRow, session: Folded | None = None) -> RecordingLine:
    """One recording in a list; with ``session``, all of that session's segments."""
    return RecordingLine(
        recording_id=row.id, sort=_sort(row), size=row.size, station=row.station_title or row.station,
        accessioned_at=row.accessioned_at, copy_state=_copy_state(row), case_number=row.case_no,
        case_normal=row.case_key, started_at=_start(row), ended_at=row.ended, duration_us=row.duration_us,
        recorder=row.recorder_name, session=session.session if session else None,
        segments=session.segments if session else 0)


def _start(row: RecordingRow) -> datetime:
    """When it began, as one time. A station that knows only the end states a wide interval for the start: then end
    less duration, kept within what it stated."""
    if not _is_vague(row):
        return row.started
    worked_out = row.ended - timedelta(microseconds=row.duration_us or 0)
    return max(row.started, min(row.started_latest, worked_out))


def _is_vague(row: RecordingRow) -> bool:
    return row.started_latest - row.started > SHOWN_AS_ONE_TIME


def case_hit(hit: CaseHit, untrusted_query: str) -> views.CaseHit:
    """A case number found; exact when it is the one asked for and not only its beginning."""
    return views.CaseHit(hit.case_no, hit.case_key, hit.recordings, hit.case_key == case_key(untrusted_query))


def recording_view(site: Site, actor: Actor, untrusted_recording: str, frame: Frame) -> RecordingView:
    """A recording's page; ``NotFound recording.unknown`` when absent or hidden. The store may be down: then the page
    stands without its waveform."""
    detail = recordings.find(site, actor, untrusted_recording)
    events = custody_history.history(site, actor, detail.row.id)
    accessioned = next((e.event.body for e in events if isinstance(e.event.body, RecordingAccessioned)), None)
    return RecordingView(
        frame=frame, line=_own_line(site, actor, detail.row), digests=detail.digests,
        copy=access_copy(detail, _made(events), _waveform(site, actor, detail)),
        history=present_history.history_lines(events),
        receipt=receipt_line(site, detail.leaf),
        segments_root=str(accessioned.segments_root) if accessioned else None,
        container=detail.container, streams=tuple(_stream(s) for s in detail.streams), trust=detail.row.trust,
        lock_mode=accessioned.lock_mode if accessioned else None, lock_until=detail.lock_until,
        begin_ms=int(detail.started[0].timestamp() * 1000), labels=_labels(detail), claims=_claims(events),
        has_text=detail.derivative("paragraphs") is not None, carried=_carried(events, detail.upload),
        repeats=detail.repeats,
        started_between=detail.started if _is_vague(detail.row) else None, ledger=_ledger(site, detail),
        same_bytes=tuple(_same(r) for r in recordings.same_bytes(site, actor, detail)))


def _own_line(site: Site, actor: Actor, row: RecordingRow) -> RecordingLine:
    return lines(site, actor, [row])[0]


def _ledger(site: Site, detail: RecordingDetail) -> LedgerSays | None:
    """Who is entered as wearer for the time of the recording, to stand beside what the recorder itself claims."""
    found = recorder_views.wearers(site, detail.recorder, _start(detail.row), detail.ended[1])
    return None if found is None else LedgerSays(tuple(map(holder_name, found.holders)), found.whole)


def receipt_line(site: Site, leaf: int) -> ReceiptLine:
    """The receipt as it could be fetched now."""
    evidence = best_evidence(site, leaf)
    if evidence is None:
        return ReceiptLine("pending")
    checkpoint = evidence.tree.checkpoint
    return ReceiptLine(cast(ReceiptState, evidence.grade), leaf, checkpoint.origin, checkpoint.size,
                       site.ports.signer.key.hex_id, evidence.lines)


def access_copy(detail: RecordingDetail, made: DerivativeMade | None, waveform: bytes) -> AccessCopy:
    """The access copy as its own event describes it; without one, that it is being made, or why it cannot be."""
    copy, state = detail.derivative("access_copy"), _copy_state(detail.row)
    checks = made.checks if made else ()
    if copy is None:
        return AccessCopy(state, reason=detail.row.copy_missing or "")
    kinds = {check.kind for check in checks} or set(detail.row.kinds)
    sort = _sort_of_type(copy.media_type)
    audio_starts_us = max(0, min((c.first_us for c in checks if c.kind == "audio"), default=0))
    poster = detail.derivative("poster")
    return AccessCopy(
        state, sort, has_video=sort == "video" and "video" in kinds, has_audio="audio" in kinds,
        media_type=copy.media_type, method=copy.method,
        poster_address=f"/api/v1/recordings/{detail.row.id}/derivatives/poster" if poster else None,
        peaks=present_sound.peaks(waveform, audio_starts_us, detail.row.duration_us or 0) if sort != "image" else (),
        audio_starts_us=audio_starts_us, left_out=made.left_out if made else ())


def _waveform(site: Site, actor: Actor, detail: RecordingDetail) -> bytes:
    """The stored peaks; empty when there are none or the store does not answer: the page must not depend on them."""
    try:
        what = access.inline_derivative(site, actor, detail.row.id, "waveform")
        if what.size > WAVEFORM_LARGEST:
            return b""
        return b"".join(access.read(site, what, 0, what.size))
    except ArchiveError:
        return b""


def _made(events: tuple[HistoryEntry, ...]) -> DerivativeMade | None:
    made = (e.event.body for e in events if isinstance(e.event.body, DerivativeMade))
    return next((body for body in made if body.purpose == "access_copy"), None)


def _claims(events: tuple[HistoryEntry, ...]) -> tuple[Label, ...]:
    """What a photograph's file says of itself, in the order of the words; empty where it says nothing or was erased."""
    said = next((dict(e.particulars) for e in events if isinstance(e.event.body, PictureDescribed)), {})
    return tuple(Label(name, str(said[name])) for name in document_words.CLAIMS if name in said)


def _carried(events: tuple[HistoryEntry, ...], upload: str) -> str | None:
    """How the bytes came, where the log says it; of the recording's own upload, not a later repeat's."""
    return next((e.event.body.carried for e in events
                 if isinstance(e.event.body, UploadFinished2) and e.event.subject == upload), None)


def _copy_state(row: RecordingRow) -> CopyState:
    if row.has_copy:
        return "ready"
    return "making" if row.copy_missing is None else "unavailable"


def _sort(row: RecordingRow) -> Sort:
    if row.medium != "footage":
        return "image" if row.medium == "photograph" else "document"
    if "video" in row.kinds:
        return "video"
    return "audio" if "audio" in row.kinds else "unknown"


def _sort_of_type(media_type: str) -> Sort:
    sorts: dict[str, Sort] = {"video": "video", "audio": "audio", "image": "image"}
    return sorts.get(media_type.partition("/")[0], "unknown")


def _labels(detail: RecordingDetail) -> tuple[Label, ...]:
    """The latest label but its case number, which is the page's heading; earlier ones stand in the history."""
    latest = detail.labels[0] if detail.labels else {}
    return tuple(Label(name, latest[name]) for name in LABELS if name in latest)


def _same(row: RecordingRow) -> SameBytes:
    return SameBytes(row.id, row.station_title or row.station, row.recorder_name, row.accessioned_at)


def _stream(seen: dict[str, object]) -> StreamLine:
    """Figures without words: they read the same in every language."""
    parts = [f"{seen['width']}×{seen['height']}"] if seen.get("width") else []
    parts += [f"{seen['sample_rate']} Hz"] if seen.get("sample_rate") else []
    parts += [f"{seen['channels']} ch"] if seen.get("channels") else []
    text = " · ".join([f"#{seen['index']}", *parts, *_profile(seen)])
    return StreamLine(str(seen["kind"]), str(seen["codec"]), text)


def _profile(seen: dict[str, object]) -> list[str]:
    profile = str(seen.get("profile") or "")
    return [profile] if profile not in ("", "unknown") else []
