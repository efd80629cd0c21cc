"""The deadlines of recordings as the tables know them: one recording's, or those of many that need somebody's hand."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection, func, select

from archive.absences import AbsenceRow, declared
from archive.actors import Actor
from archive.columns import table
from archive.custody import CUSTODY
from archive.deadline_tables import LatenessExplanation
from archive.event_values import Interval
from archive.events import UploadFinished
from archive.labelling import CARRIED
from archive.recordings import LABEL, RECORDING, require_visible, visible_to
from archive.site import Site
from retention.clauses import RulePack
from retention.deadlines import Away, Deadline, Facts, deadlines

EXPLANATION, FINISHED = table(LatenessExplanation), CUSTODY.alias("finished")
CHUNK = 500
ATTENTION = ("late", "cannot_know", "pending", "exempt")


@dataclass(frozen=True)
class Explanation:
    """Why a deadline was missed, by whom (ids); confirmed by a second person or not yet. ``text`` None: erased."""

    id: str
    reason: str
    text: str | None
    explained_by: str
    confirmed_by: str | None


@dataclass(frozen=True)
class RecordingDeadline:
    """One deadline of one recording. ``ended`` as stated; ``explanation``: the latest for this clause."""

    recording: str
    case_no: str | None
    ended: Interval
    deadline: Deadline
    explanation: Explanation | None

    @property
    def settled(self) -> bool:
        """Explained, and the explanation confirmed by a second person."""
        return self.explanation is not None and self.explanation.confirmed_by is not None

    @property
    def unexplained(self) -> bool:
        """Late and not settled."""
        return self.deadline.state == "late" and not self.settled


def deadlines_of(site: Site, actor: Actor, pack: RulePack, untrusted_recording: str) -> list[RecordingDeadline]:
    """A recording's deadlines now; ``NotFound recording.unknown`` when absent or hidden."""
    recording, absences, now = require_visible(site, actor, untrusted_recording), declared(site), site.ports.clock.now()

    def read(c: Connection) -> list[RecordingDeadline]:
        return _judged(c, pack, _rows(c, actor, RECORDING.c.id == recording), absences, now)

    return site.db.read(read)


def needing_attention(site: Site, actor: Actor, pack: RulePack,
                      since: datetime | None = None) -> Iterator[RecordingDeadline]:
    """Every deadline that is not on time, of recordings this actor may know of, the newest first.

    ``since``: those accessioned from then on (UTC); None: all there are.
    Limit: what was never deposited is not known here, nor an upload that is not accessioned.
    """
    absences, now = declared(site), site.ports.clock.now()
    below = site.db.read(lambda c: c.execute(select(func.coalesce(func.max(RECORDING.c.leaf), -1))).scalar_one()) + 1
    while rows := site.db.read(partial(_rows, actor=actor, condition=_older(below, since))):
        below = rows[-1].leaf
        found = site.db.read(partial(_judged, pack=pack, rows=rows, absences=absences, now=now))
        yield from (one for one in found if one.deadline.state in ATTENTION)


def _older(top: int, since: datetime | None) -> Any:
    older = RECORDING.c.leaf < top
    return older if since is None else older & (RECORDING.c.accessioned_at >= since)


def _rows(c: Connection, actor: Actor, condition: Any) -> Sequence[Any]:
    """Recordings with the moment their last byte was under lock: ``upload.finished``, which accession follows."""
    finished = (FINISHED.c.subject == RECORDING.c.upload) & (FINISHED.c.kind == UploadFinished.KIND)
    return c.execute(
        select(RECORDING.c.id, RECORDING.c.leaf, RECORDING.c.ended_earliest, RECORDING.c.ended_latest,
               RECORDING.c.accessioned_at, FINISHED.c.at.label("finished_at"))
        .join_from(RECORDING, FINISHED, finished, isouter=True)
        .where(RECORDING.c.id.in_(visible_to(actor)), condition).order_by(RECORDING.c.leaf.desc()).limit(CHUNK)).all()


def _judged(c: Connection, pack: RulePack, rows: Sequence[Any], absences: Sequence[AbsenceRow],
            now: datetime) -> list[RecordingDeadline]:
    ids = [row.id for row in rows]
    labels, explanations = _labels(c, ids), _explanations(c, ids)
    return [RecordingDeadline(row.id, _latest(labels[row.id], "case_no"), facts.ended, found,
                              explanations.get((row.id, found.clause_id)))
            for row in rows for facts in [_facts(row, labels[row.id], absences)]
            for found in deadlines(pack, facts, now)]


def _facts(row: Any, labels: Sequence[Any], absences: Sequence[AbsenceRow]) -> Facts:
    firsts: dict[str, datetime] = {}
    for label in labels:
        for name in CARRIED:
            if getattr(label, name):
                firsts.setdefault(name, label.labelled_at)
    away = tuple(Away(one.began, one.returned) for one in absences if _is_of(one, labels))
    return Facts(Interval(row.ended_earliest, row.ended_latest), row.finished_at or row.accessioned_at, firsts,
                 absences=away)


def _is_of(absence: AbsenceRow, labels: Sequence[Any]) -> bool:
    """Whether the absent officer made this recording: by number where both know it, else by name as it is written.

    Without a wearer the handling officer counts. Limit: two officers of one name and no number are taken for one.
    """
    number, wearer = _latest(labels, "wearer_no"), _latest(labels, "wearer")
    if absence.officer_no and number:
        return absence.officer_no == number
    name = wearer or (None if number else _latest(labels, "handling_officer"))
    return bool(absence.officer) and absence.officer == name


def _latest(labels: Sequence[Any], name: str) -> str | None:
    return next((value for label in reversed(labels) if (value := getattr(label, name))), None)


def _labels(c: Connection, ids: Sequence[str]) -> dict[str, list[Any]]:
    """Labels by recording, the earliest first."""
    found: dict[str, list[Any]] = defaultdict(list)
    for row in c.execute(select(LABEL).where(LABEL.c.recording.in_(ids)).order_by(LABEL.c.leaf)):
        found[row.recording].append(row)
    return found


def _explanations(c: Connection, ids: Sequence[str]) -> dict[tuple[str, str], Explanation]:
    rows = c.execute(select(EXPLANATION).where(EXPLANATION.c.recording.in_(ids)).order_by(EXPLANATION.c.leaf))
    return {(r.recording, r.clause): Explanation(r.id, r.reason, r.explanation, r.explained_by, r.confirmed_by)
            for r in rows}
