"""Acts on shared recorders (R9): register, issue, take back, hand over, report; each one event, decided by
``recorder_states`` under the custody lock. What is read of the ledger stands in ``recorder_views``."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from archive import custody, particulars
from archive.actors import Actor
from archive.db import Tx
from archive.entries import CustodyEvent
from archive.errors import Conflict, NotFound, Refused
from archive.event_body import Body
from archive.identifiers import LedgerId, RecorderId, new_id
from archive.publication import Act, require
from archive.recorder_events import (
    CHECK_ITEMS,
    CONDITIONS,
    REPORTS,
    RecorderIssued,
    RecorderRegistered,
    RecorderReported,
    RecorderReturned,
    ShiftHandedOver,
)
from archive.recorder_states import Holder, Line, What, require_allowed, standing
from archive.recorder_tables import LedgerEntry, RecorderCode
from archive.site import Site
from archive.tables import Recorder, table

RECORDER, CODE, ENTRY = table(Recorder), table(RecorderCode), table(LedgerEntry)
MOST_ON_A_SHEET = 200
_NAME, _TEXT = 64, 500


@dataclass(frozen=True)
class Person:
    """Somebody who wears recorders, by number and name as typed or scanned; the number decides who it is."""

    untrusted_number: str
    untrusted_name: str = ""

    def fields(self, role: str) -> dict[str, str]:
        """Particulars ``<role>_no`` and, where given, ``<role>``; ``Refused recorder.text``."""
        number = plain_text(self.untrusted_number, f"the number of the {role}", _NAME)
        name = self.untrusted_name.strip()
        return {f"{role}_no": number} | ({role: plain_text(name, f"the name of the {role}", _NAME)} if name else {})


@dataclass(frozen=True)
class Check:
    """The check before use: the items that were right, those that were not, and the clock's offset if measured."""

    passed: Sequence[str]
    failed: Sequence[str] = ()
    clock_offset_ms: int | None = None


def register(site: Site, actor: Actor, vendor: str, serial: str, kind: str, untrusted_code: str = "") -> RecorderId:
    """Put a recorder into the ledger; without a code its own id is the code.

    A recorder first seen in a deposit keeps the id it got there, and one registered first is recognised in its
    deposits by vendor and serial. ``Refused recorder.text``, ``Conflict recorder.registered | recorder.code_taken``.
    """
    require(site, Act.ORDINARY)
    named = {"vendor": plain_text(vendor, "the vendor", _NAME), "serial": plain_text(serial, "the serial", _NAME),
             "kind": plain_text(kind, "the kind", _NAME)}
    recorder = site.db.read(lambda c: known_recorder(c, named["vendor"], named["serial"])) or new_id("rcd")
    code = plain_text(untrusted_code, "the code", _NAME) if untrusted_code.strip() else recorder
    sealed = particulars.seal(site.ports.vault, site.log_id, recorder, particulars.salted({**named, "code": code}))
    event = CustodyEvent.committed(actor.id, recorder, RecorderRegistered(), sealed.commitment)

    def record(tx: Tx) -> None:
        known = known_recorder(tx, named["vendor"], named["serial"])
        if known not in (None, recorder) or tx.execute(select(CODE.c.id).where(CODE.c.id == recorder)).first():
            raise Conflict("recorder.registered", "a recorder of this vendor and serial is in the ledger")
        if known_codes(tx, code) - {recorder}:
            raise Conflict("recorder.code_taken", "this code is on another recorder; scan or type another")
        custody.append(tx, site.ports.clock, event, sealed)

    site.db.write(record)
    return RecorderId(recorder)


def issue(site: Site, actor: Actor, untrusted_recorder: str, wearer: Person, check: Check) -> LedgerId:
    """Give a recorder out. Every item of the check before use must be stated, right or not; a failed one is logged and
    does not stop the issue. ``NotFound recorder.unknown``, ``Refused recorder.check | recorder.text``, ``Conflict`` as
    ``require_allowed``."""
    if sorted((*check.passed, *check.failed)) != sorted(CHECK_ITEMS):
        raise Refused("recorder.check", f"state each of {', '.join(CHECK_ITEMS)} once, right or not")
    recorder, entry = resolve(site, untrusted_recorder), LedgerId(new_id("led"))
    body = RecorderIssued(entry, tuple(sorted(check.passed)), tuple(sorted(check.failed)), check.clock_offset_ms)
    _enter(site, actor, "issued", [recorder], body, entry, wearer.fields("wearer"))
    return entry


def take_back(site: Site, actor: Actor, untrusted_recorder: str, condition: str, remark: str = "") -> LedgerId:
    """A recorder comes back; ``condition`` damaged takes it out of use. Errors as ``issue``, ``recorder.condition``."""
    if condition not in CONDITIONS:
        raise Refused("recorder.condition", f"the condition is one of {', '.join(CONDITIONS)}")
    recorder, entry = resolve(site, untrusted_recorder), LedgerId(new_id("led"))
    said = {"remark": plain_text(remark, "the remark", _TEXT)} if remark.strip() else {}
    _enter(site, actor, "returned", [recorder], RecorderReturned(entry, condition), entry, said)
    return entry


