"""Checks a finished access copy against its original: exit code 0 of the tool that made it proves nothing."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from archive.event_values import StreamChecked
from archive.ports import Media, MediaFacts, MediaRefused, StreamFacts
from archive.proof.digest import Digest
from ingest.access_copy import COPIED, Plan, StreamPlan
from ingest.essence import essence
from ingest.timeline import Track, scan

_MICRO = 1_000_000
_AAC_FRAME = 1024
_RIFF_SLACK = 1024  # writers disagree on padding
_RIFF_PLACEHOLDER = 0x7FFF0000
_FEW, _MANY = 64, 1200
_PICTURES_LOST = 3


@dataclass(frozen=True)
class Checks:
    """What held, in integers and strings, fit for a custody event. ``decoded`` counts frames of all streams.

    ``shift_us`` is added to a time in the copy to get the time in the original.
    Limits: of a transcoded stream only counts, times and decodability are compared, not the pictures.
    Supplemental NAL units are outside the essence hash where the original comes in AVI, PS or TS.
    """

    streams: tuple[StreamChecked, ...]
    duration_us: int
    shift_us: int
    decoded: int


def check(media: Media, source: Path, copy: Path, facts: MediaFacts, plan: Plan, timeout_s: float) -> Checks:
    """Compare ``copy`` with ``source``; ``MediaRefused("check_failed", which)`` at the first difference.

    ``which``: ``streams | packets | timestamps_absent | time_base_absent | first_timestamp | last_timestamp |
    essence | duration | frames_lost | decode``.
    """
    made = media.probe(copy)
    if [s.kind for s in made.streams] != [s.kind for s in plan.streams]:
        raise _failed("streams")
    before, digests, after, essences = _read_both(media, source, copy, plan, timeout_s)
    hidden = _all_packets(media, source, facts, before, [s.index for s in plan.streams], timeout_s)
    _all_packets(media, copy, made, after, range(len(plan.streams)), timeout_s)
    originals = [before[s.index] for s in plan.streams]
    copies = [after[number] for number in range(len(plan.streams))]
    shift = _same_times(plan, made, originals, copies, facts)
    if digests != [e for e, s in zip(essences, plan.streams, strict=True) if s.treatment == COPIED]:
        raise _failed("essence")
    _same_pictures(plan, originals, copies)
    duration_us = _sane_duration(made, copies)
    decoded = _decodes(media, copy, plan, copies, timeout_s)
    return Checks(_found(plan, originals, copies, hidden, essences), duration_us, _us(shift), decoded)


def _found(plan: Plan, originals: list[Track], copies: list[Track], hidden: list[int],
           essences: list[Digest]) -> tuple[StreamChecked, ...]:
    origin = min(c.shown()[0] for c in copies)
    return tuple(
        StreamChecked(s.index, s.kind, s.treatment, c.packets, o.packets, hid, _us(c.shown()[0] - origin),
                    _us(c.shown()[1] - origin), digest)
        for s, o, c, hid, digest in zip(plan.streams, originals, copies, hidden, essences, strict=True))


def _failed(which: str) -> MediaRefused:
    return MediaRefused("check_failed", which)


def _us(seconds: Fraction) -> int:
    return round(seconds * _MICRO)


def _all_packets(media: Media, path: Path, facts: MediaFacts, tracks: dict[int, Track], indexes: Sequence[int],
                 timeout_s: float) -> list[int]:
    """Every packet the container's index declares was read: this catches a file whose end is missing.

    Answers for each index how many packets an MP4 edit list hides: declared, present, and part of no
    presentation. AVI counts samples and empty chunks instead of packets: there, and in WAV, the RIFF chunk's
    length is compared with the file. Limit: containers that declare neither (TS, PS, Matroska) cannot show a
    missing end; there the deposit's size and digest are the only guard.
    """
    if _riff_is_cut(path):
        raise _failed("packets")
    counted = facts.container not in ("avi", "wav")
    declared = {s.index: s.declared_packets or 0 for s in facts.streams} if counted else {}
    if any(i not in tracks for i in indexes):
        raise _failed("packets")
    missing = [declared.get(i, 0) - tracks[i].packets for i in indexes]
    if max(missing) > 0:
        everything = scan(media, path, ("-ignore_editlist", "1"), timeout_s) if "mov" in facts.container else tracks
        if any(everything[i].packets < declared.get(i, 0) for i in indexes):
            raise _failed("packets")
    return [max(0, count) for count in missing]


def _riff_is_cut(path: Path) -> bool:
    """The first RIFF chunk claims more bytes than the file has (RIFF: "RIFF", 32-bit little-endian length).

    Writers that never came back to fill it in leave 0 or a huge placeholder: no claim, so not cut.
    """
    with path.open("rb") as file:
        head = file.read(8)
    claimed = int.from_bytes(head[4:8], "little")
    return head[:4] == b"RIFF" and 8 + claimed > path.stat().st_size + _RIFF_SLACK and claimed < _RIFF_PLACEHOLDER


def _same_times(plan: Plan, made: MediaFacts, originals: list[Track], copies: list[Track],
                facts: MediaFacts) -> Fraction:
    """First and last presentation time of each stream agree, measured from each file's earliest stream.

    Copied: within one tick of the coarser time base, over every packet, since an edit list may hide the last
    frame in one file and not in the other. Encoded: within one frame. Answers original − copy in seconds.
    """
    shift = min(o.shown()[0] for o in originals) - min(c.shown()[0] for c in copies)
    by_index = {s.index: s for s in facts.streams}
    for number, (stream, before, after) in enumerate(zip(plan.streams, originals, copies, strict=True)):
        allowed = max(before.time_base, after.time_base)
        was, now = before.stored(), after.stored()
        if stream.treatment != COPIED:
            allowed += _frame(by_index[stream.index], before, made.streams[number])
            was, now = before.shown(), after.shown()
        if abs(was[0] - now[0] - shift) > allowed:
            raise _failed("first_timestamp")
        if abs(was[1] - now[1] - shift) > allowed:
            raise _failed("last_timestamp")
    return shift


def _frame(original: StreamFacts, track: Track, made: StreamFacts) -> Fraction:
    """Seconds of one frame; for sound the longer of a packet of the original and a frame of the AAC copy."""
    first, last = track.shown()
    average = (last - first) / max(1, track.packets - 1)
    if original.kind == "audio":
        return max(average, Fraction(_AAC_FRAME, made.sample_rate or 8000))
    rate = Fraction(original.frame_rate) if original.frame_rate else Fraction(0)
    return max(average, 1 / rate) if rate else average


def _read_both(media: Media, source: Path, copy: Path, plan: Plan, timeout_s: float,
               ) -> tuple[dict[int, Track], list[Digest], dict[int, Track], list[Digest]]:
    """Tracks and essence of the original's copied streams, then of all the copy's; both files are read at once,
    since this is most of what a re-wrap costs."""
    copied = [(s.index, s) for s in plan.streams if s.treatment == COPIED]
    every = list(enumerate(plan.streams))
    with ThreadPoolExecutor(2) as threads:
        left = threads.submit(_read, media, source, plan.input_options, copied, plan, timeout_s)
        right = threads.submit(_read, media, copy, (), every, plan, timeout_s)
        return *left.result(), *right.result()


def _read(media: Media, path: Path, input_options: Sequence[str], streams: Sequence[tuple[int, StreamPlan]],
          plan: Plan, timeout_s: float) -> tuple[dict[int, Track], list[Digest]]:
    """A file's tracks, and the essence of each (index in this file, stream).

    The bitstream filters bring copied streams into one form; an encoded one is hashed as it is.
    """
    tracks = scan(media, path, input_options, timeout_s)
    digests = []
    for index, stream in streams:
        bitstream = plan.video_filter if stream.kind == "video" else plan.audio_filter
        used = bitstream if stream.treatment == COPIED else ""
        digests.append(essence(media, path, input_options, index, used, timeout_s))
    return tracks, digests


def _same_pictures(plan: Plan, originals: list[Track], copies: list[Track]) -> None:
    """An encoded video stream has as many pictures as the original, but for one in a hundred the decoder could not
    make out (torn packets, a first group without its key frame)."""
    for stream, before, after in zip(plan.streams, originals, copies, strict=True):
        lost = before.packets - after.packets
        if stream.kind == "video" and lost > _PICTURES_LOST + before.packets // 100:
            raise _failed("frames_lost")


def _sane_duration(made: MediaFacts, copies: list[Track]) -> int:
    """The container's duration covers the streams and not more than a second or one per cent beyond."""
    span = _us(max(c.shown()[1] for c in copies) - min(c.shown()[0] for c in copies))
    duration = made.duration_us
    if duration is None or not span <= duration + _MICRO or duration > span + _MICRO + span // 100:
        raise _failed("duration")
    return duration


