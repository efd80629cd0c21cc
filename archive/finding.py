"""Find recordings by whatever people type: case numbers first, then every text the archive keeps of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Text,
    and_,
    cast,
    column,
    exists,
    false,
    func,
    literal,
    null,
    or_,
    select,
    text,
)
from sqlalchemy import table as sql_table

from archive.actors import Actor
from archive.case_numbers import case_key, case_tail
from archive.columns import table
from archive.errors import Refused
from archive.matter_search import names_of, numbered, of_matters
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
from archive.room_segments import Folded, folded, once
from archive.search_query import Phrase, Readings, Word, asked, expression_of, found_in, fts5
from archive.search_rows import ASIDE as ASIDE_MARK
from archive.search_rows import LABEL_FIELDS, days, kind_mark, mark_of
from archive.search_tables import IS_REFERRED, SearchEntry, SearchNumber
from archive.search_text import Sort, pairs
from archive.sight import MATTER
from archive.site import Site
from archive.transcript_search import Heard, of_transcripts, said_of

NUMBER, ENTRY = table(SearchNumber), table(SearchEntry)
INDEX = sql_table("search_index", column("rowid"))
MATCHES = text("search_index MATCH :match")
MOST = 1000
"""Recordings counted at most: beyond, a search says only that there are more."""
MOST_REFERRED = 200

Why = Literal["case", "case_begins", "other_unit", "text", "matter", "said"]
"""``case``: it has this very number, or a matter it belongs to; ``case_begins``: its number begins so; ``other_unit``:
its number is this one but for the unit's words; ``text``: it matches otherwise; ``matter``: one of its matters does;
``said``: a transcript of it, or of its room session, says so."""


@dataclass(frozen=True)
class Mark:
    """A field that shows what was asked: its name, its value, start and end of each place in it. Of what was said,
    ``field`` is said, ``of`` the session or recording, ``moment`` when."""

    field: str
    value: str
    spans: tuple[tuple[int, int], ...]
    of: str = ""
    moment: datetime | None = None


@dataclass(frozen=True)
class Found:
    """A recording, why it was found, and the fields that show it; ``session``: the room session whose segments it
    stands for."""

    row: RecordingRow
    why: Why
    marks: tuple[Mark, ...]
    session: Folded | None = None


@dataclass(frozen=True)
class Finding:
    """``total``: how many were found, at most ``MOST``; ``beyond``: there are more; ``aside``: how many that are set
    aside were left out, counted in the same way; ``cut``: not all of what was counted is in ``found``, where a room
    session's segments are one."""

    found: tuple[Found, ...]
    total: int
    beyond: bool
    aside: int
    cut: bool = False


Condition = Callable[[ColumnElement[str], ColumnElement[str]], ColumnElement[bool]]


@dataclass(frozen=True)
class _Asking:
    """One question three ways: for all with whether they are set aside, for those that are not, for those that are."""

    both: Select[Any]
    kept: Select[Any]
    left_out: Select[Any]

    def answers(self, c: Connection, *, want_left_out: bool) -> tuple[list[str], list[str]]:
        """Those that are not set aside and those that are, one more than ``MOST`` of each at most."""
        rows = c.execute(self.both.limit(2 * MOST + 2)).all()
        if len(rows) < 2 * MOST + 2:  # nearly always: one pass tells both
            return [row.ref for row in rows if not row.aside], [row.ref for row in rows if row.aside]
        return list(c.execute(self.kept.limit(MOST + 1)).scalars()), self.only_left_out(c, want_left_out)[1]

    def only_left_out(self, c: Connection, wanted: bool) -> tuple[list[str], list[str]]:
        """As ``answers``, where enough is found already."""
        return [], list(c.execute(self.left_out.limit(MOST + 1)).scalars()) if wanted else []


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
    read = site.db.read(lambda c: _read(c, actor, key, readings, limit))
    if not readings and not read.found and not read.aside:
        asked(untrusted_text)
    shown = tuple(Found(as_row(row), read.found[row.id], _marks(row, readings, read.matters.get(row.id, ()))
                        + _heard(read.heard.get(row.id, ())), read.sessions.get(row.id)) for row in read.rows)
    return Finding(shown, min(len(read.found), MOST), len(read.found) > MOST, read.aside, read.cut)


