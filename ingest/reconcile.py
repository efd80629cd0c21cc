"""Compare what lies in the store with what the rows say: orphans, second versions, delete markers, losses.

Finds and reports, changes nothing. Served content is always the pinned version, whatever stands here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from archive import jobs
from archive.collecting import COLLECTED
from archive.errors import NotFound
from archive.log import PROGRESS as LOG_PROGRESS
from archive.log import SIGNED
from archive.ports import ListedVersion, ObjectVersion
from archive.tables import ObjectPlace, Upload, UploadProgress, table
from archive.wipe_tables import RecordingWipe
from ingest.intake import Intake

PLACE, UPLOAD, PROGRESS = table(ObjectPlace), table(Upload), table(UploadProgress)
WIPE = table(RecordingWipe)
PREFIXES = ("originals/", "derivatives/", "staged/")


@dataclass(frozen=True)
class Finding:
    """One thing that is not as it should be. ``grave``: custody may be at stake; otherwise left-overs of a crash.

    ``kind``: missing | second_version | delete_marker | size_differs | lock_weak | orphan | unfinished | failed_job |
    wipe_contradicted.
    """

    kind: str
    grave: bool
    key: str
    detail: str


def reconcile(intake: Intake) -> list[Finding]:
    """Every finding, grave ones first. May run beside the service: what a row named before the listing must be in it,
    and what is in it must be named by a row afterwards."""
    needed = _pinned(intake)
    listed = [v for prefix in PREFIXES for v in intake.site.ports.store.versions(prefix)]
    known = _pinned(intake)
    gone = _collected(intake)
    needed = {key: pin for key, pin in needed.items() if key not in gone}
    findings = [*_against_rows(known, listed), *_missing(intake, needed, listed), *_unfinished(intake), *_jobs(intake),
                *_wipes(intake)]
    return sorted(findings, key=lambda f: (not f.grave, f.kind, f.key))


def _pinned(intake: Intake) -> dict[str, tuple[str, int | None, Any]]:
    """Object key → (pinned version, size, lock date), from placements, finished uploads and staged batches."""
    def read(c: Any) -> dict[str, tuple[str, int | None, Any]]:
        pinned: dict[str, tuple[str, int | None, Any]] = {
            r.staged_key: (r.staged_version, None, None) for r in c.execute(select(SIGNED))}
        for r in c.execute(select(UPLOAD).where(UPLOAD.c.version_id.is_not(None))):
            pinned[r.object_key] = (r.version_id, None, None)
        for r in c.execute(select(PLACE)):
            pinned[r.object_key] = (r.version_id, r.size, r.lock_until)
        return pinned

    return intake.site.db.read(read)


def _collected(intake: Intake) -> frozenset[str]:
    """Staged batches that may be gone: the full bundles hold their leaves (archive.collecting)."""
    upto = select(LOG_PROGRESS.c.size).where(LOG_PROGRESS.c.name == COLLECTED).scalar_subquery()
    query = select(SIGNED.c.staged_key).where(SIGNED.c.size <= upto)
    return frozenset(intake.site.db.read(lambda c: c.execute(query).scalars().all()))


def _against_rows(pinned: dict[str, tuple[str, int | None, Any]], listed: list[ListedVersion]) -> Iterator[Finding]:
    for item in listed:
        key, version = item.version.key, item.version.version_id
        known = pinned.get(key)
        if item.is_marker:
            yield Finding("delete_marker", True, key, f"marker {version}: somebody deleted the key past the service; "
                          "the pinned version is served all the same")
        elif known is None:
            yield Finding("orphan", False, key, f"version {version} of {item.size} bytes has no row: a crash before "
                          "the commit point; nothing refers to it")
        elif version != known[0]:
            yield Finding("second_version", True, key, f"version {version} stands beside the pinned {known[0]}: "
                          "somebody wrote to the store past the service")
        elif known[1] is not None and item.size != known[1]:
            yield Finding("size_differs", True, key, f"{item.size} bytes where {known[1]} were logged")


def _missing(intake: Intake, pinned: dict[str, tuple[str, int | None, Any]],
             listed: list[ListedVersion]) -> Iterator[Finding]:
    there = {(v.version.key, v.version.version_id) for v in listed if not v.is_marker}
    for key, (version, _, lock_until) in pinned.items():
        if (key, version) not in there:
            yield Finding("missing", True, key, f"the pinned version {version} is not in the store")
        elif lock_until is not None:
            yield from _lock(intake, ObjectVersion(key, version), lock_until)


def _lock(intake: Intake, version: ObjectVersion, logged: Any) -> Iterator[Finding]:
    try:
        state = intake.site.ports.store.head(version)
    except NotFound:
        yield Finding("missing", True, version.key, "the pinned version vanished while we looked")
        return
    if state.lock_until is None or state.lock_until < logged:
        yield Finding("lock_weak", True, version.key, f"locked until {state.lock_until}, logged until {logged}")


def _unfinished(intake: Intake) -> Iterator[Finding]:
    known = set(intake.site.db.read(lambda c: c.execute(
        select(PROGRESS.c.multipart_id).join_from(PROGRESS, UPLOAD, UPLOAD.c.id == PROGRESS.c.upload)
        .where(UPLOAD.c.state == "open")).scalars().all()))
    for prefix in PREFIXES:
        for item in intake.site.ports.store.unfinished(prefix):
            if item.multipart_id not in known:
                yield Finding("unfinished", False, item.key, "a multipart upload no open upload refers to")


def _jobs(intake: Intake) -> Iterator[Finding]:
    failed = intake.site.db.read(jobs.counts).get("failed", 0)
    if failed:
        yield Finding("failed_job", True, "jobs", f"{failed} jobs gave up; see the journal, then "
                      "`liuhen worker --retry-failed`")


def _wipes(intake: Intake) -> Iterator[Finding]:
    """Limit: a contradiction stands as it was when the statement came; nothing takes it back."""
    columns = (WIPE.c.id, WIPE.c.recording, WIPE.c.station, WIPE.c.contradictions)
    query = select(*columns).where(WIPE.c.contradictions != "")
    for wipe in intake.site.db.read(lambda c: c.execute(query).all()):
        yield Finding("wipe_contradicted", True, wipe.id, f"station {wipe.station} signed that it wiped recording "
                      f"{wipe.recording} from its recorder, against what the archive holds: {wipe.contradictions}")
