"""The fixed events of matters."""

from collections.abc import Callable

from archive.event_body import Body
from archive.matter_events import (
    ActEnded,
    ActEndWithdrawn,
    AssignmentWithdrawn,
    CaseFiled,
    CaseNumberGiven,
    MatterMerged,
    MatterOpened,
    MatterRetitled,
    MemberAdded,
    MemberRemoved,
    RecordingAssigned,
)


def matter_acts(ident: Callable[[str, int], str], n: int, person: str) -> list[tuple[str, Body, dict[str, str]]]:
    """Subject, body and particulars: an inspection that becomes a case and takes in another matter, a recording that
    belonged elsewhere."""
    matter, other, recording = ident("mat", 2 * n), ident("mat", 2 * n + 1), ident("rec", n)
    wrong, right = ident("asg", 2 * n), ident("asg", 2 * n + 1)
    return [(matter, MatterOpened("inspection", 2026, 2 * n + 1, None), {"title": f"某公司日常检查 {n}"}),
            (matter, MemberAdded(ident("mem", 2 * n), person, "lead"), {}),
            (other, MatterOpened("clue", 2026, 2 * n + 2, matter), {"title": f"投诉线索 {n}"}),
            (other, MemberAdded(ident("mem", 2 * n + 1), person, "recused"), {}),
            (other, MemberRemoved(ident("mem", 2 * n + 1)), {}),
            (recording, RecordingAssigned(wrong, other, None, None, None), {}),
            (recording, AssignmentWithdrawn(wrong, ident("rmk", 100 + 3 * n)), {"remark": "选错事项"}),
            (recording, RecordingAssigned(right, matter, 0, 90_000_000, wrong), {}),
            (matter, MatterRetitled(), {"title": f"某公司销售过期食品案 {n}"}),
            (matter, CaseFiled("2026-11-19"), {}),
            (matter, CaseNumberGiven(), {"case_no": f"吉市监罚〔2026〕{n}号"}),
            (matter, ActEnded("case_closed", "2026-11-20"), {}),
            (matter, ActEndWithdrawn(ident("rmk", 101 + 3 * n)), {"remark": "尚未执行"}),
            (other, MatterMerged(matter, ident("rmk", 102 + 3 * n)), {"remark": "同一当事人同一行为"})]
