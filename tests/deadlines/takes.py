"""Takes of one shared recorder, event by event: issued, docked, announced, taken in, each at a time of its own."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from rebuild.lived_site import Lived
from specimen_events import (
    PERSON,
    RECORDER,
    STATION,
    accessioned,
    digest,
    finished,
    finished2,
    ident,
    opened,
    unreadable,
)

from archive.actors import Actor
from archive.entries import CustodyEvent
from archive.event_values import Interval
from archive.events import Body, RecordingLabelled, UploadAborted, UploadQuarantined
from archive.proof.digest import Digest
from archive.recorder_events import CHECK_ITEMS, RecorderIssued, RecorderReturned, UploadObserved
from archive.upload_events import UploadExpired
from retention.clauses import DEFAULT_PACK, load_pack
from retention.deadline_list import RecordingDeadline, deadlines_of

PACK, OFFICER = load_pack(DEFAULT_PACK), Actor(PERSON)
WANG, GULI = {"wearer_no": "650101", "wearer": "王强"}, {"wearer_no": "650102", "wearer": "古丽"}
NAMES = {"recorder_vendor": "海康", "recorder_serial": "SN-1", "recorder_kind": "执法记录仪"}


@dataclass
class Takes:
    """The recorder's life in a lived site."""

    lived: Lived
    entries: int = 100
    recorder: str = RECORDER
    bytes_of: int | None = None

    def same_bytes_as(self, n: int) -> "Takes":
        """What is told through the answer has the bytes of upload ``n``."""
        return replace(self, bytes_of=n)

    def _digests(self, n: int) -> tuple[Digest, ...]:
        return (digest(2000 + (self.bytes_of or n)),)

    def say(self, at: datetime, body: Body, subject: str, actor: str = PERSON, **values: str) -> None:
        """One event at a time, the next one at the same time or later."""
        self.lived.clock.at = at
        self.lived.append([(CustodyEvent.plain(actor, subject, body), values)])

    def issue(self, at: datetime, wearer: dict[str, str], *failed: str) -> None:
        self.entries += 1
        passed = tuple(item for item in CHECK_ITEMS if item not in failed)
        self.say(at, RecorderIssued(ident("led", self.entries), passed, failed, None), RECORDER, **wearer)

    def bring_back(self, at: datetime) -> None:
        self.entries += 1
        self.say(at, RecorderReturned(ident("led", self.entries), "sound"), RECORDER)

    def announce(self, n: int, at: datetime, started: datetime, ended: datetime, station: str = STATION,
                 **labels: str) -> None:
        body = replace(opened(n), started=Interval(started, started), ended=Interval(ended, ended), station=station,
                       digests=self._digests(n))
        self.say(at, body, ident("upl", n), station, **NAMES, **labels)

    def measure(self, n: int, docked_at: datetime, offset: timedelta = timedelta(0), *, reset: bool = False) -> None:
        seen = UploadObserved(RECORDER, None, None, docked_at, offset // timedelta(milliseconds=1), 1000, reset)
        self.say(self.lived.clock.at, seen, ident("upl", n), STATION)

    def finish(self, n: int, at: datetime, *, signed: bool = False) -> None:
        self.say(at, (finished2 if signed else finished)(n), ident("upl", n))

    def take_in(self, n: int, at: datetime, started: datetime, ended: datetime, **labels: str) -> None:
        body = replace(accessioned(n), started=Interval(started, started), ended=Interval(ended, ended),
                       digests=self._digests(n))
        self.say(at, body, ident("rec", n))
        if labels:
            self.say(at, RecordingLabelled(ident("lbl", n), "manifest"), ident("rec", n), **labels)

    def deposit(self, n: int, at: datetime, started: datetime, ended: datetime, **labels: str) -> None:
        """Announced, here and taken in at once."""
        self.announce(n, at, started, ended)
        self.finish(n, at)
        self.take_in(n, at, started, ended, **labels)

    def quarantine(self, n: int, at: datetime, body: UploadQuarantined) -> None:
        self.say(at, body, ident("upl", n))

    def give_up(self, n: int, at: datetime) -> None:
        self.say(at, UploadAborted(ident("rec", n), "terminated"), ident("upl", n), STATION)

    def expire(self, n: int, at: datetime) -> None:
        self.say(at, UploadExpired(ident("rec", n), 0, at, 604_800), ident("upl", n))

    def cannot_read(self, n: int, at: datetime) -> None:
        self.say(at, unreadable(n), RECORDER, STATION, file_name="4.mp4", **NAMES)

    def deposit_deadline(self, n: int) -> RecordingDeadline:
        """R23 of recording ``n`` as an officer sees it now."""
        found = deadlines_of(self.lived.site, OFFICER, PACK, ident("rec", n))
        return next(one for one in found if one.deadline.clause.rule == "R23")
