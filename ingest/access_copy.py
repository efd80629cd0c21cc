"""Decides, from probed facts alone, how an original's access copy is made: the allow-list of codec and profile."""

from dataclasses import dataclass, replace

from archive.mediums import STILLS
from archive.ports import MediaFacts, StreamFacts

REWRAPPED, TRANSCODED, UNAVAILABLE = "rewrapped", "transcoded", "unavailable"
COPIED, ENCODED = "copied", "encoded"
THREADS = 2  # pinned: x264's output depends on the number of threads
SHORT_SIDE = 720
_MOVIE_TIMESCALE = 90000  # the default, 1000, rounds the offset between sound and picture to whole milliseconds

_H264_PROFILES = frozenset({"constrained_baseline", "baseline", "main", "high"})
_PIXELS_420_8BIT = frozenset({"yuv420p", "yuvj420p"})
_INTERLACED = frozenset({"tt", "bb", "tb", "bt"})
_DECODED_VIDEO = frozenset(
    "h264 hevc mpeg4 mpeg1video mpeg2video mjpeg mjpegb msmpeg4v1 msmpeg4v2 msmpeg4v3 cinepak theora vp8 vp9 av1 "
    "h263 h263p flv1 wmv1 wmv2 wmv3 vc1 dvvideo prores dnxhd rawvideo indeo3 indeo5 svq1 svq3 msvideo1 "
    "rv10 rv20 rv30 rv40 huffyuv ffv1 png".split())
_DECODED_AUDIO = frozenset(
    "aac aac_latm mp1 mp2 mp3 ac3 eac3 dts vorbis opus flac alac amr_nb amr_wb gsm gsm_ms wmav1 wmav2 "
    "speex truehd cook ra_144 ra_288 g723_1 g729 nellymoser".split())
_DECODED_AUDIO_FAMILIES = ("pcm_", "adpcm_")
_G711 = ("-sample_rate", "8000")  # ITU-T G.711: the headerless form is telephone speech, one channel
_FORCED = {"g722": (), "alaw": _G711, "mulaw": _G711, "jpeg_pipe": (), "png_pipe": ()}
_WITHOUT_TIMESTAMPS = frozenset({"avi", "mpeg", "mpegts"})
_START_CODES = frozenset({"avi", "mpeg", "mpegts"})
_ELEMENTARY = frozenset({"h264", "hevc", "m4v", "mpegvideo", "mjpeg"})
_AAC_RATES = frozenset({16000, 22050, 24000, 32000, 44100, 48000})
# H.264 as stored with start codes or with lengths becomes one form; delimiters, SEI and repeated parameter sets go.
ANNEX_B_FILTER = "h264_mp4toannexb,filter_units=remove_types=6-9"


@dataclass(frozen=True)
class StreamPlan:
    """One stream of the copy: its index in the original, its kind, and whether its packets are copied or encoded."""

    index: int
    kind: str
    treatment: str


@dataclass(frozen=True)
class Plan:
    """How to make the copy. ``arguments`` are ffmpeg's, with ``{in}`` and ``{out}``; all empty when unavailable.

    ``video_filter``/``audio_filter``: bitstream filters under which original and copy hash alike, "" for none.
    ``input_options`` stand before ``-i`` whenever the original is read again. ``left_out``: indexes of picture or
    sound of which no copy can be made; whoever shows the copy must say so.
    """

    method: str
    reason: str = ""
    arguments: tuple[str, ...] = ()
    extension: str = ""
    media_type: str = ""
    streams: tuple[StreamPlan, ...] = ()
    input_options: tuple[str, ...] = ()
    video_filter: str = ""
    audio_filter: str = ""
    left_out: tuple[int, ...] = ()


def plan(facts: MediaFacts) -> Plan:
    """The plan for these facts; pure, so the same facts always give the same recipe. A photograph's copy is not made
    by this plan but by ``stills``.

    ``method`` is ``rewrapped`` only when every stream is copied. Reasons of ``unavailable``: ``still_image``,
    ``no_streams`` (nothing seen or heard in it), ``picture_size`` (the decoder gave none: torn, or more pixels than
    the guard lets it have), ``codec_not_allowed`` (none of it may be decoded here).
    Metadata is kept: an access copy stays inside the archive under the original's own access rules. Only
    released copies have it stripped. Chapters, data and subtitle tracks are left out.
    """
    if facts.container in STILLS:
        return Plan(UNAVAILABLE, "still_image")
    wanted = [s for s in facts.streams if s.kind in ("video", "audio")]
    if not wanted:
        return Plan(UNAVAILABLE, "no_streams")
    # A stream of a raw elementary file has no times of its own: copying it would invent them silently.
    raw = facts.container in _ELEMENTARY
    treated = [(s, ENCODED if raw and s.kind == "video" else _treatment(s)) for s in wanted]
    kept = [(s, t) for s, t in treated if t]
    if not kept:
        return Plan(UNAVAILABLE, _why_nothing(wanted))
    kept.sort(key=lambda pair: (pair[0].kind != "video", pair[0].index))
    return replace(_made(facts, kept), left_out=tuple(s.index for s, t in treated if not t))


