"""A row is found by every stretch of its fields, in any spelling; by what does not stand there it is not."""

import hashlib
import sqlite3
import unicodedata
from collections.abc import Iterator
from contextlib import closing

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from archive.errors import Refused
from archive.initials import MOST, initials
from archive.search_query import asked, expression_of, found_in, fts5
from archive.search_text import BREAK, RowText, Sort, fold, folded, row_text
from archive.search_triggers import TABLE

Fields = list[tuple[Sort, str]]


@pytest.fixture(scope="module")
def index() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        connection.execute(TABLE)
        yield connection


def finds(index: sqlite3.Connection, fields: Fields, query: str) -> bool:
    """Whether a query finds a row of these fields, asked of FTS5 itself."""
    return is_found(index, row_text(fields, ("krec",)), query)


def is_found(index: sqlite3.Connection, row: RowText, query: str) -> bool:
    index.execute("INSERT INTO search_index(search_index) VALUES ('delete-all')")
    index.execute("INSERT INTO search_index(rowid, grams, runs, words) VALUES (1, ?, ?, ?)",
                  (row.grams, row.runs, row.words))
    return index.execute("SELECT rowid FROM search_index WHERE search_index MATCH ?", (
        fts5(expression_of(asked(query))),)).fetchall() == [(1,)]


HAN = "吉市监监罰罚农農业業张張建国國单曾𠮷𪚥龘〇号第年月日"
TEXT = st.text(st.one_of(st.sampled_from(HAN + "0123456789abZ-_.·()（〕　 \u200b②½éß"),
                         st.characters(exclude_categories=["Cs"])), min_size=1, max_size=24)


@settings(max_examples=400)
@given(st.sampled_from(["text", "name", "case"]), TEXT, TEXT, st.data())
@example("text", "e\u0301te", "x", None)
@example("case", "吉市监罰〔2023〕第6号", "x", None)
@example("text", "A 3 室", "x", None)
def test_a_stretch_of_a_field_does_not_find_its_row(
        index: sqlite3.Connection, sort: Sort, value: str, other: str, data: st.DataObject | None) -> None:
    """Two characters or more after folding; of a name one Chinese character is enough."""
    row = row_text([("text", other), (sort, value), ("text", other)])
    stretches = [(a, b) for a in range(len(value)) for b in range(a + 1, len(value) + 1)]
    for start, end in stretches if data is None else [data.draw(st.sampled_from(stretches))]:
        stretch = value[start:end]
        text = fold(stretch)
        if len(text) < 2 and not (sort == "name" and text and not text.isascii()):
            continue
        assert is_found(index, row, stretch), (stretch, row)


@settings(max_examples=300)
@given(TEXT, TEXT, TEXT)
def test_a_row_is_found_by_what_does_not_stand_in_it(
        index: sqlite3.Connection, one: str, two: str, query: str) -> None:
    """Whole query words as stretches; a phrase does not reach from one field into the next."""
    try:
        readings = asked(query)
    except Refused:
        assume(False)
    assume(not any(word.days for words in readings for word in words))
    stands = [fold(one), fold(two)]
    expected = any(all(any(text in field for text in word.texts for field in stands) for word in words)
                   for words in readings)
    assert is_found(index, row_text([("text", one), ("text", two)]), query) == expected


@settings(max_examples=300)
@given(TEXT, st.integers(0, 24), st.integers(0, 24))
def test_a_stretch_folds_into_something_that_is_no_stretch(text: str, start: int, end: int) -> None:
    assert fold(text[start:end]) in fold(text)
    assert fold(fold(text)) == fold(text)
    assert all(BREAK not in folded(c) and not any(d.isascii() and not d.isalnum() for d in folded(c)) for c in text)


@pytest.mark.parametrize("query", [
    "2026-11-28", "2026/11/28", "2026年11月28日", "2026 年 11 月 28 日", "11月28日", "２０２６年１１月", "2026年",
    "20261128"])
def test_a_spelling_of_a_day_is_not_understood(index: sqlite3.Connection, query: str) -> None:
    assert finds(index, [("day", "2026-11-28")], query)
    assert not finds(index, [("day", "2025-10-27")], query)


@pytest.mark.parametrize(("field", "query"), [
    ("阿迪力·买买提", "阿迪力买买提"), ("阿迪力•买买提", "阿迪力·买买提"), ("張建國", "张建国"),
    ("张建国", "張建國"), ("张三", "张"), ("王 张", "张 王"),
    ("单建国", "sjg"), ("单建国", "djg"), ("曾国藩", "zgf"), ("曾国藩", "cgf"), ("张三、李四", "ls"), ("张建国", "zj"),
    ("𠮷野太郎", "𠮷"), ("𪚥龘", "𪚥龘"), ("欧阳娜娜", "oynn"), ("仇英", "qy"), ("\ue123文", "\ue123"),
])
def test_a_name_is_not_found_as_it_is_typed(index: sqlite3.Connection, field: str, query: str) -> None:
    assert finds(index, [("name", field)], query)
    assert found_in(asked(query), "name", field)


