"""From what a search found to what its page shows."""

from api import present
from api.web.search_views import FoundLine, MarkLine, SearchView
from api.web.views import Frame
from archive.actors import Actor
from archive.errors import Refused
from archive.finding import Found, Mark, find
from archive.recording_search import case_hits
from archive.site import Site

AROUND = 16
"""Characters of a field shown before and after what was looked for."""


def search_view(site: Site, actor: Actor, frame: Frame, query: str) -> SearchView:
    """The page for what was typed; blank without, and saying so where it is too little to be looked for."""
    if not query:
        return SearchView(frame, query)
    try:
        found = find(site, actor, query)
    except Refused:
        return SearchView(frame, query, too_short=True)
    keys = tuple(dict.fromkeys(one.row.case_key for one in found.found if one.why != "text" and one.row.case_key))
    hits = case_hits(site, actor, keys)
    return SearchView(
        frame, query, tuple(present.case_hit(hit, query) for hit in hits),
        tuple(present.line(one.row, one.session) for one in found.found), found.total, found.aside, found.beyond,
        {one.row.id: _line(one) for one in found.found}, cut=found.cut)


def _line(one: Found) -> FoundLine:
    return FoundLine(one.why, tuple(
        MarkLine(mark.field, _parts(mark), _address(mark), mark.moment) for mark in one.marks))


def _address(mark: Mark) -> str | None:
    """Where what was said is played from; the page works out which place in what it plays that moment is."""
    if mark.moment is None:
        return None
    kind = "room-sessions" if mark.of.startswith("ses_") else "recordings"
    return f"/{kind}/{mark.of}#at={int(mark.moment.timestamp() * 1000)}"


def _parts(mark: Mark) -> tuple[tuple[str, bool], ...]:
    """The field cut into what was looked for and the rest; a long rest is shown near it only."""
    parts, at = list[tuple[str, bool]](), 0
    for start, end in mark.spans:
        parts += [(_near(mark.value[at:start], first=at == 0), False), (mark.value[start:end], True)]
        at = end
    rest = mark.value[at:]
    parts.append((rest if len(rest) <= AROUND else f"{rest[:AROUND]}…", False))
    return tuple(part for part in parts if part[0])


def _near(text: str, *, first: bool) -> str:
    if first:
        return text if len(text) <= AROUND else f"…{text[-AROUND:]}"
    return text if len(text) <= 2 * AROUND else f"{text[:AROUND]}…{text[-AROUND:]}"
