"""Units, consents and parties on pages, as plain values. Outside text is shown escaped; times UTC."""

from dataclasses import dataclass

from api.web.joint_lines import ConsentLine, PartyLine
from api.web.matter_lines import MatterLine
from api.web.matter_views import AssignedLine
from api.web.views import Frame


@dataclass(frozen=True)
class ConsentsView:
    """What waits for this head's answer."""

    frame: Frame
    lines: tuple[ConsentLine, ...]


@dataclass(frozen=True)
class PartiesView:
    """Parties; ``query`` as typed; ``cut``: there are more than are shown."""

    frame: Frame
    query: str
    lines: tuple[PartyLine, ...]
    cut: bool


@dataclass(frozen=True)
class PartyView:
    """Everything of one party (R31)."""

    frame: Frame
    line: PartyLine
    matters: tuple[MatterLine, ...]
    recordings: tuple[AssignedLine, ...]
    hidden: int
    aside: int
    beyond: int
