"""What the archive holds of one recorder, read for the completeness check; explanations of what it finds."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from archive import custody, particulars
from archive.actors import Actor
from archive.adoption_events import ADOPTED
from archive.db import Tx
from archive.entries import CustodyEvent
from archive.errors import Conflict, NotFound, Refused
from archive.event_values import Interval
from archive.identifiers import LedgerId, new_id
from archive.publication import Act, require
from archive.recorder_clock import Bounds, ClockMeasured, recorded_times
from archive.recorder_events import GapConfirmed, GapExplained
from archive.recorder_ledger import ENTRY, plain_text, resolve
from archive.recorder_tables import GapExplanation, UnreadableFile, UploadObservation
from archive.site import Site
from archive.tables import Label, Person, Recording, Upload, table
from archive.units import heads_person
from ingest.completeness import Finding, Known, Piece, Says, findings

UPLOAD, RECORDING, LABEL, PERSON = table(Upload), table(Recording), table(Label), table(Person)
SEEN, UNREADABLE, EXPLAINED = table(UploadObservation), table(UnreadableFile), table(GapExplanation)
LONGEST = 2000
"""Deposits of one recorder looked at, the newest: what is older was explained or is beyond explaining."""
_SAYS: dict[str | None, Says] = {"recorder_signed": "recorder_signed", "named_only": "file_names_only",
                                 ADOPTED: "file_names_only"}


@dataclass(frozen=True)
class Explanation:
    """Why something is missing, by whom, and who confirmed it; ``text`` is None when it was erased."""

    entry: str
    finding: str
    text: str | None
    by: str
    at: datetime
    confirmed_by: str | None
    confirmed_at: datetime | None


@dataclass(frozen=True)
class Unreadable:
    """A file a station signed that it cannot deposit."""

    file_name: str | None
    reason: str
    size: int
    sequence: int | None
    at: datetime


@dataclass(frozen=True)
class Completeness:
    """What a recorder's page says of what is missing. ``explained``: all explanations, the oldest first."""

    findings: tuple[Finding, ...]
    explained: tuple[Explanation, ...]
    unreadable: tuple[Unreadable, ...]


def completeness(site: Site, recorder: str) -> Completeness:
    """Findings of one recorder by its id, its explanations and its unreadable files."""

    def read(c: Connection) -> Completeness:
        ledger: Any = c.execute(select(ENTRY).where(ENTRY.c.recorder == recorder).order_by(ENTRY.c.leaf)).all()
        files: Any = c.execute(select(UNREADABLE).where(UNREADABLE.c.recorder == recorder)
                               .order_by(UNREADABLE.c.leaf)).all()
        known = Known(_unreadable_numbers(files), _shifts(ledger),
                      [row.at for row in ledger if "memory" in (row.failed or "").split()],
                      frozenset(f.manifest_digest for f in files))
        return Completeness(findings(_pieces(c, recorder, ledger), known), _explanations(c, recorder),
                            tuple(Unreadable(f.file_name, f.reason, f.size, f.sequence, f.stated_at) for f in files))

    return site.db.read(read)


def explain(site: Site, actor: Actor, untrusted_recorder: str, untrusted_finding: str, text: str) -> LedgerId:
    """Say why something is missing. ``NotFound gap.unknown`` when nothing of this name is found now, ``Refused
    recorder.text``."""
    require(site, Act.ORDINARY)
    recorder, entry = resolve(site, untrusted_recorder), LedgerId(new_id("led"))
    if untrusted_finding not in {found.key for found in completeness(site, recorder).findings}:
        raise NotFound("gap.unknown", "nothing of this name is missing here now; load the page again")
    said = particulars.salted({"explanation": plain_text(text, "the explanation", 500)})
    sealed = particulars.seal(site.ports.vault, site.log_id, entry, said)
    event = CustodyEvent.committed(actor.id, recorder, GapExplained(entry, untrusted_finding), sealed.commitment)
    site.db.write(lambda tx: custody.append(tx, site.ports.clock, event, sealed))
    return entry


