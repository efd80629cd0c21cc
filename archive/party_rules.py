"""What parties of matters make of the tables; part of ``projection.apply`` and as pure."""

from collections.abc import Callable, Mapping
from typing import Any

from archive.event_body import Body
from archive.party_events import PartyInvolved, PartyWithdrawn
from archive.party_tables import MatterParty
from archive.row_changes import Applied, Changes


def _involved(changes: Changes, leaf: Applied, body: PartyInvolved) -> None:
    changes.add(MatterParty, body.involvement, id=body.involvement, matter=leaf.event.subject, party=body.party,
                name=leaf.text("name"), added_by=leaf.event.actor, added_at=leaf.at, withdrawn_by=None,
                withdrawn_at=None, leaf=leaf.index)


def _withdrawn(changes: Changes, leaf: Applied, body: PartyWithdrawn) -> None:
    changes.change(MatterParty, body.involvement, withdrawn_by=leaf.event.actor, withdrawn_at=leaf.at)


RULES: Mapping[type[Body], Callable[[Changes, Applied, Any], None]] = {
    PartyInvolved: _involved, PartyWithdrawn: _withdrawn,
}
