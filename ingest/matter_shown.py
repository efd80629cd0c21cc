"""The matter shown to the camera as a code at the start of a take: looked for in the first pictures, logged once."""

from dataclasses import dataclass
from pathlib import Path

import structlog
from sqlalchemy import select

from archive import custody, particulars
from archive.db import Tx
from archive.entries import CustodyEvent
from archive.errors import Refused
from archive.matter_codes import matter_of
from archive.matter_events import MatterShown
from archive.matter_tables import ShownMatter
from archive.ports import CodesRead, Media, MediaFacts, MediaRefused
from archive.publication import Act, require
from archive.site import Site
from archive.tables import table
from ingest.access_copy import input_options
from ingest.accession import tool_used

SECONDS, A_SECOND, SIDE = 20, 2, 1280
"""How much of the picture is looked at, how many pictures of each second, and their longer side at most."""
_EXTRACTION_S, _READING_S = 300.0, 120.0
_EVERY_US = 1_000_000 // A_SECOND
# Padded to squares: whatever the original's size is, or changes to, one picture has as many bytes as the next.
_FILTER = (f"setpts=PTS-STARTPTS,fps={A_SECOND},scale=w='min({SIDE},iw)':h='min({SIDE},ih)':"
           f"force_original_aspect_ratio=decrease,pad={SIDE}:{SIDE},format=gray")
SHOWN = table(ShownMatter)
_journal = structlog.get_logger("matter")


@dataclass(frozen=True)
class Seen:
    """A matter and where the first picture with its code stands, in µs from the original's first picture."""

    matter: str
    at_us: int


def note_matter(site: Site, recording: str, source: Path, folder: Path, facts: MediaFacts) -> None:
    """Look for a matter in the first seconds of an original and log it, unless that was done before.

    What cannot be looked at shows nothing: no other derivative waits for it or fails with it.
    Limit: then nobody looks again either; the reason stands in the service's own journal only.
    """
    if facts.first("video") is None or _is_noted(site, recording):
        return
    try:
        read = read_codes(site.ports.media, source, folder, facts)
        seen = last_matter(read.found)
        if seen is not None:
            _log(site, recording, seen, read)
    except (MediaRefused, Refused) as fault:  # Refused: the recording's particulars were erased meanwhile
        _journal.warning("matter.not_read", recording=recording, reason=str(fault))


def read_codes(media: Media, source: Path, folder: Path, facts: MediaFacts) -> CodesRead:
    """The codes of the first 20 seconds, picture by picture. ``MediaRefused``.

    Limit: pictures between two half seconds are not looked at.
    """
    video, target = facts.first("video"), folder / "pictures.gray"
    if video is None:
        raise MediaRefused("no_video")
    media.run((*input_options(facts), "-threads", "1", "-i", "{in}", "-map", f"0:{video.index}", "-filter:v", _FILTER,
               "-frames:v", str(SECONDS * A_SECOND), "-c:v", "rawvideo", "-pix_fmt", "gray", "-f", "rawvideo",
               "{out}"), source, target, _EXTRACTION_S)
    return media.codes(target, SIDE, _READING_S)


def last_matter(untrusted_found: tuple[tuple[int, str], ...]) -> Seen | None:
    """The matter seen last, since who shows another one corrects the first; a picture with two of them says nothing.
    Pure."""
    by_picture = dict[int, set[str]]()
    for picture, text in untrusted_found:
        if (matter := matter_of(text)) is not None:
            by_picture.setdefault(picture, set()).add(matter)
    clear = {picture: next(iter(matters)) for picture, matters in sorted(by_picture.items()) if len(matters) == 1}
    if not clear:
        return None
    last = list(clear.values())[-1]
    return Seen(last, next(picture for picture, matter in clear.items() if matter == last) * _EVERY_US)


def _log(site: Site, recording: str, seen: Seen, read: CodesRead) -> None:
    require(site, Act.ORDINARY)
    sealed = particulars.seal(site.ports.vault, site.log_id, recording, particulars.salted({"matter": seen.matter}))
    tools = tuple(tool_used(tool) for tool in (*site.ports.media.tools(), read.tool))
    event = CustodyEvent.committed("system", recording, MatterShown(seen.at_us, tools, read.sandbox), sealed.commitment)

    def record(tx: Tx) -> None:
        if tx.execute(select(SHOWN.c.id).where(SHOWN.c.id == recording)).first() is None:
            custody.append(tx, site.ports.clock, event, sealed)

    site.db.write(record)


def _is_noted(site: Site, recording: str) -> bool:
    return site.db.read(lambda c: c.execute(select(SHOWN.c.id).where(SHOWN.c.id == recording)).first()) is not None
