"""From the device ledger to what its pages show."""

from collections.abc import Iterator

from api.web.ledger_views import (
    Detail,
    EntryLine,
    ExplanationLine,
    FindingLine,
    KeyLine,
    LabelsView,
    RecorderLine,
    RecordersView,
    RecorderView,
    SheetView,
    UnreadableLine,
)
from api.web.views import Frame
from archive import recorder_views
from archive.actors import Actor
from archive.recorder_states import Holder
from archive.recorder_views import EntryRow, RecorderRow
from archive.site import Site
from ingest.completeness import Finding
from ingest.recorder_completeness import completeness
from ingest.recorder_keys import held_key


def recorders_view(site: Site, actor: Actor, frame: Frame) -> RecordersView:
    """The list."""
    return RecordersView(frame, tuple(recorder_line(row) for row in recorder_views.recorders(site, actor)))


def labels_view(site: Site, actor: Actor, frame: Frame) -> LabelsView:
    """Labels of the registered ones."""
    lines = (recorder_line(row) for row in recorder_views.recorders(site, actor))
    return LabelsView(frame, tuple(line for line in lines if line.code is not None))


def recorder_view(site: Site, actor: Actor, untrusted_recorder: str, frame: Frame) -> RecorderView:
    """One recorder; ``NotFound recorder.unknown``."""
    row, entries = recorder_views.recorder(site, actor, untrusted_recorder)
    known, key = completeness(site, row.id), held_key(site, row.id)
    explained = {one.finding for one in known.explained}
    return RecorderView(
        frame, recorder_line(row), tuple(_entry(entry) for entry in entries),
        tuple(_finding(one, one.key in explained) for one in known.findings),
        tuple(ExplanationLine(one.entry, one.finding, one.text, one.by, one.at, one.confirmed_by, one.confirmed_at)
              for one in known.explained),
        tuple(UnreadableLine(file.file_name, file.reason, file.size, file.sequence, file.at)
              for file in known.unreadable), actor.is_head,
        None if key is None else KeyLine(key.text, key.registered_at, key.revoked_at))


def sheet_view(site: Site, actor: Actor, untrusted_sheet: str, frame: Frame) -> SheetView:
    """A hand-over sheet; ``NotFound recorder.no_sheet``."""
    sheet = recorder_views.sheet(site, actor, untrusted_sheet)
    entry = sheet.entry
    return SheetView(frame, entry.entry, entry.at, entry.by, entry.leaf,
                     holder_name(Holder(entry.giver_no, entry.giver)),
                     holder_name(Holder(entry.wearer_no, entry.wearer)), tuple(map(recorder_line, sheet.recorders)))


def recorder_line(row: RecorderRow) -> RecorderLine:
    """One recorder in a list; its id where its names were erased."""
    name = " ".join(part for part in (row.vendor, row.serial) if part) or row.id
    holder = None if row.now.holder is None else holder_name(row.now.holder)
    return RecorderLine(row.id, name, row.kind or "", row.code, row.now.state, row.now.since, holder, row.last_seen)


def holder_name(holder: Holder) -> str:
    """Name and number; a dash where both were erased."""
    return " ".join(part for part in (holder.name, holder.number) if part) or "–"


def _entry(row: EntryRow) -> EntryLine:
    sheet = row.entry if row.what == "handed_over" else None
    return EntryLine(row.what, row.at, row.by, row.leaf, tuple(_details(row)), sheet)


def _details(row: EntryRow) -> Iterator[Detail]:
    if row.giver_no or row.giver:
        yield "giver", holder_name(Holder(row.giver_no, row.giver))
    if row.wearer_no or row.wearer:
        yield "wearer", holder_name(Holder(row.wearer_no, row.wearer))
    yield from (("passed", item) for item in row.passed)
    yield from (("failed", item) for item in row.failed)
    if row.clock_offset_ms is not None:
        yield "clock_offset_ms", str(row.clock_offset_ms)
    if row.condition is not None:
        yield "condition", row.condition
    if row.remark is not None:
        yield "remark", row.remark


def _finding(found: Finding, explained: bool) -> FindingLine:
    numbers = "" if found.first is None else str(found.first)
    if found.last is not None and found.last != found.first:
        numbers = f"{numbers}–{found.last}"
    return FindingLine(found.key, f"{found.kind}/{found.basis}", found.says, numbers, found.between, explained)
