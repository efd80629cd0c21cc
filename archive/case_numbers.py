"""Case numbers as people type them, brought to one spelling for search; the spelling given stays as it came."""

import functools
import unicodedata

_BRACKETS = str.maketrans(dict.fromkeys("〔［【(（{｛<《", "[") | dict.fromkeys("〕］】)）}｝>》", "]"))
_DROPPED = ("Cf", "Cc")


def case_key(case_no: str) -> str:
    """The search key: full to half width (NFKC), one kind of bracket, no spaces, upper case; a key is its own key.

    Signs that NFKC would turn into digits beside digits (② ² ½ ㏠) stay: 6② and 62 are two numbers. Limit: spaces
    count for nothing, so ``6 2`` and ``62`` are one.

    >>> case_key("吉市监罚（２０２３） 6 号") == case_key("吉市监罚〔2023〕6号")
    True
    """
    # Upper case and dropped characters can let letters join anew: fold until nothing changes.
    text, folded = case_no, _fold(case_no)
    while folded != text:
        text, folded = folded, _fold(folded)
    return folded


def _fold(text: str) -> str:
    return unicodedata.normalize("NFC", "".join(map(_folded, text)).upper())


@functools.lru_cache(maxsize=4096)
def _folded(c: str) -> str:
    """One character narrowed, brackets brought to one kind, or nothing; remembered, as labels are keyed while all
    other appends wait."""
    narrow = unicodedata.normalize("NFKC", c)
    if not c.isdecimal() and any(d.isdecimal() for d in narrow):
        narrow = c  # it would hide digits
    bare = narrow.translate(_BRACKETS)
    return "".join(d for d in bare if not d.isspace() and unicodedata.category(d) not in _DROPPED)