@dataclass(frozen=True)
class _Read:
    """Which recordings and why, how many are set aside, the rows of the first, what their matters go by, the room
    sessions they stand for, whether more were found than these, and what was said of what was asked."""

    found: dict[str, Why]
    aside: int
    rows: list[Any]
    matters: Mapping[str, list[tuple[str, str]]]
    sessions: dict[str, Folded]
    cut: bool
    heard: Mapping[str, list[Heard]]


def _read(c: Connection, actor: Actor, key: str, readings: Readings, limit: int) -> _Read:
    asking: list[tuple[Why, _Asking]] = [(why, one) for why, held in _by_number(key)
                                         for one in (_labelled(actor, held), _of_numbered(actor, held))]
    if readings:
        asking += [("matter", _of_matters(actor, readings)), ("said", _said(actor, readings)),
                   ("text", _matched(actor, _matching(c, readings)))]
    found, aside = dict[str, Why](), set[str]()
    for why, one in asking:
        # Texts hold case numbers too: what the last question leaves out, it leaves out of all.
        last = why == asking[-1][0]
        kept, left_out = one.answers(c, want_left_out=last) if len(found) <= MOST else one.only_left_out(c, last)
        for recording in kept:
            found.setdefault(recording, why)
        aside |= set(left_out)
    found = dict(list(found.items())[:MOST + 1])
    sessions = folded(c, actor, list(found))
    shown = once(list(found), sessions)
    first = shown[:limit]
    held = {row.id: row for row in c.execute(_shown(actor, first))}
    heard = said_of(c, actor, {one: sessions[one].session if one in sessions else None for one in first}, readings)
    return _Read(found, min(len(aside), MOST), [held[one] for one in first], names_of(c, actor, first), sessions,
                 len(shown) > limit, heard)


def _shown(actor: Actor, recordings: Sequence[str]) -> Any:
    labels = latest_labels()
    named = [labels.c[name] for name, _ in LABEL_FIELDS if name not in ("case_no", "file_name")]
    return rows_for(actor, labels).add_columns(*named).where(RECORDING.c.id.in_(recordings))


def _by_number(key: str) -> list[tuple[Why, Condition]]:
    """How a case number is met, as a condition on a column of keys and one of tails."""
    if not key:
        return []
    tails = {tail for number in (key, f"{key}号" if key[-1:].isdecimal() else key) if (tail := case_tail(number))}
    found: list[tuple[Why, Condition]] = [
        ("case", lambda held, _: held == key),
        ("case_begins", lambda held, _: and_(held > key, held < key + LAST))]
    if tails:
        found.append(("other_unit", lambda _, held: or_(*(_ends(held, tail) for tail in sorted(tails)))))
    return found


def _of_numbered(actor: Actor, condition: Condition) -> "_Asking":
    """Recordings of matters whose case number meets a condition, but for the unit's words, which texts find."""
    return _asking(of_matters(actor, numbered(lambda held: condition(held, cast(null(), Text)))))


def _ends(held: ColumnElement[str], tail: str) -> ColumnElement[bool]:
    """Without a word of the act before the year, any will do."""
    return held.between(tail, tail + LAST) if tail.endswith("/") else held == tail


def _labelled(actor: Actor, condition: Condition) -> "_Asking":
    """Recordings whose latest label meets a condition."""
    other, one = LABEL.alias("newer"), LABEL.c.recording
    newest = select(func.max(other.c.leaf)).where(other.c.recording == one).scalar_subquery()
    met = condition(LABEL.c.case_key, LABEL.c.case_tail)
    # What is set aside is little beside all that begins so: the sum keeps the database from walking along the latter.
    met_anyhow = condition(LABEL.c.case_key.concat(""), LABEL.c.case_tail.concat(""))
    query = (select(one.label("ref"), _aside(one).label("aside")).where(LABEL.c.leaf == newest, may_see(actor, one))
             .order_by(LABEL.c.case_key, LABEL.c.leaf.desc()))
    return _Asking(query.where(met), query.where(met, ~_aside(one)),
                   query.where(met_anyhow, one.in_(select(ASIDE.c.recording).where(IN_FORCE))))


