"""Matters 执法事项, each with a number of its own: called, filed as a case, given a case number 案号, ended (R28)."""

from datetime import date, datetime, timedelta, timezone

from sqlalchemy import func, select

from archive.actors import Actor
from archive.case_numbers import case_key
from archive.db import Tx
from archive.errors import Conflict, Refused
from archive.identifiers import MatterId, MembershipId, new_id
from archive.joint_matters import opened_by
from archive.matter_entry import LEADS, Step, alive, enter, going_on, remarked, require_matter, require_may
from archive.matter_events import (
    END_BASES,
    MATTER_KINDS,
    ActEnded,
    ActEndWithdrawn,
    CaseFiled,
    CaseNumberGiven,
    MatterOpened,
    MatterRetitled,
    MemberAdded,
)
from archive.matter_names import SAID
from archive.recorder_ledger import plain_text
from archive.sight import MATTER
from archive.site import Site

LONGEST = 200
BEIJING = timezone(timedelta(hours=8))


def open_matter(site: Site, actor: Actor, untrusted_kind: str, untrusted_title: str,
                untrusted_case_no: str = "") -> MatterId:
    """Open a matter; who opens it leads it, and it is their unit's. Its own number counts the year's matters; a case
    number may come now, later or never.

    ``Refused matter.not_person | matter.kind | recorder.text``, ``Conflict matter.case_no_taken``.
    """
    if not actor.is_person:
        raise Refused("matter.not_person", "only a person opens a matter")
    matter = MatterId(new_id("mat"))
    steps = [opening(site, matter, untrusted_kind, untrusted_title, None),
             Step(matter, MemberAdded(MembershipId(new_id("mem")), actor.id, "lead")),
             *site.db.read(lambda c: opened_by(c, actor, matter))]
    numbered = _numbering(matter, untrusted_case_no) if untrusted_case_no.strip() else None
    enter(site, actor, [*steps, numbered] if numbered else steps,
          lambda tx: _require_free(tx, matter, numbered.said["case_no"]) if numbered else None)
    return matter


def opening(site: Site, matter: str, untrusted_kind: str, untrusted_title: str, split_from: str | None) -> Step:
    """The event that opens a matter, numbered under the custody lock. ``Refused matter.kind | recorder.text``."""
    if untrusted_kind not in MATTER_KINDS:
        raise Refused("matter.kind", f"the kind of a matter is one of {', '.join(MATTER_KINDS)}")
    year = site.ports.clock.now().astimezone(BEIJING).year

    def numbered(tx: Tx) -> MatterOpened:
        last = tx.execute(select(func.max(MATTER.c.number)).where(MATTER.c.year == year)).scalar()
        return MatterOpened(untrusted_kind, year, (last or 0) + 1, split_from)

    return Step(matter, numbered, matter, {"title": plain_text(untrusted_title, "the title", LONGEST)})


def retitle(site: Site, actor: Actor, untrusted_matter: str, untrusted_title: str) -> None:
    """Call a matter otherwise; its earlier titles stay in its history. ``NotFound matter.unknown``, ``Refused
    recorder.text | matter.not_member``, ``Conflict matter.merged``."""
    matter = require_matter(site, actor, untrusted_matter)
    said = {"title": plain_text(untrusted_title, "the title", LONGEST)}
    enter(site, actor, [Step(matter, MatterRetitled(), matter, said)], lambda tx: _may(tx, actor, matter))


def give_case_number(site: Site, actor: Actor, untrusted_matter: str, untrusted_case_no: str) -> None:
    """Give a matter its case number, or another in its place. Errors as ``retitle``, ``Conflict matter.case_no_taken``
    when another matter that goes on has it."""
    matter = require_matter(site, actor, untrusted_matter)
    step = _numbering(matter, untrusted_case_no)

    def fits(tx: Tx) -> None:
        _may(tx, actor, matter)
        _require_free(tx, matter, step.said["case_no"])

    enter(site, actor, [step], fits)


