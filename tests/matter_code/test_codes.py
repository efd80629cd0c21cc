"""The text of a matter's code: made one way, and read back in that way only."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.errors import Refused
from archive.matter_codes import LONGEST, PREFIX, matter_code, matter_of

DECOMPOSED = "Cafe\u0301 检查"


def test_a_matter_is_written_otherwise_than_it_was_agreed() -> None:
    assert matter_code("阿尔曼烤肉店日常检查") == "liuhen:matter:阿尔曼烤肉店日常检查"
    assert matter_code("  2026 spot checks ") == "liuhen:matter:2026 spot checks"
    assert matter_code(DECOMPOSED) == "liuhen:matter:Caf\u00e9 检查"
    assert matter_of(matter_code("查" * LONGEST)) == "查" * LONGEST


@pytest.mark.parametrize("text", ["", "  ", "查" * 101, "a\nb", "a\u0000b", "a\u202eb", "a\u2028b", "a\ud800"])
def test_a_matter_no_code_can_say_gets_one(text: str) -> None:
    with pytest.raises(Refused, check=lambda fault: fault.code == "matter.text"):
        matter_code(text)


@pytest.mark.parametrize("text", [
    "", "https://example.org", "liuhen:matter", PREFIX, PREFIX + " a", PREFIX + "a ", PREFIX + "a\u0007",
    PREFIX + "查" * 101, PREFIX + DECOMPOSED, PREFIX.upper() + "A", " " + PREFIX + "a", PREFIX + "\ud83d"])
def test_another_text_passes_for_a_matter(text: str) -> None:
    assert matter_of(text) is None


@given(st.one_of(st.text(max_size=120), st.text(max_size=120).map(PREFIX.__add__)))
def test_a_text_reads_as_a_matter_it_is_not_the_code_of(text: str) -> None:
    matter = matter_of(text)
    assert matter is None or matter_code(matter) == text


@given(st.text(max_size=120))
def test_a_matter_is_lost_in_its_code(text: str) -> None:
    try:
        code = matter_code(text)
    except Refused:
        return
    assert matter_of(code) == unicodedata.normalize("NFC", text).strip()
