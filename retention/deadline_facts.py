"""What the tables know that decides on a deadline: labels, the device ledger, what the dock saw, who was away.

The ledger's wearer comes before a label's: a label repeats what the recorder was set to, perhaps for somebody else.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, func, select
from sqlalchemy.sql.selectable import FromClause

from archive.absences import AbsenceRow
from archive.adoption_events import ADOPTION
from archive.columns import table
from archive.custody import CUSTODY
from archive.deadline_tables import LatenessExplanation
from archive.event_values import Interval
from archive.events import UploadFinished
from archive.import_tables import ImportAccount
from archive.labelling import CARRIED
from archive.recorder_clock import ClockMeasured
from archive.recorder_ledger import ENTRY, line_of
from archive.recorder_states import Holder, Line, wearer_at
from archive.recorder_tables import UploadObservation
from archive.recordings import LABEL, UPLOAD
from archive.room_segments import session_labels
from archive.station_events import UploadFinished2
from retention.clauses import RulePack
from retention.deadlines import NOBODY_AWAY, Away, Facts, made

EXPLANATION, SEEN, IMPORT = table(LatenessExplanation), table(UploadObservation), table(ImportAccount)
_FINISHED = (UploadFinished.KIND, UploadFinished2.KIND)
NamedBy = Literal["ledger", "label", "handling_officer", "nobody"]


@dataclass(frozen=True)
class Explanation:
    """Why a deadline was missed, by whom (ids); confirmed by a second person or not yet. ``text`` None: erased."""

    id: str
    reason: str
    text: str | None
    explained_by: str
    confirmed_by: str | None


@dataclass(frozen=True)
class Ledger:
    """One recorder's ledger in the order of the log, and so of time: its lines, and when it was issued with memory."""

    lines: list[Line] = field(default_factory=list)
    issued: list[datetime] = field(default_factory=list)

    def issue_before(self, at: datetime) -> datetime | None:
        """The last issue at or before ``at``; one with too little free memory is none: the recorder was not empty."""
        count = bisect_right(self.issued, at)
        return self.issued[count - 1] if count else None

    def makers(self, during: Interval) -> list[Holder]:
        """Who is entered as wearer within that time and still known by number or name (``wearer_at``)."""
        last = bisect_right(self.lines, during.latest, key=_entered)
        first = bisect_right(self.lines, during.earliest, key=_entered) - 1
        while first > 0 and self.lines[first].what == "lost":  # a loss ends nothing
            first -= 1
        found = wearer_at(self.lines[max(first, 0):last], during.earliest, during.latest)
        return [one for one in found.holders if named(one)]


def _entered(line: Line) -> datetime:
    return line.at


@dataclass(frozen=True)
class Known:
    """What does not belong to one upload alone: declared absences, and recorders' ledgers as they are asked for."""

    absences: Sequence[AbsenceRow]
    ledgers: dict[str, Ledger] = field(default_factory=dict)

    def ask(self, c: Connection, recorders: Iterable[str]) -> None:
        """Read the ledgers of these recorders, each once."""
        missing = set(recorders) - self.ledgers.keys()
        if not missing:
            return
        self.ledgers.update({recorder: Ledger() for recorder in missing})
        wanted = (ENTRY.c.recorder, ENTRY.c.what, ENTRY.c.at, ENTRY.c.wearer_no, ENTRY.c.wearer, ENTRY.c.condition,
                  ENTRY.c.failed)
        for row in c.execute(select(*wanted).where(ENTRY.c.recorder.in_(missing)).order_by(ENTRY.c.leaf)):
            held = self.ledgers[row.recorder]
            held.lines.append(line_of(row))
            if row.what == "issued" and "memory" not in (row.failed or "").split():
                held.issued.append(row.at)


def seen_columns() -> tuple[Any, ...]:
    """What ``facts`` reads of an upload; the query joins with ``joined``."""
    return (UPLOAD.c.recorder, UPLOAD.c.started_earliest, UPLOAD.c.started_latest, UPLOAD.c.ended_earliest,
            UPLOAD.c.ended_latest, UPLOAD.c.opened_at, UPLOAD.c.opened_leaf, SEEN.c.measured_at, SEEN.c.offset_ms,
            SEEN.c.error_ms, SEEN.c.reset_suspected, IMPORT.c.id.label("imported"),
            IMPORT.c.profile.label("import_profile"), _finished_at())


