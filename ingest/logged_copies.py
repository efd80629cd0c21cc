"""What the steps of the derivative job share: the bench they work at, how what they made comes into store and log."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select

from archive import custody
from archive.db import Tx
from archive.entries import CustodyEvent
from archive.event_values import StreamIndexed
from archive.events import ObjectPlaced
from archive.identifiers import DerivativeId, new_id
from archive.jobs import Leased
from archive.media_events import DerivativeMade, DerivativeUnavailable, RecordingIndexed
from archive.particulars import Sealed
from archive.ports import MediaRefused, ObjectVersion, Tool
from archive.proof.digest import SEGMENT_SIZE, measure_file, sha256
from archive.tables import RecordingIndex, table
from ingest.accession import tool_used
from ingest.intake import Intake
from ingest.media_index import IndexFacts
from ingest.post_checks import Checks

INDEX = table(RecordingIndex)
Said = tuple[CustodyEvent, Sealed]


@dataclass(frozen=True)
class Made:
    """A derivative on disk with its recipe; ``tools`` None: ffprobe and ffmpeg."""

    purpose: str
    path: Path
    method: str
    media_type: str
    arguments: tuple[str, ...]
    threads: int
    sandbox: str
    checks: Checks | None = None
    left_out: tuple[int, ...] = ()
    tools: tuple[Tool, ...] | None = None


@dataclass(frozen=True)
class Bench:
    """What the steps of one job share: the original on disk, what it holds, a folder for results."""

    intake: Intake
    job: Leased
    recording: str
    source: Path
    folder: Path


def log_made(bench: Bench, made: Made, said: Callable[[DerivativeId], Said | None] = lambda _: None) -> None:
    """Bytes locked in the store → events ``derivative.made`` and ``object.placed`` in one transaction, with what is to
    be ``said`` of the recording at the same time."""
    site, derivative = bench.intake.site, DerivativeId(new_id("der"))
    digests = measure_file(made.path, bench.intake.algorithms).digests
    size = made.path.stat().st_size
    until = bench.intake.schedule.keep_until(site.ports.clock.now())
    version = _store_file(bench.intake, f"derivatives/{bench.recording}/{derivative}", made.path, until)
    state = site.ports.store.head(version)
    checks = made.checks
    body = DerivativeMade(
        recording=bench.recording, purpose=made.purpose, method=made.method, media_type=made.media_type,
        digests=digests, size=size, object_key=version.key, stored_form="plain",
        tools=tuple(tool_used(t) for t in made.tools or site.ports.media.tools()), arguments=made.arguments,
        threads=made.threads, sandbox=made.sandbox, checks=checks.streams if checks else (), left_out=made.left_out,
        duration_us=checks.duration_us if checks else None,
        shift_us=checks.shift_us if checks else None, decoded=checks.decoded if checks else None)
    events = (CustodyEvent.plain("system", derivative, body), CustodyEvent.plain("system", derivative, ObjectPlaced(
        version.key, site.ports.store.name, version.version_id, size, state.lock_until or until)))
    besides = said(derivative)

    def record(tx: Tx) -> None:
        for event in events:
            custody.append(tx, site.ports.clock, event)
        if besides is not None:
            custody.append(tx, site.ports.clock, *besides)

    site.db.write(record)


def _store_file(intake: Intake, key: str, path: Path, until: Any) -> ObjectVersion:
    """A file into the store, in parts of one segment, each with its checksum."""
    store = intake.site.ports.store
    multipart, parts = store.begin(key, until, "plain"), []
    with path.open("rb") as file:
        number = 0
        while segment := file.read(SEGMENT_SIZE):
            number += 1
            digest = sha256(segment).value
            parts.append((store.put_part(key, multipart, number, segment, digest), digest))
    return store.finish(key, multipart, parts, until)


def log_unavailable(bench: Bench, purposes: Sequence[str], fault: MediaRefused) -> None:
    """Say for good why derivatives of these purposes cannot be made."""
    site = bench.intake.site
    reason = f"{fault.reason}.{fault.detail}" if fault.reason == "check_failed" else fault.reason
    events = [CustodyEvent.plain("system", bench.recording, DerivativeUnavailable(
        purpose, reason[:64], site.ports.media.sandbox())) for purpose in purposes]

    def record(tx: Tx) -> None:
        for event in events:
            custody.append(tx, site.ports.clock, event)

    site.db.write(record)


def log_indexed(bench: Bench, index: IndexFacts, tools: Sequence[Tool]) -> None:
    """Event ``recording.indexed``, unless it stands in the log."""
    site = bench.intake.site
    streams = tuple(StreamIndexed(s.index, s.kind, s.digest, s.packets, s.first_pts, s.last_pts, s.time_base)
                    for s in index.streams)
    body = RecordingIndexed(streams, index.pts_table_digest, index.gop_count, index.gop_root, index.gop_reason,
                            tuple(tool_used(t) for t in tools), site.ports.media.sandbox())
    event = CustodyEvent.plain("system", bench.recording, body)

    def record(tx: Tx) -> None:
        if tx.execute(select(INDEX.c.recording).where(INDEX.c.recording == bench.recording)).first() is None:
            custody.append(tx, site.ports.clock, event)

    site.db.write(record)
