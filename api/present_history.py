"""Custody events as lines of a history: of each kind the fields a person asks about, and its particulars."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from api.web.views import HistoryLine
from archive.actors import SYSTEM
from archive.custody_history import HistoryEntry
from archive.event_values import Interval, ToolUsed
from archive.events import ObjectPlaced
from archive.media_events import DerivativeMade
from archive.proof.digest import Digest

Detail = tuple[str, str | int | datetime]
SHOWN: Mapping[str, tuple[str, ...]] = {
    "log.opened/1": ("origin", "release"),
    "log.succeeds/1": ("origin", "old_origin", "old_size", "kept", "lost_from", "lost_to", "receipts"),
    "station.enrolled/1": ("station_key",),
    "person.added/1": ("roles",),
    "upload.opened/1": ("started", "ended", "size", "digests", "session", "sequence", "manifest", "station_key"),
    "upload.finished/1": ("size", "segments", "segments_root", "store", "version_id", "lock_until"),
    "upload.quarantined/1": ("reasons", "claimed_size", "found_size", "claimed", "found", "segments_differing"),
    "upload.repeated/1": ("size", "digests", "first_intact", "own_recording", "manifest"),
    "upload.aborted/1": ("reason",),
    "upload.expired/1": ("received_bytes", "last_byte_at", "expire_after_s"),
    "recording.accessioned/1": ("size", "digests", "segments_root", "trust", "lock_mode", "lock_until", "probe",
                                "probe_reason", "container", "duration_us", "tools"),
    "object.placed/1": ("store", "object_key", "version_id", "lock_until"),
    "recording.same_bytes/1": ("other", "digest"),
    "recording.labelled/1": ("source",),
    "recording.indexed/1": ("gops", "gop_root", "gop_reason", "pts_table", "sandbox", "tools"),
    "derivative.made/1": ("purpose", "method", "left_out", "media_type", "size", "digests", "duration_us", "decoded",
                          "shift_us", "sandbox", "tools"),
    "derivative.unavailable/1": ("purpose", "reason", "sandbox"),
    "picture.described/1": (),
    "link.made/1": ("paragraph", "page", "recording", "from_us", "to_us", "link", "derivative"),
    "link.withdrawn/1": ("link", "remark"),
    "playback.opened/1": ("what",),
    "particulars.erased/1": ("authority", "leaves", "complete_at"),
    "lock.probed/1": ("store", "identity", "held"),
    "key.rotated/1": ("old_key", "new_key"),
    "key.revoked/1": ("key", "reason"),
    "recorder.registered/1": (),
    "recorder.issued/1": ("passed", "failed", "clock_offset_ms"),
    "recorder.returned/1": ("condition",),
    "recorder.reported/1": ("what",),
    "shift.handed_over/1": ("recorders",),
    "upload.observed/1": ("provenance", "reset_suspected", "measured_at", "offset_ms", "error_ms", "previous"),
    "recording.unreadable/1": ("reason", "size", "session", "sequence", "previous", "manifest"),
    "gap.explained/1": ("finding",),
    "gap.confirmed/1": ("entry",),
    "station.code_issued/1": ("kind", "expires_at"),
    "station.enrolled/2": ("how", "code", "kind", "station_key"),
    "station.key_changed/1": ("old_key", "new_key", "old_signature", "new_signature"),
    "station.revoked/1": ("reason", "since"),
    "upload.finished/2": ("carried", "size", "segments", "segments_root", "store", "version_id", "lock_until"),
    "import.account_added/1": ("profile", "station_key"),
    "recording.wiped/1": ("wiped_at", "contradictions", "digest", "upload", "recording", "receipt", "statement",
                          "station_key"),
    "absence.declared/1": ("reason", "began"),
    "absence.ended/1": ("returned",),
    "lateness.explained/1": ("clause", "reason"),
    "lateness.confirmed/1": (),
    "recorder.key_registered/1": ("recorder_key",),
    "recorder.key_revoked/1": ("reason", "recorder_key"),
    "upload.recorder_signed/1": ("recorder", "recorder_key", "signature"),
    "person.numbered/1": (),
    "recording.set_aside_proposed/1": ("reason", "proposal"),
    "recording.set_aside/1": ("proposal",),
    "recording.set_aside_declined/1": ("proposal", "remark"),
    "recording.brought_back/1": ("proposal", "remark"),
    "unit.registered/1": ("parent",),
    "unit.changed/1": ("parent",),
    "unit.closed/1": (),
    "person.unit_set/1": ("unit", "heads"),
    "register.entry/1": ("register_name", "source", "account", "fields"),
    "person.renamed/1": (),
    "certificate.stated/1": ("holder", "valid_from", "valid_until"),
    "party.stated/1": (),
    "party.key_made/1": (),
    "person.suspended/1": ("how", "leaving"),
    "person.open_handed_over/1": ("what", "thing", "successor", "leaving", "remark"),
    "person.leaving_closed/1": ("outcome", "leaving"),
    "room.registered/1": ("purpose", "station", "clock", "channels"),
    "room.named/1": ("remark",),
    "room.changed/1": ("station", "clock", "channels"),
    "room.closed/1": (),
    "room.session_opened/1": ("room", "station", "matter", "channels"),
    "room.rights_notified/1": ("notified_at",),
    "room.session_ended/1": ("started", "ended"),
    "room.interrupted/1": ("channel", "reason", "stopped_at", "resumed_at", "entry"),
    "room.session_labelled/1": ("matter", "label"),
    "room.playback_opened/1": ("session",),
    "transcript.added/1": ("form", "language", "cues", "size", "zero", "starts", "ends", "of", "replaces", "encoding"),
    "transcript.withdrawn/1": ("remark",),
    "recording.matter_shown/1": ("at_us", "sandbox", "tools"),
    "matter.opened/1": ("kind", "year", "number", "split_from"),
    "matter.retitled/1": (),
    "matter.case_number_given/1": (),
    "matter.filed/1": ("decided_on",),
    "act.ended/1": ("basis", "ended_on"),
    "act.end_withdrawn/1": ("remark",),
    "matter.merged/1": ("into", "remark"),
    "matter.member_added/1": ("relation", "person", "membership"),
    "matter.member_removed/1": ("membership",),
    "recording.assigned/1": ("matter", "from_us", "to_us", "assignment", "corrects"),
    "recording.assignment_withdrawn/1": ("assignment", "remark"),
    "adoption.began/1": ("files", "size", "account", "holder_key", "listed", "sheet"),
    "adoption.ended/1": ("taken", "already_held", "skipped"),
    "matter.step_taken/1": ("item", "began", "ended", "step"),
    "matter.step_withdrawn/1": ("step", "remark"),
    "matter.stated/1": ("what", "began", "ended", "step", "statement"),
    "matter.statement_confirmed/1": ("statement",),
    "matter.statement_declined/1": ("statement", "remark"),
    "matter.unit_joined/1": ("part", "unit", "participation"),
    "matter.unit_left/1": ("participation",),
    "recording.owned/1": ("unit",),
    "consent.asked/1": ("unit", "consent", "recordings"),
    "consent.answered/1": ("given", "consent", "remark"),
    "matter.party_involved/1": ("party", "involvement"),
    "matter.party_withdrawn/1": ("involvement", "remark"),
}
"""Fields of each kind's body, in the order shown. The whole entry stands in the log."""
FOLDED = frozenset({
    "assignment", "claimed", "consent", "container", "corrects", "decoded", "derivative", "digest", "digests",
    "encoding", "found", "gop_root", "involvement", "label", "leaving", "link", "manifest", "media_type",
    "membership", "new_signature", "object_key", "old_signature", "own_recording", "participation", "previous",
    "probe", "proposal", "pts_table", "receipt", "recording", "remark", "sandbox", "segments",
    "segments_differing", "segments_root", "shift_us", "signature", "statement", "station_key", "step", "store",
    "tools", "upload", "version_id",
})
"""Fields for whoever checks by hand; folded away so that who did what, and when, can be read."""
PARTICULARS = ("case_no", "matter", "party", "handling_officer", "wearer", "wearer_no", "place", "file_name", "title",
               "login", "display_name", "officer", "officer_no", "remark", "explanation",
               "number", "name", "holder", "text", "recipient", "purpose", "taken", "taken_offset", "camera_make",
               "camera_model", "position", "paragraph_digest")
