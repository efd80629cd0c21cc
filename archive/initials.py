"""First letters of Chinese names in pinyin, every reading of a surname: 单建国 is djg, cjg and sjg.

Readings are pypinyin's table of single characters, read without loading the library (docs/adr/0011).
"""

import functools
import importlib.util
import itertools
import json
import unicodedata
from collections.abc import Mapping
from pathlib import Path

LONGEST = 8
"""Characters of a name; what is longer is an organisation or not Chinese."""
MOST = 32
"""Combinations kept of one name: those in which the last characters have their commonest readings first."""


def initials(name: str) -> tuple[str, ...]:
    """The ways to write the name in first letters, lower case; none when a character has no reading, or for a name
    shorter than two or longer than ``LONGEST`` characters. ``name``: without spaces and signs.

    Limit: of more than ``MOST`` ways those with rarer readings of the later characters are left out; no surname has
    as many readings, so that all of its are kept.
    """
    if not 2 <= len(name) <= LONGEST:
        return ()
    read = [_letters(c) for c in reversed(name)]
    ways = ("".join(reversed(letters)) for letters in itertools.product(*read))
    return tuple(itertools.islice(dict.fromkeys(ways), MOST))


@functools.lru_cache(maxsize=16384)
def _letters(c: str) -> tuple[str, ...]:
    """First letters of a character's readings, the commonest first, each once; none when it has no reading."""
    bare = unicodedata.normalize("NFD", _readings().get(str(ord(c)), ""))
    return tuple(dict.fromkeys(reading[0] for reading in bare.split(",") if reading[:1].isascii() and reading))


@functools.cache
def _readings() -> Mapping[str, str]:
    """Code point (decimal) to readings, comma between them. Read once, on the first name: 0.8 MB."""
    found = importlib.util.find_spec("pypinyin")
    if found is None or found.origin is None:
        raise ModuleNotFoundError("pypinyin is not installed")
    readings: Mapping[str, str] = json.loads(Path(found.origin).with_name("pinyin_dict.json").read_text("utf-8"))
    return readings
