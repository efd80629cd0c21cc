"""From the bytes of a transcript to its text and its cues; everything in it is untrusted, a fault is told by its line.

Forms: ``srt`` and ``webvtt``, read by webvtt-py, and ``record``, a written record 笔录 as plain text with times.
"""

import codecs
import io
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import webvtt
from webvtt.errors import MalformedCaptionError, MalformedFileError

from archive.errors import Refused
from archive.transcript_events import FORMS
from archive.transcripts import Brought, Cue
from ingest.transcript_record import fault, read_record

LARGEST = 512 * 1024
"""Bytes of a file: beyond what is said in a long day."""
MOST_CUES, LONGEST_CUE, LAST_MS = 20_000, 4_000, 30 * 24 * 3_600_000
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_LINES = re.compile("\r\n|\r|\n")
_LANGUAGE = re.compile("[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")
_UNPRINTED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_ARROW = re.compile(r"-->")


def brought(untrusted: bytes, untrusted_form: str, untrusted_language: str, zero: datetime) -> Brought:
    """A transcript out of a file. ``zero``: which moment its times count from; the start a record states goes before.

    ``Refused transcript.form | transcript.language | transcript.too_large | transcript.encoding | transcript.line |
    transcript.empty``. Limit: what is neither marked as UTF-16 nor valid UTF-8 is read as GB18030, whatever it is.
    """
    if untrusted_form not in FORMS:
        raise Refused("transcript.form", f"the form is one of {', '.join(FORMS)}")
    if not _LANGUAGE.fullmatch(untrusted_language):
        raise Refused("transcript.language", "the language is a tag such as zh, ug, kk or zh-Hans")
    if len(untrusted) > LARGEST:
        raise Refused("transcript.too_large", f"a transcript has at most {LARGEST // 1024} KiB; split it")
    encoding, text = _decoded(untrusted)
    lines = _LINES.split(text.removeprefix("\ufeff"))
    starts = ends = None
    if untrusted_form == "record":
        record = read_record(lines)
        starts, ends, cues = record.starts, record.ends, record.cues
    else:
        cues = _captions(untrusted_form, lines)
    _require_bounds(cues)
    return Brought(untrusted_form, encoding, untrusted_language, text, cues, starts or zero, starts, ends)


def _decoded(untrusted: bytes) -> tuple[str, str]:
    """The encoding and the text, from which the same bytes can be made again."""
    marked = next((name for mark, name in _MARKS if untrusted.startswith(mark)), None)
    for encoding in (marked,) if marked else ("utf-8", "gb18030"):
        try:
            text = untrusted.decode(encoding)
            if text.encode(encoding) == untrusted:
                break
        except UnicodeError:
            continue
    else:
        raise Refused("transcript.encoding", "the file is neither UTF-8, UTF-16 with its mark nor GBK (GB18030)")
    found = _UNPRINTED.search(text)
    if found:
        line = len(_LINES.split(text[:found.start()]))
        raise Refused("transcript.encoding", f"line {line}: it holds U+{ord(found[0]):04X}, which no text has; UTF-16 "
                      "needs its mark (BOM)", line=line)
    return encoding, text


def _captions(form: str, lines: Sequence[str]) -> tuple[Cue, ...]:
    """Each line with ``-->`` must have become a cue: what the reader passes over in silence is a fault here."""
    if form == "webvtt" and not re.fullmatch(r"WEBVTT([ \t].*)?", lines[0]):
        fault(1, "a WebVTT file begins with WEBVTT")
    arrows = [number for number, line in enumerate(lines, 1) if _ARROW.search(line)]
    if not arrows:
        return ()
    try:
        read: Any = webvtt.from_buffer(io.StringIO("\n".join(lines)), "srt" if form == "srt" else "vtt")
    except (MalformedFileError, MalformedCaptionError) as refusal:
        raise Refused("transcript.line", f"this is no {form} file: {str(refusal)[:100]}", line=0) from refusal
    made = [Cue(one.start_time.in_milliseconds(), one.end_time.in_milliseconds(), one.text.strip())
            for one in read.captions]
    for place, number in enumerate(arrows):
        times = _times(lines[number - 1], form)
        if place >= len(made) or times != (made[place].from_ms, made[place].to_ms):
            fault(number, "this is no time of a cue, or nothing is said in it; write 00:00:01,000 --> 00:00:04,000")
        if made[place].to_ms < made[place].from_ms:
            fault(number, "the cue ends before it begins")
    if len(made) > len(arrows):
        raise Refused("transcript.line", "there are more cues than lines with times", line=0)
    return tuple(one for one in made if one.text)


def _times(line: str, form: str) -> tuple[int, int] | None:
    """Beginning and end that a line of times states, in milliseconds."""
    mark = "[,.]" if form == "srt" else r"\."
    time = rf"(?:(\d{{1,4}}):)?(\d{{1,2}}):(\d{{1,2}}){mark}(\d{{1,3}})"
    found = re.match(rf"\s*{time}\s*-->\s*{time}(?=\s|$)", line, re.ASCII)
    if found is None:
        return None
    begin, end = found.groups()[:4], found.groups()[4:]
    if any(int(part) > 59 for part in (*begin[1:3], *end[1:3])):
        return None
    return _milliseconds(*begin), _milliseconds(*end)


def _milliseconds(hours: str | None, minutes: str, seconds: str, rest: str) -> int:
    return ((int(hours or 0) * 60 + int(minutes)) * 60 + int(seconds)) * 1000 + int(rest.ljust(3, "0"))


def _require_bounds(cues: Sequence[Cue]) -> None:
    if not cues:
        raise Refused("transcript.empty", "nothing with a time is said in it; in a written record such lines begin "
                                          "with [HH:MM:SS]")
    if len(cues) > MOST_CUES:
        raise Refused("transcript.too_large", f"a transcript has at most {MOST_CUES} cues; split it")
    for one in cues:
        if len(one.text) > LONGEST_CUE or one.to_ms > LAST_MS:
            raise Refused("transcript.cue", f"a cue has at most {LONGEST_CUE} characters and ends within 30 days; not "
                                            f"so the one at {one.from_ms // 1000} s")
