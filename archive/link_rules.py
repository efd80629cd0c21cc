"""What events about links make of the tables; part of ``projection.apply`` and as pure."""

from collections.abc import Callable, Mapping
from typing import Any

from archive.event_body import Body
from archive.link_events import LinkMade, LinkWithdrawn
from archive.link_tables import DocumentLink
from archive.row_changes import Applied, Changes


def _made(changes: Changes, leaf: Applied, body: LinkMade) -> None:
    changes.add(DocumentLink, body.link, id=body.link, document=leaf.event.subject, derivative=body.derivative,
                paragraph=body.paragraph, page=body.page, recording=body.recording, from_us=body.from_us,
                to_us=body.to_us, made_by=leaf.event.actor, made_at=leaf.at, withdrawn_by=None, withdrawn_at=None,
                leaf=leaf.index)


def _withdrawn(changes: Changes, leaf: Applied, body: LinkWithdrawn) -> None:
    changes.change(DocumentLink, body.link, withdrawn_by=leaf.event.actor, withdrawn_at=leaf.at)


RULES: Mapping[type[Body], Callable[[Changes, Applied, Any], None]] = {LinkMade: _made, LinkWithdrawn: _withdrawn}
