"""Appends: asyncio callers in one process, accession events without particulars, rows and projection, fsync on."""

import asyncio
import shutil
import sqlite3
import time
from concurrent.futures import Future
from datetime import UTC, datetime, timedelta
from pathlib import Path

import uvicorn
from bench.figures import Figure, Scale, compared, in_turns, seconds

from api import collector
from api.loop_answers import answered
from archive import custody
from archive.adapters.clock import SystemClock
from archive.db import Database
from archive.entries import CustodyEvent
from archive.event_values import Interval, StreamSeen, ToolUsed
from archive.events import RecordingAccessioned
from archive.identifiers import LeafIndex, new_id
from archive.migrations import migrate
from archive.ports import Clock
from archive.proof.digest import Digest
from archive.randomness import random_bytes

CALLERS = (1, 16, 256)
FEWER = {1: 32, 16: 8, 256: 1}
"""One caller waits for a disk each time: fewer events give the same rate."""
_TOOLS = (ToolUsed("ffprobe", "5.1.6-0+deb12u1", Digest("sha256", bytes(32))),)
_STREAMS = (StreamSeen(0, "video", "h264", "high", 1920, 1080, 0, 0),
            StreamSeen(1, "audio", "aac", "lc", 0, 0, 48000, 2))


def accession() -> CustodyEvent:
    """An event as long as a real one, about a recording that never was."""
    begun = datetime(2026, 3, 5, 1, 30, tzinfo=UTC) + timedelta(microseconds=int.from_bytes(random_bytes(5), "big"))
    ended, recording = begun + timedelta(minutes=5), new_id("rec")
    digest, root, manifest = (Digest("sha256", random_bytes(32)) for _ in range(3))
    return CustodyEvent.plain("system", recording, RecordingAccessioned(
        upload=new_id("upl"), station="sta_0123456789abcdefghjkmnpqrs", station_key="a1b2c3d4",
        recorder="rcd_0123456789abcdefghjkmnpqrs", manifest=(manifest,), digests=(digest,), size=734_003_200,
        segment_size=8 << 20, segments=88, segments_root=root, trust="dock_signed",
        object_key=f"originals/{recording}/1", stored_form="plain", lock_mode="COMPLIANCE",
        lock_until=ended + timedelta(days=400), started=Interval(begun, begun + timedelta(seconds=30)),
        ended=Interval(ended, ended + timedelta(seconds=30)), probe="done", probe_reason=None, container="mov",
        duration_us=300_000_000, streams=_STREAMS, tools=_TOOLS))


def served_loop() -> asyncio.Runner:
    """The event loop the service runs on, and its collector."""
    collector.settle()
    return asyncio.Runner(loop_factory=uvicorn.Config("bench").get_loop_factory())


async def append_all(db: Database, clock: Clock, callers: int, count: int) -> None:
    """``count`` appends by this many callers, each waiting for its commit before the next."""

    async def call(times: int) -> None:
        for _ in range(times):
            event = accession()
            await answered(submitted(db, clock, event))

    await asyncio.gather(*(call(count // callers) for _ in range(callers)))


def submitted(db: Database, clock: Clock, event: CustodyEvent) -> "Future[LeafIndex]":
    """The append, on its way to the writer."""
    return db.submit(lambda tx: custody.append(tx, clock, event))


def measure_appends(folder: Path, scale: Scale) -> list[Figure]:
    """``append_1``, ``append_16``, ``append_256`` in events per second, beside plain SQLite in equal transactions."""
    return [_measure(folder, callers, scale.events // FEWER[callers] // callers * callers, scale.runs)
            for callers in CALLERS]


def _measure(folder: Path, callers: int, count: int, runs: int) -> Figure:
    pairs = in_turns(
        runs, lambda run: count / _ours(_fresh(folder / f"append-{callers}-{run}"), callers, count),
        lambda run: count / _plain_sqlite(_fresh(folder / f"sqlite-{callers}-{run}"), callers, count))
    return compared(f"append_{callers}", "events/s", f"sqlite3: executemany of {callers} equal rows a transaction",
                    *pairs)


def _ours(folder: Path, callers: int, count: int) -> float:
    migrate(folder / "liuhen.db")
    db = Database(folder / "liuhen.db", custody.flush)
    try:
        with served_loop() as runner:
            return seconds(lambda: runner.run(append_all(db, SystemClock(), callers, count)))
    finally:
        db.close()
        shutil.rmtree(folder)


def _plain_sqlite(folder: Path, callers: int, count: int) -> float:
    """The ceiling: as many bytes in two tables of a key and a blob, one fsynced transaction for all callers at once."""
    connection = sqlite3.connect(folder / "plain.db", isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    for name in ("leaf", "recording"):
        connection.execute(f"CREATE TABLE {name} (id TEXT PRIMARY KEY, held BLOB)")
    rows = [(new_id("rec"), bytes(1300)) for _ in range(count)]
    begun = time.perf_counter()
    for first in range(0, count, callers):
        connection.execute("BEGIN IMMEDIATE")
        for name in ("leaf", "recording"):
            connection.executemany(f"INSERT INTO {name} VALUES (?, ?)", rows[first:first + callers])
        connection.execute("COMMIT")
    taken = time.perf_counter() - begun
    connection.close()
    shutil.rmtree(folder)
    return taken


def _fresh(folder: Path) -> Path:
    folder.mkdir(parents=True)
    return folder
