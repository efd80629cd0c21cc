"""The fixed events of steps of a matter and of statements about what was not recorded."""

from collections.abc import Callable
from datetime import timedelta

from specimen_names import AT

from archive.event_body import Body
from archive.step_events import RecordingStated, StatementConfirmed, StatementDeclined, StepTaken, StepWithdrawn


def step_acts(ident: Callable[[str, int], str], n: int) -> list[tuple[str, Body, dict[str, str]]]:
    """Subject, body and particulars: a step entered wrongly, one with a gap that is explained, one waived in vain."""
    matter, wrong, right = ident("mat", 2 * n), ident("stp", 2 * n), ident("stp", 2 * n + 1)
    gap, waiver = ident("stm", 2 * n), ident("stm", 2 * n + 1)
    began, ended = AT - timedelta(hours=2), AT - timedelta(hours=1)
    return [(matter, StepTaken(wrong, "hearing", began, ended), {}),
            (matter, StepWithdrawn(wrong, ident("rmk", 400 + 2 * n)), {"remark": "选错事项"}),
            (matter, StepTaken(right, "seizure", began, ended), {}),
            (matter, RecordingStated(gap, right, "gap", began, began + timedelta(minutes=5)),
             {"text": f"电池耗尽，更换设备 {n}"}),
            (matter, StatementConfirmed(gap), {}),
            (matter, RecordingStated(waiver, right, "waiver", None, None), {"text": "文字记录已足够"}),
            (matter, StatementDeclined(waiver, ident("rmk", 401 + 2 * n)), {"remark": "查封须全程记录"})]
