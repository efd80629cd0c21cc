"""The derivative job: index, access copy, poster, waveform, timestamp table, each logged; then the matter shown in it.

Every derivative's bytes are durable and locked before its event; each purpose is logged once, so the job may run
again after a crash and goes on where it stopped.
"""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from archive import custody, jobs
from archive.db import Tx
from archive.entries import CustodyEvent
from archive.errors import Contradiction, Unavailable
from archive.event_values import StreamIndexed
from archive.events import ObjectPlaced
from archive.identifiers import DerivativeId, new_id
from archive.jobs import Leased
from archive.media_events import DerivativeMade, DerivativeUnavailable, RecordingIndexed
from archive.opened import particulars_of
from archive.ports import MediaFacts, MediaRefused, ObjectVersion
from archive.proof.digest import SEGMENT_SIZE, Digest, measure_file, sha256
from archive.publication import Act, require
from archive.stop_points import reach
from archive.tables import (
    Derivative,
    DerivativeMissing,
    ObjectPlace,
    Recording,
    RecordingIndex,
    table,
)
from ingest.access_copy import THREADS
from ingest.accession import spool_path, tool_used
from ingest.copy_making import make_access_copy
from ingest.intake import Intake
from ingest.matter_shown import note_matter
from ingest.media_index import IndexFacts, index_media
from ingest.post_checks import Checks
from ingest.renditions import make_poster, make_waveform

RECORDING, PLACE, INDEX = table(Recording), table(ObjectPlace), table(RecordingIndex)
DERIVATIVE, MISSING = table(Derivative), table(DerivativeMissing)
LONGEST_STEP = timedelta(hours=12)
"""Added to the lease before each step: an hour of video may take an hour of encoding, and nobody else may begin it."""
PASSING = frozenset({"timeout", "tool_failed", "no_sandbox"})
"""Reasons that may lie in the machine and not in the file; tried ``TRIES`` times before they are logged for good."""
TRIES = 3
PURPOSES = ("access_copy", "poster", "waveform", "pts_table")


@dataclass(frozen=True)
class Made:
    """A derivative on disk with its recipe."""

    purpose: str
    path: Path
    method: str
    media_type: str
    arguments: tuple[str, ...]
    threads: int
    sandbox: str
    checks: Checks | None = None
    left_out: tuple[int, ...] = ()


@dataclass(frozen=True)
class _Bench:
    """What the steps of one job share: the original on disk, what it holds, a folder for results."""

    intake: Intake
    job: Leased
    recording: str
    source: Path
    folder: Path


def derive(intake: Intake, job: Leased) -> None:
    """Handle one ``derive`` job: whatever of index and purposes is not logged yet."""
    require(intake.site, Act.ORDINARY)
    recording = job.payload["recording"]
    done = _done(intake, recording)
    with _original(intake, job) as source, tempfile.TemporaryDirectory(dir=intake.spool) as folder:
        bench = _Bench(intake, job, recording, source, Path(folder))
        try:
            facts = intake.site.ports.media.probe(source)
        except MediaRefused as fault:
            _log_unavailable(bench, [p for p in PURPOSES if p not in done], fault)
        else:
            _derive_all(bench, facts, done)
            _hold(bench)
            note_matter(intake.site, recording, source, bench.folder, facts)
    intake.site.db.write(lambda tx: jobs.complete(tx, job))
    source.unlink(missing_ok=True)


def _derive_all(bench: _Bench, facts: MediaFacts, done: set[str]) -> None:
    steps = (("access_copy", _access_copy), ("poster", _poster), ("waveform", _waveform), ("pts_table", _index))
    for purpose, step in steps:
        if purpose in done:
            continue
        _hold(bench)
        try:
            step(bench, facts)
        except MediaRefused as fault:
            if fault.reason in PASSING and bench.job.attempts < TRIES:
                raise Unavailable("media.failed", f"{purpose}: {fault.reason}; tried again later") from fault
            _log_unavailable(bench, [purpose], fault)


def _hold(bench: _Bench) -> None:
    """Keep the job for one more step."""
    jobs.extend(bench.intake.site.db, bench.job, bench.intake.site.ports.clock.now() + LONGEST_STEP)


def _access_copy(bench: _Bench, facts: MediaFacts) -> None:
    copy = make_access_copy(bench.intake.site.ports.media, bench.source, bench.folder, facts)
    reach("mid_derivative")
    _log_made(bench, Made("access_copy", copy.path, copy.method, copy.media_type, copy.arguments, THREADS,
                          copy.sandbox, copy.checks, copy.left_out))


def _poster(bench: _Bench, facts: MediaFacts) -> None:
    made = make_poster(bench.intake.site.ports.media, bench.source, bench.folder, facts)
    if made is None:
        raise MediaRefused("no_video")
    path, run = made
    _log_made(bench, Made("poster", path, "extracted", "image/jpeg", run.arguments, 1, run.sandbox))


