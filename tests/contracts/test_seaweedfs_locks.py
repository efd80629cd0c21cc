"""What the embedded store refuses through S3, to its own root too, and what its side doors answer."""

import contextlib
import hashlib
import http.client
import json
import os
import subprocess
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import store_fixture
from minio.commonconfig import COMPLIANCE, GOVERNANCE
from minio.error import S3Error
from minio.retention import Retention
from minio.versioningconfig import SUSPENDED, VersioningConfig
from service_fixture import wait_for
from store_fixture import OwnStore

from archive.adapters.s3 import S3Store
from archive.adapters.seaweedfs_setup import store_binary
from archive.errors import Refused
from archive.ports import ObjectVersion

KEY = "originals/rec/0"
DATA = b"what the recorder saw" * 1000


@pytest.fixture
def service() -> S3Store:
    return store_fixture.fresh_bucket()


@pytest.fixture
def root(service: S3Store) -> S3Store:
    return store_fixture.as_root(service)


@pytest.fixture
def pinned(service: S3Store) -> ObjectVersion:
    multipart = service.begin(KEY, _hour(service), "plain")
    digest = hashlib.sha256(DATA).digest()
    return service.finish(KEY, multipart, [(service.put_part(KEY, multipart, 1, DATA, digest), digest)],
                          _hour(service))


def _hour(store: S3Store) -> datetime:
    return store.date() + timedelta(hours=1)


def _delete(store: S3Store, version: ObjectVersion, **headers: str) -> None:
    store.client._execute("DELETE", store.bucket, version.key, headers=dict(headers),
                          query_params={"versionId": version.version_id})


def _set_lock(store: S3Store, version: ObjectVersion, mode: str, until: datetime, bypass: bool) -> None:
    body = (f"<Retention><Mode>{mode}</Mode><RetainUntilDate>{until:%Y-%m-%dT%H:%M:%SZ}</RetainUntilDate>"
            "</Retention>").encode()
    headers: dict[str, str | list[str] | tuple[str]] = (
        {"x-amz-bypass-governance-retention": "true"} if bypass else {})
    store.client._execute("PUT", store.bucket, version.key, body=body, headers=headers,
                          query_params={"versionId": version.version_id, "retention": ""})


ATTACKS: dict[str, Callable[[S3Store, ObjectVersion], object]] = {
    "delete the pinned version": _delete,
    "delete it, bypassing governance": lambda store, version: _delete(
        store, version, **{"x-amz-bypass-governance-retention": "true"}),
    "shorten its lock": lambda store, version: store.client.set_object_retention(
        store.bucket, version.key, Retention(COMPLIANCE, store.date() + timedelta(minutes=1)), version.version_id),
    "shorten it, bypassing governance": lambda store, version: _set_lock(
        store, version, COMPLIANCE, store.date() + timedelta(minutes=1), True),
    "weaken it to governance": lambda store, version: store.client.set_object_retention(
        store.bucket, version.key, Retention(GOVERNANCE, _hour(store)), version.version_id),
    "weaken it to governance, bypassing": lambda store, version: _set_lock(
        store, version, GOVERNANCE, _hour(store) + timedelta(hours=1), True),
    "remove the bucket": lambda store, version: store.client.remove_bucket(store.bucket),
    "suspend versioning": lambda store, version: store.client.set_bucket_versioning(
        store.bucket, VersioningConfig(SUSPENDED)),
}


def _assert_intact(service: S3Store, pinned: ObjectVersion) -> None:
    state = service.head(pinned)
    assert b"".join(service.get(pinned)) == DATA
    assert state.lock_mode == COMPLIANCE
    assert state.lock_until is not None
    assert state.lock_until > service.date() + timedelta(minutes=30)


@pytest.mark.parametrize("attack", ATTACKS)
def test_root_cannot_undo_the_lock_through_s3(service: S3Store, root: S3Store, pinned: ObjectVersion,
                                              attack: str) -> None:
    with pytest.raises(S3Error) as refused:
        ATTACKS[attack](root, pinned)
    assert 400 <= refused.value.response.status < 500, "refused, not broken"
    assert root.client.get_bucket_versioning(root.bucket).status == "Enabled"
    _assert_intact(service, pinned)


def test_a_newer_version_and_a_delete_marker_leave_the_pinned_version_readable(
        service: S3Store, root: S3Store, pinned: ObjectVersion) -> None:
    root.client._put_object(root.bucket, KEY, b"something else")
    _assert_intact(service, pinned)
    root.client.remove_object(root.bucket, KEY)
    _assert_intact(service, pinned)
    rows = list(service.versions(KEY))
    assert len(rows) == 3
    assert [row.is_marker for row in rows if row.is_latest] == [True]
    assert [row.is_latest for row in rows if row.version == pinned] == [False]


def test_a_short_lock_does_run_out(service: S3Store, root: S3Store) -> None:
    """Else the refusals above could be of something other than the lock."""
    version = service.put("canary/short", b"x", service.date() + timedelta(seconds=2))
    lock_until = service.head(version).lock_until
    assert lock_until is not None
    while root.date() <= lock_until:
        pass
    _delete(root, version)
    assert list(service.versions("canary/short")) == []


