"""The derivative job's steps for a photograph: its copy with what its file says of itself, and a small one."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from archive import particulars
from archive.entries import CustodyEvent
from archive.errors import Refused
from archive.identifiers import DerivativeId
from archive.media_events import PictureDescribed
from archive.mediums import medium_of
from archive.ports import MediaFacts, MediaRefused, StillMade
from archive.stop_points import reach
from ingest.logged_copies import Bench, Made, Said, log_indexed, log_made
from ingest.media_index import IndexFacts
from ingest.stills import COPY_SIDE, POSTER_SIDE, copy_still

Steps = tuple[tuple[str, Callable[[Bench, MediaFacts], None]], ...]
_NOT_INDEXED = IndexFacts((), b"", None, 0, None, "still_image")


def pictures_of(bench: Bench, facts: MediaFacts) -> tuple[Path, MediaFacts]:
    """Where a code that was photographed or filmed is looked for: of a photograph in its copy, if one was made now."""
    copy = bench.folder / "access.jpg"
    if medium_of(facts.container) == "photograph" and copy.exists():
        return copy, replace(facts, container="jpeg_pipe")
    return bench.source, facts


def _access_copy(bench: Bench, _facts: MediaFacts) -> None:
    target = bench.folder / "access.jpg"
    made = copy_still(bench.intake.site.ports.media, bench.source, target, COPY_SIDE)
    reach("mid_derivative")
    log_made(bench, _made("access_copy", target, made), lambda derivative: _described(bench, made, derivative))


def _poster(bench: Bench, _facts: MediaFacts) -> None:
    target = bench.folder / "poster.jpg"
    made = copy_still(bench.intake.site.ports.media, bench.source, target, POSTER_SIDE)
    log_made(bench, _made("poster", target, made))


def _waveform(_bench: Bench, _facts: MediaFacts) -> None:
    raise MediaRefused("no_audio")


def _index(bench: Bench, _facts: MediaFacts) -> None:
    """Of a photograph there is nothing to index: its essence is the file, whose digest stands in its accession."""
    log_indexed(bench, _NOT_INDEXED, bench.intake.site.ports.media.tools())
    raise MediaRefused("still_image")


STILL_STEPS: Steps = (("access_copy", _access_copy), ("poster", _poster), ("waveform", _waveform),
                      ("pts_table", _index))


def _made(purpose: str, path: Path, made: StillMade) -> Made:
    return Made(purpose, path, "transcoded", "image/jpeg", made.arguments, 1, made.sandbox, tools=made.tools)


def _described(bench: Bench, made: StillMade, derivative: DerivativeId) -> Said | None:
    """None where the file says nothing, or nothing may be said any more of the recording: it was erased meanwhile."""
    site = bench.intake.site
    if not made.claims:
        return None
    try:
        sealed = particulars.seal(site.ports.vault, site.log_id, bench.recording, particulars.salted(made.claims))
    except Refused:
        return None
    return CustodyEvent.committed("system", bench.recording, PictureDescribed(derivative), sealed.commitment), sealed
