"""The fixed events of transcripts."""

import json
from collections.abc import Callable
from datetime import timedelta

from specimen_names import AT

from archive.event_body import Body
from archive.transcript_events import TranscriptAdded, TranscriptWithdrawn


def transcript_acts(ident: Callable[[str, int], str], n: int) -> list[tuple[str, Body, dict[str, str]]]:
    """Subject, body and particulars: a transcript, one in its place, which is taken back."""
    session, first, second = ident("ses", 900_000 + n), ident("tsc", 2 * n), ident("tsc", 2 * n + 1)
    hour = timedelta(hours=1)
    asked = f"问：货从哪里来？{n}"
    text, cues = f"[00:00:01] {asked}", json.dumps([[1000, 11_000, asked]], ensure_ascii=False)
    said = {"text": text, "cues": cues, "digest": "sha256:" + "7" * 64}
    return [(first, TranscriptAdded(session, "record", "utf-8", "zh", 40, 1, AT - hour, AT - hour, AT, None), said),
            (second, TranscriptAdded(session, "srt", "gb18030", "zh-Hans", 41, 1, AT - hour, None, None, first), said),
            (second, TranscriptWithdrawn(ident("rmk", 990_000 + n)), {"remark": "录入有误"})]
