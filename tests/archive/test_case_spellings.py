"""Ten thousand case numbers, each typed in several ways: found as itself, and never as another."""

import hashlib
import random
import sys
import unicodedata

import pytest

from archive.case_numbers import case_key, case_tail
from archive.characters import simplified

UNITS = ("市监", "农业", "卫监", "应急", "城管", "环", "文综", "交执", "建", "消")
TRADITIONAL = str.maketrans("监农业应环综执号马龙罚强许", "監農業應環綜執號馬龍罰強許")
PLACES = ("吉", "长", "乌", "马", "龙", "沪", "川", "𠮷", "")
ACTS = ("罚", "立", "查", "强", "许", "不罚", "免罚", "告")
ENDINGS = ("号", "号之一", "号之二", "-1号", "")
WIDE = str.maketrans({chr(c): chr(c + 0xFEE0) for c in range(0x21, 0x7F)})
YEARS = ("〔{}〕", "({})", "（{}）", "[{}]", "【{}】", "{}年", "〔{}年〕", "({})年", "［{}］", "〔{}〕 ")


def numbers() -> list[tuple[str, str, int, str]]:
    """Head, act, year and serial with its ending: ten thousand, no two alike."""
    chance, made = random.Random(6), dict[tuple[str, str, int, str], None]()
    while len(made) < 10_000:
        zeros, most = chance.choice(("", "0", "00")), chance.choice((60, 9999))
        serial = f"{zeros}{chance.randint(1, most)}"
        head = chance.choice(PLACES) + chance.choice(UNITS)
        made[head, chance.choice(ACTS), chance.randint(1999, 2027), serial + chance.choice(ENDINGS)] = None
    return list(made)


def written(number: tuple[str, str, int, str]) -> str:
    head, act, year, serial = number
    return f"{head}{act}〔{year}〕{serial}"


def typed(number: tuple[str, str, int, str], chance: random.Random) -> str:
    """Another way to write it."""
    head, act, year, serial = number
    year_form = chance.choice(YEARS).format(year)
    ordinal = chance.choice(("", "第")) if serial[0].isdigit() else ""
    text = chance.choice(("", " ", "　", "\u200b")).join((head, act, year_form, ordinal, serial))
    if chance.random() < 0.5:
        text = text.translate(TRADITIONAL)
    return text.translate(WIDE) if chance.random() < 0.3 else text


def test_a_number_is_not_found_as_it_is_typed_or_found_as_another() -> None:
    chance, keys = random.Random(7), dict[str, str]()
    for number in numbers():
        key = case_key(written(number))
        assert keys.setdefault(key, written(number)) == written(number)
        for _ in range(5):
            assert case_key(typed(number, chance)) == key
    assert len(keys) == 10_000


def test_a_tail_joins_numbers_of_another_act_year_or_serial() -> None:
    """And parts none that differ in the unit's words alone."""
    groups = dict[str | None, set[tuple[str, int, str]]]()
    for head, act, year, serial in numbers():
        groups.setdefault(case_tail(case_key(f"{head}{act}〔{year}〕{serial}")), set()).add((act, year, serial))
    assert None not in groups
    assert {len(group) for group in groups.values()} == {1}
    assert len({min(group) for group in groups.values()}) == len(groups)


@pytest.mark.parametrize(("one", "other"), [
    ("吉市监罚〔2023〕6号", "吉市监罚〔23〕6号"), ("吉市监罚〔2023〕6号", "吉市监罚20236号"),
    ("吉12第6号", "吉126号"), ("吉市监罚〔2023〕第6号", "吉市监罚〔2023〕第06号"), ("罚2023年度6号", "罚2023年6号"),
    ("罚〔1823〕6号", "罚1823年6号"), ("罚12023年6号", "罚1〔2023〕6号"), ("罚〔2023〕6号", "不罚〔2023〕6号"),
    ("罚〔23〕6号", "罚23年6号"), ("吉市监罚字〔2023〕6号", "吉市监罚〔2023〕6号"),
    ("吉市监罚〔2023〕六号", "吉市监罚〔2023〕6号"), ("𠮷罚〔2023〕6号", "吉罚〔2023〕6号"),
])
def test_two_numbers_become_one(one: str, other: str) -> None:
    assert case_key(one) != case_key(other)


@pytest.mark.parametrize(("key", "tail"), [
    ("吉市监罚[2023]6号", "[2023]6号/罚"), ("吉林市市场监管局罚字[2023]6号", "[2023]6号/罚"),
    ("[2023]6号", "[2023]6号/"), ("吉市监不罚[2023]6号", "[2023]6号/不罚"), ("吉市监罚6号", None),
    ("2023", None), ("罚[2023]", None), ("罚[2023]号", None), ("罚[2023]6/7号", None), ("AQ-2023-0007", None),
])
def test_a_tail_is_made_of_what_has_none(key: str, tail: str | None) -> None:
    assert case_tail(key) == tail


def test_a_character_has_a_form_that_has_another() -> None:
    for code in range(sys.maxunicode + 1):
        c = simplified(chr(code)) if not 0xD800 <= code <= 0xDFFF else ""
        assert c == "" or (len(c) == 1 and simplified(c) == c)


def test_a_rare_character_is_lost_or_taken_for_another_that_is_not_its_form() -> None:
    """Those that change are in OpenCC's table, or Unicode holds them for the character they become."""
    planes = (*range(0x20000, 0x2A6E0), *range(0x2A700, 0x2EBE1), *range(0x2F800, 0x2FA1E), *range(0x30000, 0x3134B))
    for code in planes:
        key = case_key(chr(code))
        assert len(key) == 1
        assert key in (chr(code), simplified(chr(code)), simplified(unicodedata.normalize("NFC", chr(code))))
    assert case_key("𠮷") == "𠮷" != case_key("吉")
    assert case_key("\U000f0123\ue123") == "\U000f0123\ue123"


def test_the_table_of_characters_changed_and_no_migration_made_the_keys_again() -> None:
    """Stored keys depend on it: with another digest goes a migration that calls ``search_fill``."""
    table = "".join(simplified(chr(code)) for code in range(0x2E80, 0x31350) if not 0xD800 <= code <= 0xDFFF)
    assert hashlib.sha256(table.encode()).hexdigest() == (
        "3b31ba22734acaa5f8ef4d8a70639a8629f1ff733921532da708c1f35ac7c3a0")
