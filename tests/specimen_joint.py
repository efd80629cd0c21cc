"""The fixed events of joint matters."""

from collections.abc import Callable

from archive.event_body import Body
from archive.joint_events import ConsentAnswered, ConsentAsked, RecordingOwned, UnitJoined, UnitLeft
from archive.party_events import PartyInvolved, PartyWithdrawn


def joint_acts(ident: Callable[[str, int], str], n: int) -> list[tuple[str, Body, dict[str, str]]]:
    """Subject, body and particulars: a co-unit takes part, owns a recording, is asked for its consent and leaves;
    parties are put there and taken out."""
    matter, recording, unit = ident("mat", 2 * n), ident("rec", n), ident("unt", 2 * n)
    part, consent, remark = ident("ptn", n), ident("cns", n), ident("rmk", 900 + n)
    involved, wrong = ident("inv", 2 * n), ident("inv", 2 * n + 1)
    return [(matter, UnitJoined(part, unit, "co_unit"), {}),
            (recording, RecordingOwned(unit), {}),
            (matter, ConsentAsked(consent, unit, (recording,)), {"recipient": f"当事人 {n}", "purpose": "复制申请"}),
            (matter, ConsentAnswered(consent, True, remark), {"remark": "同意提供"}),
            (matter, UnitLeft(part), {}),
            (matter, PartyInvolved(involved, ident("par", n)), {}),
            (matter, PartyInvolved(wrong, None), {"name": f"张某 {n}"}),
            (matter, PartyWithdrawn(wrong, ident("rmk", 1900 + n)), {"remark": "同名者"})]
