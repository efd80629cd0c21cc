"""Chinese characters that people type for one another, brought to one: traditional to simplified, sign by sign.

The table is OpenCC's (pinned: keys in the database depend on it; docs/adr/0011). Never by words: a key has no context.
"""

import functools

import opencc

_TABLE = opencc.OpenCC("t2s")


@functools.lru_cache(maxsize=16384)
def simplified(c: str) -> str:
    """The simplified form of one character, or the character: many traditional ones have the same simplified one.

    Its result is its own form. What the table does not know (rare characters, private ones) comes back as it was.
    Limit: two characters of which one is also the other's simplified form (乾 and 干) are one.
    """
    form = _TABLE.convert(c)
    if len(form) != 1 or form == c:
        return c
    return simplified(form)
