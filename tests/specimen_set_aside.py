"""The fixed events of setting recordings aside."""

from collections.abc import Callable

from archive.event_body import Body
from archive.set_aside_events import BroughtBack, SetAside, SetAsideDeclined, SetAsideProposed


def set_aside_acts(ident: Callable[[str, int], str], n: int) -> list[tuple[str, Body, dict[str, str]]]:
    """Subject, body and particulars: declined, proposed again, set aside, brought back."""
    recording, first, second = ident("rec", n), ident("prp", 2 * n), ident("prp", 2 * n + 1)
    return [(recording, SetAsideProposed(first, "not_enforcement"), {"remark": "队内培训"}),
            (recording, SetAsideDeclined(first, ident("rmk", 2 * n)), {"remark": "有群众在场"}),
            (recording, SetAsideProposed(second, "by_mistake"), {"remark": "误触按键，仅见车内"}),
            (recording, SetAside(second), {}),
            (recording, BroughtBack(second, ident("rmk", 2 * n + 1)), {"remark": "当事人申请查阅"})]
