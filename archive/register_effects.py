"""What follows in the log from a register line: the events that make a unit, person, certificate, recorder or party
what the words in force say. None where nothing of that changed."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

from archive import particulars
from archive.actors import Actor
from archive.entries import CustodyEvent
from archive.event_body import Body
from archive.events import PersonAdded
from archive.recorder_events import RecorderRegistered
from archive.register_events import CertificateStated, PartyStated, PersonRenamed
from archive.register_fields import day_begins
from archive.shift_events import PersonNumbered
from archive.site import Site
from archive.unit_events import PersonUnitSet, UnitChanged, UnitRegistered
from archive.units import Event

ROLES = ("investigator",)
"""What an account made by a register may be; a feed gives nobody more."""


@dataclass(frozen=True)
class Filled:
    """A thing with its id, what the archive held of it, and what is in force now; ``ids``: numbers to ids by
    register."""

    thing: str
    is_new: bool
    before: Mapping[str, str]
    now: Mapping[str, str]
    ids: Mapping[str, Mapping[str, str]]

    def differs(self, *names: str) -> bool:
        """Whether any of these fields is another than before."""
        return self.is_new or any(self.now[name] != self.before.get(name, "") for name in names)


def sealed_event(site: Site, actor: Actor, subject: str, body: Body, values: Mapping[str, str]) -> Event:
    """An event with those of the values that are not empty sealed under the subject's own key."""
    return sealed_as(site, actor, subject, subject, body, values)


def sealed_as(site: Site, actor: Actor, subject: str, scope: str, body: Body, values: Mapping[str, str]) -> Event:
    """As ``sealed_event``, under the key of ``scope``."""
    said = {name: value for name, value in values.items() if value}
    if not said:
        return CustodyEvent.plain(actor.id, subject, body), None
    sealed = particulars.seal(site.ports.vault, site.log_id, scope, particulars.salted(said))
    return CustodyEvent.committed(actor.id, subject, body, sealed.commitment), sealed


def effects(site: Site, actor: Actor, register: str, filled: Filled) -> tuple[Event, ...]:
    """The events, sealed; outside any transaction."""
    return tuple(sealed_event(site, actor, filled.thing, body, values) for body, values in _BODIES[register](filled))


Told = Iterator[tuple[Body, Mapping[str, str]]]


def _unit(filled: Filled) -> Told:
    if filled.differs("number", "name", "parent"):
        above = filled.now["parent"]
        parent = filled.ids["unit"][above] if above else None
        yield (UnitRegistered(parent) if filled.is_new else UnitChanged(parent),
               {name: filled.now[name] for name in ("number", "name")})


def _person(filled: Filled) -> Told:
    """An account of its own: without a password nobody signs in by it (``liuhen person password``)."""
    if filled.is_new:
        yield PersonAdded(ROLES), {"login": filled.now["number"], "display_name": filled.now["name"]}
    elif filled.differs("name"):
        yield PersonRenamed(), {"display_name": filled.now["name"]}
    if filled.differs("number"):
        yield PersonNumbered(), {"officer_no": filled.now["number"]}
    stated = (filled.now["unit"], filled.now["heads"])
    if stated != (filled.before.get("unit", ""), filled.before.get("heads", "")):
        heads = tuple(filled.ids["unit"][one] for one in stated[1].split(";") if one)
        yield PersonUnitSet(filled.ids["unit"][stated[0]] if stated[0] else None, heads), {}


def _certificate(filled: Filled) -> Told:
    if filled.differs("number", "holder", "valid_from", "valid_to"):
        last = filled.now["valid_to"]
        yield CertificateStated(
            filled.ids["person"][filled.now["holder"]], day_begins(filled.now["valid_from"]),
            day_begins(last) + timedelta(days=1) if last else None), {"number": filled.now["number"]}


def _recorder(filled: Filled) -> Told:
    """Into the device ledger, once; one first seen in a deposit keeps its id. Without a code its id is the code."""
    if filled.is_new or "code" not in filled.before:
        yield RecorderRegistered(), {**filled.now, "code": filled.now["code"] or filled.thing}


def _party(filled: Filled) -> Told:
    if filled.differs("name", "credit_code", "id_number"):
        yield PartyStated(), dict(filled.now)


_BODIES: Mapping[str, Callable[[Filled], Told]] = {
    "unit": _unit, "person": _person, "certificate": _certificate, "recorder": _recorder, "party": _party,
}
