"""A register as the tables hold it: what the archive goes by, what sources said, what numbers stand for."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from archive.columns import table
from archive.recorder_tables import RecorderCode
from archive.register_fields import BEIJING
from archive.register_kinds import Register
from archive.register_plan import State, Thing
from archive.register_tables import Certificate, Party, RegisterField
from archive.shift_tables import PersonNumber
from archive.tables import Person, Recorder
from archive.unit_tables import PersonUnit, Unit
from archive.units import Reading

FIELD, CERTIFICATE, PARTY = table(RegisterField), table(Certificate), table(Party)
UNIT, PERSON, NUMBER, PLACE = table(Unit), table(Person), table(PersonNumber), table(PersonUnit)
RECORDER, CODE = table(Recorder), table(RecorderCode)
EXTERNAL = "external_id"
Bases = dict[str, dict[str, str]]


def state_of(reading: Reading, register: Register) -> State:
    """The register at this moment. Closed units and things whose identifying fields were erased are not in it."""
    hand, feed, external = said_in(reading, register.name)
    things = {key: Thing(key, base, hand.get(key, {}), feed.get(key, {}), external.get(key, {}))
              for key, base in _BASES[register.name](reading).items()}
    numbers = {"unit": _unit_numbers(reading), "person": _person_numbers(reading)}
    if register.name not in numbers:
        numbers[register.name] = {}
    return State(things, numbers, _logins(reading) if register.name == "person" else frozenset())


def said_in(reading: Reading, name: str) -> tuple[Bases, Bases, Bases]:
    """By thing and field what a hand said, what a feed said, and a feed's own ids by account."""
    hand, feed, external = Bases(), Bases(), Bases()
    for row in reading.execute(select(FIELD).where(FIELD.c.register_name == name)):
        if row.field == EXTERNAL:
            if row.value is not None:
                external.setdefault(row.thing, {})[row.account] = row.value
        else:
            (feed if row.source == "feed" else hand).setdefault(row.thing, {})[row.field] = row.value or ""
    return hand, feed, external


def _unit_numbers(reading: Reading) -> dict[str, str]:
    rows: Any = reading.execute(select(UNIT.c.number, UNIT.c.id).where(UNIT.c.closed_at.is_(None))).all()
    return {row.number: row.id for row in rows if row.number is not None}


def _person_numbers(reading: Reading) -> dict[str, str]:
    rows: Any = reading.execute(select(NUMBER.c.officer_no, NUMBER.c.id)).all()
    return {row.officer_no: row.id for row in rows if row.officer_no is not None}


def _logins(reading: Reading) -> frozenset[str]:
    """Logins of accounts that have no number."""
    query = select(PERSON.c.login).where(PERSON.c.login.is_not(None), PERSON.c.id.not_in(
        select(NUMBER.c.id).where(NUMBER.c.officer_no.is_not(None))))
    return frozenset(reading.execute(query).scalars())


def _units(reading: Reading) -> Bases:
    rows: Any = reading.execute(select(UNIT).where(UNIT.c.closed_at.is_(None), UNIT.c.number.is_not(None))).all()
    by_id = {row.id: row.number for row in rows}
    return {row.id: {"number": row.number, "name": row.name or "", "parent": by_id.get(row.parent, "")}
            for row in rows}


def _people(reading: Reading) -> Bases:
    units = {unit: number for number, unit in _unit_numbers(reading).items()}
    rows: Any = reading.execute(
        select(PERSON.c.id, PERSON.c.display_name, NUMBER.c.officer_no, PLACE.c.unit, PLACE.c.heads)
        .join_from(PERSON, NUMBER, NUMBER.c.id == PERSON.c.id)
        .join(PLACE, PLACE.c.id == PERSON.c.id, isouter=True).where(NUMBER.c.officer_no.is_not(None))).all()
    return {row.id: {"number": row.officer_no, "name": row.display_name or "", "unit": units.get(row.unit, ""),
                     "heads": ";".join(units[one] for one in (row.heads or "").split() if one in units)}
            for row in rows}


def _certificates(reading: Reading) -> Bases:
    people = {person: number for number, person in _person_numbers(reading).items()}
    rows: Any = reading.execute(select(CERTIFICATE).where(CERTIFICATE.c.number.is_not(None))).all()
    return {row.id: {
        "number": row.number, "holder": people.get(row.holder, ""),
        "valid_from": row.valid_from.astimezone(BEIJING).date().isoformat(),
        "valid_to": "" if row.valid_until is None
        else (row.valid_until.astimezone(BEIJING).date() - timedelta(days=1)).isoformat()} for row in rows}


def _recorders(reading: Reading) -> Bases:
    """Those first seen in a deposit too; ``code`` is missing where a recorder is not in the device ledger yet."""
    rows: Any = reading.execute(select(RECORDER, CODE.c.code, CODE.c.id.label("listed")).join_from(
        RECORDER, CODE, CODE.c.id == RECORDER.c.id, isouter=True).where(RECORDER.c.serial.is_not(None))).all()
    return {row.id: {"vendor": row.vendor or "", "serial": row.serial, "kind": row.kind or ""}
            | ({"code": row.code or ""} if row.listed else {}) for row in rows}


def _parties(reading: Reading) -> Bases:
    rows: Any = reading.execute(select(PARTY)).all()
    return {row.id: {"name": row.name or "", "credit_code": row.credit_code or "", "id_number": row.id_number or ""}
            for row in rows if row.name is not None}


_BASES: Mapping[str, Callable[[Reading], Bases]] = {
    "unit": _units, "person": _people, "certificate": _certificates, "recorder": _recorders, "party": _parties,
}
