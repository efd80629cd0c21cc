"""A sheet as people leave it: encodings, headers, times and cells; bad rows are named by line, nothing is guessed."""

import csv
import io
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.errors import Refused
from ingest.adoption_sheet import COLUMNS, read_sheet, template
from ingest.adoption_times import spans, stated

NOW = datetime(2026, 11, 20, tzinfo=UTC)
ENCODINGS = ("utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16")
CELLS = st.text(st.characters(codec="gbk", categories=("L", "N"), include_characters=" ,;\t\"〔〕"),
                min_size=1, max_size=20).map(str.strip).filter(bool)


def written(rows: list[list[str]], delimiter: str = ",") -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows(rows)
    return text.getvalue()


@given(st.lists(st.tuples(CELLS, CELLS), max_size=6), st.sampled_from(ENCODINGS), st.sampled_from(",;\t"))
def test_a_cell_is_read_otherwise_than_it_was_written(
        cells: list[tuple[str, str]], encoding: str, delimiter: str) -> None:
    text = written([["文件路径", "地点"], *([path, place] for path, place in cells)], delimiter)
    found = read_sheet(text.encode(encoding), NOW)
    assert [(row.untrusted_path, row.values.get("place")) for row in found.rows] == [
        (path, place if place.isprintable() else None) for path, place in cells]
    assert [row.line for row in found.rows] == list(range(2, len(cells) + 2))


@given(st.binary(max_size=300) | st.text(max_size=200).map(lambda text: ("path,started\n" + text).encode()))
def test_any_bytes_stop_the_reading_with_another_fault_than_ours(data: bytes) -> None:
    with suppress(Refused):
        assert all(row.untrusted_path for row in read_sheet(data, NOW).rows)


@pytest.mark.parametrize("field", COLUMNS)
def test_a_documented_header_is_not_known(field: str) -> None:
    for name in COLUMNS[field]:
        other = [] if field == "path" else ["文件路径"]
        assert not read_sheet(written([[*other, name.upper()]]).encode(), NOW).findings


@pytest.mark.parametrize(("row", "code"), [
    (["", "2023-06-01", ""], "no_path"), (["a", "1/6/2023", ""], "bad_time"), (["a", "2023-13-01", ""], "bad_time"),
    (["a", "2031-01-01", ""], "future_time"), (["a", "2023-06-02", "2023-06-01"], "times_contradict"),
    (["a", "", "", "吉" * 501], "bad_value"), (["a", "", "", "x\x07y"], "bad_value"),
    (["a", "", "", "", "more"], "cells"),
])
def test_a_bad_row_is_taken_or_named_by_another_line(row: list[str], code: str) -> None:
    text = written([["path", "started", "ended", "case_no"], ["first\nof two lines", "", "", ""], row])
    sheet = read_sheet(text.encode(), NOW)
    (found,) = sheet.findings
    assert (found.code, found.line, sheet.rows[0].line) == (code, 4, 2)


def test_times_that_contradict_or_do_not_read_are_believed() -> None:
    rows = [["path", "start", "end"], ["a", "2023-06-02", "2023-06-01"], ["b", "昨天", "2023-06-01"]]
    contradicting, half = read_sheet(written(rows).encode(), NOW).rows
    assert (contradicting.started, contradicting.ended, half.started) == (None, None, None)
    assert half.ended is not None


@pytest.mark.parametrize("text", [b"", b"name\n", b"path,file\n", b"\x00\x01", b"path\n\xff\xff\xff"])
def test_what_is_no_sheet_is_read_as_one(text: bytes) -> None:
    with pytest.raises(Refused, match=r"sheet|columns|line"):
        read_sheet(text, NOW)


def test_the_template_has_a_fault_of_its_own() -> None:
    found = read_sheet(template().encode(), NOW)
    assert not found.findings
    (row,) = found.rows
    assert row.values.keys() == COLUMNS.keys() - {"path", "started", "ended"}


@pytest.mark.parametrize(("text", "earliest", "length"), [
    ("2023-06-01", "2023-05-31T16:00:00", timedelta(days=1)),
    ("2023年6月1日", "2023-05-31T16:00:00", timedelta(days=1)),
    ("2023/6/1 9:30", "2023-06-01T01:30:00", timedelta(minutes=1)),
    ("２０２３－０６－０１　０９：３０：１５", "2023-06-01T01:30:15", timedelta(seconds=1)),
    ("2023年6月1日9时30分15秒", "2023-06-01T01:30:15", timedelta(seconds=1)),
    ("20230601093015", "2023-06-01T01:30:15", timedelta(seconds=1)),
    ("2023-06-01T01:30:15Z", "2023-06-01T01:30:15", timedelta(seconds=1)),
])
def test_a_time_is_taken_for_more_exact_than_it_is_written(text: str, earliest: str, length: timedelta) -> None:
    found = stated(text)
    assert found.earliest == datetime.fromisoformat(earliest).replace(tzinfo=UTC)
    assert found.latest - found.earliest + timedelta(microseconds=1) == length


@given(st.none() | st.integers(0, 3600 * 24 * 9000), st.none() | st.integers(0, 3600 * 24 * 9000))
def test_a_claimed_interval_ends_before_it_begins(start: int | None, end: int | None) -> None:
    told = [None if at is None else stated(f"{NOW - timedelta(seconds=at):%Y-%m-%d %H:%M:%SZ}") for at in (start, end)]
    for made in spans(told[0], told[1], NOW):
        assert made.earliest <= made.latest