@pytest.mark.parametrize(("field", "query"), [
    ("张三", "ls"), ("张三李", "sl"), ("𠮷野", "吉野"), ("某某市食品有限公司", "mmssp"), ("张建国", "建张"),
    ("张三", "三张"),
])
def test_another_name_is_found(index: sqlite3.Connection, field: str, query: str) -> None:
    assert not finds(index, [("name", field)], query)
    assert not found_in(asked(query), "name", field)


@pytest.mark.parametrize("query", ["三2026", "张三bc", "张三 李四", "李四 张三", "公司 2027",
                                   "公司张", "6abc4012"])
def test_half_of_what_was_asked_or_two_fields_end_to_end_are_enough(index: sqlite3.Connection, query: str) -> None:
    fields: Fields = [("text", "某公司"), ("text", "司张三"), ("text", "2026abc4"), ("text", "bc4012")]
    assert finds(index, fields, "某公司 司张三 2026abc4 bc4012")
    assert not finds(index, fields, query)


def test_a_place_is_found_by_initials_or_one_character(index: sqlite3.Connection) -> None:
    assert not finds(index, [("text", "长江路")], "cjl")
    assert not finds(index, [("text", "长江路")], "长")


@pytest.mark.parametrize("query", ["", "  ", "a", "7", "·", "- 3", "\u200b"])
def test_a_query_that_says_too_little_is_looked_for(query: str) -> None:
    with pytest.raises(Refused) as refusal:
        asked(query)
    assert refusal.value.code == "search.too_short"


@settings(max_examples=300)
@given(st.text(max_size=40))
def test_what_is_typed_is_read_as_a_command(index: sqlite3.Connection, query: str) -> None:
    try:
        expression = fts5(expression_of(asked(query.encode("utf-8", "ignore").decode())))
    except Refused:
        return
    index.execute("SELECT count(*) FROM search_index WHERE search_index MATCH ?", (expression,)).fetchone()


@pytest.mark.parametrize("query", ['" OR words : "krec', "grams : 张建", "张建 NOT 建国", "张*", "^张建", "NEAR(张建)",
                                   "krec"])
def test_syntax_of_the_index_is_understood(index: sqlite3.Connection, query: str) -> None:
    assert not finds(index, [("text", "无关")], query)


def test_more_readings_than_are_kept_lose_those_of_the_surname() -> None:
    ways = initials("单" + "行" * 7)
    assert len(ways) <= MOST
    assert {way[0] for way in ways} == {"s", "d", "c"}
    assert initials("张") == initials("张" * 9) == initials("Zhang") == ()


@pytest.mark.parametrize(("value", "sort", "query", "marked"), [
    ("吉市监罰〔2023〕第6号", "case", "吉市监罚(2023)6号", ["吉市监罰〔2023〕第6号"]),
    ("阿迪力·买买提", "name", "力买", ["力·买"]),
    ("<b>长江路</b>", "text", "长江", ["长江"]), ("20261128_0930.mp4", "text", "1128_09 mp4", ["1128_09", "mp4"]),
    ("张三、李四", "name", "ls", ["李四"]), ("2026-11-28", "day", "11月28日", ["2026-11-28"]),
    ("ﬃx", "text", "fi", ["ﬃ"]),
])
def test_what_was_found_is_marked_elsewhere(value: str, sort: Sort, query: str, marked: list[str]) -> None:
    assert [value[a:b] for a, b in found_in(asked(query), sort, value)] == marked


def test_the_form_of_the_index_changed_and_no_migration_filled_it_again() -> None:
    """Rows in databases depend on it: with another digest goes a migration that calls ``search_fill``."""
    known = unicodedata.ucd_3_2_0.category  # the same for every Python
    text = "".join(c for code in range(0x20, 0x31350) if known(c := chr(code)) not in ("Cn", "Cs"))
    sorts: tuple[Sort, ...] = ("text", "name")
    parts = [row_text([(sort, text[at:at + 6])]) for at in range(0, len(text), 6) for sort in sorts]
    parts += [row_text([("case", "吉市监罰〔2023〕第6号"), ("day", "2026-11-28")], ("krec",))]
    assert hashlib.sha256(repr(parts).encode()).hexdigest() == (
        "570ee67391aa70f5b1bead502730de8313db23b67f8b3fa954978a48ed3e54b6")
