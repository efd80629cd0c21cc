"""Find recordings by case number, however it is typed; like every query, these start from ``visible_to``."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, and_, func, select, true, union

from archive.actors import Actor
from archive.case_numbers import case_key
from archive.matter_search import Named, numbered, of_matters
from archive.recordings import PAGE, RECORDING, RecordingRow, as_row, is_set_aside, latest_labels, may_see, rows_for
from archive.room_segments import is_folded
from archive.site import Site

LAST = "\U0010ffff"
"""Sorts after whatever goes on from a beginning."""


@dataclass(frozen=True)
class CaseHit:
    """A case number a search found: as last written, its key, how many recordings bear it."""

    case_no: str
    case_key: str
    recordings: int


def search(site: Site, actor: Actor, untrusted_case: str = "", limit: int = PAGE, *,
           folded: bool = False) -> tuple[list[RecordingRow], bool]:
    """Recordings by case number, exact matches first and then by prefix, newest first; all when the text is empty.

    The number is normalised as ``case_key`` says. The second value tells whether there are more than ``limit``.
    What is set aside is left out, here and in the other searches; ``count`` tells how much that is. ``folded``: of a
    room session the newest segment alone.
    """
    key, labels = case_key(untrusted_case), latest_labels()
    query = rows_for(actor, labels).where(~is_set_aside(), ~is_folded(actor) if folded else true())
    if key:
        query = query.where(RECORDING.c.id.in_(_bearing(actor, lambda held: _begins(held, key))))
        query = query.order_by(func.coalesce(labels.c.case_key, key) != key, labels.c.case_key)
    rows = site.db.read(lambda c: c.execute(query.order_by(RECORDING.c.leaf.desc()).limit(limit + 1)).all())
    return [as_row(r) for r in rows[:limit]], len(rows) > limit


def case_hits(site: Site, actor: Actor, keys: Sequence[str], limit: int = 20) -> list[CaseHit]:
    """The first of these case numbers, by their keys and in their order, each with how many recordings bear it."""
    labels = latest_labels()
    query = (select(func.max(labels.c.case_no).label("case_no"), labels.c.case_key, func.count().label("number"))
             .join_from(RECORDING, labels, labels.c.recording == RECORDING.c.id)
             .where(may_see(actor, RECORDING.c.id), ~is_set_aside(), labels.c.case_key.in_(keys[:limit]))
             .group_by(labels.c.case_key))
    rows = site.db.read(lambda c: c.execute(query).all())
    found = {r.case_key: CaseHit(r.case_no, r.case_key, r.number) for r in rows}
    return [found[key] for key in keys[:limit] if key in found]


def by_case(site: Site, actor: Actor, untrusted_case: str, limit: int = 5 * PAGE) -> tuple[list[RecordingRow], int]:
    """Recordings whose case number is exactly this one, in the order they were taken, and how many there are."""
    key, labels = case_key(untrusted_case), latest_labels()
    bears = RECORDING.c.id.in_(_bearing(actor, lambda held: held == key))
    query = (rows_for(actor, labels).where(bears, ~is_set_aside())
             .order_by(RECORDING.c.started_earliest, RECORDING.c.leaf))
    total = select(func.count()).select_from(query.order_by(None).with_only_columns(RECORDING.c.id).subquery())
    rows = site.db.read(lambda c: c.execute(query.limit(limit)).all())
    return [as_row(r) for r in rows], int(site.db.read(lambda c: c.execute(total).scalar_one()))


def count(site: Site, actor: Actor, untrusted_case: str = "", *, aside: bool = False, exact: bool = False) -> int:
    """How many recordings ``search`` finds, or with ``aside`` leaves out; ``exact``: as ``by_case`` has it."""
    key = case_key(untrusted_case)
    query = select(func.count()).select_from(RECORDING).where(
        may_see(actor, RECORDING.c.id), is_set_aside() if aside else ~is_set_aside())
    if key:
        met: Named = (lambda held: held == key) if exact else (lambda held: _begins(held, key))
        query = query.where(RECORDING.c.id.in_(_bearing(actor, met)))
    return int(site.db.read(lambda c: c.execute(query).scalar_one()))


def _bearing(actor: Actor, met: Named) -> CompoundSelect[Any]:
    """Recordings whose latest label bears a case number that is ``met``, or a matter they belong to does."""
    labels, matters = latest_labels(), of_matters(actor, numbered(met)).subquery()
    return union(select(labels.c.recording).where(met(labels.c.case_key)), select(matters.c.ref))


def _begins(held: ColumnElement[str], key: str) -> ColumnElement[bool]:
    """A span rather than LIKE, which no index helps."""
    return and_(held >= key, held < key + LAST)
