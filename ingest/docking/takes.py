"""Segments of one take: recorders cut a recording every few minutes; what belongs together gets one session. Pure."""

from collections.abc import Sequence
from datetime import timedelta

from ingest.docking.recorders import Clip

LONGEST_PAUSE = timedelta(seconds=3)
"""Between the end of one segment and the start of the next; a person who presses stop and record again needs longer."""


def takes_of(clips: Sequence[Clip]) -> list[list[Clip]]:
    """Clips of one recorder by take, in order of time.

    Segments follow each other within ``LONGEST_PAUSE`` and, where they are numbered, number by number. Limit: two takes
    begun within that time of each other are one session; a clip whose start is unknown stands alone.
    """
    takes: list[list[Clip]] = []
    for clip in sorted(clips, key=lambda one: (one.started, one.untrusted_name)):
        if takes and _follows(takes[-1][-1], clip):
            takes[-1].append(clip)
        else:
            takes.append([clip])
    return takes


def _follows(before: Clip, clip: Clip) -> bool:
    numbered = before.sequence is not None and clip.sequence is not None
    if numbered and clip.sequence != (before.sequence or 0) + 1:
        return False
    return abs(clip.started - before.ended) <= LONGEST_PAUSE
