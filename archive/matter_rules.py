"""What a matter shown to the camera makes of the tables; part of ``projection.apply`` and as pure."""

from collections.abc import Callable, Mapping
from typing import Any

from archive.event_body import Body
from archive.matter_events import MatterShown
from archive.matter_tables import ShownMatter
from archive.row_changes import Applied, Changes


def _shown(changes: Changes, leaf: Applied, body: MatterShown) -> None:
    recording = leaf.event.subject
    changes.add(ShownMatter, recording, id=recording, matter=leaf.text("matter"), at_us=body.at_us, leaf=leaf.index)


RULES: Mapping[type[Body], Callable[[Changes, Applied, Any], None]] = {MatterShown: _shown}
