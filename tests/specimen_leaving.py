"""The fixed events of people who leave or move."""

from collections.abc import Callable

from specimen_names import PERSON

from archive.event_body import Body
from archive.leaving_events import LeavingClosed, OpenHandedOver, PersonSuspended


def leaving_acts(ident: Callable[[str, int], str], n: int) -> list[tuple[str, Body, dict[str, str]]]:
    """Subject, body and particulars: suspended, a recorder handed over, a label done with, moved."""
    run = ident("lvg", n)
    return [(PERSON, PersonSuspended(run, "transfers"), {}),
            (PERSON, OpenHandedOver(run, "recorder", ident("rcd", n), ident("usr", n), None), {}),
            (PERSON, OpenHandedOver(run, "label", ident("rec", n), None, ident("rmk", n)), {"remark": "已口头交接"}),
            (PERSON, LeavingClosed(run, "transferred"), {})]
