"""A personnel or case system puts one thing of a register at a time, by its own id; the same again is no event."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from archive import registers
from archive.actors import Actor
from archive.errors import Conflict, Refused
from archive.identifiers import StationId
from archive.recorder_ledger import plain_text
from archive.register_kinds import Fault, Line, Register, read_line, register_of
from archive.register_plan import Plan
from archive.site import Site
from ingest.register_files import key_of
from ingest.stations import station_by_id

FEED = "feed"
"""The kind of station that may put things into registers."""
_LONGEST_ID, _TRIES = 64, 4
_ID_NUMBER = re.compile(r"\d{17}[\dXx]", re.ASCII).fullmatch


@dataclass(frozen=True)
class Put:
    """What a put came to: the thing's id, ``added | changed | unchanged``, its version from here on, and the fields
    said anew."""

    thing: str
    verdict: str
    version: str
    fields: tuple[str, ...]


def put(site: Site, station: StationId, untrusted_register: str, untrusted_id: str,
        untrusted_fields: Mapping[str, str], untrusted_version: str | None = None) -> Put:
    """Say all fields of one thing as a feed; one not given counts as empty.

    ``untrusted_version``: the version it must still have, of an earlier answer (If-Match). ``Refused station.no_feed |
    register.external_id | register.lines`` (``faults``: field, code and sentence of each), ``NotFound
    register.unknown``, ``Conflict register.version``. Limit: a station that was revoked is stopped at the door, before
    this; each put reads the whole register.
    """
    if station_by_id(site, station).kind != FEED:
        raise Refused("station.no_feed", "only a station of the kind feed puts things into registers")
    register = register_of(untrusted_register)
    line, actor = _line(site, register, untrusted_id, untrusted_fields), Actor(station)
    for left in reversed(range(_TRIES)):
        shown = registers.preview(site, actor, register, [line], station)
        _require_sound(shown)
        _require_version(site, actor, register, shown, untrusted_version)
        try:
            done = registers.apply(site, actor, register, [line], shown.digest, station)
        except Conflict as fault:
            if fault.code != "register.stale" or not left:
                raise
            continue
        return _answer(site, actor, register, line, done)
    raise AssertionError("the last try answers or raises")


def _line(site: Site, register: Register, untrusted_id: str, untrusted_fields: Mapping[str, str]) -> Line:
    try:
        external_id = plain_text(untrusted_id, "the id", _LONGEST_ID)
    except Refused as fault:
        raise Refused("register.external_id", fault.message) from fault
    if _ID_NUMBER(external_id):
        raise Refused("register.external_id", "the id in the address must not be an id number of a person: addresses "
                                              "are written to journals")
    known = {field.name for field in register.fields}
    strange = tuple(Fault(name[:40], "register.field", "the register has no such field")
                    for name in sorted(set(untrusted_fields) - known))
    line = read_line(register, 1, untrusted_fields, key_of(site, register), external_id)
    return replace(line, faults=(*strange, *line.faults))


def _require_sound(shown: Plan) -> None:
    faults = [vars(fault) for fault in shown.lines[0].faults]
    if faults:
        raise Refused("register.lines", f"{faults[0]['field'] or 'this'}: {faults[0]['message']}", faults=faults)


def _require_version(site: Site, actor: Actor, register: Register, shown: Plan, untrusted_version: str | None) -> None:
    if untrusted_version is None:
        return
    found = (one for one in registers.listed(site, actor, register) if one.thing == shown.lines[0].thing)
    if {registers.version_of(one) for one in found} != {untrusted_version}:
        raise Conflict("register.version", "this thing is another than in the version named; read it again")


def _answer(site: Site, actor: Actor, register: Register, line: Line, done: Plan) -> Put:
    """The thing is found again by the feed's own id: a new one got its id while it was applied."""
    found = registers.of_feed(site, actor, register, actor.id, line.external_id or "")
    if found is None:
        raise Conflict("register.stale", "the thing was changed by somebody else meanwhile; put it again")
    return Put(found.thing, done.lines[0].verdict, registers.version_of(found),
               tuple(change.field for change in done.lines[0].changes))
