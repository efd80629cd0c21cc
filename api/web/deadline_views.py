"""The page of deadlines, as plain values. Times are UTC-aware."""

from dataclasses import dataclass
from datetime import datetime

from api.web.deadline_lines import AnnouncedLine, DeadlineLine
from api.web.views import Frame


@dataclass(frozen=True)
class AbsenceLine:
    """An open absence; ``officer`` is empty when erased."""

    id: str
    reason: str
    officer: str
    began: datetime
    declared_at: datetime


@dataclass(frozen=True)
class DeadlinesView:
    """The page of deadlines; ``cut``: lists that were longer than shown; ``since``: how far back it looks."""

    frame: Frame
    announced: tuple[AnnouncedLine, ...]
    late: tuple[DeadlineLine, ...]
    unknown: tuple[DeadlineLine, ...]
    pending: tuple[DeadlineLine, ...]
    exempt: tuple[DeadlineLine, ...]
    absences: tuple[AbsenceLine, ...]
    since: datetime
    cut: bool = False
