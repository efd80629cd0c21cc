"""One form of text for rows and for what people type, on SQLite (FTS5) and PostgreSQL (tsvector) alike.

Pairs of characters in a row find any stretch of two characters or more; words of one's own making find the rest.
"""

import functools
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from archive.case_numbers import case_key
from archive.characters import simplified
from archive.initials import initials

Sort = Literal["text", "name", "case", "day"]
"""How a field is read: ``name`` of people, also by one character and by initials; ``case`` numbers in any spelling;
``day`` as YYYY-MM-DD, in any spelling of a date; other ``text``."""
BREAK = "¦"
"""Stands between fields and between runs, so that no phrase reaches from one into the next."""
_RUN = re.compile("[0-9a-z]{4,}")
_BETWEEN_NAMES = re.compile(r"[\s、,，;；/|()（）]+")
_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)
_DATES = [re.compile(form) for form in (
    r"(?P<y>(?:19|20)\d\d)[-/.](?P<m>\d\d?)[-/.](?P<d>\d\d?)", r"(?P<y>(?:19|20)\d\d)(?P<m>\d\d)(?P<d>\d\d)",
    r"(?P<y>(?:19|20)\d\d)年(?P<m>\d\d?)月(?P<d>\d\d?)[日号]", r"(?P<y>(?:19|20)\d\d)年(?P<m>\d\d?)月",
    r"(?P<y>(?:19|20)\d\d)-(?P<m>\d\d)", r"(?P<y>(?:19|20)\d\d)年", r"(?P<m>\d\d?)月(?P<d>\d\d?)[日号]")]
_LATIN_MARKS = range(0x300, 0x370)
_SELECTORS = (range(0xFE00, 0xFE10), range(0xE0100, 0xE01F0))
"""Which drawing of a character is meant."""


@dataclass(frozen=True)
class RowText:
    """What a row is found by: tokens with spaces between them. ``grams``: pairs of neighbouring characters; ``runs``:
    four neighbouring letters or digits each; ``words``: single characters of names, initials, days, marks."""

    grams: str
    runs: str
    words: str


def row_text(fields: Iterable[tuple[Sort, str]], marks: Iterable[str] = ()) -> RowText:
    """The text of a row. ``marks``: words of ASCII letters and digits that stand for no text: kinds, ids.

    Pure, and the same for the same input; what stands in the database depends on it, so a change here needs a
    migration that fills the index again (docs/search.md).
    """
    parts = [_field(sort, value) for sort, value in fields]
    return RowText(_joined(grams for grams, _, _ in parts), _joined(runs for _, runs, _ in parts),
                   " ".join(dict.fromkeys([*marks, *(word for _, _, words in parts for word in words)])))


@functools.lru_cache(maxsize=16384)
def _field(sort: Sort, value: str) -> tuple[str, str, tuple[str, ...]]:
    """Remembered: the same officers, places and parties come again, while all other appends wait."""
    if sort == "day":
        return "", "", _days(value)
    spelled = dict.fromkeys([fold(value), *([fold(case_key(value))] if sort == "case" else [])])
    grams = _joined(" ".join(pairs(text)) for text in spelled)
    runs = _joined(" ".join(fours(run)) for text in spelled for run in _RUN.findall(text))
    return grams, runs, _of_names(value) if sort == "name" else ()


def _joined(parts: Iterable[str]) -> str:
    return f" {BREAK} ".join(filter(None, parts))


def _of_names(value: str) -> tuple[str, ...]:
    names = [fold(part) for part in _BETWEEN_NAMES.split(value)]
    single = (f"n{c}" for name in names for c in name if not c.isascii())
    return tuple(dict.fromkeys([*single, *(f"i{way}" for name in names for way in initials(name))]))


def _days(value: str) -> tuple[str, ...]:
    found = _DAY.fullmatch(value)
    if found is None:
        raise ValueError("a day is written YYYY-MM-DD")
    year, month, day = found.groups()
    return f"d{year}{month}{day}", f"m{year}{month}", f"y{year}", f"e{month}{day}"


def fold(text: str) -> str:
    """Text as it is compared: half width, simplified, lower case, no spaces, no signs, no Latin accents.

    Character by character, so that a stretch of a text folds into a stretch of the folded text. Signs that would turn
    into digits (② ½) stay signs. Rare and private characters stay; those Unicode holds to be the same character in two
    places (U+F900…, U+2F800…) become the one it names.
    """
    return "".join(map(folded, text))


@functools.lru_cache(maxsize=16384)
def folded(c: str) -> str:
    """One character as ``fold`` has it: nothing, one, or several."""
    narrow = unicodedata.normalize("NFKC", c)
    if not c.isdecimal() and any(d.isdecimal() for d in narrow):
        narrow = c
    plain = "".join(map(_without_accent, "".join(map(simplified, narrow)).casefold()))
    return "".join(d for d in plain if _counts(d))


def _without_accent(c: str) -> str:
    apart = unicodedata.normalize("NFD", c)
    bare = "".join(d for d in apart if ord(d) not in _LATIN_MARKS)
    return c if bare == apart else bare


def _counts(c: str) -> bool:
    """Letters, digits, marks that letters need, and what is private or newer than this Python's tables."""
    kind = unicodedata.category(c)
    return kind in ("Co", "Cn") or (kind[0] in "LNM" and not any(ord(c) in block for block in _SELECTORS))


def pairs(text: str) -> list[str]:
    """Every two neighbours of a folded text."""
    return [text[at:at + 2] for at in range(len(text) - 1)]


def fours(run: str) -> list[str]:
    """Every four neighbours of a run: pairs of digits stand in every row, fours in few."""
    return [run[at:at + 4] for at in range(len(run) - 3)]


def names_in(value: str) -> list[str]:
    """The names a field of names holds, as they stand there."""
    return [part for part in _BETWEEN_NAMES.split(value) if part]


def days_meant(text: str) -> list[str]:
    """Words of the days a text spells: none, or one; months, years and days of any year included."""
    bare = "".join(unicodedata.normalize("NFKC", text).split())
    for form in _DATES:
        found = form.fullmatch(bare)
        if found is not None:
            got = {name: int(value) for name, value in found.groupdict().items()}
            kind = {"ymd": "d", "ym": "m", "y": "y", "md": "e"}["".join(n for n in "ymd" if n in got)]
            widths = {"y": 4, "m": 2, "d": 2}
            return [kind + "".join(f"{got[name]:0{widths[name]}}" for name in "ymd" if name in got)]
    return []