SERVICE_LACKS: dict[str, Callable[[S3Store, ObjectVersion], object]] = {
    **ATTACKS,
    "add a delete marker": lambda store, version: store.client.remove_object(store.bucket, version.key),
    "rewrite the lock by tags": lambda store, version: store.client._execute(
        "PUT", store.bucket, version.key, query_params={"tagging": "", "versionId": version.version_id},
        body=b"<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>"),
    "set a legal hold": lambda store, version: store.client.enable_object_legal_hold(
        store.bucket, version.key, version.version_id),
    "set a bucket policy": lambda store, version: store.client.set_bucket_policy(store.bucket, "{}"),
    "set a lifecycle": lambda store, version: store.client._execute(
        "PUT", store.bucket, query_params={"lifecycle": ""}, body=b"<LifecycleConfiguration/>"),
    "make a bucket": lambda store, version: store.client.make_bucket(store.bucket + "-2"),
    "list all buckets' owner": lambda store, version: store.client.get_bucket_policy(store.bucket),
}


@pytest.mark.parametrize("act", SERVICE_LACKS)
def test_the_service_credential_cannot(service: S3Store, pinned: ObjectVersion, act: str) -> None:
    with pytest.raises(S3Error) as refused:
        SERVICE_LACKS[act](service, pinned)
    assert refused.value.response.status == 403
    _assert_intact(service, pinned)
    assert len(list(service.versions(KEY))) == 1


def test_unknown_and_anonymous_callers_get_nothing(service: S3Store, pinned: ObjectVersion) -> None:
    endpoint = store_fixture.shared_store().endpoint
    stranger = S3Store(endpoint=endpoint, bucket=service.bucket, access_key="nobody", secret_key="nothing" * 4)
    with pytest.raises(Refused) as refused:
        b"".join(stranger.get(pinned))
    assert refused.value.code == "store.refused"
    assert _status(endpoint, "GET", f"/{service.bucket}/{KEY}?versionId={pinned.version_id}") == 403


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnStore]:
    with store_fixture.own_store(tmp_path_factory.mktemp("own")) as store:
        yield store


def test_the_http_side_doors_on_loopback_are_shut(own: OwnStore) -> None:
    version = own.service.put("log/x", DATA, _hour(own.service))
    ports = own.running.ports
    file = f"/buckets/{own.running.bucket}/log/x.versions/v_{version.version_id}"
    for port, method, path in (
            (ports["filer"], "GET", file), (ports["filer"], "PUT", file), (ports["filer"], "DELETE", file),
            (ports["filer"], "GET", "/buckets/"),
            (ports["master"], "POST", f"/col/delete?collection={own.running.bucket}"),
            (ports["master"], "GET", "/dir/assign"), (ports["admin"], "GET", "/")):
        assert _status(f"127.0.0.1:{port}", method, path) in (401, 403, 404), (method, path)
    for method in ("GET", "DELETE"):
        assert _status(f"127.0.0.1:{ports['volume']}", method, "/1,01000000ff") == 401, "no key, no look for the file"
    assert b"".join(own.service.get(version)) == DATA


def listening_of(own: OwnStore) -> list[list[str]]:
    """(address, port) in hexadecimal of every socket the store listens on."""
    sockets = set[str]()
    for link in Path(f"/proc/{own.running.pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # closed since it was listed
            sockets.add(os.readlink(link))
    listening = []
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            words = line.split()
            if words[3] == "0A" and f"socket:[{words[9]}]" in sockets:  # 0A: LISTEN
                listening.append(words[1].split(":"))
    return listening


def test_the_store_listens_on_loopback_only(own: OwnStore) -> None:
    wait_for(lambda: {int(port, 16) for _, port in listening_of(own)} >= set(own.running.ports.values()), 20)
    listening = listening_of(own)
    assert {address for address, _ in listening} == {"0100007F"}  # 127.0.0.1


def test_secrets_are_for_the_owner_only_and_not_on_the_command_line(own: OwnStore) -> None:
    for path in (own.data / "keys" / "store.json", own.data / "store" / "s3.json"):
        assert path.stat().st_mode & 0o777 == 0o600, path
    keys = own.supervisor.prepare(own.data)
    command = Path(f"/proc/{own.running.pid}/cmdline").read_bytes().decode()
    for secret in (keys.root_secret, keys.service_secret, keys.jwt_filer, keys.jwt_volume):
        assert secret not in command
        assert secret not in repr(keys)


def test_preparing_twice_keeps_the_keys_and_two_folders_share_none(own: OwnStore, tmp_path: Path) -> None:
    keys = own.supervisor.prepare(own.data)
    assert own.supervisor.prepare(own.data) == keys
    other = own.supervisor.prepare(tmp_path)
    assert not {keys.root_secret, keys.service_secret, keys.jwt_filer} & set(vars(other).values())


def test_data_of_the_bucket_is_written_with_fsync(own: OwnStore) -> None:
    binary, ports = str(store_binary()), own.running.ports
    shown = subprocess.run(
        [binary, "shell", f"-master=127.0.0.1:{ports['master']}", f"-filer=127.0.0.1:{ports['filer']}"],
        input="fs.configure\n", text=True, capture_output=True, timeout=60, check=True).stdout
    rules = json.loads(shown[shown.index("{"):shown.rindex("}") + 1])["locations"]
    assert [rule["fsync"] for rule in rules
            if rule["locationPrefix"] == f"/buckets/{own.running.bucket}/"] == [True]


def _status(endpoint: str, method: str, path: str) -> int:
    connection = http.client.HTTPConnection(endpoint, timeout=10)
    try:
        connection.request(method, path, body=b"evil" if method in ("PUT", "POST") else None)
        return connection.getresponse().status
    finally:
        connection.close()
