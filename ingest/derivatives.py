"""The derivative job: index, access copy, poster, waveform, timestamp table, each logged; then the matter shown in it.

Every derivative's bytes are durable and locked before its event; each purpose is logged once, so the job may run
again after a crash and goes on where it stopped.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from archive import jobs
from archive.errors import Contradiction, Unavailable
from archive.jobs import Leased
from archive.mediums import medium_of
from archive.opened import particulars_of
from archive.ports import MediaFacts, MediaRefused, ObjectVersion
from archive.proof.digest import Digest, measure_file
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
from ingest.accession import spool_path
from ingest.copy_making import make_access_copy
from ingest.document_steps import DOCUMENT_STEPS
from ingest.intake import Intake
from ingest.logged_copies import Bench, Made, log_indexed, log_made, log_unavailable
from ingest.matter_shown import note_matter
from ingest.media_index import index_media
from ingest.renditions import make_poster, make_waveform
from ingest.still_steps import STILL_STEPS, Steps, pictures_of

RECORDING, PLACE, INDEX = table(Recording), table(ObjectPlace), table(RecordingIndex)
DERIVATIVE, MISSING = table(Derivative), table(DerivativeMissing)
LONGEST_STEP = timedelta(hours=12)
"""Added to the lease before each step: an hour of video may take an hour of encoding, and nobody else may begin it."""
PASSING = frozenset({"timeout", "tool_failed", "no_sandbox"})
"""Reasons that may lie in the machine and not in the file; tried ``TRIES`` times before they are logged for good."""
TRIES = 3
PURPOSES = ("access_copy", "poster", "waveform", "pts_table")


def derive(intake: Intake, job: Leased) -> None:
    """Handle one ``derive`` job: whatever of index and purposes is not logged yet."""
    require(intake.site, Act.ORDINARY)
    recording = job.payload["recording"]
    done = _done(intake, recording)
    with _original(intake, job) as source, tempfile.TemporaryDirectory(dir=intake.spool) as folder:
        bench = Bench(intake, job, recording, source, Path(folder))
        try:
            facts = intake.site.ports.media.probe(source)
        except MediaRefused as fault:
            log_unavailable(bench, [p for p in PURPOSES if p not in done], fault)
        else:
            _derive_all(bench, _steps(facts), facts, done)
            _hold(bench)
            seen, shown = pictures_of(bench, facts)
            note_matter(intake.site, recording, seen, bench.folder, shown)
    intake.site.db.write(lambda tx: jobs.complete(tx, job))
    source.unlink(missing_ok=True)


def _steps(facts: MediaFacts) -> Steps:
    medium = medium_of(facts.container)
    if medium != "footage":
        return STILL_STEPS if medium == "photograph" else DOCUMENT_STEPS
    return ("access_copy", _access_copy), ("poster", _poster), ("waveform", _waveform), ("pts_table", _index)


def _derive_all(bench: Bench, steps: Steps, facts: MediaFacts, done: set[str]) -> None:
    for purpose, step in steps:
        if purpose in done:
            continue
        _hold(bench)
        try:
            step(bench, facts)
        except MediaRefused as fault:
            if fault.reason in PASSING and bench.job.attempts < TRIES:
                raise Unavailable("media.failed", f"{purpose}: {fault.reason}; tried again later") from fault
            log_unavailable(bench, [purpose], fault)


def _hold(bench: Bench) -> None:
    """Keep the job for one more step."""
    jobs.extend(bench.intake.site.db, bench.job, bench.intake.site.ports.clock.now() + LONGEST_STEP)


def _access_copy(bench: Bench, facts: MediaFacts) -> None:
    copy = make_access_copy(bench.intake.site.ports.media, bench.source, bench.folder, facts)
    reach("mid_derivative")
    log_made(bench, Made("access_copy", copy.path, copy.method, copy.media_type, copy.arguments, THREADS,
                          copy.sandbox, copy.checks, copy.left_out))


def _poster(bench: Bench, facts: MediaFacts) -> None:
    made = make_poster(bench.intake.site.ports.media, bench.source, bench.folder, facts)
    if made is None:
        raise MediaRefused("no_video")
    path, run = made
    log_made(bench, Made("poster", path, "extracted", "image/jpeg", run.arguments, 1, run.sandbox))


def _waveform(bench: Bench, facts: MediaFacts) -> None:
    media = bench.intake.site.ports.media
    made = make_waveform(media, bench.source, facts)
    if made is None:
        raise MediaRefused("no_audio")
    path = bench.folder / "waveform.json"
    path.write_bytes(made.peaks)
    log_made(bench, Made("waveform", path, "extracted", "application/json", made.arguments, 1, media.sandbox()))


def _index(bench: Bench, facts: MediaFacts) -> None:
    """Index of the original and, where it has pictures, the table of their times."""
    media = bench.intake.site.ports.media
    index = index_media(media, bench.source, facts)
    log_indexed(bench, index, media.tools())
    if not index.pts_table:
        raise MediaRefused("no_video")
    path = bench.folder / "pts.json"
    path.write_bytes(index.pts_table)
    log_made(bench, Made("pts_table", path, "extracted", "application/json", (), 1, media.sandbox()))


def _done(intake: Intake, recording: str) -> set[str]:
    """Purposes that have their event already."""
    made = intake.site.db.read(lambda c: c.execute(
        select(DERIVATIVE.c.purpose).where(DERIVATIVE.c.recording == recording)).scalars().all())
    missing = intake.site.db.read(lambda c: c.execute(
        select(MISSING.c.purpose).where(MISSING.c.recording == recording)).scalars().all())
    return {*made, *missing}


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
