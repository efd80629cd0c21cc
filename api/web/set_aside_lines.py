"""A proposal to set a recording aside, as plain values. Times are UTC-aware; all text is shown escaped."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

State = Literal["waiting", "aside", "declined", "back"]


@dataclass(frozen=True)
class AsideLine:
    """A proposal and what became of it. ``remark`` is None when erased; ``may_confirm``, ``may_decline``: whoever looks
    may do so."""

    id: str
    recording_id: str
    reason: str
    remark: str | None
    state: State
    by: str
    at: datetime
    decided_by: str | None
    decided_at: datetime | None
    may_confirm: bool
    may_decline: bool
