"""Stored waveform peaks brought onto the player's time line."""

import json
from itertools import repeat
from typing import Any

MOST = 8000
SILENCE = (0, 0)


def peaks(stored: bytes, starts_us: int, duration_us: int) -> tuple[tuple[int, int], ...]:
    """(minimum, maximum) pairs in -128…127, equally long, from the recording's beginning to its end.

    ``stored``: ``{"bucket_us":n,"max":[…],"min":[…],"v":1}``, counted from the first sound. Where a recorder keeps
    pictures from before the button was pressed, sound begins ``starts_us`` later: silence is put before it, and after
    it up to ``duration_us``, so that a place in the drawing is that time in the player. Empty for anything malformed.
    """
    try:
        held: Any = json.loads(stored)
        bucket_us, low, high = int(held["bucket_us"]), list(map(int, held["min"])), list(map(int, held["max"]))
    except (ValueError, KeyError, TypeError):
        return ()
    if bucket_us < 1 or len(low) != len(high) or not low:
        return ()
    before = min(MOST, starts_us // bucket_us)
    after = max(0, min(MOST, duration_us // bucket_us) - before - len(low))
    return (*repeat(SILENCE, before), *zip(low, high, strict=True), *repeat(SILENCE, after))
