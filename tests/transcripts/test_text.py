"""What comes as a transcript is read whole or refused by its line; its bytes can be made again from what is kept."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from archive.errors import ArchiveError, Refused
from archive.transcripts import Brought, Cue
from ingest import transcript_text
from ingest.transcript_text import brought

ZERO = datetime(2026, 12, 1, 1, 30, tzinfo=UTC)
SRT = ("1\n00:00:01,000 --> 00:00:04,500\n问：货从哪里来？\n\n"
       "2\n00:12:31,250 --> 00:12:33,000\n答：从库尔勒进的。\n第二行\n")
VTT = ("WEBVTT - 询问\n\nNOTE 转写\n\na\n00:01.000 --> 00:04.500 align:start\n<v 王强>问：货从哪里来？</v>\n\n"
       "00:12:31.250 --> 00:12:33.000\n答：从库尔勒进的。\n")
RECORD = ("询问笔录\n开始时间：2026年12月1日 09:30\n结束时间：2026年12月1日 10:10\n被询问人：某甲\n"
          "[09:30:05] 问：货从哪里来？\n答：从库尔勒进的。\n【09:42】问：有发票吗？\n")


def read(text: str, form: str = "srt", encoding: str = "utf-8") -> Brought:
    return brought(text.encode(encoding), form, "zh", ZERO)


def fault_of(act: Callable[[], object]) -> tuple[str, object]:
    with pytest.raises(ArchiveError) as refusal:
        act()
    return refusal.value.code, refusal.value.details.get("line")


def test_a_cue_is_read_at_another_time_or_with_other_words() -> None:
    assert read(SRT).cues == (Cue(1000, 4500, "问：货从哪里来？"), Cue(751_250, 753_000, "答：从库尔勒进的。\n第二行"))
    assert [cue.text for cue in read(VTT, "webvtt").cues] == ["问：货从哪里来？", "答：从库尔勒进的。"]
    assert [(cue.from_ms, cue.to_ms) for cue in read(VTT, "webvtt").cues] == [(1000, 4500), (751_250, 753_000)]
    assert (read(SRT).zero, read(SRT).starts) == (ZERO, None)


def test_a_written_record_is_read_by_another_clock_than_it_states() -> None:
    found = read(RECORD, "record")
    assert found.zero == found.starts == datetime(2026, 12, 1, 1, 30, tzinfo=UTC)
    assert found.ends == datetime(2026, 12, 1, 2, 10, tzinfo=UTC)
    assert found.cues == (Cue(5000, 720_000, "问：货从哪里来？\n答：从库尔勒进的。"),
                          Cue(720_000, 2_400_000, "问：有发票吗？"))
    counted = read("[00:00:05] 问：甲\n[1:02:03] 答：乙", "record")
    assert (counted.zero, counted.starts) == (ZERO, None)
    assert counted.cues == (Cue(5000, 3_723_000, "问：甲"), Cue(3_723_000, 3_733_000, "答：乙"))
    night = read("开始：2026-12-01 23:50:00\n[23:59:00] 问：甲\n[00:01:00] 答：乙", "record")
    assert [cue.from_ms for cue in night.cues] == [540_000, 660_000]


@pytest.mark.parametrize(("text", "form", "code", "line"), [
    ("1\n00:00:01,000 -> 00:00:04,500\n甲\n", "srt", "transcript.empty", None),
    ("1\n00:00:01,000 --> 00:00:04,500\n甲\n\n2\n00:00:71,000 --> 00:01:04,500\n乙\n", "srt", "transcript.line", 6),
    ("1\n00:00:01,000 --> 00:00:04,500\n甲\n\n2\n00:00:05,000 --> 00:00:06,000\n\n", "srt", "transcript.line", 6),
    ("1\n00:00:05,000 --> 00:00:04,000\n甲\n", "srt", "transcript.line", 2),
    ("1\n00:00:05,000 --> 00:00:99,000\n甲\n", "srt", "transcript.line", 2),
    ("1\n00:00:05,000 --> 00:00:06,000\n他说 --> 这样\n", "srt", "transcript.line", 3),
    ("00:01.000 --> 00:04.500\n甲\n", "webvtt", "transcript.line", 1),
    ("WEBVTT\n\n00:01.000 --> 00:04.500\n甲\n\n00:01 --> 00:04\n乙\n", "webvtt", "transcript.line", 6),
    ("WEBVTTX\n", "webvtt", "transcript.line", 1),
    ("询问笔录\n问：甲\n答：乙\n", "record", "transcript.empty", None),
    ("[00:00:05] 问：甲\n[00:00:04] 答：乙\n", "record", "transcript.line", 2),
    ("[00:61:05] 问：甲\n", "record", "transcript.line", 1),
    ("开始时间：今天早上\n[09:30:05] 问：甲\n", "record", "transcript.line", 1),
    ("开始时间：2026年13月1日 09:30\n[09:30:05] 问：甲\n", "record", "transcript.line", 1),
    ("开始时间：2026年12月1日 09:30\n[09:29:59] 问：甲\n", "record", "transcript.line", 2),
    ("开始时间：2026-12-01 09:30\n结束时间：2026-12-01 09:29\n[09:30:05] 问：甲\n", "record", "transcript.line", 0),
    ("[00:00:05] 问：甲\n\x00", "record", "transcript.encoding", 2),
    ("[00:00:05] " + "甲" * 4001, "record", "transcript.cue", None),
    ("[999:00:05] 问：甲", "record", "transcript.cue", None),
    ("", "srt", "transcript.empty", None),
    ("\ufeff", "record", "transcript.empty", None)])
def test_a_faulty_transcript_is_taken_or_its_line_is_not_told(text: str, form: str, code: str,
                                                              line: int | None) -> None:
    assert fault_of(partial(read, text, form)) == (code, line)


def test_something_else_than_a_transcript_is_taken() -> None:
    assert fault_of(lambda: read(SRT, "ass")) == ("transcript.form", None)
    assert fault_of(lambda: brought(SRT.encode(), "srt", "中文", ZERO)) == ("transcript.language", None)
    assert fault_of(lambda: brought(b"\xff\x00\x81", "srt", "zh", ZERO))[0] == "transcript.encoding"
    assert fault_of(lambda: brought(SRT.encode("utf-16-le"), "srt", "zh", ZERO))[0] == "transcript.encoding"  # no mark
    assert fault_of(lambda: brought(b" " * (512 * 1024 + 1), "srt", "zh", ZERO))[0] == "transcript.too_large"
    many = "".join(f"[00:00:{n % 1}0] 甲\n" for n in range(transcript_text.MOST_CUES + 1))
    assert fault_of(lambda: read(many, "record"))[0] == "transcript.too_large"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gbk", "gb18030"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_an_encoding_or_an_end_of_line_makes_other_cues_or_other_bytes(encoding: str, end: str) -> None:
    data = SRT.replace("\n", end).encode(encoding)
    found = brought(data, "srt", "zh", ZERO)
    assert found.cues == read(SRT).cues
    assert found.text.encode(found.encoding) == data


TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="<>&"), max_size=30)
SAID = st.text(st.characters(categories=["Lo", "Lu", "Ll", "So", "Po"], exclude_characters="<>&"), min_size=1,
               max_size=30)


@given(st.lists(st.tuples(st.integers(1, 5_000_000), st.integers(0, 100_000), SAID), min_size=1, max_size=8))
def test_what_a_good_file_says_is_lost_or_changed(said: list[tuple[int, int, str]]) -> None:
    def mark(ms: int, point: str) -> str:
        return f"{ms // 3_600_000:02}:{ms // 60_000 % 60:02}:{ms // 1000 % 60:02}{point}{ms % 1000:03}"

    wanted = tuple(Cue(at, at + length, text) for at, length, text in said)
    srt = "\n\n".join(f"{n}\n{mark(c.from_ms, ',')} --> {mark(c.to_ms, ',')}\n{c.text}"
                      for n, c in enumerate(wanted, 1))
    vtt = "WEBVTT\n\n" + "\n\n".join(f"{mark(c.from_ms, '.')} --> {mark(c.to_ms, '.')}\n{c.text}" for c in wanted)
    assert read(srt).cues == wanted
    assert read(vtt, "webvtt").cues == wanted


@given(st.binary(max_size=200) | TEXTS.map(str.encode), st.sampled_from(["srt", "webvtt", "record"]))
@example(b"WEBVTT\n\n00:00.000 --> 00:00.000\n\n-->\n", "webvtt")
@example(b"1\n00:00:01,000 --> 00:00:02,000\n2\n00:00:01,000 --> 00:00:02,000\nx", "srt")
def test_anything_but_a_refusal_comes_of_untrusted_bytes(untrusted: bytes, form: str) -> None:
    found = None
    with suppress(Refused):
        found = brought(untrusted, form, "zh", ZERO)
    if found is None:
        return
    assert found.text.encode(found.encoding) == untrusted
    assert found.cues
    for cue in found.cues:
        assert 0 <= cue.from_ms <= cue.to_ms <= timedelta(days=30) / timedelta(milliseconds=1)
