"""What events about setting recordings aside make of the tables; part of ``projection.apply`` and as pure."""

from collections.abc import Callable, Mapping
from typing import Any

from archive import search_rows
from archive.event_body import Body
from archive.row_changes import Applied, Changes
from archive.set_aside_events import BroughtBack, SetAside, SetAsideDeclined, SetAsideProposed
from archive.set_aside_tables import SetAsideProposal


def _proposed(changes: Changes, leaf: Applied, body: SetAsideProposed) -> None:
    changes.add(SetAsideProposal, body.proposal, id=body.proposal, recording=leaf.event.subject, reason=body.reason,
                remark=leaf.text("remark"), proposed_by=leaf.event.actor, proposed_at=leaf.at, decision=None,
                decided_by=None, decided_at=None, back_by=None, back_at=None, leaf=leaf.index)


def _decided(changes: Changes, leaf: Applied, body: SetAside | SetAsideDeclined) -> None:
    decision = "confirmed" if isinstance(body, SetAside) else "declined"
    changes.change(SetAsideProposal, body.proposal, decision=decision, decided_by=leaf.event.actor, decided_at=leaf.at)
    if isinstance(body, SetAside):
        search_rows.say(changes, leaf.event.subject, body.proposal, (), (search_rows.ASIDE,))


def _brought_back(changes: Changes, leaf: Applied, body: BroughtBack) -> None:
    changes.change(SetAsideProposal, body.proposal, back_by=leaf.event.actor, back_at=leaf.at)
    search_rows.say(changes, leaf.event.subject, body.proposal, ())


RULES: Mapping[type[Body], Callable[[Changes, Applied, Any], None]] = {
    SetAsideProposed: _proposed, SetAside: _decided, SetAsideDeclined: _decided, BroughtBack: _brought_back,
}
