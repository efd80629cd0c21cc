"""From transcripts to what a page shows beside what it plays."""

from collections.abc import Callable
from datetime import datetime, timedelta

from api.web.transcript_views import CueLine, TranscriptLine
from archive.actors import Actor
from archive.recordings import find
from archive.site import Site
from archive.transcripts import Cue, TranscriptRow, moment_of, transcripts_of

Flagged = Callable[[datetime | None, datetime | None], tuple[str, ...]]
SECOND = timedelta(seconds=1)


def transcript_lines(site: Site, actor: Actor, of: str, begin: datetime | None, length_s: float,
                     flagged: Flagged) -> tuple[TranscriptLine, ...]:
    """Transcripts of a session or recording; ``begin``: the moment at which what is played begins, None where nothing
    is there to play."""
    return tuple(TranscriptLine(
        row.id, row.form, row.language, row.by, row.at, row.state, row.starts, row.ends,
        flagged(row.starts, row.ends) if row.state == "in_force" else (),
        tuple(_cue(row, cue, begin, length_s) for cue in row.cues) if row.state == "in_force" else ())
        for row in transcripts_of(site, actor, of))


def of_recording(site: Site, actor: Actor, recording: str) -> tuple[TranscriptLine, ...]:
    """Transcripts of one recording; times count from its first picture, as far as it is claimed."""
    row = find(site, actor, recording).row
    return transcript_lines(site, actor, recording, row.started, (row.duration_us or 0) / 1e6, lambda *stated: ())


def _cue(row: TranscriptRow, cue: Cue, begin: datetime | None, length_s: float) -> CueLine:
    moment = moment_of(row, cue)
    at = None if begin is None else (moment - begin) / SECOND
    if at is None or not 0 <= at <= length_s:
        return CueLine(None, None, moment, cue.text)
    return CueLine(at, at + (cue.to_ms - cue.from_ms) / 1000, moment, cue.text)