"""Particulars shown, in this order. The manifest's own text is one as well; it is in the receipt, not here."""
SAID_AGAIN = frozenset({"recording.accessioned/1"})
"""Kinds whose particulars repeat what the upload and the label said; folded away as well."""


def history_lines(entries: Sequence[HistoryEntry]) -> tuple[HistoryLine, ...]:
    """The events as a person reads them; ``actor`` None is the service itself."""
    made = ((entry.event.subject, entry.event.body) for entry in entries)
    purposes = {subject: body.purpose for subject, body in made if isinstance(body, DerivativeMade)}
    return tuple(_line(entry, purposes.get(entry.event.subject, "original")) for entry in entries)


def _line(entry: HistoryEntry, purpose: str) -> HistoryLine:
    actor = None if entry.actor == SYSTEM.id else entry.actor_name or entry.actor
    kind, said, fields = entry.event.body.KIND, tuple(_said(entry)), tuple(_fields(entry))
    if isinstance(entry.event.body, ObjectPlaced):  # which does not say of what the bytes are
        said = (*said, ("purpose", purpose))
    plain = tuple(d for d in fields if d[0] not in FOLDED)
    folded = tuple(d for d in fields if d[0] in FOLDED)
    if kind in SAID_AGAIN and entry.fault is None:
        return HistoryLine(entry.index, kind, entry.at, actor, plain, (*said, *folded))
    return HistoryLine(entry.index, kind, entry.at, actor, (*said, *plain), folded)


def _said(entry: HistoryEntry) -> Iterator[Detail]:
    known = dict(entry.particulars)
    if entry.fault is not None:
        yield "particulars", entry.fault
    if entry.erased_by is not None:
        yield "erased_by", entry.erased_by
    yield from ((name, str(known[name])) for name in PARTICULARS if name in known)
    recorder = " ".join(str(known[name]) for name in ("recorder_vendor", "recorder_serial") if known.get(name))
    if recorder:
        yield "recorder", recorder


def _fields(entry: HistoryEntry) -> Iterator[Detail]:
    held = vars(entry.event.body)
    for name in SHOWN.get(entry.event.body.KIND, ()):
        yield from ((name, value) for value in _plain(held.get(name)))


def _plain(value: Any) -> Iterator[str | int | datetime]:
    """A field's values as text, number or time; nothing for an absent one."""
    if isinstance(value, tuple):
        for item in value:
            yield from _plain(item)
    elif isinstance(value, Interval):
        yield from dict.fromkeys((value.earliest, value.latest))
    elif isinstance(value, ToolUsed):
        yield value.version if value.version.startswith(value.name) else f"{value.name} {value.version}"
    elif isinstance(value, Digest):
        yield str(value)
    elif isinstance(value, str | int | datetime):
        yield value
