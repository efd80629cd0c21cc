"""What a station announced, or stated to be unreadable, and the archive does not have: its deposit is owed.

Limit: what nobody ever announced is not known here either.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any, Literal

from sqlalchemy import Connection, and_, exists, select

from archive.absences import declared
from archive.actors import Actor
from archive.columns import table
from archive.errors import Contradiction
from archive.event_values import Interval
from archive.identifiers import RecordingId, parse_id
from archive.opened import particulars_of
from archive.recorder_tables import UnreadableFile
from archive.recordings import RECORDING, UPLOAD, of_station_or_all, require_visible
from archive.site import Site
from archive.tables import Label
from retention.clauses import RulePack
from retention.deadline_facts import (
    Explanation,
    Known,
    NamedBy,
    absences_of,
    explanations_of,
    facts,
    joined,
    makers,
    seen_columns,
)
from retention.deadlines import Deadline, Facts, deadlines

FILE, LATER = table(UnreadableFile), UPLOAD.alias("later")
How = Literal["open", "finished", "quarantined", "aborted", "expired", "unreadable"]
WAITING = ("open", "finished", "quarantined", "aborted", "expired")
DELIVERED = ("accessioned", "repeated")
CHUNK = 500
ORDER = ("late", "cannot_know", "pending", "exempt")
_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Announced:
    """A deposit that is owed. ``entry``: the upload, or the statement (then ``recording`` is None, and ``reason`` why
    it cannot be read). ``how`` it stands: the upload's state, or unreadable. ``ended`` as stated or bounded."""

    entry: str
    recording: str | None
    recorder: str
    how: How
    reason: str | None
    announced_at: datetime
    ended: Interval
    deadline: Deadline
    named_by: NamedBy
    explanation: Explanation | None = None

    @property
    def settled(self) -> bool:
        """Explained, and the explanation confirmed by a second person."""
        return self.explanation is not None and self.explanation.confirmed_by is not None

    @property
    def unexplained(self) -> bool:
        """Late and not settled. What a station signed to be unreadable has its reason in that statement."""
        return self.deadline.state == "late" and self.recording is not None and not self.settled


def announced(site: Site, actor: Actor, pack: RulePack, since: datetime | None = None) -> list[Announced]:
    """Every deposit owed of what was announced, that this actor may know of; overdue first, the soonest due first.

    Of one recorder's same bytes the last announcement counts, and none once they are here. ``since``: those announced
    from then on (UTC).
    """
    found = [*_pages(site, pack, since, partial(_uploads, actor=actor), _of_upload),
             *_pages(site, pack, since, partial(_files, actor=actor), _of_file)]
    return sorted((one for one in found if one.deadline.state in ORDER), key=_overdue_first)


def announced_deadlines(site: Site, actor: Actor, pack: RulePack, untrusted_recording: str) -> list[Announced]:
    """The deposits owed of one recording that was announced; none when it is here, absent or hidden."""
    recording = parse_id("rec", untrusted_recording)
    rows = site.db.read(partial(_uploads, actor=actor, below=None, condition=UPLOAD.c.recording == recording))
    return _judged(site, pack, rows, Known(declared(site)), _of_upload)


def require_known(site: Site, actor: Actor, untrusted_recording: str) -> RecordingId:
    """The id of a recording this actor may know of, here or only announced; ``NotFound recording.unknown``."""
    recording = parse_id("rec", untrusted_recording)
    owed = select(UPLOAD.c.id).where(UPLOAD.c.recording == recording, UPLOAD.c.state.in_(WAITING),
                                     of_station_or_all(actor, UPLOAD.c.station))
    if site.db.read(lambda c: c.execute(owed).first()) is not None:
        return RecordingId(recording)
    return require_visible(site, actor, untrusted_recording)


_Rows = Sequence[Any]
_Judge = Callable[[RulePack, Any, Sequence[Label], Known, datetime], list[Announced]]


def _pages(site: Site, pack: RulePack, since: datetime | None, query: Callable[..., _Rows],
           judge: _Judge) -> Iterator[Announced]:
    below, known = None, Known(declared(site))
    while rows := site.db.read(partial(query, below=below)):
        below = rows[-1].leaf
        # Time never goes back within a log, so the first that is too old ends the list.
        recent = rows if since is None else [row for row in rows if row.announced_at >= since]
        yield from _judged(site, pack, recent, known, judge)
        if len(recent) < len(rows):
            return