def _decodes(media: Media, copy: Path, plan: Plan, copies: list[Track], timeout_s: float) -> int:
    """Frames decoded. Encoded streams are decoded whole and must give a frame per packet; copied ones begin to.

    A copied stream has the original's packets, proven by the essence hash; some seconds show that they decode.
    """
    total = 0
    for number, (stream, track) in enumerate(zip(plan.streams, copies, strict=True)):
        frames = _frames_of(media, copy, number, stream, timeout_s)
        if frames == 0:
            raise _failed("decode")
        # the encoder's priming packet and an open last frame are no loss
        if stream.treatment != COPIED and frames + 2 < track.packets:
            raise _failed("frames_lost")
        total += frames
    return total


def _frames_of(media: Media, copy: Path, number: int, stream: StreamPlan, timeout_s: float) -> int:
    spans = [f"%+#{_FEW}", f"%+#{_MANY}"] if stream.treatment == COPIED else ["%"]
    for span in spans:  # a recording that begins between key frames shows nothing in its first packets
        run = media.inspect(("-select_streams", str(number), "-read_intervals", span, "-count_frames",
                             "-show_entries", "stream=nb_read_frames", "-of", "csv=p=0"), copy, timeout_s)
        frames = run.stdout.decode("ascii", "replace").strip()
        if frames.isdecimal() and int(frames) > 0:
            return int(frames)
    return 0
