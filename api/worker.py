"""The worker: leases jobs and hands them to their use cases, one thread per lane so that no receipt waits for a
transcode."""

import threading
from collections.abc import Callable

import structlog

from archive import jobs
from archive.errors import ArchiveError, Unavailable
from archive.jobs import Leased
from ingest.accession import accession
from ingest.closing import discard_job
from ingest.derivatives import derive
from ingest.intake import Intake
from ingest.recovery import finish_job

HANDLERS: dict[str, Callable[[Intake, Leased], None]] = {
    "finish": finish_job, "discard": discard_job, "accession": accession, "derive": derive,
}
LANES: tuple[tuple[str, ...], ...] = (("finish", "discard", "accession"), ("derive",))
LOOK_S = 0.5
PATIENCE_S = 10.0
_journal = structlog.get_logger("worker")


class Worker:
    """Runs until ``stop``. On one box there is one worker; what an earlier process had leased is due again at once."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self._stopping = threading.Event()
        self._lanes = [_Lane(intake, kinds, self._stopping) for kinds in LANES]

    def start(self) -> None:
        """Begin with what is due."""
        now = self._intake.site.ports.clock.now()
        self._intake.site.db.write(lambda tx: jobs.release_all(tx, now))
        for lane in self._lanes:
            lane.start()

    def stop(self) -> None:
        """End after the jobs at hand; one that takes longer than ``PATIENCE_S`` is handed back for the next start."""
        self._stopping.set()
        for lane in self._lanes:
            lane.wake.set()
        for lane in self._lanes:
            lane.join(PATIENCE_S)
        now = self._intake.site.ports.clock.now()
        self._intake.site.db.write(lambda tx: jobs.hand_back(tx, now))


class _Lane(threading.Thread):
    def __init__(self, intake: Intake, kinds: tuple[str, ...], stopping: threading.Event) -> None:
        super().__init__(name=f"worker-{kinds[-1]}", daemon=True)
        self._intake, self._kinds, self._stopping = intake, kinds, stopping
        self.wake = threading.Event()
        intake.site.db.on_commit(self.wake.set)

    def run(self) -> None:
        while not self._stopping.is_set():
            self.wake.clear()
            if not self._step():
                self.wake.wait(LOOK_S)

    def _step(self) -> bool:
        """One job if one is due."""
        try:
            job = jobs.lease(self._intake.site.db, self._intake.site.ports.clock.now(), self._kinds)
        except ArchiveError as fault:
            _journal.warning("worker.no_lease", code=fault.code, reason=fault.message)
            self._stopping.wait(LOOK_S)
            return False
        if job is None:
            return False
        self._work(job)
        return True

    def _work(self, job: Leased) -> None:
        try:
            HANDLERS[job.kind](self._intake, job)
        except Exception as fault:
            # Whatever went wrong, the job must not be lost: it is due again later, and the reason stands in its row.
            code = fault.code if isinstance(fault, ArchiveError) else type(fault).__name__
            _journal.warning("job.failed", job=job.key, attempt=job.attempts, code=code, exc_info=fault)
            self._put_back(job, code, isinstance(fault, Unavailable))

    def _put_back(self, job: Leased, code: str, passing: bool) -> None:
        try:
            jobs.put_back(self._intake.site.db, job, self._intake.site.ports.clock.now(), code, passing)
        except ArchiveError as fault:
            _journal.warning("job.not_put_back", job=job.key, code=fault.code)  # its lease runs out by itself