def _waveform(bench: _Bench, facts: MediaFacts) -> None:
    media = bench.intake.site.ports.media
    made = make_waveform(media, bench.source, facts)
    if made is None:
        raise MediaRefused("no_audio")
    path = bench.folder / "waveform.json"
    path.write_bytes(made.peaks)
    _log_made(bench, Made("waveform", path, "extracted", "application/json", made.arguments, 1, media.sandbox()))


def _index(bench: _Bench, facts: MediaFacts) -> None:
    """Index of the original and, where it has pictures, the table of their times."""
    media = bench.intake.site.ports.media
    index = index_media(media, bench.source, facts)
    if not _is_indexed(bench):
        _log_indexed(bench, index)
    if not index.pts_table:
        raise MediaRefused("no_video")
    path = bench.folder / "pts.json"
    path.write_bytes(index.pts_table)
    _log_made(bench, Made("pts_table", path, "extracted", "application/json", (), 1, media.sandbox()))


def _log_indexed(bench: _Bench, index: IndexFacts) -> None:
    site = bench.intake.site
    streams = tuple(StreamIndexed(s.index, s.kind, s.digest, s.packets, s.first_pts, s.last_pts, s.time_base)
                    for s in index.streams)
    body = RecordingIndexed(
        streams, index.pts_table_digest, index.gop_count, index.gop_root, index.gop_reason,
        tuple(tool_used(t) for t in site.ports.media.tools()), site.ports.media.sandbox())
    event = CustodyEvent.plain("system", bench.recording, body)
    site.db.write(lambda tx: custody.append(tx, site.ports.clock, event))


def _log_made(bench: _Bench, made: Made) -> None:
    """Bytes locked in the store → events ``derivative.made`` and ``object.placed`` in one transaction."""
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
        tools=tuple(tool_used(t) for t in site.ports.media.tools()), arguments=made.arguments, threads=made.threads,
        sandbox=made.sandbox, checks=checks.streams if checks else (), left_out=made.left_out,
        duration_us=checks.duration_us if checks else None,
        shift_us=checks.shift_us if checks else None, decoded=checks.decoded if checks else None)
    events = (CustodyEvent.plain("system", derivative, body), CustodyEvent.plain("system", derivative, ObjectPlaced(
        version.key, site.ports.store.name, version.version_id, size, state.lock_until or until)))

    def record(tx: Tx) -> None:
        for event in events:
            custody.append(tx, site.ports.clock, event)

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


def _log_unavailable(bench: _Bench, purposes: Sequence[str], fault: MediaRefused) -> None:
    site = bench.intake.site
    reason = f"{fault.reason}.{fault.detail}" if fault.reason == "check_failed" else fault.reason
    events = [CustodyEvent.plain("system", bench.recording, DerivativeUnavailable(
        purpose, reason[:64], site.ports.media.sandbox())) for purpose in purposes]

    def record(tx: Tx) -> None:
        for event in events:
            custody.append(tx, site.ports.clock, event)

    site.db.write(record)


def _done(intake: Intake, recording: str) -> set[str]:
    """Purposes that have their event already."""
    made = intake.site.db.read(lambda c: c.execute(
        select(DERIVATIVE.c.purpose).where(DERIVATIVE.c.recording == recording)).scalars().all())
    missing = intake.site.db.read(lambda c: c.execute(
        select(MISSING.c.purpose).where(MISSING.c.recording == recording)).scalars().all())
    return {*made, *missing}


def _is_indexed(bench: _Bench) -> bool:
    return bench.intake.site.db.read(lambda c: c.execute(
        select(INDEX.c.recording).where(INDEX.c.recording == bench.recording)).first()) is not None


@contextmanager
def _original(intake: Intake, job: Leased) -> Iterator[Path]:
    """The original on local disk: accession's spool copy if its digest holds, else the pinned version fetched again."""
    site = intake.site
    row: Any = site.db.read(lambda c: c.execute(
        select(RECORDING.c.digest, RECORDING.c.leaf, RECORDING.c.object_key, PLACE.c.version_id)
        .join_from(RECORDING, PLACE, PLACE.c.object_key == RECORDING.c.object_key)
        .where(RECORDING.c.id == job.payload["recording"])).first())
    path = spool_path(intake, job.payload["upload"], particulars_of(site, row.leaf).fields)
    wanted = Digest.parse(row.digest)
    if not path.exists() or measure_file(path, (wanted.algorithm,)).digests[0] != wanted:
        path.parent.mkdir(parents=True, exist_ok=True)
        version = ObjectVersion(row.object_key, row.version_id)
        with path.open("wb") as file:
            for chunk in site.ports.store.get(version):
                file.write(chunk)
        if measure_file(path, (wanted.algorithm,)).digests[0] != wanted:
            path.unlink()
            raise Contradiction("object.digest", "the store gives other bytes than were accessioned: no copy is made "
                                "of them; keep the store as evidence", key=row.object_key)
    yield path
