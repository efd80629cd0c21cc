"""What happens to recorders outside the archive: the device ledger (R9), what docks saw, gaps and their reasons.

Numbers and names of people, serials, circumstances and explanations are particulars.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from archive.event_body import Body
from archive.proof.digest import Digest

CHECK_ITEMS = ("battery", "memory", "clock", "image")
"""What is looked at before use; each is stated to be right or not."""
CONDITIONS = ("sound", "incomplete", "damaged")
REPORTS = ("lost", "damaged", "recovered")
PROVENANCES = ("card_recovered",)
UNREADABLE = ("empty", "not_readable", "cut_off", "medium_fault")


@dataclass(frozen=True)
class RecorderRegistered(Body):
    """A recorder is in the ledger. Subject: the recorder. Particulars: vendor, serial, kind, code (on card or label).

    A recorder first seen in a deposit keeps the id it got there.
    """

    KIND: ClassVar[str] = "recorder.registered/1"


@dataclass(frozen=True)
class RecorderIssued(Body):
    """A recorder was given out. Subject: the recorder. Particulars: wearer_no, wearer.

    ``passed`` and ``failed`` together are the items of the check before use: battery, memory, clock, image.
    ``clock_offset_ms``: recorder's clock less the true time, where it was measured.
    """

    KIND: ClassVar[str] = "recorder.issued/1"
    entry: str
    passed: tuple[str, ...]
    failed: tuple[str, ...]
    clock_offset_ms: int | None


@dataclass(frozen=True)
class RecorderReturned(Body):
    """A recorder came back. Subject: the recorder. ``condition``: sound | incomplete | damaged. Particulars: remark."""

    KIND: ClassVar[str] = "recorder.returned/1"
    entry: str
    condition: str


@dataclass(frozen=True)
class RecorderReported(Body):
    """A report on a recorder. Subject: the recorder. ``what``: lost | damaged | recovered (found again or repaired).

    Particulars: circumstances.
    """

    KIND: ClassVar[str] = "recorder.reported/1"
    entry: str
    what: str


@dataclass(frozen=True)
class ShiftHandedOver(Body):
    """One person handed recorders to another without bringing them in. Subject: the hand-over sheet.

    Particulars: giver_no, giver, wearer_no, wearer (who has them now).
    """

    KIND: ClassVar[str] = "shift.handed_over/1"
    recorders: tuple[str, ...]


@dataclass(frozen=True)
class UploadObserved(Body):
    """What the station says it saw of the recorder, beside the manifest's claims. Subject: the upload.

    ``previous`` digests the note of the manifest before this one of the same recorder, as that dock knows it.
    ``offset_ms`` ± ``error_ms``: recorder's clock less the true time at ``measured_at``, before it was set.
    ``provenance``: card_recovered, where a technician read the card; absent for an ordinary deposit.
    """

    KIND: ClassVar[str] = "upload.observed/1"
    recorder: str
    provenance: str | None
    previous: Digest | None
    measured_at: datetime | None
    offset_ms: int | None
    error_ms: int | None
    reset_suspected: bool | None


@dataclass(frozen=True)
class RecordingUnreadable(Body):
    """A station signed that a file on a recorder cannot be deposited. Subject: the recorder. Particulars: the manifest
    as signed, the recorder's vendor, serial and kind, the labels.

    ``reason``: empty | not_readable | cut_off | medium_fault. ``manifest`` digests the signed note; ``digests`` are of
    what could be read. ``previous`` as in ``upload.observed``.
    """

    KIND: ClassVar[str] = "recording.unreadable/1"
    entry: str
    station_key: str
    manifest: tuple[Digest, ...]
    manifest_nonce: str
    reason: str
    size: int
    digests: tuple[Digest, ...]
    session: str | None
    sequence: int | None
    previous: Digest | None


@dataclass(frozen=True)
class GapExplained(Body):
    """Somebody says why recordings of a recorder are missing or out of order. Subject: the recorder.

    ``finding`` is what is explained, as the completeness check names it. Particulars: explanation.
    """

    KIND: ClassVar[str] = "gap.explained/1"
    entry: str
    finding: str


@dataclass(frozen=True)
class GapConfirmed(Body):
    """The head of the unit, who is another person, accepts an explanation (``entry``). Subject: the recorder."""

    KIND: ClassVar[str] = "gap.confirmed/1"
    entry: str


RECORDER_BODIES: tuple[type[Body], ...] = (
    RecorderRegistered, RecorderIssued, RecorderReturned, RecorderReported, ShiftHandedOver, UploadObserved,
    RecordingUnreadable, GapExplained, GapConfirmed,
)