def _matched(actor: Actor, match: str) -> "_Asking":
    """Recordings whose texts match, the newest first."""
    one = NUMBER.c.ref
    query = (select(one, _aside(one).label("aside")).join_from(INDEX, NUMBER, NUMBER.c.number == INDEX.c.rowid)
             .where(MATCHES, may_see(actor, one)).order_by(INDEX.c.rowid.desc()))
    mark = f'words : "{ASIDE_MARK}"'
    return _Asking(query.params(match=match), query.where(~_aside(one)).params(match=f"({match}) NOT {mark}"),
                   query.where(_aside(one)).params(match=f"({match}) AND {mark}"))


def _of_matters(actor: Actor, readings: Readings) -> "_Asking":
    """Recordings of matters whose texts match."""
    match = f'({fts5(expression_of(readings))}) AND words : "{kind_mark("mat")}"'
    found = select(NUMBER.c.ref).join_from(INDEX, NUMBER, NUMBER.c.number == INDEX.c.rowid).where(MATCHES)
    return _asking(of_matters(actor, MATTER.c.id.in_(found.limit(MOST))).params(match=match))


def _said(actor: Actor, readings: Readings) -> "_Asking":
    """Recordings of which a transcript in force, or one of their room session, matches."""
    match = f'({fts5(expression_of(readings))}) AND words : "{kind_mark("tsc")}"'
    found = select(NUMBER.c.ref).join_from(INDEX, NUMBER, NUMBER.c.number == INDEX.c.rowid).where(MATCHES)
    return _asking(of_transcripts(actor, found.limit(MOST)).params(match=match))


def _asking(query: Select[Any]) -> "_Asking":
    one = query.subquery()
    return _Asking(query, select(one.c.ref).where(~one.c.aside), select(one.c.ref).where(one.c.aside))


def _aside(recording: ColumnElement[str]) -> ColumnElement[bool]:
    return exists().where(ASIDE.c.recording == recording, IN_FORCE)


def _matching(c: Connection, readings: Readings) -> str:
    """The whole expression; a word is met as well by what refers to a recorder or station that meets it."""
    also = {word: _referring(c, word) for reading in readings for word in reading}
    return fts5(expression_of(readings, also))


def _referring(c: Connection, word: Word) -> tuple[Phrase, ...]:
    """These are few and have an index of their own: looking each through is quicker than the index over all texts."""
    around = literal(" ").concat(ENTRY.c.grams).concat(" ")
    stands = [around.contains(f" {' '.join(pairs(text))} ") for text in word.texts]
    query = select(ENTRY.c.ref).where(IS_REFERRED, or_(false(), *stands)).limit(MOST_REFERRED + 1)
    refs = list(c.execute(query).scalars())
    return tuple(Phrase("words", (mark_of(ref),)) for ref in refs) if len(refs) <= MOST_REFERRED else ()


def _marks(row: Any, readings: Readings, matters: Sequence[tuple[str, str]]) -> tuple[Mark, ...]:
    fields: list[tuple[str, Sort, str | None]] = [(name, sort, getattr(row, name)) for name, sort in LABEL_FIELDS]
    fields += [("recorder", "text", row.vendor), ("recorder", "text", row.serial), ("station", "text", row.title)]
    fields += [(name, "case" if name == "case_no" else "text", value) for name, value in matters]
    fields += [("recorded", sort, day) for sort, day in days(row.started_earliest, row.ended_latest)]
    marks = (Mark(name, value, tuple(found_in(readings, sort, value))) for name, sort, value in fields if value)
    return tuple(mark for mark in marks if mark.spans)


def _heard(heard: Sequence[Heard]) -> tuple[Mark, ...]:
    return tuple(Mark("said", one.text, one.spans, one.of, one.moment) for one in heard)
