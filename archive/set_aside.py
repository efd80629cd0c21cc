"""Set a recording aside, as not of enforcement or made by mistake: its wearer proposes, the head of the unit confirms.
Searches leave it out and say so; log, completeness and lock do not know of it. Hiding takes two people, showing one.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, and_, select

from archive import custody, particulars
from archive.actors import Actor
from archive.db import Tx
from archive.entries import CustodyEvent
from archive.errors import Conflict, NotFound, Refused
from archive.event_body import Body
from archive.identifiers import ProposalId, RemarkId, new_id, parse_id
from archive.publication import Act, require
from archive.recorder_ledger import plain_text
from archive.recordings import ASIDE, IN_FORCE, RecordingRow, listed, require_visible, visible_to
from archive.set_aside_events import SET_ASIDE_REASONS, BroughtBack, SetAside, SetAsideDeclined, SetAsideProposed
from archive.shift import wore
from archive.site import Site
from archive.tables import Person, table
from archive.units import heads_person

PERSON = table(Person)
State = Literal["waiting", "aside", "declined", "back"]
LONGEST, MOST = 500, 500
"""Characters of a remark; lines of a list."""
Listed = Literal["waiting", "aside"]
_LISTED: Mapping[Listed, ColumnElement[bool]] = {"waiting": ASIDE.c.decision.is_(None), "aside": IN_FORCE}


@dataclass(frozen=True)
class Proposed:
    """A proposal and what became of it. ``remark`` is None when erased; ``by``, ``decided_by``: names, else ids."""

    id: str
    recording: str
    reason: str
    remark: str | None
    state: State
    proposer: str
    by: str
    at: datetime
    decided_by: str | None
    decided_at: datetime | None


def propose(site: Site, actor: Actor, untrusted_recording: str, untrusted_reason: str,
            untrusted_remark: str) -> ProposalId:
    """The wearer says that a recording is no evidence of enforcement; nothing is hidden yet.

    ``NotFound recording.unknown``, ``Refused set_aside.reason | set_aside.not_wearer | recorder.text``, ``Conflict
    set_aside.waiting | set_aside.already``. Limit: who wore a recorder is what the ledger says, else the label.
    """
    if untrusted_reason not in SET_ASIDE_REASONS:
        raise Refused("set_aside.reason", f"the reason is one of {', '.join(SET_ASIDE_REASONS)}")
    recording = require_visible(site, actor, untrusted_recording)
    if not wore(site, actor, recording):
        raise Refused("set_aside.not_wearer", "only who wore the recorder, by the device ledger or else by the label, "
                                              "proposes to set its recording aside")
    proposal = ProposalId(new_id("prp"))

    def fits(tx: Tx) -> None:
        states = {row.decision for row in tx.execute(select(ASIDE.c.decision).where(
            ASIDE.c.recording == recording, ASIDE.c.back_at.is_(None)))}
        if None in states:
            raise Conflict("set_aside.waiting", "a proposal to set this recording aside waits already")
        if "confirmed" in states:
            raise Conflict("set_aside.already", "this recording is set aside already")

    _enter(site, actor, recording, SetAsideProposed(proposal, untrusted_reason), fits, (proposal, untrusted_remark))
    return proposal


def confirm(site: Site, actor: Actor, untrusted_recording: str, untrusted_proposal: str) -> None:
    """The head of the unit agrees with somebody else's proposal: search and case pages leave the recording out.

    ``NotFound recording.unknown | set_aside.unknown``, ``Refused set_aside.not_head | set_aside.same_person``,
    ``Conflict set_aside.decided``. Limit: two people are two accounts; where the
    register names no unit of one of them any head may confirm.
    """
    recording, proposal = _named(site, actor, untrusted_recording, untrusted_proposal)

    def fits(tx: Tx) -> None:
        by = _waiting(tx, recording, proposal).proposed_by
        if not heads_person(tx, actor, by):
            raise Refused("set_aside.not_head", "only the head of the unit of who proposed it sets a recording aside")
        if by == actor.id:
            raise Refused("set_aside.same_person", "who proposed to set a recording aside cannot confirm it as well")

    _enter(site, actor, recording, SetAside(proposal), fits)


def decline(site: Site, actor: Actor, untrusted_recording: str, untrusted_proposal: str, untrusted_remark: str) -> None:
    """The head of the unit does not agree, or who proposed takes it back. Errors as ``confirm``, ``recorder.text``."""
    recording, proposal = _named(site, actor, untrusted_recording, untrusted_proposal)
    remark = RemarkId(new_id("rmk"))

    def fits(tx: Tx) -> None:
        by = _waiting(tx, recording, proposal).proposed_by
        if by != actor.id and not heads_person(tx, actor, by):
            raise Refused("set_aside.not_head", "a proposal is declined by the head of the unit of who made it, or "
                                                "taken back by who made it")

    _enter(site, actor, recording, SetAsideDeclined(proposal, remark), fits, (remark, untrusted_remark))


def bring_back(site: Site, actor: Actor, untrusted_recording: str, untrusted_remark: str) -> None:
    """Put a recording back into search and case pages, at once: any person who may see it.

    ``NotFound recording.unknown``, ``Refused set_aside.not_person | recorder.text``, ``Conflict set_aside.not_aside``.
    """
    if not actor.is_person:
        raise Refused("set_aside.not_person", "only a person brings a recording back")
    recording, remark = require_visible(site, actor, untrusted_recording), RemarkId(new_id("rmk"))
    found = of_recordings(site, [recording]).get(recording)
    if found is None:
        raise Conflict("set_aside.not_aside", "this recording is not set aside")

    def fits(tx: Tx) -> None:
        if tx.execute(select(ASIDE.c.id).where(ASIDE.c.id == found.id, IN_FORCE)).first() is None:
            raise Conflict("set_aside.not_aside", "this recording is not set aside")

    _enter(site, actor, recording, BroughtBack(found.id, remark), fits, (remark, untrusted_remark))


def of_recordings(site: Site, recordings: Sequence[str]) -> dict[str, Proposed]:
    """The latest proposal about each of these recordings that has one."""
    return {one.recording: one for one in _read(site, ASIDE.c.recording.in_(recordings))}


def in_state(site: Site, actor: Actor, state: Listed) -> tuple[list[tuple[Proposed, RecordingRow]], bool]:
    """Proposals in one state about recordings this actor may know of, the newest last, each with its recording; whether
    there are more than ``MOST``."""
    found = _read(site, and_(_LISTED[state], ASIDE.c.recording.in_(visible_to(actor))), MOST + 1)
    rows = {row.id: row for row in listed(site, actor, [one.recording for one in found])}
    return [(one, rows[one.recording]) for one in found[-MOST:]], len(found) > MOST


def _named(site: Site, actor: Actor, untrusted_recording: str, untrusted_proposal: str) -> tuple[str, str]:
    return require_visible(site, actor, untrusted_recording), parse_id("prp", untrusted_proposal)


def _waiting(tx: Tx, recording: str, proposal: str) -> Any:
    row: Any = tx.execute(select(ASIDE).where(ASIDE.c.id == proposal, ASIDE.c.recording == recording)).first()
    if row is None:
        raise NotFound("set_aside.unknown", "there is no such proposal about this recording")
    if row.decision is not None:
        raise Conflict("set_aside.decided", "this proposal has been decided already")
    return row


def _enter(site: Site, actor: Actor, recording: str, body: Body, fits: Callable[[Tx], None],
           untrusted_remark: tuple[str, str] | None = None) -> None:
    """One event about the recording, if it fits what the tables say at that moment; a remark with the id of its key,
    its own: a recording whose key was destroyed must still be brought back."""
    require(site, Act.ORDINARY)
    sealed = None
    if untrusted_remark is not None:
        said = particulars.salted({"remark": plain_text(untrusted_remark[1], "the remark", LONGEST)})
        sealed = particulars.seal(site.ports.vault, site.log_id, untrusted_remark[0], said)
    event = (CustodyEvent.plain(actor.id, recording, body) if sealed is None
             else CustodyEvent.committed(actor.id, recording, body, sealed.commitment))

    def record(tx: Tx) -> None:
        fits(tx)
        custody.append(tx, site.ports.clock, event, sealed)

    site.db.write(record)


def _read(site: Site, condition: ColumnElement[bool], most: int | None = None) -> list[Proposed]:
    """Proposals, the oldest first; with ``most`` that many of the newest."""
    decider = PERSON.alias()
    query = (select(ASIDE, PERSON.c.display_name, decider.c.display_name.label("decider"))
             .join_from(ASIDE, PERSON, PERSON.c.id == ASIDE.c.proposed_by, isouter=True)
             .join(decider, decider.c.id == ASIDE.c.decided_by, isouter=True)
             .where(condition).order_by(ASIDE.c.leaf.desc()).limit(most))
    rows: Any = site.db.read(lambda c: c.execute(query).all())
    return [Proposed(row.id, row.recording, row.reason, row.remark, _state(row), row.proposed_by,
                     row.display_name or row.proposed_by, row.proposed_at, row.decider or row.decided_by,
                     row.decided_at) for row in reversed(rows)]


def _state(row: Any) -> State:
    if row.back_at is not None:
        return "back"
    return "waiting" if row.decision is None else "aside" if row.decision == "confirmed" else "declined"
