"""What events about wearers make of the tables; part of ``projection.apply`` and as pure."""

from collections.abc import Callable, Mapping
from typing import Any

from archive.event_body import Body
from archive.row_changes import Applied, Changes
from archive.shift_events import PersonNumbered
from archive.shift_tables import PersonNumber


def _numbered(changes: Changes, leaf: Applied, body: PersonNumbered) -> None:
    person, said = leaf.event.subject, {"officer_no": leaf.text("officer_no"), "leaf": leaf.index}
    changes.add_unless_there(PersonNumber, person, id=person, **said)
    changes.change(PersonNumber, person, **said)


RULES: Mapping[type[Body], Callable[[Changes, Applied, Any], None]] = {PersonNumbered: _numbered}
