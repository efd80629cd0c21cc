"""Adopt an old share: files whose bytes equal the list its old holder signed go in by the deposit every station makes.

Each batch has an import account of its own. A run killed anywhere goes on where it was; a further one adds nothing.
"""

import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any

from sqlalchemy import func, select

from archive import custody, particulars
from archive.actors import SYSTEM, Actor
from archive.adoption_events import ADOPTION, AdoptionBegan, AdoptionEnded
from archive.adoption_tables import Adoption
from archive.db import Tx
from archive.entries import CustodyEvent
from archive.errors import Conflict
from archive.identifiers import AdoptionId, StationId, new_id, parse_id
from archive.import_events import ImportAccountAdded
from archive.proof.keys import VerificationKey
from archive.proof.signing import SigningKey
from archive.publication import Act, require
from archive.site import Site
from archive.tables import Upload, table
from ingest import drop_records
from ingest.adoption_findings import WORDS, Finding
from ingest.adoption_list import ListedFile, SignedList
from ingest.adoption_sheet import LABELS, SheetRow
from ingest.adoption_survey import held_digests, listed, match
from ingest.adoption_times import spans
from ingest.drop_claims import Claim
from ingest.drop_deposit import Pace, at_once, give_up, go_on, take_in
from ingest.drop_listing import Found
from ingest.drop_reasons import NotYet, Unclaimed
from ingest.drop_records import TAKEN, TAKING, Key, Remembered, key_of
from ingest.intake import Intake
from ingest.manifest import RecorderName
from ingest.writers import LEASE

BATCH, UPLOAD = table(Adoption), table(Upload)
UNKNOWN = "unknown"
AT_ONCE = 4
"""Files taken in side by side: each waits most of its time for disks and for the store's answers."""
SLICE = 64 << 10
LEASES = 3
"""Times an upload is tried while another's lease runs on it."""
Show = Callable[[int, int, int], None]
"""Told of every file of the list: how many were dealt with, of how many, and bytes so far."""


@dataclass(frozen=True)
class Batch:
    """An adoption that was begun; its counts are None until a run came to the end of the list."""

    id: AdoptionId
    account: StationId
    taken: int | None
    already_held: int | None
    skipped: int | None

    @property
    def counts(self) -> tuple[int | None, int | None, int | None]:
        """As the last ``adoption.ended/1`` states them."""
        return self.taken, self.already_held, self.skipped


@dataclass(frozen=True)
class Outcome:
    """A run that came to the end of the list. ``new``: files taken in by this run; ``findings``: those left out."""

    taken: int
    new: int
    already_held: int
    findings: tuple[Finding, ...]


def batch_of(site: Site, signed: SignedList) -> Batch | None:
    """The batch begun on this list, whoever's signature was shown first."""
    row: Any = site.db.read(lambda c: c.execute(
        select(BATCH).where(BATCH.c.listed == str(signed.listed.digest)).order_by(BATCH.c.leaf)).first())
    return None if row is None else Batch(AdoptionId(row.id), StationId(row.account), row.taken, row.already_held,
                                          row.skipped)


def begin(site: Site, account: VerificationKey, signed: SignedList, holder: str, by: Actor = SYSTEM) -> AdoptionId:
    """Log the batch with an import account of its own (``account``, named by a fresh station id), in one transaction.

    ``Conflict adopt.begun`` when the list was begun meanwhile. The holder's name and the signed note are particulars.
    """
    require(site, Act.ORDINARY)
    station, adoption, found = StationId(parse_id("sta", account.name)), AdoptionId(new_id("ado")), signed.listed
    title = particulars.seal(site.ports.vault, site.log_id, station, particulars.salted({"title": holder}))
    told = particulars.seal(site.ports.vault, site.log_id, adoption,
                            particulars.salted({"holder": holder, "note": signed.note}))
    body = AdoptionBegan(station, signed.key.text(), found.digest, found.sheet, len(found.files), found.size)
    added = CustodyEvent.committed(by.id, station, ImportAccountAdded(account.text(), ADOPTION), title.commitment)
    began = CustodyEvent.committed(by.id, adoption, body, told.commitment)

    def record(tx: Tx) -> None:
        if tx.execute(select(BATCH.c.id).where(BATCH.c.listed == str(found.digest))).first() is not None:
            raise Conflict("adopt.begun", "another run has begun this very list; run again to go on with it")
        custody.append(tx, site.ports.clock, added, title)
        custody.append(tx, site.ports.clock, began, told)

    site.db.write(record)
    return adoption


class Stopped(Exception):
    """The run has ended; nobody is told."""


