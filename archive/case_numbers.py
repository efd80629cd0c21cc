"""Case numbers as people type them, brought to one spelling for search; the spelling given stays as it came."""

import functools
import re
import unicodedata

from archive.characters import simplified

_BRACKETS = str.maketrans(dict.fromkeys("〔［【(（{｛<《", "[") | dict.fromkeys("〕］】)）}｝>》", "]"))
_DROPPED = ("Cf", "Cc")
_YEAR = "(?:19|20)[0-9]{2}"
_YEAR_FORM = re.compile(
    rf"\[({_YEAR})年?\](?:年(?!度))?"  # [2023] [2023年] [2023]年
    rf"|(?<![0-9])({_YEAR})(?:年(?!度)|(?=第[0-9]))")  # 2023年6号 2023第6号
_ORDINAL = re.compile(r"(?<![0-9])第(?=[0-9])")
"""Not between digits, which would then be one number."""
_PARTS = re.compile(rf"(?P<head>[^\[\]0-9]*)(?P<year>\[{_YEAR}\])(?P<serial>[0-9].*)", re.DOTALL)
_ACT = re.compile(r"[不免减未]?.字?$")


@functools.lru_cache(maxsize=1024)
def case_key(case_no: str) -> str:
    """The search key: full to half width (NFKC), simplified characters, one kind of bracket, no spaces, upper case,
    one form of the year (``[2023]``), no 第 before the number; a key is its own key.

    Signs that NFKC would turn into digits beside digits (② ² ½ ㏠) stay: 6② and 62 are two numbers; so are 06 and 6.
    A year is four digits from 1900 to 2099 in brackets, before 年 or before 第; no other digits are taken for one.
    Limits: spaces count for nothing, so ``6 2`` and ``62`` are one; the unit's words are compared as they stand, see
    ``case_tail`` for the same number under another form of them.

    >>> case_key("吉市監罰（２０２３） 第 6 號") == case_key("吉市监罚2023年6号") == "吉市监罚[2023]6号"
    True
    """
    # Upper case and dropped characters can let letters join anew: fold until nothing changes.
    text, folded = case_no, _fold(case_no)
    while folded != text:
        text, folded = folded, _fold(folded)
    return folded


def case_tail(key: str) -> str | None:
    """Of a key what no form of the unit's words changes: ``[2023]6号/罚``; None without a year and a number.

    After the slash the word of the act: the last character before the year (not counting 字), with a 不 免 减 未 before
    it. Empty where nothing stands before the year.
    """
    found = _PARTS.fullmatch(key)
    if found is None or "/" in key:
        return None
    act = _ACT.search(found["head"])
    return f"{found['year']}{found['serial']}/{act.group().removesuffix('字') if act else ''}"


def _fold(text: str) -> str:
    narrow = unicodedata.normalize("NFC", "".join(map(_folded, text)).upper())
    return _ORDINAL.sub("", _YEAR_FORM.sub(lambda found: f"[{found[1] or found[2]}]", narrow))


@functools.lru_cache(maxsize=4096)
def _folded(c: str) -> str:
    """One character narrowed, brackets brought to one kind, or nothing; remembered, as labels are keyed while all
    other appends wait."""
    narrow = unicodedata.normalize("NFKC", c)
    if not c.isdecimal() and any(d.isdecimal() for d in narrow):
        narrow = c  # it would hide digits
    bare = "".join(map(simplified, narrow)).translate(_BRACKETS)
    return "".join(d for d in bare if not d.isspace() and unicodedata.category(d) not in _DROPPED)
