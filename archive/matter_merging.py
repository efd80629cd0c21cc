"""Two matters become one, one becomes two: nothing of their histories moves, only what counts from then on."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, select

from archive.actors import Actor
from archive.db import Tx
from archive.errors import Conflict, NotFound, Refused
from archive.identifiers import AssignmentId, MatterId, MembershipId, new_id, parse_id
from archive.joint_matters import inherited
from archive.matter_entry import LEADS, Step, assigned_now, enter, going_on, remarked, require_matter, require_may
from archive.matter_events import AssignmentWithdrawn, MatterMerged, MemberAdded, RecordingAssigned
from archive.matter_recordings import MOST
from archive.matters import opening
from archive.sight import MEMBER
from archive.site import Site


def merge(site: Site, actor: Actor, untrusted_matter: str, untrusted_into: str, untrusted_remark: str) -> None:
    """A matter goes on as part of another. Members of that one see its recordings; its own members keep sight of what
    they saw and get none of the rest; whom either denies, both deny. It is not taken back: split again.

    ``NotFound matter.unknown``, ``Refused matter.itself | recorder.text | matter.not_member``, ``Conflict
    matter.merged | matter.act_ended``.
    """
    matter, into = require_matter(site, actor, untrusted_matter), require_matter(site, actor, untrusted_into)
    if matter == into:
        raise Refused("matter.itself", "a matter is not merged into itself; name another one")
    remark, said = remarked(untrusted_remark)

    def fits(tx: Tx) -> None:
        for one in (matter, into):
            going_on(tx, one)
            require_may(tx, actor, one, LEADS)

    enter(site, actor, [Step(matter, MatterMerged(into, remark), remark, said)], fits)


def split(site: Site, actor: Actor, untrusted_matter: str, untrusted_kind: str, untrusted_title: str,
          untrusted_assignments: Sequence[str], untrusted_remark: str) -> MatterId:
    """Split a new matter off one, with its units, members and denials and the recordings named, which leave it.

    ``NotFound matter.unknown | matter.no_assignment``, ``Refused matter.kind | matter.recordings | recorder.text |
    matter.not_member``, ``Conflict matter.merged | matter.act_ended | matter.changed``. A recording that shows both is
    assigned to both afterwards.
    """
    matter = require_matter(site, actor, untrusted_matter)
    wanted = list(dict.fromkeys(parse_id("asg", one) for one in untrusted_assignments))
    if len(wanted) > MOST:
        raise Refused("matter.recordings", f"at most {MOST} recordings go with a split; assign the rest afterwards")
    new = MatterId(new_id("mat"))
    members, held, units = site.db.read(lambda c: (c.execute(_members(matter)).all(), {
        row.id: row for row in assigned_now(c, matter)}, inherited(c, matter, new)))
    if not set(wanted) <= held.keys():
        raise NotFound("matter.no_assignment", "the matter has no such recording, or not any more")
    steps = [opening(site, new, untrusted_kind, untrusted_title, matter),
             *(Step(new, MemberAdded(MembershipId(new_id("mem")), row.person, row.relation)) for row in members),
             *units]
    for row in (held[one] for one in wanted):
        remark, said = remarked(untrusted_remark)
        moved = RecordingAssigned(AssignmentId(new_id("asg")), new, row.from_us, row.to_us, row.id)
        steps += [Step(row.recording, AssignmentWithdrawn(row.id, remark), remark, said), Step(row.recording, moved)]

    def fits(tx: Tx) -> None:
        going_on(tx, matter)
        require_may(tx, actor, matter, LEADS)
        same = {row.id for row in members} == {row.id for row in tx.execute(_members(matter))} \
            and len(units) == len(inherited(tx, matter, new))
        if not same or not set(wanted) <= {row.id for row in assigned_now(tx, matter)}:
            raise Conflict("matter.changed", "somebody changed the matter at this moment; look at it and try again")

    enter(site, actor, steps, fits)
    return new


def _members(matter: str) -> Select[Any]:
    return select(MEMBER.c.id, MEMBER.c.person, MEMBER.c.relation).where(
        MEMBER.c.matter == matter, MEMBER.c.removed_at.is_(None)).order_by(MEMBER.c.leaf)