def file_case(site: Site, actor: Actor, untrusted_matter: str, untrusted_decided_on: str,
              untrusted_case_no: str = "") -> None:
    """An inspection, a clue or a permit becomes a case 立案, from when on its case number is owed (R25).

    Errors as ``give_case_number``, ``Refused matter.day``, ``Conflict matter.already_case | matter.act_ended``.
    """
    matter = require_matter(site, actor, untrusted_matter)
    steps = [Step(matter, CaseFiled(_day(site, untrusted_decided_on)))]
    numbered = _numbering(matter, untrusted_case_no) if untrusted_case_no.strip() else None

    def fits(tx: Tx) -> None:
        require_may(tx, actor, matter, LEADS)
        if going_on(tx, matter).kind == "case":
            raise Conflict("matter.already_case", "this matter is a case already")
        if numbered:
            _require_free(tx, matter, numbered.said["case_no"])

    enter(site, actor, [*steps, numbered] if numbered else steps, fits)


def end_act(site: Site, actor: Actor, untrusted_matter: str, untrusted_basis: str, untrusted_ended_on: str) -> None:
    """The act of enforcement is over, with its basis; not filing a clue as a case is one (R28).

    ``NotFound matter.unknown``, ``Refused matter.basis | matter.day | matter.not_member``, ``Conflict matter.merged |
    matter.act_ended``. Limit: the day is what the lead says; when it was said stands in the log.
    """
    if untrusted_basis not in END_BASES:
        raise Refused("matter.basis", f"an act ends by one of {', '.join(END_BASES)}")
    matter, day = require_matter(site, actor, untrusted_matter), _day(site, untrusted_ended_on)

    def fits(tx: Tx) -> None:
        require_may(tx, actor, matter, LEADS)
        if going_on(tx, matter).kind == "case" and untrusted_basis in ("not_filed", "inspection_ended"):
            raise Refused("matter.basis", "a case that was filed ends by case_closed or enforced")

    enter(site, actor, [Step(matter, ActEnded(untrusted_basis, day))], fits)


def withdraw_end(site: Site, actor: Actor, untrusted_matter: str, untrusted_remark: str) -> None:
    """The act goes on, or was never over. Errors as ``end_act``, ``Conflict matter.going_on``."""
    matter = require_matter(site, actor, untrusted_matter)
    remark, said = remarked(untrusted_remark)

    def fits(tx: Tx) -> None:
        require_may(tx, actor, matter, LEADS)
        if alive(tx, matter).basis is None:
            raise Conflict("matter.going_on", "nobody said that the act of this matter is over")

    enter(site, actor, [Step(matter, ActEndWithdrawn(remark), remark, said)], fits)


def _may(tx: Tx, actor: Actor, matter: str) -> None:
    alive(tx, matter)
    require_may(tx, actor, matter)


def _numbering(matter: str, untrusted_case_no: str) -> Step:
    return Step(matter, CaseNumberGiven(), matter,
                {"case_no": plain_text(untrusted_case_no, "the case number", LONGEST)})


def _require_free(tx: Tx, matter: str, case_no: str) -> None:
    """Matters that were merged keep the number they had and bar nobody."""
    newest = SAID.alias()
    in_force = select(func.max(newest.c.leaf)).where(
        newest.c.matter == SAID.c.matter, newest.c.what == "case_no").scalar_subquery()
    taken = select(MATTER.c.id).join_from(MATTER, SAID, SAID.c.matter == MATTER.c.id).where(
        MATTER.c.id != matter, MATTER.c.merged_into.is_(None), SAID.c.case_key == case_key(case_no),
        SAID.c.leaf == in_force)
    if tx.execute(taken).first() is not None:
        raise Conflict("matter.case_no_taken", "another matter has this case number: merge them, or correct that one")


def _day(site: Site, untrusted_day: str) -> str:
    """A day that has come, in Beijing."""
    try:
        day = date.fromisoformat(untrusted_day.strip())
    except ValueError:
        day = date.max
    today: datetime = site.ports.clock.now().astimezone(BEIJING)
    if day > today.date() or day.isoformat() != untrusted_day.strip():
        raise Refused("matter.day", "the day is written YYYY-MM-DD and is not in the future")
    return day.isoformat()
