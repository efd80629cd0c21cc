"""Receipts: how long a caller waits from its append until the published checkpoint covers its leaf."""

import asyncio
import statistics
import time
from pathlib import Path

from bench.appending import served_loop
from bench.figures import Figure, Scale, compared
from bench.sequencing import RunningLog, running_log
from bench.stores import bench_store

from api.loop_answers import answered
from archive import custody
from archive.adapters.clock import SystemClock

CALLERS = (1, 16, 256, 1024)
_STATED = "six particulars each; embedded store: staged batch, full tiles and bundles locked, checkpoint published"


def measure_receipts(folder: Path, scale: Scale) -> list[Figure]:
    """``receipt_p50_ms_N`` and ``receipt_p99_ms_N`` for N callers: the median over runs of each run's percentile."""
    figures = []
    with bench_store(folder / "receipt-store") as store:
        for callers in CALLERS:
            count = max(8, scale.events // 8 // max(callers, 64))
            runs = []
            for run in range(scale.runs):
                with running_log(folder / "receipts", store.service, f"{callers:012}{run:04}") as running:
                    with served_loop() as runner:
                        runs.append(sorted(runner.run(_append_and_wait(running, callers, count))))
            half = [statistics.median(waits) * 1000 for waits in runs]
            most = [waits[int(len(waits) * 0.99)] * 1000 for waits in runs]
            figures += [compared(f"receipt_p50_ms_{callers}", "ms", _STATED, half),
                        compared(f"receipt_p99_ms_{callers}", "ms", _STATED, most)]
    return figures


async def _append_and_wait(running: RunningLog, callers: int, count: int) -> list[float]:
    """Seconds each of ``callers × count`` appends waited, its own sealing counted."""
    waits: list[float] = []

    async def call(first: int) -> None:
        for number in range(first, first + count):
            begun = time.perf_counter()
            event, sealed = running.labels.labelled(number)
            index = await answered(running.db.submit(
                lambda tx, event=event, sealed=sealed: custody.append(tx, SystemClock(), event, sealed)))
            await answered(running.sequencer.wait_signed(index))
            waits.append(time.perf_counter() - begun)

    await asyncio.gather(*(call(caller * count) for caller in range(callers)))
    return waits
