"""From a wearer's last shift to what its page shows."""

from api import present, present_set_aside
from api.present_deadlines import of_recording
from api.web.shift_views import FieldLine, SessionLines, ShiftView, TakeLine
from api.web.views import Frame
from archive.actors import Actor
from archive.labelling import FIELDS
from archive.shift import Session, Take, last_shift
from archive.site import Site
from retention.clauses import RulePack


def shift_view(site: Site, actor: Actor, pack: RulePack, frame: Frame) -> ShiftView:
    """The page of whoever is signed in."""
    found = last_shift(site, actor)
    befores = (None, *found.sessions)
    return ShiftView(frame, found.basis, found.number, found.since, tuple(
        _session(site, actor, pack, one, before) for one, before in zip(found.sessions, befores, strict=False)),
        found.more)


def _session(site: Site, actor: Actor, pack: RulePack, session: Session, before: Session | None) -> SessionLines:
    takes = tuple(_take(site, actor, pack, take) for take in session.takes)
    fields = (FieldLine(name, found.text, found.origin) if (found := session.proposed.get(name)) is not None
              else FieldLine(name, "", None) for name in FIELDS)
    owing = any(one.missing for take in takes for one in take.deadlines if not _is_aside(take))
    return SessionLines(session.key, session.takes[0].row.started, max(take.row.ended for take in session.takes), takes,
                        tuple(fields), before is not None and bool(before.said), owing)


def _take(site: Site, actor: Actor, pack: RulePack, take: Take) -> TakeLine:
    poster = f"/api/v1/recordings/{take.row.id}/derivatives/poster" if take.poster else None
    owed = tuple(one for one in of_recording(site, actor, pack, take.row.id) if one.clause.subject == "label")
    aside = present_set_aside.of_recording(site, actor, take.row.id)
    return TakeLine(present.line(take.row), take.by, poster, owed, aside)


def _is_aside(take: TakeLine) -> bool:
    return take.aside is not None and take.aside.state == "aside"
