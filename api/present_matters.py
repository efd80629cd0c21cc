"""From what the archive knows of matters to what pages show of them."""

from collections.abc import Mapping, Sequence

from api import present, present_history
from api.web.matter_lines import MatterLine, RecordingMatter
from api.web.matter_views import AssignedLine, LookedLine, MattersView, MatterView, MemberLine
from api.web.views import Frame
from archive import custody_history, matter_views
from archive.actors import Actor
from archive.matter_views import Assigned, MatterRow
from archive.sight import DENIED, WORKS
from archive.site import Site


def matters_view(site: Site, actor: Actor, frame: Frame, query: str, own: bool) -> MattersView:
    """The list of matters this person may know of."""
    rows, cut = matter_views.find_matters(site, actor, query, own=own)
    return MattersView(frame, query, own, tuple(map(line, rows)), cut)


def matter_view(site: Site, actor: Actor, frame: Frame, untrusted_matter: str) -> MatterView:
    """A matter's page; ``NotFound matter.unknown`` when absent or hidden."""
    found = matter_views.find_matter(site, actor, untrusted_matter)
    own = {member.relation for member in found.members if member.person == actor.id}
    alive = found.row.state != "merged"
    lead, work = alive and (found.headed or "lead" in own), alive and (found.headed or bool(own & set(WORKS)))
    members = tuple(MemberLine(member.id, member.name, member.relation, member.added_at,
                               found.headed and alive if member.relation in DENIED else lead)
                    for member in found.members)
    history = present_history.history_lines(custody_history.matter_history(site, actor, found.row.id))
    assigned = assigned_lines(found.recordings, {one.id: one.number for one in found.merged})
    return MatterView(
        frame, line(found.row), found.row.filed_on, members, assigned, tuple(map(line, found.merged)),
        line(found.into) if found.into else None, line(found.split_from) if found.split_from else None,
        found.left_out.hidden, found.left_out.aside, found.left_out.beyond, _looked(site, actor, found.row.id), history,
        lead, work, found.headed and alive)


def of_recording(site: Site, actor: Actor, recording: str) -> tuple[RecordingMatter, ...]:
    """The matters a recording belongs to, as far as this person may know of them."""
    return tuple(RecordingMatter(assignment, line(row), from_us, to_us)
                 for assignment, row, from_us, to_us in matter_views.matters_of(site, actor, recording))


def line(row: MatterRow) -> MatterLine:
    """A matter in a list."""
    return MatterLine(row.id, row.number, row.kind, row.title, row.case_no, row.state, row.ended_on, row.basis,
                      row.opened_at, row.recordings, row.owes_case_no)


def assigned_lines(found: Sequence[Assigned], numbers: Mapping[str, str]) -> tuple[AssignedLine, ...]:
    """Recordings of matters; ``numbers``: own numbers to tell for those of these matters."""
    return tuple(AssignedLine(one.id, present.line(one.row), numbers.get(one.matter), one.from_us, one.to_us, one.by,
                              one.at) for one in found)


def _looked(site: Site, actor: Actor, matter: str) -> tuple[LookedLine, ...] | None:
    """Who looked at what was assigned wrongly; None for who does not oversee."""
    if not site.db.read(lambda c: matter_views.learns_who_looked(c, actor, matter)):
        return None
    return tuple(LookedLine(one.name, one.what, one.at, one.recording)
                 for one in matter_views.looked_meanwhile(site, actor, matter))