def _uploads(c: Connection, actor: Actor, below: int | None, condition: Any = True) -> _Rows:
    here = exists().where(RECORDING.c.digest == UPLOAD.c.digest, RECORDING.c.recorder == UPLOAD.c.recorder)
    again = exists().where(LATER.c.recorder == UPLOAD.c.recorder, LATER.c.digest == UPLOAD.c.digest,
                           LATER.c.opened_leaf > UPLOAD.c.opened_leaf)
    query = (select(UPLOAD.c.id, UPLOAD.c.recording, UPLOAD.c.state, UPLOAD.c.opened_leaf.label("leaf"),
                    UPLOAD.c.opened_at.label("announced_at"), *seen_columns())
             .select_from(joined(UPLOAD))
             .where(UPLOAD.c.state.in_(WAITING), of_station_or_all(actor, UPLOAD.c.station), condition, ~here, ~again))
    return _page(c, query, UPLOAD.c.opened_leaf, below)


def _files(c: Connection, actor: Actor, below: int | None) -> _Rows:
    delivered = exists().where(and_(
        UPLOAD.c.recorder == FILE.c.recorder, UPLOAD.c.sequence == FILE.c.sequence,
        UPLOAD.c.session.is_not_distinct_from(FILE.c.session), UPLOAD.c.opened_leaf > FILE.c.leaf,
        UPLOAD.c.state.in_(DELIVERED)))
    query = (select(FILE.c.id, FILE.c.recorder, FILE.c.reason, FILE.c.leaf, FILE.c.stated_at.label("announced_at"))
             .where(of_station_or_all(actor, FILE.c.station), ~delivered))
    return _page(c, query, FILE.c.leaf, below)


def _page(c: Connection, query: Any, leaf: Any, below: int | None) -> _Rows:
    wanted = query if below is None else query.where(leaf < below)
    found: _Rows = c.execute(wanted.order_by(leaf.desc()).limit(CHUNK)).all()
    return found


def _judged(site: Site, pack: RulePack, rows: _Rows, known: Known, judge: _Judge) -> list[Announced]:
    now = site.ports.clock.now()
    site.db.read(lambda c: known.ask(c, [row.recorder for row in rows]))
    bare = {row.id: judge(pack, row, (), known, now) for row in rows}
    unnamed = [row for row in rows if any(one.named_by == "nobody" for one in bare[row.id])]
    bare.update({row.id: judge(pack, row, _claimed(site, row), known, now) for row in unnamed})
    found = [one for row in rows for one in bare[row.id]]
    told = site.db.read(lambda c: explanations_of(c, [one.recording for one in found if one.recording]))
    return [replace(one, explanation=told.get((one.recording or "", one.deadline.clause_id))) for one in found]


def _claimed(site: Site, row: Any) -> Sequence[Label]:
    """Who the manifest names, from its particulars: they become a label only at accession. None once erased."""
    try:
        said = {field.name: str(field.value) for field in particulars_of(site, row.leaf).fields}
    except Contradiction:  # missing without an order: the log check says so, and no deadline is lost for it
        return ()
    return (Label(wearer_no=said.get("wearer_no"), wearer=said.get("wearer"),
                  handling_officer=said.get("handling_officer"), labelled_at=row.announced_at),)


def _of_upload(pack: RulePack, row: Any, labels: Sequence[Label], known: Known, now: datetime) -> list[Announced]:
    held = row.finished_at if row.state == "finished" else None  # quarantined bytes are not what was announced
    told, named_by = facts(pack, row, held, labels, known, now)
    return [Announced(row.id, row.recording, row.recorder, row.state, None, row.announced_at, told.ended, found,
                      named_by) for found in _deposits(pack, told, now)]


def _of_file(pack: RulePack, row: Any, labels: Sequence[Label], known: Known, now: datetime) -> list[Announced]:
    """Of a file nobody could read no time stands in the event: the last issue (if any) and the statement bound it."""
    ledger = known.ledgers[row.recorder]
    since = max(pack.clock_floor, ledger.issue_before(row.announced_at) or pack.clock_floor)
    ended = Interval(min(since, row.announced_at), row.announced_at)
    holders, named_by = makers(ledger, ended, labels)
    told = Facts(ended, None, docked_at=row.announced_at, absences=absences_of(holders, known.absences))
    return [Announced(row.id, None, row.recorder, "unreadable", row.reason, row.announced_at, ended, found, named_by)
            for found in _deposits(pack, told, now)]


def _deposits(pack: RulePack, told: Facts, now: datetime) -> list[Deadline]:
    return [found for found in deadlines(pack, told, now) if found.clause.subject == "deposit"]


def _overdue_first(one: Announced) -> tuple[int, datetime, str]:
    return ORDER.index(one.deadline.state), one.deadline.due[0] or _NEVER, one.entry
