"""From links in force to the lines of a recording's page."""

from api.web.link_lines import LinkLine
from archive.actors import Actor
from archive.links import LinkRow, links_of
from archive.site import Site


def of_recording(site: Site, actor: Actor, untrusted_recording: str) -> tuple[LinkLine, ...]:
    """Links from and to a recording, as far as both ends may be known."""
    return tuple(_line(one, untrusted_recording) for one in links_of(site, actor, untrusted_recording))


def _line(one: LinkRow, recording: str) -> LinkLine:
    outward = one.document == recording
    start = "" if one.from_us is None else f"{one.from_us // 1_000_000}.{one.from_us % 1_000_000:06d}"
    return LinkLine(one.id, outward, one.document, one.recording if outward else one.document, one.paragraph, one.page,
                    one.from_us, one.to_us, start, one.by, one.at)
