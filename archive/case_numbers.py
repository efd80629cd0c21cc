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
    narrow = "".join(_narrow(c) for c in text).translate(_BRACKETS)
    kept = (c for c in narrow if not c.isspace() and unicodedata.category(c) not in _DROPPED)
    return unicodedata.normalize("NFC", "".join(kept).upper())


@functools.lru_cache(maxsize=4096)
def _narrow(c: str) -> str:
    folded = unicodedata.normalize("NFKC", c)
    hides_digits = not c.isdecimal() and any(d.isdecimal() for d in folded)
    return c if hides_digits else folded
