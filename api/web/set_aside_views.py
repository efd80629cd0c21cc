"""The page of recordings that are set aside or proposed to be, as plain values."""

from dataclasses import dataclass

from api.web.set_aside_lines import AsideLine
from api.web.views import Frame, RecordingLine


@dataclass(frozen=True)
class AsideRow:
    """A proposal beside its recording."""

    line: RecordingLine
    proposed: AsideLine


@dataclass(frozen=True)
class SetAsideView:
    """The page of what waits and what is set aside; ``cut``: a list was longer than shown."""

    frame: Frame
    waiting: tuple[AsideRow, ...]
    aside: tuple[AsideRow, ...]
    cut: bool
