"""What a recorder's camera was shown: a matter's code, from which a label is proposed."""

from dataclasses import dataclass
from typing import ClassVar

from archive.event_body import Body
from archive.event_values import ToolUsed


@dataclass(frozen=True)
class MatterShown(Body):
    """A matter's code was seen in the first seconds of the picture; proposed, never a label. Subject: the recording.
    Particulars: matter.

    ``at_us``: where the first picture with it stands, in microseconds from the original's first picture, half a second
    exact.
    """

    KIND: ClassVar[str] = "recording.matter_shown/1"
    at_us: int
    tools: tuple[ToolUsed, ...]
    sandbox: str


MATTER_BODIES: tuple[type[Body], ...] = (MatterShown,)