class Run:
    """One run over a list; every file that is not in yet is read, compared with the list, and deposited."""

    def __init__(self, intake: Intake, key: SigningKey, root: Path, signed: SignedList, rows: tuple[SheetRow, ...],
                 pace: Pace = at_once) -> None:
        self._intake, self._key, self._root, self._pace = intake, key, root, pace
        self._stopping = Event()
        self._list = signed.listed
        found = listed(root)
        self._there: Mapping[str, Found] = {one.path: one for one in found}
        self._rows = match(found, rows).by_file
        self._known = drop_records.remembered(intake.site, key.key.name)
        self._close_what_went({key_of(one) for one in found})

    def go(self, show: Show = lambda done, total, size: None) -> Outcome:
        """To the end of the list, some files at once; ``Unavailable``, ``Conflict`` when the archive cannot now: a
        further run goes on."""
        files, account = self._list.files, self._key.key.name
        digests = [str(one.digest) for one in files]
        mine = held_digests(self._intake.site, digests, only=account)
        held = held_digests(self._intake.site, [one for one in digests if one not in mine])
        findings, counts, done = list[Finding](), dict.fromkeys(("taken", "new", "held"), 0), 0
        with ThreadPoolExecutor(AT_ONCE, "adopt") as pool:
            try:
                outcomes = pool.map(lambda one: self._one(one, str(one.digest) in mine, str(one.digest) in held), files)
                for number, (one, came_to) in enumerate(zip(files, outcomes, strict=True), 1):
                    if isinstance(came_to, Finding):
                        findings.append(came_to)
                    else:
                        counts[came_to] += 1
                    done += one.size
                    show(number, len(files), done)
            except BaseException:
                self._stopping.set()
                pool.shutdown(wait=False, cancel_futures=True)
                raise
        return Outcome(counts["taken"] + counts["new"], counts["new"], counts["held"], tuple(findings))

    def _one(self, one: ListedFile, mine: bool, held: bool) -> str | Finding:
        """taken | new | held, or why it was left out."""
        try:
            return self._taken(one, mine, held)
        except NotYet:
            return Finding("gone", None, one.path)
        except Unclaimed as fault:
            code = "changed" if fault.reason in ("digest", "changed") else fault.reason
            return Finding(code if code in WORDS else "refused", None, one.path, fault.detail)

    def _paced(self, read: int) -> None:
        """In slices, so that a run that ends waits for no long file at a slow pace: the next one goes on with it."""
        for left in range(read, 0, -SLICE):
            if self._stopping.is_set():
                raise Stopped
            self._pace(min(left, SLICE))

    def _taken(self, one: ListedFile, mine: bool, held: bool) -> str:
        found = self._there.get(one.path)
        remembered = None if found is None else self._known.get(key_of(found))
        if mine or (remembered is not None and remembered.state == TAKEN):
            return "taken"  # where the database was rebuilt the archive's own recording tells
        if held:
            return "held"
        if found is None:
            raise NotYet(one.path)
        if found.fault is not None:
            raise Unclaimed(*found.fault)
        self._deposit(one, found, remembered)
        return "new"

    def _deposit(self, one: ListedFile, found: Found, remembered: Remembered | None) -> None:
        """A killed run's lease on an upload outlives it by seconds: waited for, as nobody else writes to this one."""
        for left in reversed(range(LEASES)):
            try:
                if remembered is not None and remembered.state == TAKING and remembered.digest == str(one.digest):
                    go_on(self._intake, self._key.key.name, self._root, found, remembered, self._paced)
                else:
                    take_in(self._intake, self._key, self._root, found, self._claim(one), self._paced)
                return
            except Conflict as fault:
                if fault.code != "upload.busy" or not left:
                    raise
            time.sleep(LEASE.total_seconds())

    def _claim(self, one: ListedFile) -> Claim:
        row, now = self._rows.get(one.path), self._intake.site.ports.clock.now()
        values = row.values if row else {}
        started, ended = spans(row.started if row else None, row.ended if row else None, now)
        # Recorders nobody names are the batch's own: two shares must not become one recorder.
        recorder = RecorderName(values.get("vendor", UNKNOWN), values.get("serial", self._key.key.name), UNKNOWN)
        return Claim(recorder, started, ended, {name: values[name] for name in LABELS if name in values},
                     size=one.size, digest=one.digest)

    def _close_what_went(self, there: set[Key]) -> None:
        """Uploads of files that changed or went away before their bytes were in: nobody can ever complete them."""
        for key, held in self._known.items():
            if held.state == TAKING and key not in there:
                give_up(self._intake, self._key.key.name, held)


def end(site: Site, batch: Batch, outcome: Outcome, by: Actor = SYSTEM) -> bool:
    """Log what a run came to, unless the batch says so already; whether there was anything to say."""
    counts = outcome.taken, outcome.already_held, len(outcome.findings)
    if batch.counts == counts:
        return False
    event = CustodyEvent.plain(by.id, batch.id, AdoptionEnded(*counts))
    site.db.write(lambda tx: custody.append(tx, site.ports.clock, event))
    return True


def waiting(site: Site, account: str) -> int:
    """Deposits of the batch whose bytes are in and that are not accessioned yet."""
    return int(site.db.read(lambda c: c.execute(select(func.count()).where(
        UPLOAD.c.station == account, UPLOAD.c.state.in_(("open", "finished")))).scalar_one()))
