"""The log as a whole and its engine alone: events with particulars, staged and locked in a real store, signed."""

import asyncio
import shutil
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import cast

from bench.appending import served_loop
from bench.figures import Figure, Scale, compared, seconds
from bench.folder_store import FolderStore
from bench.labelling import Labels, labels
from bench.stores import bench_store
from sqlalchemy import insert

from api.loop_answers import answered
from archive import custody, log
from archive.adapters.clock import SystemClock
from archive.adapters.keyfiles import FileSigner, write_secret
from archive.custody import CUSTODY
from archive.db import Database, Tx
from archive.log import Sequencer
from archive.migrations import migrate
from archive.ports import ObjectStore
from archive.proof.merkle import leaf_hash
from archive.proof.signing import SigningKey
from archive.published import Published
from archive.randomness import random_bytes

CALLERS = (1, 16, 256, 1024)
FEWER = {1: 64, 16: 8, 256: 2, 1024: 1}
HOUR = timedelta(hours=1)
ENGINE_BATCH = 256
WORKS_AHEAD = 2
_INSERT = insert(CUSTODY)
ENTRY = 600
"""Bytes of an entry, about what an event has."""
_LABELLED = "six particulars each, sealed; row, staged batch, tiles and bundles locked in the embedded store, signed"
_ENGINE = f"entries of {ENTRY} bytes in works of {ENGINE_BATCH}, no event, no projection; all the rest of the protocol"


@dataclass(frozen=True)
class RunningLog:
    """A log of the bench's own, running."""

    db: Database
    sequencer: Sequencer
    labels: Labels


@contextmanager
def running_log(folder: Path, store: ObjectStore | FolderStore, log_id: str) -> Iterator[RunningLog]:
    """A fresh log in ``folder``, removed afterwards."""
    folder.mkdir()
    migrate(folder / "liuhen.db")
    origin = f"bench.example/{log_id}"
    write_secret(folder / "log.pem", SigningKey.generate(origin).to_pem())
    db = Database(folder / "liuhen.db", custody.flush)
    sequencer = Sequencer(db, cast(ObjectStore, store), FileSigner(folder / "log.pem", origin), SystemClock(),
                          Published(folder), None, lock_for=HOUR, keep_for=HOUR)
    sequencer.start()
    try:
        yield RunningLog(db, sequencer, labels(folder, log_id))
    finally:
        sequencer.stop()
        db.close()
        shutil.rmtree(folder)


def measure_labelled(folder: Path, scale: Scale) -> list[Figure]:
    """``labelled_1`` … ``labelled_1024``: events per second from the first append until the last is signed."""
    figures = []
    with bench_store(folder / "labelled-store") as store:
        for callers in CALLERS:
            count = scale.events // FEWER[callers] // callers * callers
            rates = [_labelled_rate(folder / "labelled", store.service, f"{callers:012}{run:04}", callers, count)
                     for run in range(scale.runs)]
            figures.append(compared(f"labelled_{callers}", "events/s", _LABELLED, rates))
    return figures


def _labelled_rate(folder: Path, store: ObjectStore | FolderStore, log_id: str, callers: int, count: int) -> float:
    with running_log(folder, store, log_id) as running:
        clock = SystemClock()

        async def call(first: int) -> None:
            for number in range(first, first + count // callers):
                event, sealed = running.labels.labelled(number)
                await answered(running.db.submit(
                    lambda tx, event=event, sealed=sealed: custody.append(tx, clock, event, sealed)))

        async def all_callers() -> None:
            await asyncio.gather(*(call(caller * (count // callers)) for caller in range(callers)))
            await answered(running.sequencer.wait_signed(count - 1))

        with served_loop() as runner:
            return count / seconds(lambda: runner.run(all_callers()))


def measure_engine(folder: Path, scale: Scale) -> list[Figure]:
    """``engine_256`` and ``engine_256_store``: entries per second of the log engine alone, batches of 256."""
    count = scale.events * 2 // ENGINE_BATCH * ENGINE_BATCH
    largest, log.BATCH = log.BATCH, ENGINE_BATCH
    try:
        files = [_engine_rate(folder / "engine", FolderStore(folder / "files"), f"{run:016}", count)
                 for run in range(scale.runs)]
        with bench_store(folder / "engine-store") as store:
            locked = [_engine_rate(folder / "engine", store.service, f"{run:016}", count) for run in range(scale.runs)]
    finally:
        log.BATCH = largest
    return [compared("engine_256", "entries/s", _ENGINE + "; objects as fsynced files", files),
            compared("engine_256_store", "entries/s", _ENGINE + "; objects locked in the embedded store", locked)]


def _engine_rate(folder: Path, store: ObjectStore | FolderStore, log_id: str, count: int) -> float:
    with running_log(folder, store, log_id) as running:
        at, ahead = SystemClock().now(), deque[Future[None]]()
        entries = [random_bytes(ENTRY) for _ in range(count)]
        begun = time.perf_counter()
        for first in range(0, count, ENGINE_BATCH):
            ahead.append(running.db.submit(_adding(first, entries[first:first + ENGINE_BATCH], at)))
            if len(ahead) > WORKS_AHEAD:
                ahead.popleft().result()
        running.sequencer.wait_signed(count - 1).result()
        return count / (time.perf_counter() - begun)


def _adding(first: int, entries: list[bytes], at: datetime) -> Callable[[Tx], None]:
    rows = [{"idx": index, "kind": "bench", "at": at, "actor": "system", "subject": "bench", "entry": entry,
             "leaf_hash": leaf_hash(entry)} for index, entry in enumerate(entries, first)]
    return lambda tx: tx.write(_INSERT, rows)
