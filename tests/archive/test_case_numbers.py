"""One case number in many spellings is found as one; two numbers are never one."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.case_numbers import case_key

SAME = [
    ("吉市监罚〔2023〕6号", [
        "吉市监罚（2023）6号", "吉市监罚(2023)6号", "吉市监罚[2023]6号", "吉市监罚【2023】6号",
        "吉市监罚［２０２３］６号", "吉市监罚｛2023｝6号", "吉市监罚 〔 2023 〕 6 号", "吉市监罚　〔2023〕6号",
        "吉市监罚﹝2023﹞6号", "\u200b吉市监罚〔2023〕6号\ufeff", "吉市监罚〔2023〕6号\r\n", "吉市监罚<2023>6号",
    ]),
    ("AQ-2023-0007", ["aq-2023-0007", "ＡＱ－２０２３－０００７", " AQ-2023-0007\t", "Aq-2023-\u00ad0007"]),
]
OTHER = [
    "罚〔2023〕6号", "罚〔2023〕06号", "罚〔2023〕66号", "罚〔2023〕6-1号", "罚〔2023〕61号", "罚〔2023〕6①号",
    "罚〔2023〕6¹号", "罚〔2023〕6½号", "罚〔2023〕6⑴号", "罚〔2023〕6㏠号", "罚〔2023〕61日号", "罚〔2022〕6号",
    "不罚〔2023〕6号", "罚2023〕6号", "罚20236号", "罚〔202〕36号", "罚〔2023〕六号", "罚〔2023〕٦号", "罚〔2023〕Ⅵ号",
]


@pytest.mark.parametrize(("number", "spelling"), [(number, s) for number, spellings in SAME for s in spellings])
def test_a_spelling_is_not_found(number: str, spelling: str) -> None:
    assert case_key(spelling) == case_key(number)


def test_two_numbers_are_one() -> None:
    keys = {number: case_key(number) for number in OTHER}
    assert len(set(keys.values())) == len(OTHER), keys


WILD = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


@settings(max_examples=500)
@given(WILD)
def test_a_key_has_another_key(text: str) -> None:
    key = case_key(text)
    assert case_key(key) == key
    assert not any(c.isspace() or unicodedata.category(c) in ("Cf", "Cc") for c in key)


@pytest.mark.parametrize("text", ["ΐ", "ǰ", "a\u200b\u0301", "e \u0301", "ﬃ", "ß", "ŉ", "ſ", "ı", "ⅷ", "℡", "ẞ", "가"])
def test_a_letter_that_changes_under_folding_never_settles(text: str) -> None:
    assert case_key(case_key(text)) == case_key(text)


WIDE = str.maketrans({chr(c): chr(c + 0xFEE0) for c in range(0x21, 0x7F)})
OPENING, CLOSING = "〔［【(（{｛[", "〕］】)）}｝]"


@st.composite
def spellings(draw: st.DrawFn) -> tuple[str, str]:
    """A number and another way to type it."""
    word, year = draw(st.text("吉市监罚不立AqZ", max_size=6)), draw(st.integers(0, 9999))
    number = draw(st.integers(0, 10**9))
    bracket = draw(st.integers(0, len(OPENING) - 1))
    typed = [word, OPENING[bracket], str(year), CLOSING[bracket], str(number), "号"]
    typed = [part.translate(WIDE) if draw(st.booleans()) else part for part in typed]
    typed = [part.lower() if draw(st.booleans()) else part for part in typed]
    gaps = draw(st.lists(st.sampled_from(["", " ", "　", "\t", "\u200b", "\u00a0"]), min_size=6, max_size=6))
    return f"{word}〔{year}〕{number}号", "".join(a + b for a, b in zip(gaps, typed, strict=True))


@settings(max_examples=300)
@given(spellings())
def test_width_brackets_spaces_or_case_make_another_number(pair: tuple[str, str]) -> None:
    assert case_key(pair[0]) == case_key(pair[1])


@settings(max_examples=300)
@given(st.tuples(st.integers(0, 9999), st.integers(0, 10**6)), st.tuples(st.integers(0, 9999), st.integers(0, 10**6)))
def test_two_numbers_of_one_office_collide(one: tuple[int, int], other: tuple[int, int]) -> None:
    keys = [case_key(f"吉市监罚（{year}） {number} 号".translate(WIDE)) for year, number in (one, other)]
    assert (keys[0] == keys[1]) == (one == other)


@settings(max_examples=300)
@given(WILD, st.integers(0, 9), WILD, st.characters(exclude_categories=["Cs", "Nd"]))
def test_a_sign_that_is_no_digit_folds_into_one(before: str, digit: int, after: str, sign: str) -> None:
    def digits(text: str) -> str:
        return "".join(str(unicodedata.decimal(c)) for c in text if c.isdecimal())

    assert digits(case_key(f"{before}{digit}{sign}{after}")) == digits(f"{before}{digit}{sign}{after}")
