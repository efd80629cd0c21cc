"""Recordings found by what their matters go by: a title, an own number, a case number given to the matter."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, exists, func, select

from archive.actors import Actor
from archive.matter_names import SAID, latest
from archive.matter_tables import own_number
from archive.recordings import ASIDE, IN_FORCE, RECORDING, may_see
from archive.sight import ASSIGNED, MATTER, sees_matter

Named = Callable[[ColumnElement[str]], ColumnElement[bool]]
_MERGED, _SAID = MATTER.alias("merged_in"), SAID.alias("newer")


def of_matters(actor: Actor, which: ColumnElement[bool]) -> Select[Any]:
    """Recordings, as ``ref`` with whether they are set ``aside``, of the matters ``which`` holds of and of those merged
    into these, the newest first; of matters and recordings this actor may know of only: by the title of a matter that
    is hidden nothing is found."""
    found = select(MATTER.c.id).where(sees_matter(actor), which).cte(recursive=True)
    found = found.union(select(_MERGED.c.id).join_from(_MERGED, found, _MERGED.c.merged_into == found.c.id))
    aside = exists().where(ASIDE.c.recording == RECORDING.c.id, IN_FORCE)
    return (select(RECORDING.c.id.label("ref"), aside.label("aside"))
            .join_from(RECORDING, ASSIGNED, ASSIGNED.c.recording == RECORDING.c.id)
            .where(ASSIGNED.c.matter.in_(select(found.c.id)), ASSIGNED.c.withdrawn_at.is_(None),
                   may_see(actor, RECORDING.c.id))
            .distinct().order_by(RECORDING.c.leaf.desc()))


def numbered(met: Named) -> ColumnElement[bool]:
    """Whether the latest case number of a matter has a key that is ``met``: asked of the keys, which have an index, and
    not of every matter."""
    newest = select(func.max(_SAID.c.leaf)).where(_SAID.c.matter == SAID.c.matter, _SAID.c.what == "case_no")
    return MATTER.c.id.in_(select(SAID.c.matter).where(
        met(SAID.c.case_key), SAID.c.leaf == newest.correlate(SAID).scalar_subquery()))


def names_of(c: Connection, actor: Actor, recordings: Sequence[str]) -> Mapping[str, list[tuple[str, str]]]:
    """Of each recording the fields that name its matters, as far as this actor may know of them: name, value."""
    title, case_no = SAID.alias("title"), SAID.alias("case_no")
    rows: Any = c.execute(
        select(ASSIGNED.c.recording, MATTER.c.year, MATTER.c.number, title.c.text.label("title"),
               case_no.c.text.label("case_no"))
        .join_from(ASSIGNED, MATTER, MATTER.c.id == ASSIGNED.c.matter)
        .join(title, title.c.leaf == latest("title"), isouter=True)
        .join(case_no, case_no.c.leaf == latest("case_no"), isouter=True)
        .where(ASSIGNED.c.recording.in_(recordings), ASSIGNED.c.withdrawn_at.is_(None), sees_matter(actor))
        .order_by(ASSIGNED.c.leaf))
    found = dict[str, list[tuple[str, str]]]()
    for row in rows:
        named = [("matter", own_number(row.year, row.number)), ("title", row.title), ("case_no", row.case_no)]
        found.setdefault(row.recording, []).extend((name, value) for name, value in named if value)
    return found
