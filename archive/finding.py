"""Find recordings by whatever people type: case numbers first, then every text the archive keeps of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, and_, column, exists, func, or_, select, text
from sqlalchemy import table as sql_table

from archive.actors import Actor
from archive.case_numbers import case_key, case_tail
from archive.columns import table
from archive.errors import Refused
from archive.recording_search import LAST
from archive.recordings import (
    ASIDE,
    IN_FORCE,
    LABEL,
    PAGE,
    RECORDING,
    RecordingRow,
    as_row,
    latest_labels,
    may_see,
    rows_for,
)
from archive.search_query import Phrase, Readings, Word, asked, expression_of, found_in, fts5
from archive.search_rows import ASIDE as ASIDE_MARK
from archive.search_rows import LABEL_FIELDS, REFERRED, days, mark_of
from archive.search_tables import SearchNumber
from archive.search_text import Sort
from archive.site import Site

NUMBER = table(SearchNumber)
INDEX = sql_table("search_index", column("rowid"))
MATCHES = text("search_index MATCH :match")
MOST = 1000
"""Recordings counted at most: beyond, a search says only that there are more."""
MOST_REFERRED = 200

Why = Literal["case", "case_begins", "other_unit", "text"]
"""``case``: it has this very number; ``case_begins``: its number begins so; ``other_unit``: its number is this one but
for the unit's words; ``text``: it matches otherwise."""


@dataclass(frozen=True)
class Mark:
    """A field that shows what was asked: its name, its value, start and end of each place in it."""

    field: str
    value: str
    spans: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Found:
    """A recording, why it was found, and the fields that show it."""

    row: RecordingRow
    why: Why
    marks: tuple[Mark, ...]


@dataclass(frozen=True)
class Finding:
    """``total``: how many were found, at most ``MOST``; ``beyond``: there are more; ``aside``: how many that are set
    aside were left out, counted in the same way."""

    found: tuple[Found, ...]
    total: int
    beyond: bool
    aside: int


def find(site: Site, actor: Actor, untrusted_text: str, limit: int = PAGE) -> Finding:
    """Recordings that match, those with this very case number first, then those whose number begins so, then the same
    number under another form of the unit's words, then what matches otherwise; within each the newest first.

    ``Refused search.too_short``. Limits: of a recorder or station that more than ``MOST_REFERRED`` others match as
    well, the recordings are not found by its name; labels that a later one replaced are not looked through.
    """
    key = case_key(untrusted_text)
    try:
        readings: Readings = asked(untrusted_text)
    except Refused:
        if not key:
            raise
        readings = ()  # one letter is too little for texts, and may well begin a case number
    found, aside, marks = site.db.read(lambda c: _read(c, actor, key, readings, limit))
    if not readings and not found and not aside:
        asked(untrusted_text)
    shown = tuple(Found(as_row(row), found[row.id], _marks(row, readings)) for row in marks)
    return Finding(shown, min(len(found), MOST), len(found) > MOST, aside)


def _read(c: Connection, actor: Actor, key: str, readings: Readings,
          limit: int) -> tuple[dict[str, Why], int, list[Any]]:
    """Which recordings and why, how many are set aside, and the rows of the first."""
    match = _matching(c, readings) if readings else ""
    found = _ids(c, actor, key, match, aside=False)
    aside = min(len(_ids(c, actor, key, match, aside=True)), MOST)
    first = list(found)[:limit]
    held = {row.id: row for row in c.execute(_shown(actor, first))}
    return found, aside, [held[one] for one in first]


def _shown(actor: Actor, recordings: Sequence[str]) -> Any:
    labels = latest_labels()
    named = [labels.c[name] for name, _ in LABEL_FIELDS if name not in ("case_no", "file_name")]
    return rows_for(actor, labels).add_columns(*named).where(RECORDING.c.id.in_(recordings))


