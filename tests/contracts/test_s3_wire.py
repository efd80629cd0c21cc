"""What the S3 adapter does beyond the suite: one hash per body, locks set again, weak stores found out."""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
import store_fixture
from minio.commonconfig import ENABLED
from minio.credentials.credentials import Credentials
from minio.versioningconfig import VersioningConfig

from archive.adapters.s3 import S3Store
from archive.adapters.s3_wire import PAYLOAD_HASH, client, parse_s3_time, s3_time
from archive.errors import Contradiction, Refused
from archive.ports import ObjectState, ObjectVersion

KEY = "originals/rec/0"
DATA = b"recorded" * 1000
DIGEST = hashlib.sha256(DATA).digest()


def _hour(store: S3Store) -> datetime:
    return store.date() + timedelta(hours=1)


@pytest.mark.parametrize("secure", [False, True])
def test_a_body_whose_hash_is_known_is_not_hashed_again(secure: bool) -> None:
    stated = "ab" * 32  # not the body's: it could not come out of a second pass
    headers, _ = client("127.0.0.1:1", "key", "secret", secure=secure, region="us-east-1")._build_headers(
        "127.0.0.1:1", {PAYLOAD_HASH: stated}, DATA, Credentials("key", "secret"))
    assert headers[PAYLOAD_HASH] == stated
    assert headers["Content-Length"] == str(len(DATA))
    assert "Content-MD5" not in headers


def test_a_lock_lost_at_create_is_set_again_at_finish() -> None:
    store = store_fixture.fresh_bucket()
    multipart = store.client._create_multipart_upload(store.bucket, KEY, {})  # as a store that drops it would
    part = store.put_part(KEY, multipart, 1, DATA, DIGEST)
    until = _hour(store)
    state = store.head(store.finish(KEY, multipart, [(part, DIGEST)], until))
    assert (state.lock_mode, state.lock_until) == ("COMPLIANCE", until)


class _Forgetful(S3Store):
    """A store whose HEAD shows another lock than the one that was set."""

    def shows(self, change: Callable[[ObjectState], ObjectState]) -> None:
        self._change = change

    def head(self, version: ObjectVersion) -> ObjectState:
        return self._change(super().head(version))


def test_a_store_that_does_not_hold_the_lock_or_the_size_is_not_believed() -> None:
    real = store_fixture.fresh_bucket()
    shared = store_fixture.shared_store()
    lies: list[tuple[Callable[[ObjectState], ObjectState], str]] = [
        (lambda state: replace(state, lock_mode="GOVERNANCE"), "object.lock_weak"),
        (lambda state: replace(state, lock_mode=None), "object.lock_weak"),
        (lambda state: replace(state, lock_until=None), "object.lock_weak"),
        (lambda state: replace(state, lock_until=real.date()), "object.lock_weak"),
        (lambda state: replace(state, size=1), "object.size"),
    ]
    for change, code in lies:
        store = _Forgetful(endpoint=shared.endpoint, bucket=real.bucket, access_key=shared.keys.service_access,
                           secret_key=shared.keys.service_secret)
        store.shows(change)
        multipart = store.begin(KEY, _hour(real), "plain")
        part = store.put_part(KEY, multipart, 1, DATA, DIGEST)
        with pytest.raises(Contradiction) as weak:
            store.finish(KEY, multipart, [(part, DIGEST)], _hour(real))
        assert weak.value.code == code


@pytest.mark.parametrize("versioned", [False, True])
def test_a_bucket_without_object_lock_fails_the_self_test_and_is_left_as_it_was(versioned: bool) -> None:
    shared = store_fixture.shared_store()
    store = S3Store(endpoint=shared.endpoint, bucket=f"test-{secrets.token_hex(8)}",
                    access_key=shared.keys.root_access, secret_key=shared.keys.root_secret)
    store.client.make_bucket(store.bucket)
    if versioned:
        store.client.set_bucket_versioning(store.bucket, VersioningConfig(ENABLED))
    before = store.client.get_bucket_versioning(store.bucket).status
    failed = {check.name for check in store.self_test() if not check.held}
    assert {"object_lock", "suspend_refused"} <= failed
    assert ("versioning" in failed) is not versioned
    if versioned:
        assert store.client.get_bucket_versioning(store.bucket).status == before


def test_a_wrong_secret_is_refused_and_not_called_an_outage() -> None:
    shared = store_fixture.shared_store()
    store = S3Store(endpoint=shared.endpoint, bucket=store_fixture.fresh_bucket().bucket,
                    access_key=shared.keys.service_access, secret_key="wrong" * 8)
    with pytest.raises(Refused) as refused:
        store.put("log/x", DATA, _hour(store_fixture.fresh_bucket()))
    assert refused.value.code == "store.refused"


def test_lock_dates_are_utc_and_never_rounded_down() -> None:
    moment = datetime(2026, 1, 2, 3, 4, 5, 1, tzinfo=UTC)
    assert s3_time(moment) == "2026-01-02T03:04:06Z"
    assert s3_time(moment.replace(microsecond=0)) == "2026-01-02T03:04:05Z"
    assert s3_time(moment.replace(microsecond=0, tzinfo=timezone(timedelta(hours=8)))) == "2026-01-01T19:04:05Z"
    for text in ("2026-01-02T03:04:05Z", "2026-01-02T03:04:05.000Z", "2026-01-02T11:04:05+08:00"):
        assert parse_s3_time(text) == moment.replace(microsecond=0)