def confirm(site: Site, actor: Actor, untrusted_entry: str) -> None:
    """The head of the unit accepts an explanation of somebody else. ``NotFound gap.no_explanation``, ``Refused
    gap.not_head | gap.same_person``, ``Conflict gap.confirmed``."""
    require(site, Act.ORDINARY)

    def record(tx: Tx) -> None:
        row: Any = tx.execute(select(EXPLAINED).where(EXPLAINED.c.id == untrusted_entry)).first()
        if row is None:
            raise NotFound("gap.no_explanation", "there is no such explanation")
        if not heads_person(tx, actor, row.explained_by):
            raise Refused("gap.not_head", "only the head of the unit of who explained it confirms an explanation")
        if row.explained_by == actor.id:
            raise Refused("gap.same_person", "who explained something cannot confirm it as well")
        if row.confirmed_by is not None:
            raise Conflict("gap.confirmed", "this explanation is confirmed already")
        custody.append(tx, site.ports.clock, CustodyEvent.plain(actor.id, row.recorder, GapConfirmed(row.id)))

    site.db.write(record)


def _pieces(c: Connection, recorder: str, ledger: Sequence[Any]) -> list[Piece]:
    other = LABEL.alias()
    newest = select(func.max(other.c.leaf)).where(other.c.recording == UPLOAD.c.recording).scalar_subquery()
    rows = c.execute(
        select(UPLOAD, SEEN.c.previous, SEEN.c.measured_at, SEEN.c.offset_ms, SEEN.c.error_ms, SEEN.c.reset_suspected,
               RECORDING.c.trust, LABEL.c.file_name)
        .join_from(UPLOAD, SEEN, SEEN.c.id == UPLOAD.c.id, isouter=True)
        .join(RECORDING, RECORDING.c.id == UPLOAD.c.recording, isouter=True)
        .join(LABEL, (LABEL.c.recording == UPLOAD.c.recording) & (LABEL.c.leaf == newest), isouter=True)
        .where(UPLOAD.c.recorder == recorder).order_by(UPLOAD.c.opened_leaf.desc()).limit(LONGEST)).all()
    issues = [(row.leaf, row.at) for row in ledger if row.what == "issued"]
    return [_piece(row, issues) for row in rows]


def _piece(row: Any, issues: Sequence[tuple[int, datetime]]) -> Piece:
    issued = max((at for leaf, at in issues if leaf < row.opened_leaf), default=None)
    times = recorded_times(
        Interval(row.started_earliest, row.started_latest), Interval(row.ended_earliest, row.ended_latest),
        ClockMeasured.of(row), Bounds(issued, row.opened_at))
    return Piece(
        row.id, row.manifest_digest, row.digest, times.started, times.ended, row.opened_at,
        _SAYS.get(row.trust, "dock_observed"), row.sequence, row.session, row.previous, row.file_name,
        kept=row.state != "aborted")


def _unreadable_numbers(files: Sequence[Any]) -> dict[str | None, frozenset[int]]:
    numbers: dict[str | None, set[int]] = defaultdict(set)
    for file in files:
        if file.sequence is not None:
            numbers[file.session].add(file.sequence)
    return {session: frozenset(stated) for session, stated in numbers.items()}


def _shifts(ledger: Sequence[Any]) -> list[tuple[datetime, datetime]]:
    """Times from an issue to the return after it, hand-overs within."""
    shifts, issued = list[tuple[datetime, datetime]](), None
    for row in ledger:
        if row.what == "issued":
            issued = row.at
        elif row.what == "returned" and issued is not None:
            shifts.append((issued, row.at))
            issued = None
    return shifts


def _explanations(c: Connection, recorder: str) -> tuple[Explanation, ...]:
    rows = c.execute(select(EXPLAINED).where(EXPLAINED.c.recorder == recorder).order_by(EXPLAINED.c.leaf)).all()
    wanted = {name for row in rows for name in (row.explained_by, row.confirmed_by) if name}
    names: dict[str, str] = defaultdict(str, {p.id: p.display_name or p.id for p in c.execute(
        select(PERSON.c.id, PERSON.c.display_name).where(PERSON.c.id.in_(wanted)))})
    return tuple(Explanation(
        row.id, row.finding, row.explanation, names[row.explained_by] or row.explained_by, row.explained_at,
        names[row.confirmed_by] or row.confirmed_by if row.confirmed_by else None, row.confirmed_at) for row in rows)
