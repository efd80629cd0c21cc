"""The fixed events of units and of people in them."""

from collections.abc import Callable

from specimen_names import PERSON

from archive.event_body import Body
from archive.unit_events import PersonUnitSet, UnitChanged, UnitClosed, UnitRegistered


def unit_acts(ident: Callable[[str, int], str], n: int) -> list[tuple[str, Body, dict[str, str]]]:
    """Subject, body and particulars: two units, one beneath the other, renamed, somebody in it, the other closed."""
    above, unit = ident("unt", 2 * n), ident("unt", 2 * n + 1)
    return [(above, UnitRegistered(None), {"number": f"6523{n}", "name": "吉木萨尔县市场监督管理局"}),
            (unit, UnitRegistered(above), {"number": f"6523{n}-2", "name": "城东所"}),
            (unit, UnitChanged(None), {"number": f"6523{n}-2", "name": "城东市场监督管理所"}),
            (PERSON, PersonUnitSet(unit, (unit,)), {}),
            (above, UnitClosed(), {})]
