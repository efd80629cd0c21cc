"""The deadlines of recordings as the tables know them: one recording's, or those of many that need somebody's hand."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection, func, select

from archive.absences import declared
from archive.actors import Actor
from archive.event_values import Interval
from archive.mediums import medium_of
from archive.recordings import RECORDING, UPLOAD, is_set_aside, require_visible, visible_to
from archive.site import Site
from retention.clauses import RulePack
from retention.deadline_facts import (
    Explanation,
    Known,
    NamedBy,
    explanations_of,
    facts,
    joined,
    labels_of,
    latest,
    seen_columns,
)
from retention.deadlines import Deadline, deadlines

CHUNK = 500
ATTENTION = ("late", "cannot_know", "pending", "exempt")


@dataclass(frozen=True)
class RecordingDeadline:
    """One deadline of one recording. ``ended`` as stated; ``named_by``: who says who made it; ``explanation``: the
    latest for this clause; ``set_aside``: two people said that it is not of enforcement or was made by mistake."""

    recording: str
    case_no: str | None
    ended: Interval
    deadline: Deadline
    named_by: NamedBy
    explanation: Explanation | None
    set_aside: bool = False

    @property
    def confirmed(self) -> bool:
        """Explained, and the explanation confirmed by a second person."""
        return self.explanation is not None and self.explanation.confirmed_by is not None

    @property
    def settled(self) -> bool:
        """Confirmed, or a label that what is set aside has no use for. Limit: that no label is owed then is this
        archive's reading, not a clause."""
        return self.confirmed or (self.set_aside and self.deadline.clause.subject == "label")

    @property
    def unexplained(self) -> bool:
        """Late and not settled."""
        return self.deadline.state == "late" and not self.settled


def deadlines_of(site: Site, actor: Actor, pack: RulePack, untrusted_recording: str) -> list[RecordingDeadline]:
    """A recording's deadlines now; ``NotFound recording.unknown`` when absent or hidden."""
    recording, known = require_visible(site, actor, untrusted_recording), Known(declared(site))

    def read(c: Connection) -> list[RecordingDeadline]:
        return _judged(c, pack, _rows(c, actor, RECORDING.c.id == recording), known, site.ports.clock.now())

    return site.db.read(read)


def needing_attention(site: Site, actor: Actor, pack: RulePack,
                      since: datetime | None = None) -> Iterator[RecordingDeadline]:
    """Every deadline that is not on time, of recordings this actor may know of, the newest first, read by pages.

    ``since``: those accessioned from then on (UTC); None: all there are. What was announced and is not accessioned
    stands in ``announced``. Limit: what was never announced is not known.
    """
    known, now = Known(declared(site)), site.ports.clock.now()
    below = site.db.read(lambda c: c.execute(select(func.coalesce(func.max(RECORDING.c.leaf), -1))).scalar_one()) + 1
    while rows := site.db.read(partial(_rows, actor=actor, condition=RECORDING.c.leaf < below)):
        below = rows[-1].leaf
        # Time never goes back within a log, so the first that is too old ends the list.
        recent = rows if since is None else [row for row in rows if row.accessioned_at >= since]
        found = site.db.read(partial(_judged, pack=pack, rows=recent, known=known, now=now))
        yield from (one for one in found if one.deadline.state in ATTENTION)
        if len(recent) < len(rows):
            return


def _rows(c: Connection, actor: Actor, condition: Any) -> Sequence[Any]:
    # Its own select, not one within: that would be gathered anew for every page.
    return c.execute(
        visible_to(actor).add_columns(RECORDING.c.leaf, RECORDING.c.accessioned_at, RECORDING.c.container,
                                      is_set_aside().label("aside"),
                                      *seen_columns())
        .select_from(joined(RECORDING.join(UPLOAD, UPLOAD.c.id == RECORDING.c.upload)))
        .where(condition).order_by(RECORDING.c.leaf.desc()).limit(CHUNK)).all()


def _judged(c: Connection, pack: RulePack, rows: Sequence[Any], known: Known,
            now: datetime) -> list[RecordingDeadline]:
    ids = [row.id for row in rows]
    labels, explanations = labels_of(c, ids), explanations_of(c, ids)
    known.ask(c, (row.recorder for row in rows))
    return [RecordingDeadline(row.id, latest(labels[row.id], "case_no"), told.ended, found, named_by,
                              explanations.get((row.id, found.clause_id)), bool(row.aside))
            for row in rows
            for told, named_by in [facts(pack, row, row.finished_at or row.accessioned_at, labels[row.id], known, now)]
            for found in deadlines(pack, replace(told, text_record=medium_of(row.container) == "document"), now)]