def _ids(c: Connection, actor: Actor, key: str, match: str, *, aside: bool) -> dict[str, Why]:
    """Recordings in the order they are shown, one more than ``MOST`` at most."""
    found = dict[str, Why]()
    for why, condition in _by_number(key, aside=aside):
        if len(found) <= MOST:
            query = _labelled(actor, condition, aside=aside).limit(MOST + 1)
            for one in c.execute(query).scalars():
                found.setdefault(one, why)
    if match and len(found) <= MOST:
        mark = f"({match}) {'AND' if aside else 'NOT'} words : \"{ASIDE_MARK}\""
        for one in c.execute(_matched(actor, aside=aside), {"match": mark}).scalars():
            found.setdefault(one, "text")
    return dict(list(found.items())[:MOST + 1])


def _by_number(key: str, *, aside: bool) -> list[tuple[Why, ColumnElement[bool]]]:
    if not key:
        return []
    tails = {tail for number in (key, f"{key}号" if key[-1:].isdecimal() else key) if (tail := case_tail(number))}
    under = [LABEL.c.case_tail == tail if not tail.endswith("/") else LABEL.c.case_tail.between(tail, tail + LAST)
             for tail in sorted(tails)]
    # What is set aside is little beside what begins so: the sum keeps the database from walking along the latter.
    held = LABEL.c.case_key.concat("") if aside else LABEL.c.case_key
    begins = and_(held > key, held < key + LAST)
    found: list[tuple[Why, ColumnElement[bool]]] = [("case", LABEL.c.case_key == key), ("case_begins", begins)]
    return [*found, ("other_unit", or_(*under))] if under else found


def _labelled(actor: Actor, condition: ColumnElement[bool], *, aside: bool) -> Any:
    """Recordings whose latest label meets a condition."""
    other = LABEL.alias("newer")
    newest = select(func.max(other.c.leaf)).where(other.c.recording == LABEL.c.recording).scalar_subquery()
    one = LABEL.c.recording
    kept_out = one.in_(select(ASIDE.c.recording).where(IN_FORCE)) if aside else ~_aside(one)
    return (select(one).where(condition, LABEL.c.leaf == newest, may_see(actor, one), kept_out)
            .order_by(LABEL.c.case_key, LABEL.c.leaf.desc()))


def _aside(recording: ColumnElement[str]) -> ColumnElement[bool]:
    return exists().where(ASIDE.c.recording == recording, IN_FORCE)


def _matched(actor: Actor, *, aside: bool) -> Any:
    kept_out = _aside(NUMBER.c.ref) if aside else ~_aside(NUMBER.c.ref)
    return (select(NUMBER.c.ref).join_from(INDEX, NUMBER, NUMBER.c.number == INDEX.c.rowid)
            .where(MATCHES, may_see(actor, NUMBER.c.ref), kept_out)
            .order_by(INDEX.c.rowid.desc()).limit(MOST + 1))


def _matching(c: Connection, readings: Readings) -> str:
    """The whole expression; a word is met as well by what refers to a recorder or station that meets it."""
    also = {word: _referring(c, word) for reading in readings for word in reading}
    return fts5(expression_of(readings, also))


def _referring(c: Connection, word: Word) -> tuple[Phrase, ...]:
    query = select(NUMBER.c.ref).join_from(INDEX, NUMBER, NUMBER.c.number == INDEX.c.rowid).where(MATCHES)
    match = f'words : "{REFERRED}" AND {fts5(word.expression())}'
    refs = list(c.execute(query.limit(MOST_REFERRED + 1), {"match": match}).scalars())
    return tuple(Phrase("words", (mark_of(ref),)) for ref in refs) if len(refs) <= MOST_REFERRED else ()


def _marks(row: Any, readings: Readings) -> tuple[Mark, ...]:
    fields: list[tuple[str, Sort, str | None]] = [(name, sort, getattr(row, name)) for name, sort in LABEL_FIELDS]
    fields += [("recorder", "text", row.vendor), ("recorder", "text", row.serial), ("station", "text", row.title)]
    fields += [("recorded", sort, day) for sort, day in days(row.started_earliest, row.ended_latest)]
    marks = (Mark(name, value, tuple(found_in(readings, sort, value))) for name, sort, value in fields if value)
    return tuple(mark for mark in marks if mark.spans)
