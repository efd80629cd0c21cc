"""Copies of photographs, checked by another program than made them, and what a photograph's file says of itself."""

import json
from pathlib import Path

from archive.ports import Media, MediaRefused, StillMade

COPY_SIDE, POSTER_SIDE = 2560, 640
"""Pixels of the longer side: enough to read a licence on a screen; the original is kept as it came."""
_CHECK_SECONDS = 60.0


def copy_still(media: Media, source: Path, target: Path, side: int) -> StillMade:
    """Write ``target``, a JPEG of at most ``side`` pixels a side without anything the file said beside its pixels.

    ``MediaRefused``: the decoder's own reason, or ``check_failed`` with ``size | decode`` when ffmpeg reads another
    picture out of the copy; then it is removed. Limit: size and decodability are compared, not the pixels.
    """
    made = media.still(source, target, side)
    try:
        _check(media, target, made)
    except MediaRefused:
        target.unlink(missing_ok=True)
        raise
    return made


def _check(media: Media, copy: Path, made: StillMade) -> None:
    arguments = ("-f", "jpeg_pipe", "-count_frames", "-show_entries", "stream=width,height,nb_read_frames", "-of",
                 "json")
    read = json.loads(media.inspect(arguments, copy, _CHECK_SECONDS).stdout)
    streams = read.get("streams", [])
    if [stream.get("nb_read_frames") for stream in streams] != ["1"]:
        raise MediaRefused("check_failed", "decode")
    if (streams[0].get("width"), streams[0].get("height")) != (made.width, made.height):
        raise MediaRefused("check_failed", "size")
