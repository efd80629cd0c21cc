"""The upload core as a process has it, over a real database and a real store: several at once, ended and begun anew."""

import functools
import shutil
import tempfile
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import ledger
import store_fixture
from ledger import ORIGIN, SIGNER, SetClock
from proof.known_keys import known_key
from service_fixture import CAMERA

from api.wiring import station_clock
from archive import custody, jobs
from archive.adapters.ffmpeg import FfmpegMedia
from archive.adapters.keyfiles import FileVault
from archive.adapters.s3 import S3Store
from archive.db import Database
from archive.event_values import Interval
from archive.log import Sequencer
from archive.log_start import check_start
from archive.log_tiles import LogTiles
from archive.ports import Ports
from archive.proof.digest import sha256
from archive.proof.note import sign_note
from archive.published import Published
from archive.randomness import random_bytes
from archive.site import Site
from ingest.accession import accession
from ingest.closing import discard_job
from ingest.intake import Intake
from ingest.manifest import Manifest, manifest_text
from ingest.recovery import finish_job
from ingest.stations import enrol
from retention.schedule import Schedule

EXPIRE_AFTER = timedelta(minutes=1)
STATION = known_key(f"sta_{'0' * 26}")
HANDLERS = {"finish": finish_job, "discard": discard_job, "accession": accession}
LOCK = timedelta(days=30)


@functools.cache
def bucket() -> S3Store:
    """One bucket for all archives of this process: their object keys are random."""
    return store_fixture.fresh_bucket()


@functools.cache
def media() -> FfmpegMedia:
    """Looked for once: what sandbox this machine offers."""
    return FfmpegMedia(allow_unsandboxed=True)


@functools.cache
def _enrolled() -> Path:
    """A folder with keys and a database in which the station is enrolled."""
    folder = Path(tempfile.mkdtemp(prefix="liuhen-uploads-"))
    FileVault.create(folder / "keys" / "vault.key")
    ledger.migrated(folder)
    site = UploadSite(folder, SetClock(station_clock()()))
    intake = site.process()
    enrol(intake.site, STATION.key.text(), "城东所采集站")
    site.close()
    return folder


def new_site(folder: Path) -> "UploadSite":
    """An archive of its own with the station enrolled; the clock stands still until told otherwise."""
    shutil.copytree(_enrolled(), folder, dirs_exist_ok=True)
    return UploadSite(folder, SetClock(station_clock()()))


@dataclass
class UploadSite:
    """A data folder and the processes that work in it."""

    folder: Path
    clock: SetClock
    open: list[Database] = field(default_factory=list)

    def process(self) -> Intake:
        """What a process that starts now makes of the folder."""
        db = Database(self.folder / "liuhen.db", custody.flush)
        self.open.append(db)
        tiles, published = LogTiles(db, self.folder / "log"), Published(self.folder / "log")
        start = check_start(db, bucket(), SIGNER.key, self.clock, published, tiles)
        ports = Ports(bucket(), media(), SIGNER, FileVault(self.folder / "keys" / "vault.key"), self.clock)
        sequencer = Sequencer(db, bucket(), SIGNER, self.clock, published, start, LOCK, LOCK)  # signs nothing here
        for name in ("staging", "spool"):
            (self.folder / name).mkdir(exist_ok=True)
        return Intake(Site(db, ports, sequencer, tiles, ORIGIN), Schedule(LOCK, LOCK), ("sha256",),
                      self.folder / "staging", self.folder / "spool", b"token key", EXPIRE_AFTER)

    def close(self) -> None:
        """All its processes are gone."""
        while self.open:
            self.open.pop().close()

    def note(self, data: bytes) -> bytes:
        """A signed manifest of these bytes."""
        at = Interval(self.clock.at, self.clock.at)
        return sign_note(manifest_text(Manifest(
            station=STATION.key.name, log=ORIGIN, nonce=random_bytes(16).hex(), expires=self.clock.at + LOCK,
            size=len(data), digests=(sha256(data),), recorder=CAMERA, started=at, ended=at, session=None,
            sequence=None, labels={})), [STATION])


def run_jobs(intake: Intake) -> None:
    """What the worker does with everything that is due."""
    while (job := jobs.lease(intake.site.db, intake.site.ports.clock.now(), tuple(HANDLERS))) is not None:
        HANDLERS[job.kind](intake, job)
