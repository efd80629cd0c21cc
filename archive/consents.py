"""An owner's consent to give recordings of a joint matter outside: asked of each owning unit, answered by a head of it.

Limit: nothing is given out by this release. What will be asks ``unconsented`` first; a consent binds this archive, not
what somebody does with a copy.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Select, false, select

from archive.actors import Actor
from archive.db import Tx
from archive.errors import Conflict, NotFound, Refused
from archive.headship import has_no_units, headed_units
from archive.identifiers import ConsentId, new_id, parse_id
from archive.joint_events import ConsentAnswered, ConsentAsked
from archive.joint_matters import rows
from archive.joint_tables import OwnerConsent
from archive.matter_entry import Step, alive, enter, remarked, require_matter, require_may, tree_of
from archive.owners import heads_unit, owners_of
from archive.recorder_ledger import plain_text
from archive.recordings import RECORDING
from archive.sight import ASSIGNED, sees_recording
from archive.site import Site
from archive.tables import Person, table
from archive.units import UNIT, with_units_beneath

CONSENT, PERSON = table(OwnerConsent), table(Person)
MOST, LONGEST = 500, 200
"""Recordings in one question; characters of recipient and purpose."""
State = Literal["waiting", "given", "refused"]
Reading = Connection | Tx


@dataclass(frozen=True)
class Consent:
    """A question to an owner. ``recipient`` and ``purpose`` None when erased; names are ids where erased."""

    id: ConsentId
    matter: str
    unit: str
    unit_name: str
    recordings: tuple[str, ...]
    recipient: str | None
    purpose: str | None
    asker: str
    by: str
    asked_at: datetime
    state: State
    answered_at: datetime | None
    may_answer: bool


def ask(site: Site, actor: Actor, untrusted_matter: str, untrusted_recipient: str, untrusted_purpose: str,
        untrusted_recordings: Sequence[str] = ()) -> tuple[ConsentId, ...]:
    """Ask every unit that owns recordings of this matter, and is not the responsible one or beneath it, whether they
    may be given to this recipient for this purpose. ``untrusted_recordings``: of these; empty: of all of the matter.

    ``NotFound matter.unknown | recording.unknown``, ``Refused recorder.text | matter.not_member``, ``Conflict
    matter.merged | consent.none_owed``.
    """
    matter = require_matter(site, actor, untrusted_matter)
    said = {"recipient": plain_text(untrusted_recipient, "the recipient", LONGEST),
            "purpose": plain_text(untrusted_purpose, "the purpose", LONGEST)}
    wanted = [parse_id("rec", one) for one in untrusted_recordings]
    steps = []
    for unit, recordings in site.db.read(lambda c: _by_owner(c, actor, matter, wanted)).items():
        for first in range(0, len(recordings), MOST):
            made = ConsentId(new_id("cns"))
            steps.append(Step(matter, ConsentAsked(made, unit, tuple(recordings[first:first + MOST])), made, said))
    if not steps:
        raise Conflict("consent.none_owed", "no other unit owns any of these recordings: its own head decides alone")

    def fits(tx: Tx) -> None:
        alive(tx, matter)
        require_may(tx, actor, matter)

    enter(site, actor, steps, fits)
    return tuple(ConsentId(step.scope) for step in steps)


def answer(site: Site, actor: Actor, untrusted_consent: str, given: bool, untrusted_remark: str) -> None:
    """A head of the owning unit agrees or does not, with a remark; never who asked. Known of or not, the matter stays
    closed to them otherwise.

    ``NotFound consent.unknown`` when absent or of another unit, ``Refused recorder.text | consent.same_person``,
    ``Conflict consent.answered``.
    """
    consent = parse_id("cns", untrusted_consent)
    remark, said = remarked(untrusted_remark)
    row = site.db.read(lambda c: _asked(c, actor, consent))

    def fits(tx: Tx) -> None:
        now = _asked(tx, actor, consent)
        if now.asked_by == actor.id:
            raise Refused("consent.same_person", "who asked for a consent cannot give it as well")
        if now.given is not None:
            raise Conflict("consent.answered", "this has been answered; ask again if it is to be asked anew")

    enter(site, actor, [Step(row.matter, ConsentAnswered(consent, given, remark), remark, said)], fits)


def of_matter(site: Site, actor: Actor, untrusted_matter: str) -> tuple[Consent, ...]:
    """What was asked of owners for this matter, the newest first; ``NotFound matter.unknown``."""
    matter = require_matter(site, actor, untrusted_matter)
    return _read(site, actor, CONSENT.c.matter == matter)


def to_answer(site: Site, actor: Actor) -> tuple[Consent, ...]:
    """What waits for an answer of a head of these units, the newest first."""
    mine = has_no_units(actor) | CONSENT.c.unit.in_(headed_units(actor)) if actor.is_head else false()
    return _read(site, actor, mine & CONSENT.c.given.is_(None) & (CONSENT.c.asked_by != actor.id))


def unconsented(reading: Reading, consents: Sequence[str], matter: str, recordings: Sequence[str]) -> tuple[str, ...]:
    """Recordings another unit owns than the one responsible for the matter, for which none of these consents stands:
    given, and asked of the unit that owns the recording now."""
    held: Any = reading.execute(select(CONSENT).where(CONSENT.c.id.in_(consents), CONSENT.c.given.is_(True))).all()
    stand = {(row.unit, one) for row in held for one in row.recordings.split()}
    own = _own_units(reading, matter)
    owners = owners_of(reading, recordings)
    return tuple(one for one in recordings if one in owners and owners[one] not in own
                 and (owners[one], one) not in stand)


def _by_owner(reading: Reading, actor: Actor, matter: str, wanted: Sequence[str]) -> dict[str, list[str]]:
    found: Any = reading.execute(select(ASSIGNED.c.recording).distinct().join_from(
        ASSIGNED, RECORDING, RECORDING.c.id == ASSIGNED.c.recording).where(
        ASSIGNED.c.matter.in_(tree_of(matter)), ASSIGNED.c.withdrawn_at.is_(None), sees_recording(actor))
        .order_by(ASSIGNED.c.recording)).scalars().all()
    if not set(wanted) <= set(found):
        raise NotFound("recording.unknown", "the matter has no such recording, or you may not see it")
    own, owners = _own_units(reading, matter), owners_of(reading, found)
    told = defaultdict(list)
    for one in wanted or found:
        if one in owners and owners[one] not in own:
            told[owners[one]].append(one)
    return told


def _own_units(reading: Reading, matter: str) -> frozenset[str]:
    """The responsible unit and all beneath it; none where no unit is responsible."""
    parents: Any = reading.execute(select(UNIT.c.id, UNIT.c.parent)).all()
    responsible = [row.unit for row in rows(reading, matter) if row.part == "responsible"]
    return frozenset().union(*(with_units_beneath({row.id: row.parent for row in parents}, one) for one in responsible))


def _asked(reading: Reading, actor: Actor, consent: str) -> Any:
    row: Any = reading.execute(select(CONSENT).where(CONSENT.c.id == consent)).first()
    if row is None or not heads_unit(reading, actor, row.unit):
        raise NotFound("consent.unknown", "no such question, or it is for the head of another unit")
    return row


def _read(site: Site, actor: Actor, condition: ColumnElement[bool]) -> tuple[Consent, ...]:
    query: Select[Any] = (
        select(CONSENT, UNIT.c.name, PERSON.c.display_name, (
            has_no_units(actor) | CONSENT.c.unit.in_(headed_units(actor))).label("headed"))
        .join_from(CONSENT, UNIT, UNIT.c.id == CONSENT.c.unit, isouter=True)
        .join(PERSON, PERSON.c.id == CONSENT.c.asked_by, isouter=True).where(condition)
        .order_by(CONSENT.c.leaf.desc()).limit(MOST))
    return tuple(_consent(row, actor) for row in site.db.read(lambda c: c.execute(query).all()))


def _consent(row: Any, actor: Actor) -> Consent:
    state: State = "waiting" if row.given is None else "given" if row.given else "refused"
    may = actor.is_head and bool(row.headed) and state == "waiting" and row.asked_by != actor.id
    return Consent(row.id, row.matter, row.unit, row.name or row.unit, tuple(row.recordings.split()), row.recipient,
                   row.purpose, row.asked_by, row.display_name or row.asked_by, row.asked_at, state, row.answered_at,
                   may)