def joined(source: FromClause) -> FromClause:
    """Uploads with what the dock saw, and whether an import account delivered them."""
    return (source.outerjoin(SEEN, SEEN.c.id == UPLOAD.c.id)
            .outerjoin(IMPORT, IMPORT.c.id == UPLOAD.c.station))


def _finished_at() -> Any:
    """The moment the last byte was under lock: ``upload.finished``, which accession follows."""
    finished = CUSTODY.alias("finished")
    return (select(func.min(finished.c.at)).where(finished.c.subject == UPLOAD.c.id, finished.c.kind.in_(_FINISHED))
            .scalar_subquery().label("finished_at"))


def facts(pack: RulePack, row: Any, held: datetime | None, labels: Sequence[Any], known: Known,
          now: datetime) -> tuple[Facts, NamedBy]:
    """What is known of an upload's recording, and who says who made it. ``row`` has ``seen_columns``.

    It was docked when the dock measured its clock, else when it was announced. What an import account announces was
    docked nobody knows when, so no issue bounds it.
    """
    measured = ClockMeasured.of(row)
    docked = row.opened_at if measured is None else measured.measured_at
    believed = pack.clock_floor <= docked <= row.opened_at and not (measured is None and row.imported)
    ledger = known.ledgers[row.recorder]
    bare = Facts(
        Interval(row.ended_earliest, row.ended_latest), held, _firsts(labels),
        Interval(row.started_earliest, row.started_latest), measured,
        ledger.issue_before(docked) if believed else None, docked if believed else row.opened_at,
        adopted=row.import_profile == ADOPTION)
    times, _ = made(bare, pack.clock_floor, now)
    holders, named_by = makers(ledger, Interval(times.started.earliest, times.ended.latest), labels)
    return replace(bare, absences=absences_of(holders, known.absences)), named_by


def absences_of(holders: Sequence[Holder], absences: Sequence[AbsenceRow]) -> Sequence[Sequence[Away]]:
    """Of each person who may have made a recording; of nobody in particular where none is known."""
    return tuple(tuple(Away(one.began, one.returned) for one in absences if _is_of(one, holder))
                 for holder in holders) or NOBODY_AWAY


def named(holder: Holder) -> bool:
    """Whether anything of this person is known: particulars may have been erased."""
    return bool(holder.number or holder.name)


def makers(ledger: Ledger, during: Interval, labels: Sequence[Any]) -> tuple[Sequence[Holder], NamedBy]:
    """Who is entered in the ledger for that time; else who the latest label names, as wearer or handling officer."""
    if entered := ledger.makers(during):
        return entered, "ledger"
    wearer = Holder(latest(labels, "wearer_no"), latest(labels, "wearer"))
    if named(wearer):
        return [wearer], "label"
    officer = latest(labels, "handling_officer")
    return ([Holder(None, officer)], "handling_officer") if officer else ([], "nobody")


def _is_of(absence: AbsenceRow, holder: Holder) -> bool:
    """By number where both sides have one, else by name as it is written.

    Limit: two officers of one name and no number are taken for one.
    """
    if absence.officer_no and holder.number:
        return absence.officer_no == holder.number
    return bool(absence.officer) and absence.officer == holder.name


def latest(labels: Sequence[Any], name: str) -> str | None:
    """What the latest label that says anything under this name says."""
    return next((value for label in reversed(labels) if (value := getattr(label, name))), None)


def _firsts(labels: Sequence[Any]) -> dict[str, datetime]:
    firsts: dict[str, datetime] = {}
    for label in labels:
        for name in CARRIED:
            if getattr(label, name):
                firsts.setdefault(name, label.labelled_at)
    return firsts


def labels_of(c: Connection, recordings: Sequence[str]) -> dict[str, list[Any]]:
    """Labels by recording, those of the room session it is a segment of among them, the earliest first."""
    found: dict[str, list[Any]] = defaultdict(list)
    for row in c.execute(select(LABEL).where(LABEL.c.recording.in_(recordings)).order_by(LABEL.c.leaf)):
        found[row.recording].append(row)
    for recording, said in session_labels(c, recordings).items():
        found[recording] = sorted([*said, *found[recording]], key=lambda label: int(label.leaf))
    return found


def explanations_of(c: Connection, recordings: Sequence[str]) -> dict[tuple[str, str], Explanation]:
    """The latest explanation by recording and clause."""
    rows = c.execute(select(EXPLANATION).where(EXPLANATION.c.recording.in_(recordings)).order_by(EXPLANATION.c.leaf))
    return {(r.recording, r.clause): Explanation(r.id, r.reason, r.explanation, r.explained_by, r.confirmed_by)
            for r in rows}
