"""Receipts: how long a caller waits from its append until the signed checkpoint covers its leaf."""

import asyncio
import shutil
import statistics
import time
from datetime import timedelta
from pathlib import Path

from bench.appending import accession, served_loop, submitted
from bench.figures import Figure, Scale, compared
from bench.stores import bench_store

from archive import custody
from archive.adapters.clock import SystemClock
from archive.adapters.keyfiles import FileSigner, write_secret
from archive.db import Database
from archive.log import Sequencer
from archive.migrations import migrate
from archive.ports import ObjectStore
from archive.proof.signing import SigningKey
from archive.published import Published

CALLERS = 16
ORIGIN = "bench.example/0123456789abcdef"
_STATED = "16 callers; embedded store, staged batch locked, checkpoint signed and published"


def measure_receipts(folder: Path, scale: Scale) -> list[Figure]:
    """``receipt_p50_ms_16`` and ``receipt_p99_ms_16``: the median over runs of each run's percentile."""
    count = max(20, scale.events // 256)
    with bench_store(folder / "receipt-store") as store:
        runs = [sorted(_waits(folder / f"receipts-{run}", store.service, count, run)) for run in range(scale.runs)]
    half = [statistics.median(waits) * 1000 for waits in runs]
    most = [waits[int(len(waits) * 0.99)] * 1000 for waits in runs]
    return [compared("receipt_p50_ms_16", "ms", _STATED, half), compared("receipt_p99_ms_16", "ms", _STATED, most)]


def _waits(folder: Path, store: ObjectStore, count: int, run: int) -> list[float]:
    """Seconds each of ``16 × count`` appends waited; every run is a log of its own in the same store."""
    folder.mkdir()
    migrate(folder / "liuhen.db")
    origin = ORIGIN[:-1] + f"{run:x}"
    write_secret(folder / "log.pem", SigningKey.generate(origin).to_pem())
    db = Database(folder / "liuhen.db", custody.flush)
    sequencer = Sequencer(db, store, FileSigner(folder / "log.pem", origin), SystemClock(), Published(folder),
                          None, lock_for=timedelta(hours=1), keep_for=timedelta(hours=1))
    sequencer.start()
    try:
        with served_loop() as runner:
            return runner.run(_append_and_wait(db, sequencer, count))
    finally:
        sequencer.stop()
        db.close()
        shutil.rmtree(folder)


async def _append_and_wait(db: Database, sequencer: Sequencer, count: int) -> list[float]:
    waits: list[float] = []

    async def call() -> None:
        for _ in range(count):
            event, begun = accession(), time.perf_counter()
            index = await asyncio.wrap_future(submitted(db, SystemClock(), event))
            await asyncio.wrap_future(sequencer.wait_signed(index))
            waits.append(time.perf_counter() - begun)

    await asyncio.gather(*(call() for _ in range(CALLERS)))
    return waits
