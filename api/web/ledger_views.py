"""What the pages of the device ledger show, as plain values. Times are UTC-aware; all text is shown escaped."""

from dataclasses import dataclass
from datetime import datetime

from api.web.views import Frame

Detail = tuple[str, str | int | datetime]


@dataclass(frozen=True)
class RecorderLine:
    """A recorder in a list: vendor and serial as one name, its state, since when and with whom, its last deposit."""

    recorder_id: str
    name: str
    kind: str
    code: str | None
    state: str
    since: datetime | None = None
    holder: str | None = None
    last_seen: datetime | None = None


@dataclass(frozen=True)
class EntryLine:
    """One entry of a recorder's ledger; ``by`` None is a command of the service itself. ``sheet``: its sheet's id."""

    what: str
    at: datetime
    by: str | None
    index: int
    details: tuple[Detail, ...] = ()
    sheet: str | None = None


@dataclass(frozen=True)
class FindingLine:
    """Something missing or out of order: ``what`` is kind/basis, ``says`` who says so; ``numbers`` as text, ""
    for none; ``between`` the time in question. ``explained``: an explanation of it is there."""

    key: str
    what: str
    says: str
    numbers: str = ""
    between: tuple[datetime, datetime] | None = None
    explained: bool = False


@dataclass(frozen=True)
class ExplanationLine:
    """Why, by whom, confirmed by whom; ``text`` None: erased."""

    entry: str
    finding: str
    text: str | None
    by: str
    at: datetime
    confirmed_by: str | None = None
    confirmed_at: datetime | None = None


@dataclass(frozen=True)
class UnreadableLine:
    """A file a station signed that it cannot deposit."""

    file_name: str | None
    reason: str
    size: int
    sequence: int | None
    at: datetime


@dataclass(frozen=True)
class KeyLine:
    """The key a recorder signs with; ``revoked_at`` None: it counts."""

    text: str
    registered_at: datetime
    revoked_at: datetime | None


@dataclass(frozen=True)
class RecordersView:
    """The list of recorders."""

    frame: Frame
    lines: tuple[RecorderLine, ...]


@dataclass(frozen=True)
class RecorderView:
    """One recorder: where it is, what may be done with it now, and its entries, the newest first."""

    frame: Frame
    line: RecorderLine
    entries: tuple[EntryLine, ...]
    findings: tuple[FindingLine, ...] = ()
    explanations: tuple[ExplanationLine, ...] = ()
    unreadable: tuple[UnreadableLine, ...] = ()
    may_confirm: bool = False
    key: KeyLine | None = None


@dataclass(frozen=True)
class SheetView:
    """A shift hand-over sheet to print and sign."""

    frame: Frame
    sheet: str
    at: datetime
    by: str | None
    index: int
    giver: str
    taker: str
    lines: tuple[RecorderLine, ...]


@dataclass(frozen=True)
class LabelsView:
    """Labels to print, one for each registered recorder."""

    frame: Frame
    lines: tuple[RecorderLine, ...]
