"""Turns ffprobe's JSON about an untrusted file into MediaFacts: tokens and bounded integers only."""

import re
from decimal import Decimal, InvalidOperation
from fractions import Fraction

from archive.ports import MediaFacts, MediaRefused, StreamFacts

# Demuxers that read one local file and nothing it names; playlists, concat, image sequences and devices are absent.
DEMUXERS = (
    "mov", "mp4", "m4a", "3gp", "3g2", "mj2", "matroska", "webm", "avi", "mpeg", "mpegts", "mpegvideo", "m4v",
    "h264", "hevc", "mjpeg", "ogg", "asf", "flv", "dv", "mxf", "rm", "wav", "w64", "aiff", "au",
    "caf", "flac", "mp3", "aac", "amr", "amrnb", "amrwb", "ac3", "g722", "alaw", "mulaw", "jpeg_pipe", "png_pipe",
)
_G711 = ("-sample_rate", "8000")  # ITU-T G.711
# Headerless formats have nothing to recognise; the suffix is all there is. A stream of pictures named as one picture
# the tool takes for an image sequence, which is not allowed.
BY_SUFFIX: dict[str, tuple[str, ...]] = {
    ".g722": ("-f", "g722"), ".722": ("-f", "g722"), ".al": ("-f", "alaw", *_G711),
    ".alaw": ("-f", "alaw", *_G711), ".ul": ("-f", "mulaw", *_G711), ".ulaw": ("-f", "mulaw", *_G711),
}
_KINDS = frozenset({"video", "audio", "data", "subtitle", "attachment"})
_LARGEST = 2**53 - 1  # canonical JSON's integer range


def facts_of(untrusted_answer: object, demuxer: str = "") -> MediaFacts:
    """Facts from ``-show_streams -show_format -of json``; ``demuxer`` names the container when it was forced.

    ``MediaRefused("not_media")`` when there is no stream in it.
    """
    answer = _mapping(untrusted_answer)
    form = _mapping(answer.get("format"))
    untrusted_streams = answer.get("streams")
    streams = tuple(_stream(_mapping(s)) for s in untrusted_streams) if isinstance(untrusted_streams, list) else ()
    if not streams:
        raise MediaRefused("not_media", "no stream was found")
    container = demuxer or token(form.get("format_name"), ",")
    return MediaFacts(container, _microseconds(form.get("duration")), streams)


def token(untrusted: object, also: str = "") -> str:
    """Lower case, ``[a-z0-9_.-]`` and ``also``; every run of other characters becomes one ``_``; at most 64."""
    if not isinstance(untrusted, str):
        return ""
    return re.sub(rf"[^a-z0-9_.\-{also}]+", "_", untrusted.lower())[:64].strip("_")


def _stream(untrusted: dict[str, object]) -> StreamFacts:
    kind = token(untrusted.get("codec_type"))
    if _mapping(untrusted.get("disposition")).get("attached_pic") == 1:
        kind = "attachment"  # a cover picture is no moving picture
    return StreamFacts(
        index=_integer(untrusted.get("index")) or 0,
        kind=kind if kind in _KINDS else "data",
        codec=token(untrusted.get("codec_name")),
        profile=token(untrusted.get("profile")),
        width=_integer(untrusted.get("width")) or 0,
        height=_integer(untrusted.get("height")) or 0,
        pixel_format=token(untrusted.get("pix_fmt")),
        field_order=token(untrusted.get("field_order")),
        frame_rate=_ratio(untrusted.get("avg_frame_rate")),
        sample_rate=_integer(untrusted.get("sample_rate")) or 0,
        channels=_integer(untrusted.get("channels")) or 0,
        declared_packets=_integer(untrusted.get("nb_frames")),
    )


def _mapping(untrusted: object) -> dict[str, object]:
    return untrusted if isinstance(untrusted, dict) else {}


def _integer(untrusted: object) -> int | None:
    """A non-negative integer within canonical JSON's range, else None."""
    if not isinstance(untrusted, int | str) or not re.fullmatch(r"[0-9]{1,16}", str(untrusted)):
        return None
    return min(int(untrusted), _LARGEST)


def _ratio(untrusted: object) -> str:
    """``num/den`` in lowest terms, empty when unknown (ffprobe says 0/0)."""
    match = re.fullmatch(r"([0-9]{1,10})/([0-9]{1,10})", untrusted) if isinstance(untrusted, str) else None
    if match is None or int(match[1]) == 0 or int(match[2]) == 0:
        return ""
    ratio = Fraction(int(match[1]), int(match[2]))
    return f"{ratio.numerator}/{ratio.denominator}"


def _microseconds(untrusted: object) -> int | None:
    try:
        seconds = Decimal(untrusted) if isinstance(untrusted, str) else None
    except InvalidOperation:
        return None
    if seconds is None or not seconds.is_finite() or not 0 <= seconds * 1_000_000 <= _LARGEST:
        return None
    return int(seconds * 1_000_000)