def report(site: Site, actor: Actor, untrusted_recorder: str, what: str, circumstances: str) -> LedgerId:
    """A recorder is lost, damaged, or recovered (found or repaired). Errors as ``issue``, ``recorder.report``."""
    known: dict[str, What] = {"lost": "lost", "damaged": "damaged", "recovered": "recovered"}
    if what not in REPORTS or what not in known:
        raise Refused("recorder.report", f"a report is one of {', '.join(REPORTS)}")
    recorder, entry = resolve(site, untrusted_recorder), LedgerId(new_id("led"))
    said = {"circumstances": plain_text(circumstances, "the circumstances", _TEXT)}
    _enter(site, actor, known[what], [recorder], RecorderReported(entry, what), entry, said)
    return entry


def hand_over(site: Site, actor: Actor, untrusted_recorders: Sequence[str], giver: Person, taker: Person) -> LedgerId:
    """One shift hands recorders to the next: one event for the whole sheet, all of it or nothing.

    ``Refused recorder.sheet`` for none or more than 200 recorders; other errors as ``issue``.
    """
    recorders = list(dict.fromkeys(resolve(site, one) for one in untrusted_recorders if one.strip()))
    if not 0 < len(recorders) <= MOST_ON_A_SHEET:
        raise Refused("recorder.sheet", f"a hand-over sheet names 1 to {MOST_ON_A_SHEET} recorders")
    entry, from_whom = LedgerId(new_id("led")), giver.fields("giver")
    _enter(site, actor, "handed_over", recorders, ShiftHandedOver(tuple(recorders)), entry,
           {**from_whom, **taker.fields("wearer")}, giver_no=from_whom["giver_no"])
    return entry


def resolve(site: Site, untrusted_recorder: str) -> RecorderId:
    """The recorder this code or id stands for; ``NotFound recorder.unknown``."""
    wanted = untrusted_recorder.strip()
    query = (select(RECORDER.c.id).join_from(RECORDER, CODE, CODE.c.id == RECORDER.c.id, isouter=True)
             .where((CODE.c.code == wanted) | (RECORDER.c.id == wanted)).order_by(CODE.c.code != wanted))
    found = site.db.read(lambda c: c.execute(query).scalar())
    if found is None:
        raise NotFound("recorder.unknown", "no recorder has this code; register it first")
    return RecorderId(found)


def known_recorder(reading: Connection | Tx, vendor: str, serial: str) -> str | None:
    """The id this archive knows a recorder by, from its registration or its first deposit."""
    return reading.execute(select(RECORDER.c.id).where(
        RECORDER.c.vendor == vendor, RECORDER.c.serial == serial)).scalar()


def known_codes(reading: Connection | Tx, code: str) -> set[str]:
    """The recorders this code would stand for; an id stands for its own recorder always."""
    return set(reading.execute(select(CODE.c.id).where(CODE.c.code == code)
                               .union(select(RECORDER.c.id).where(RECORDER.c.id == code))).scalars())


def lines_of(reading: Connection | Tx, recorder: str) -> list[Line]:
    """The ledger of one recorder in the order of the log."""
    rows: Any = reading.execute(select(ENTRY).where(ENTRY.c.recorder == recorder).order_by(ENTRY.c.leaf))
    return [line_of(row) for row in rows]


def line_of(row: Any) -> Line:
    """A row as the arithmetic sees it."""
    holds = row.what in ("issued", "handed_over")
    return Line(row.what, row.at, Holder(row.wearer_no, row.wearer) if holds else None, row.condition)


def plain_text(untrusted_text: str, what: str, most: int) -> str:
    """Text without control characters, of 1 to ``most`` characters; ``Refused recorder.text`` names ``what``."""
    text = untrusted_text.strip()
    if not 0 < len(text) <= most or any(unicodedata.category(c)[0] == "C" or c in "\u2028\u2029" for c in text):
        raise Refused("recorder.text", f"{what} must be text of 1 to {most} characters")
    return text


def _enter(site: Site, actor: Actor, act: What, recorders: Sequence[str], body: Body, entry: str,
           said: Mapping[str, str], giver_no: str | None = None) -> None:
    """One event about these recorders, if the act fits the state of each. Every entry has a key of its own, so that
    what it says of a person can be erased without the recorder's other entries."""
    require(site, Act.ORDINARY)
    subject = entry if isinstance(body, ShiftHandedOver) else recorders[0]
    sealed = particulars.seal(site.ports.vault, site.log_id, entry, particulars.salted(said)) if said else None
    event = (CustodyEvent.plain(actor.id, subject, body) if sealed is None
             else CustodyEvent.committed(actor.id, subject, body, sealed.commitment))

    def record(tx: Tx) -> None:
        for recorder in recorders:
            require_allowed(standing(lines_of(tx, recorder)), act, giver_no)
        custody.append(tx, site.ports.clock, event, sealed)

    site.db.write(record)
