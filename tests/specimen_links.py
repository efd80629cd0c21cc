"""The fixed events of links between documents and recordings."""

from collections.abc import Callable

from archive.event_body import Body
from archive.link_events import LinkMade, LinkWithdrawn


def link_acts(ident: Callable[[str, int], str], n: int) -> list[tuple[str, Body, dict[str, str]]]:
    """Subject, body and particulars: a paragraph linked to a span, a page to all of a recording, one withdrawn."""
    document, recording = ident("rec", n), ident("rec", n + 1)
    first, second = ident("lnk", 2 * n), ident("lnk", 2 * n + 1)
    return [(document, LinkMade(first, ident("der", n), 12, None, recording, 1_000_000, 4_500_000),
             {"paragraph_digest": f"sha256:{n:064x}"}),
            (document, LinkMade(second, ident("der", n), None, 3, recording, None, None), {}),
            (document, LinkWithdrawn(first, ident("rmk", 9_000 + n)), {"remark": "段落写错"})]
