"""From proposals to set recordings aside to what pages show of them."""

from api import present
from api.web.set_aside_lines import AsideLine
from api.web.set_aside_views import AsideRow, SetAsideView
from api.web.views import Frame
from archive.actors import Actor
from archive.set_aside import Listed, Proposed, in_state, of_recordings
from archive.site import Site


def set_aside_view(site: Site, actor: Actor, frame: Frame) -> SetAsideView:
    """What waits for the head of a unit, and what is set aside."""
    waiting, more_waiting = _rows(site, actor, "waiting")
    aside, more_aside = _rows(site, actor, "aside")
    return SetAsideView(frame, waiting, aside, more_waiting or more_aside)


def of_recording(site: Site, actor: Actor, recording: str) -> AsideLine | None:
    """The latest proposal about one recording."""
    found = of_recordings(site, [recording]).get(recording)
    return None if found is None else line(actor, found)


def line(actor: Actor, found: Proposed) -> AsideLine:
    """One proposal as a line, with what whoever looks may do."""
    waits, own = found.state == "waiting", found.proposer == actor.id
    return AsideLine(found.id, found.recording, found.reason, found.remark, found.state, found.by, found.at,
                     found.decided_by, found.decided_at, waits and actor.is_head and not own,
                     waits and (actor.is_head or own))


def _rows(site: Site, actor: Actor, state: Listed) -> tuple[tuple[AsideRow, ...], bool]:
    found, more = in_state(site, actor, state)
    return tuple(AsideRow(present.line(row), line(actor, one)) for one, row in found), more
