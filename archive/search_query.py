"""What people type into the search field, as an expression over what ``search_text`` keeps of rows."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from archive.case_numbers import case_key
from archive.errors import Refused
from archive.initials import LONGEST, initials
from archive.search_text import BREAK, RowText, Sort, days_meant, fold, folded, fours, names_in, pairs

Column = Literal["grams", "runs", "words"]
_LETTERS = re.compile(f"[a-z]{{2,{LONGEST}}}")
_LONG_RUN = re.compile("[0-9a-z]{4,}")
_SHORT = {"grams": "g", "runs": "r", "words": "w"}


@dataclass(frozen=True)
class Phrase:
    """These tokens one after another in a column; ``begins``: a token may go on where the last one ends."""

    column: Column
    tokens: tuple[str, ...]
    begins: bool = False


@dataclass(frozen=True)
class Both:
    """All of the parts."""

    parts: "tuple[Expression, ...]"


@dataclass(frozen=True)
class Either:
    """One of the parts at least."""

    parts: "tuple[Expression, ...]"


Expression = Phrase | Both | Either


@dataclass(frozen=True)
class Word:
    """One word of a query: folded ``texts`` any of which may stand in a field, a single ``sign`` of a name, first
    ``letters`` of a name, ``days``."""

    texts: tuple[str, ...] = ()
    sign: str = ""
    letters: str = ""
    days: tuple[str, ...] = ()

    def expression(self) -> Expression:
        """What a row must hold for this word."""
        parts: list[Expression] = [_exact(text) for text in self.texts]
        parts += [Phrase("words", (f"n{self.sign}",))] if self.sign else []
        parts += [Phrase("words", (f"i{self.letters}",), begins=True)] if self.letters else []
        parts += [Phrase("words", (day,)) for day in self.days]
        return _joined(Either, parts)


Readings = tuple[tuple[Word, ...], ...]
"""A query as it may be meant: words all of which a row must match, in one reading at least."""


def asked(untrusted_text: str) -> Readings:
    """The words of a query; ``Refused search.too_short`` when it says too little.

    Spaces part words. With a word of one character the whole may be one word as well: ``3 室`` is ``3室``, and
    ``张 室`` is what has both, or ``张室``.
    """
    parts = [part for part in untrusted_text.split() if fold(part)]
    words, whole = tuple(_word(part) for part in parts), (_word("".join(parts)),)
    if len(words) < 2 or days_meant(untrusted_text) or not all(_says_enough(word) for word in words):
        readings: Readings = (whole,)
    else:
        readings = (words,) if all(word.texts for word in words) else (whole, words)
    if not _says_enough(whole[0]):
        raise Refused("search.too_short", "type two characters or more, or one Chinese character of a person's name")
    return readings


def expression_of(readings: Readings, also: Mapping[Word, tuple[Phrase, ...]] = MappingProxyType({})) -> Expression:
    """All words of one of the readings; ``also``: what meets a word besides."""
    parts = [[_joined(Either, (word.expression(), *also.get(word, ()))) for word in words] for words in readings]
    return _joined(Either, [_joined(Both, words) for words in parts])


def fts5(expression: Expression) -> str:
    """The expression as FTS5 reads it. Tokens hold letters and digits only, so nothing in them is syntax."""
    if isinstance(expression, Phrase):
        return f'{expression.column} : "{" ".join(expression.tokens)}"{" *" if expression.begins else ""}'
    joint = " AND " if isinstance(expression, Both) else " OR "
    return f"({joint.join(map(fts5, expression.parts))})"


def tsquery(expression: Expression) -> str:
    """The expression as PostgreSQL's ``tsquery`` literal over ``tsvector``'s lexemes."""
    if isinstance(expression, Phrase):
        lexemes = [f"'{_SHORT[expression.column]}{token}'" for token in expression.tokens]
        return f"({' <-> '.join(lexemes)}{':*' if expression.begins else ''})"
    joint = " & " if isinstance(expression, Both) else " | "
    return f"({joint.join(map(tsquery, expression.parts))})"


def tsvector(row: RowText) -> str:
    """A row as PostgreSQL's ``tsvector`` literal. Limit: phrases beyond its 16 383rd place are not found."""
    lexemes, place = list[str](), 0
    for column, text in (("grams", row.grams), ("runs", row.runs), ("words", row.words)):
        for token in text.split():
            place += 1
            if token != BREAK:
                lexemes.append(f"'{_SHORT[column]}{token}':{place}")
        place += 1
    return " ".join(lexemes)


def found_in(readings: Readings, sort: Sort, value: str) -> list[tuple[int, int]]:
    """Where a field shows what was asked: start and end in ``value``, in order, apart from one another."""
    words = [word for reading in readings for word in reading]
    if sort == "day":
        year, month, day = value.split("-")
        meant = {f"d{year}{month}{day}", f"m{year}{month}", f"y{year}", f"e{month}{day}"}
        return [(0, len(value))] if any(meant & set(word.days) for word in words) else []
    places = [place for at, c in enumerate(value) for place in [at] * len(folded(c))]
    text, spans = fold(value), list[tuple[int, int]]()
    for word in words:
        for part in (*word.texts, *([word.sign] if word.sign and sort == "name" else [])):
            at = text.find(part)
            if at >= 0:
                spans.append((places[at], places[at + len(part) - 1] + 1))
        if sort == "case" and not spans and any(part in fold(case_key(value)) for part in word.texts):
            spans.append((0, len(value)))
        if sort == "name" and word.letters:
            spans += [(value.index(name), value.index(name) + len(name)) for name in names_in(value)
                      if any(way.startswith(word.letters) for way in initials(fold(name)))]
    return _apart(spans)


def _joined(kind: type[Both] | type[Either], parts: Sequence[Expression]) -> Expression:
    return parts[0] if len(parts) == 1 else kind(tuple(parts))


def _word(part: str) -> Word:
    text = fold(part)
    texts = tuple(t for t in dict.fromkeys((text, fold(case_key(part)))) if len(t) > 1)
    sign = text if len(text) == 1 and not text.isascii() else ""
    return Word(texts, sign, text if _LETTERS.fullmatch(text) else "", tuple(days_meant(part)))


def _says_enough(word: Word) -> bool:
    return bool(word.texts or word.sign or word.days)


def _exact(text: str) -> Expression:
    """A stretch of text. Runs of four and more come first: they are rarer than pairs."""
    runs = [Phrase("runs", tuple(fours(run))) for run in _LONG_RUN.findall(text)]
    if runs and len(runs[0].tokens) == len(text) - 3:
        return runs[0]
    return Both((*runs, Phrase("grams", tuple(pairs(text))))) if runs else Phrase("grams", tuple(pairs(text)))


def _apart(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged = list[tuple[int, int]]()
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((start, end))
    return merged