def input_options(facts: MediaFacts) -> tuple[str, ...]:
    """What must stand before ``-i`` for this container: the forced demuxer, and made-up PTS where it has none."""
    options: list[str] = []
    if facts.container in _WITHOUT_TIMESTAMPS:
        options += ["-fflags", "+genpts"]
    if facts.container in _FORCED:
        options += ["-f", facts.container, *_FORCED[facts.container]]
    return tuple(options)


def is_browser_safe_video(stream: StreamFacts) -> bool:
    """H.264, 8-bit 4:2:0, progressive, in a profile browsers decode: the only video that is never re-encoded."""
    return (stream.codec == "h264" and stream.profile in _H264_PROFILES and stream.field_order == "progressive"
            and stream.pixel_format in _PIXELS_420_8BIT)


def _treatment(stream: StreamFacts) -> str:
    """``copied``, ``encoded`` or "" (not on any list: left out)."""
    if stream.kind == "video":
        if is_browser_safe_video(stream):
            return COPIED
        return ENCODED if stream.codec in _DECODED_VIDEO and stream.width and stream.height else ""
    if stream.codec == "aac" and stream.profile == "lc":
        return COPIED
    known = stream.codec in _DECODED_AUDIO or stream.codec.startswith(_DECODED_AUDIO_FAMILIES)
    return ENCODED if known and stream.sample_rate and stream.channels else ""


def _why_nothing(wanted: list[StreamFacts]) -> str:
    sizeless = any(s.kind == "video" and s.codec in _DECODED_VIDEO for s in wanted)
    return "picture_size" if sizeless else "codec_not_allowed"


def _made(facts: MediaFacts, kept: list[tuple[StreamFacts, str]]) -> Plan:
    has_video = any(s.kind == "video" for s, _ in kept)
    reading = input_options(facts)
    arguments = [*reading, "-threads", str(THREADS), "-i", "{in}"]
    for stream, _ in kept:
        arguments += ["-map", f"0:{stream.index}"]
    arguments += ["-map_chapters", "-1", "-dn", "-sn"]
    numbers = {"video": 0, "audio": 0}
    for stream, treatment in kept:
        number = numbers[stream.kind]
        numbers[stream.kind] += 1
        arguments += _codec(stream, treatment, number)
    arguments += ["-threads", str(THREADS), "-fflags", "+bitexact", "-flags:v", "+bitexact", "-flags:a", "+bitexact",
                  "-movflags", "+faststart",
                  "-movie_timescale", str(_MOVIE_TIMESCALE), "-write_tmcd", "0", "-f", "mp4", "{out}"]
    start_codes = facts.container in _START_CODES
    return Plan(
        method=REWRAPPED if all(t == COPIED for _, t in kept) else TRANSCODED,
        arguments=tuple(arguments),
        extension=".mp4" if has_video else ".m4a",
        media_type="video/mp4" if has_video else "audio/mp4",
        streams=tuple(StreamPlan(s.index, s.kind, t) for s, t in kept),
        input_options=reading,
        video_filter=ANNEX_B_FILTER if start_codes else "",
        audio_filter="aac_adtstoasc" if start_codes else "",
    )


def _codec(stream: StreamFacts, treatment: str, number: int) -> list[str]:
    if stream.kind == "video":
        return _copied_video(number) if treatment == COPIED else _encoded_video(stream, number)
    return [f"-c:a:{number}", "copy"] if treatment == COPIED else _encoded_audio(stream, number)


def _copied_video(number: int) -> list[str]:
    # Without copyinkf ffmpeg drops the frames before the first key frame: a cut nobody asked for.
    return [f"-c:v:{number}", "copy", f"-copyinkf:v:{number}"]


def _encoded_video(stream: StreamFacts, number: int) -> list[str]:
    """libx264 with every frame kept at its own time (no frame-rate conversion)."""
    at = f":v:{number}"
    filters = ["yadif=mode=send_frame:deint=all"] if stream.field_order in _INTERLACED else []
    if min(stream.width, stream.height) > SHORT_SIDE:
        filters.append(f"scale=w='if(gte(iw,ih),-2,{SHORT_SIDE})':h='if(gte(iw,ih),{SHORT_SIDE},-2)'")
    filters += ["pad=ceil(iw/2)*2:ceil(ih/2)*2", "format=yuv420p"]
    return [f"-c{at}", "libx264", f"-preset{at}", "veryfast", f"-crf{at}", "23", f"-profile{at}", "high",
            f"-filter{at}", ",".join(filters), f"-fps_mode{at}", "passthrough", f"-enc_time_base{at}", "-1"]


def _encoded_audio(stream: StreamFacts, number: int) -> list[str]:
    at = f":a:{number}"
    out = [f"-c{at}", "aac", f"-b{at}", "64k" if stream.channels == 1 else "128k"]
    if stream.channels > 2:
        out += [f"-ac{at}", "2"]
    if stream.sample_rate not in _AAC_RATES:
        out += [f"-ar{at}", "48000"]
    return out
