"""What events about adopted shares make of the tables; part of ``projection.apply`` and as pure."""

from collections.abc import Callable, Mapping
from typing import Any

from archive.adoption_events import AdoptionBegan, AdoptionEnded
from archive.adoption_tables import Adoption
from archive.event_body import Body
from archive.row_changes import Applied, Changes


def _began(changes: Changes, leaf: Applied, body: AdoptionBegan) -> None:
    changes.add(Adoption, leaf.event.subject, id=leaf.event.subject, account=body.account, holder=leaf.text("holder"),
                holder_key=body.holder_key, listed=str(body.listed), sheet=str(body.sheet), files=body.files,
                size=body.size, began_at=leaf.at, taken=None, already_held=None, skipped=None, ended_at=None,
                leaf=leaf.index)


def _ended(changes: Changes, leaf: Applied, body: AdoptionEnded) -> None:
    changes.change(Adoption, leaf.event.subject, taken=body.taken, already_held=body.already_held, skipped=body.skipped,
                   ended_at=leaf.at)


RULES: Mapping[type[Body], Callable[[Changes, Applied, Any], None]] = {AdoptionBegan: _began, AdoptionEnded: _ended}
