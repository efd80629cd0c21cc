"""How rules of the projection feed the search: what a source says of a thing, once and in one way for all sources."""

import json
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta, timezone
from typing import Any

from archive.row_changes import Changes
from archive.search_tables import SearchEntry
from archive.search_text import Sort, row_text

Said = Iterable[tuple[Sort, str | None]]
ASIDE = "aside"
"""The mark of a recording that is set aside."""
LABEL_FIELDS: tuple[tuple[str, Sort], ...] = (
    ("case_no", "case"), ("matter", "text"), ("party", "name"), ("handling_officer", "name"), ("wearer", "name"),
    ("wearer_no", "text"), ("place", "text"), ("file_name", "text"))
BEIJING = timezone(timedelta(hours=8))
"""The time of all of China, and so of every date people type."""
MOST_DAYS = 3
SEARCHED = 60_000
"""Characters of one transcript that are searched: three hours of quick talk."""


def say(changes: Changes, ref: str, source: str, said: Said, marks: Iterable[str] = (), *,
        leaf: int | None = None) -> None:
    """What ``source`` says of ``ref`` from now on; what it said before is forgotten.

    ``leaf``: of whose particulars it is, so that an erasure clears it; None for what stands in bodies alone. One entry
    must not mix the two, nor two leaves: what one leaf knows is one source. ``ref`` is an id, ``source`` a word.
    """
    made = entry(ref, source, said, marks, leaf)
    changes.place(SearchEntry, made["id"], **made)


def say_first(changes: Changes, ref: str, source: str, said: Said, marks: Iterable[str] = (), *,
              leaf: int | None = None) -> None:
    """As ``say``, unless the source has said something already."""
    made = entry(ref, source, said, marks, leaf)
    changes.add_unless_there(SearchEntry, made["id"], **made)


def kind_mark(kind: str) -> str:
    """The mark of a kind of thing: of the prefix of its ids."""
    return f"k{kind}"


def mark_of(ref: str) -> str:
    """The mark of what refers to ``ref``."""
    return f"r{ref.replace('_', '')}"


def label_said(name: Callable[[str], str | None]) -> list[tuple[Sort, str | None]]:
    """The fields of a label: ``name(particular)``."""
    return [(sort, name(field)) for field, sort in LABEL_FIELDS]


def days(earliest: datetime, latest: datetime) -> list[tuple[Sort, str | None]]:
    """The days in Beijing that a time from ``earliest`` to ``latest`` touches.

    Limit: of more than three (a station that knows only the end states a wide interval) the last one alone.
    """
    first, last = earliest.astimezone(BEIJING).date(), latest.astimezone(BEIJING).date()
    number = (last - first).days + 1
    shown = [last - timedelta(days=back) for back in range(number)] if 1 <= number <= MOST_DAYS else [last]
    return [("day", day.isoformat()) for day in shown]


def recording_marks(recorder: str, station: str) -> list[str]:
    """The marks of a recording."""
    return [kind_mark("rec"), mark_of(recorder), mark_of(station)]


def recorder_said(name: Callable[[str], str | None], prefix: str = "") -> list[tuple[Sort, str | None]]:
    """The names of a recorder, as a manifest (``recorder_``) or the ledger has them: ``name(particular)``."""
    return [("text", name(f"{prefix}{field}")) for field in ("vendor", "serial", "kind", "code")]


def cues_said(said: str | None) -> list[tuple[int, int, str]]:
    """The cues of ``Transcript.said``: from, to in ms, text. Particulars of another form say nothing, and stop no
    rule."""
    try:
        return [(int(from_ms), int(to_ms), str(text)) for from_ms, to_ms, text in json.loads(said or "[]")]
    except (TypeError, ValueError):
        return []


def transcript_said(said: str | None) -> list[tuple[Sort, str | None]]:
    """What is searched of a transcript's cues (``Transcript.said``): each a field of its own, the first
    ``SEARCHED`` characters of all of them."""
    found, left = list[tuple[Sort, str | None]](), SEARCHED
    for _, _, text in cues_said(said):
        found.append(("text", text[:left]))
        left -= len(text)
        if left <= 0:
            break
    return found or [("text", None)]


def entry(ref: str, source: str, said: Said, marks: Iterable[str], leaf: int | None) -> dict[str, Any]:
    """The row of ``SearchEntry``. Without particulars a source says nothing, its marks included: what was erased and
    what was never readable must leave the same row."""
    known = [(sort, value) for sort, value in said if value is not None]
    text = row_text(known, marks) if known or leaf is None else None
    return {"id": f"{ref} {source}", "ref": ref, "source": source, "leaf": leaf,
            "grams": text and text.grams, "runs": text and text.runs, "words": text and text.words}
