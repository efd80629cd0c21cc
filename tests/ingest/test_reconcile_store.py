"""Through the store's own S3 interface with its root credential: what it refuses on an accessioned original, what it
takes, and that the latter is reported while the service goes on serving and verifying the pinned version."""

import contextlib
import itertools
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from flows.dock import Dock, jobs_done, original_of, own_service, reconcile, rows, store_of, upload_of
from flows.reader import signed_in
from minio.commonconfig import COMPLIANCE, GOVERNANCE
from minio.error import S3Error
from minio.retention import Retention
from minio.versioningconfig import SUSPENDED, VersioningConfig

from archive.adapters.s3 import S3Store
from archive.ports import ObjectVersion
from archive.proof.digest import sha256
from archive.proof.trust import Trust
from archive.proof.verify import verify_receipt

SAMPLE = Path(__file__).parents[2] / "api" / "samples" / "interview_pcm.wav"


@dataclass(frozen=True)
class Held:
    """An accessioned original and the store's root client."""

    dock: Dock
    root: S3Store
    location: str
    version: ObjectVersion
    data: bytes


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Held]:
    with own_service(tmp_path_factory.mktemp("root")) as dock:
        data = SAMPLE.read_bytes()
        location = dock.deposit(data, file_name="take.wav")
        jobs_done(dock.service)
        assert reconcile(dock.service).stdout == "clean: store and rows agree\n", "canary/ and what is known are clean"
        yield Held(dock, store_of(dock.service, root=True), location, original_of(dock.service, location), data)


def _still_there(held: Held) -> None:
    """The pinned version in the store, through a playback, and by its receipt."""
    assert b"".join(held.root.get(held.version)) == held.data
    with signed_in(held.dock.service) as reader:
        recording, = rows(held.dock.service.data, "SELECT recording FROM upload WHERE id = ?",
                          upload_of(held.location))[0]
        assert reader.digest_of(str(recording)) == sha256(held.data).value.hex()
    receipt = held.dock.client.get(f"{held.location}/receipt")
    assert receipt.status_code == 200
    assert verify_receipt(receipt.content, Trust.of_log(held.dock.service.log_key), SAMPLE).verdict == "proven"


def _delete(held: Held, **headers: str) -> None:
    held.root.client._execute("DELETE", held.root.bucket, held.version.key, headers=dict(headers),
                              query_params={"versionId": held.version.version_id})


def test_root_deletes_the_pinned_version(held: Held) -> None:
    for headers in ({}, {"x-amz-bypass-governance-retention": "true"}):
        with pytest.raises(S3Error) as refused:
            _delete(held, **headers)
        assert refused.value.code == "AccessDenied"
    _still_there(held)


def test_root_shortens_the_lock_of_the_pinned_version(held: Held) -> None:
    until = held.root.head(held.version).lock_until
    assert until is not None
    for mode in (COMPLIANCE, GOVERNANCE):
        with pytest.raises(S3Error):
            held.root.client.set_object_retention(held.root.bucket, held.version.key, Retention(
                mode, until - timedelta(hours=1)), held.version.version_id)
    state = held.root.head(held.version)
    assert (state.lock_mode, state.lock_until) == (COMPLIANCE, until)


def test_root_removes_the_bucket_or_its_versioning(held: Held) -> None:
    with pytest.raises(S3Error):
        held.root.client.remove_bucket(held.root.bucket)
    with pytest.raises(S3Error):
        held.root.client.set_bucket_versioning(held.root.bucket, VersioningConfig(SUSPENDED))
    _still_there(held)


def test_the_service_credential_deletes_anything(held: Held) -> None:
    service = store_of(held.dock.service, root=False)
    for version in (held.version.version_id, None):
        with pytest.raises(S3Error) as refused:
            service.client._execute("DELETE", service.bucket, held.version.key,
                                    query_params={"versionId": version} if version else {})
        assert refused.value.code == "AccessDenied"
    _still_there(held)


def test_what_root_can_do_is_served_or_goes_unreported(tmp_path: Path) -> None:
    """A plain PUT and a plain DELETE succeed: locks hold versions, not keys."""
    with own_service(tmp_path) as dock:
        data = SAMPLE.read_bytes()
        location = dock.deposit(data, file_name="take.wav")
        jobs_done(dock.service)
        held = Held(dock, store_of(dock.service, root=True), location, original_of(dock.service, location), data)
        key = held.version.key
        second = held.root.client._put_object(held.root.bucket, key, b"another recording", headers={}).version_id
        assert second != held.version.version_id
        _reported(held, {"second_version": second or ""})
        _still_there(held)
        held.root.client._execute("DELETE", held.root.bucket, key)
        _reported(held, {"second_version": second or "", "delete_marker": "marker"})
        _still_there(held)
        _leftovers_are_no_alarm(held)


def _reported(held: Held, wanted: dict[str, str]) -> None:
    found = reconcile(held.dock.service)
    assert found.returncode == 1
    lines = found.stdout.splitlines()
    grave = [(head.split()[1], head.split()[2], detail) for head, detail in itertools.pairwise(lines)
             if head.startswith("GRAVE")]
    assert {(kind, key) for kind, key, _ in grave} == {(kind, held.version.key) for kind in wanted}
    for kind, _, detail in grave:
        assert wanted[kind] in detail


def _leftovers_are_no_alarm(held: Held) -> None:
    """An orphan and a forgotten multipart upload are noted, but are no alarm by themselves."""
    held.root.client._put_object(held.root.bucket, "originals/rec_orphan/1", b"x", headers={})
    held.root.begin("originals/rec_begun/1", held.root.date() + timedelta(hours=1), "plain")
    found = reconcile(held.dock.service)
    notes = [line.split()[1:3] for line in found.stdout.splitlines() if line.startswith("note")]
    assert notes == [["orphan", "originals/rec_orphan/1"], ["unfinished", "originals/rec_begun/1"]]


def test_an_alarm_stays_when_nobody_serves_the_folder(tmp_path: Path) -> None:
    """``reconcile`` starts the store itself then, and answers the same."""
    with own_service(tmp_path) as dock:
        location = dock.deposit(SAMPLE.read_bytes())
        jobs_done(dock.service)
        root, version = store_of(dock.service, root=True), original_of(dock.service, location)
        with contextlib.suppress(S3Error):
            root.client._execute("DELETE", root.bucket, version.key)
        with closing(dock.client):
            dock.service.stop()
        found = reconcile(dock.service)
        assert (found.returncode, "delete_marker" in found.stdout) == (1, True)
