"""An office with matters: officers and heads with accounts, recordings of one recorder, a site with its log running."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from deadlines.takes import WANG, Takes
from rebuild.lived_site import Lived, over
from recorders.shelf import Shelf
from specimen_events import AT, beginning, ident

from archive.actors import Actor
from archive.entries import CustodyEvent
from archive.errors import ArchiveError, NotFound
from archive.events import PersonAdded
from archive.matter_entry import require_matter
from archive.recordings import require_visible
from archive.shift_events import PersonNumbered
from archive.unit_events import PersonUnitSet, UnitRegistered

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
LEAD, OTHER, WEARER = (Actor(ident("usr", n)) for n in (11, 12, 13))
HEAD, SECOND_HEAD, NORTH_HEAD, SOUTH_HEAD = (Actor(ident("usr", n), roles=frozenset({"head"})) for n in range(14, 18))
LOGINS = {LEAD: "lead", OTHER: "other", WEARER: "wearer", HEAD: "head", SECOND_HEAD: "second_head"}
EVERYBODY = tuple(LOGINS)
UNIT_HEADS = {NORTH_HEAD: "north_head", SOUTH_HEAD: "south_head"}
NORTH, NORTH_TEAM, SOUTH = (ident("unt", n) for n in (901, 902, 903))
"""Two units, and a team beneath the first."""
TODAY = AT.date().isoformat()


def with_units(lived: Lived) -> None:
    """``LEAD`` belongs to the team of the north, ``OTHER`` to the south; each of the two has a head of its own. The
    wearer belongs to no unit, ``HEAD`` and ``SECOND_HEAD`` head no unit the register names."""
    for who, login in UNIT_HEADS.items():
        lived.append([(CustodyEvent.plain(who.id, who.id, PersonAdded(tuple(who.roles))),
                       {"login": login, "display_name": login.upper()})])
    for unit, parent, name in ((NORTH, None, "城北所"), (NORTH_TEAM, NORTH, "城北一队"), (SOUTH, None, "城南所")):
        lived.append([(CustodyEvent.plain(HEAD.id, unit, UnitRegistered(parent)), {"number": name, "name": name})])
    for person, unit, heads in ((LEAD, NORTH_TEAM, ()), (OTHER, SOUTH, ()), (NORTH_HEAD, NORTH, (NORTH,)),
                                (SOUTH_HEAD, SOUTH, (SOUTH,))):
        lived.append([(CustodyEvent.plain(HEAD.id, person.id, PersonUnitSet(unit, heads)), {})])


@contextmanager
def office(folder: Path) -> Iterator[Lived]:
    """Nobody but ``WEARER`` wears the recorder, from two hours before ``AT`` on; afterwards tables equal the log."""
    with over(folder) as made:
        made.clock.at = AT - 2 * DAY
        made.append(beginning())
        for who, login in LOGINS.items():
            made.append([(CustodyEvent.plain(who.id, who.id, PersonAdded(tuple(who.roles))),
                          {"login": login, "display_name": login.upper()})])
        made.append([(CustodyEvent.plain(WEARER.id, WEARER.id, PersonNumbered()), {"officer_no": WANG["wearer_no"]})])
        Takes(made).issue(AT - 2 * HOUR, WANG)
        yield made
        assert Shelf(made).differences() == []


def deposit(lived: Lived, n: int, **labels: str) -> str:
    """Recording ``n``, a minute long, taken in at ``AT`` or when the clock stands later."""
    at = max(lived.clock.at, AT)
    Takes(lived).deposit(n, at, AT - HOUR + n * MINUTE, AT - HOUR + (n + 1) * MINUTE, **labels)
    return ident("rec", n)


def code_of(act: Callable[[], object]) -> str:
    """The code an act is refused with."""
    with pytest.raises(ArchiveError) as refusal:
        act()
    return refusal.value.code


def sees(lived: Lived, who: Actor, recording: str) -> bool:
    """Whether this person may know of a recording."""
    try:
        return bool(require_visible(lived.site, who, recording))
    except NotFound:
        return False


def knows(lived: Lived, who: Actor, matter: str) -> bool:
    """Whether this person may know of a matter."""
    try:
        return bool(require_matter(lived.site, who, matter))
    except NotFound:
        return False
