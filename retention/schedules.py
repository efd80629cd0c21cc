"""What an archive does on a rota: APScheduler in this process's memory, one thread, each task alone."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from archive.errors import ArchiveError

_journal = structlog.get_logger("rota")


@dataclass(frozen=True)
class Task:
    """``run`` answers what came of it, for the journal. It must bear being missed and being run twice."""

    name: str
    every: timedelta
    run: Callable[[], object]


class Rota:
    """Runs each task every so often, the first time one tenth of its interval after the start (ten minutes at most).

    A task that fails is told in the journal and comes again at its next time. Limit: nothing is remembered over a
    restart; what must not be missed looks for itself when it was last done.
    """

    def __init__(self, tasks: Sequence[Task], now: Callable[[], datetime]) -> None:
        self._scheduler = BackgroundScheduler(
            executors={"default": ThreadPoolExecutor(1)}, timezone="UTC",
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None})
        for task in tasks:
            first = now() + min(task.every / 10, timedelta(minutes=10))
            self._scheduler.add_job(_run, "interval", (task,), id=task.name, seconds=task.every.total_seconds(),
                                    next_run_time=first)

    def start(self) -> None:
        """Begin."""
        self._scheduler.start()

    def stop(self) -> None:
        """End after the task at hand."""
        self._scheduler.shutdown(wait=True)


def _run(task: Task) -> None:
    try:
        _journal.info("rota.done", task=task.name, outcome=str(task.run()))
    except ArchiveError as fault:
        _journal.warning("rota.failed", task=task.name, code=fault.code, reason=fault.message)
    except Exception as fault:  # the others go on, and this one comes again
        _journal.error("rota.broken", task=task.name, exc_info=fault)
