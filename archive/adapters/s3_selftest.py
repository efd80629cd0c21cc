"""The start-up test of a store: what the archive relies on, tried on a canary object."""

import base64
import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta

from minio import Minio
from minio.commonconfig import COMPLIANCE, ENABLED
from minio.error import S3Error
from minio.retention import Retention
from minio.versioningconfig import SUSPENDED, VersioningConfig

from archive.adapters.s3_wire import s3_time
from archive.ports import SelfTest

LOCKED_FOR = timedelta(seconds=60)
_BYTES = b"liuhen canary\n"


class _NotHeld(Exception):
    """A check found the store wanting; the text says how."""


class Canary:
    """One canary object under ``key`` and the checks on it; ``store_now`` is the store's own time."""

    def __init__(self, client: Minio, bucket: str, key: str, store_now: datetime) -> None:
        self._client = client
        self._bucket = bucket
        self._key = key
        self._now = store_now
        self._version = ""
        self._was_versioned = False

    def run(self) -> list[SelfTest]:
        """Every check in order. An S3 error makes a check *not held*; an unreachable store raises through."""
        checks: list[tuple[str, Callable[[], str]]] = [
            ("object_lock", self._object_lock), ("versioning", self._versioning),
            ("put_locked", self._put_locked), ("lock_reported", self._lock_reported),
            ("wrong_checksum_refused", self._wrong_checksum), ("overwrite_refused", self._overwrite),
            ("shorten_refused", self._shorten), ("delete_version_refused", self._delete_version),
            ("suspend_refused", self._suspend),
        ]
        return [_outcome(name, check) for name, check in checks]

    def _object_lock(self) -> str:
        self._client.get_object_lock_config(self._bucket)  # raises where the bucket has none
        return "the bucket has object lock"

    def _versioning(self) -> str:
        status = self._client.get_bucket_versioning(self._bucket).status
        if status != ENABLED:
            raise _NotHeld(f"versioning is {status}")
        self._was_versioned = True
        return "versioning is on"

    def _put_locked(self) -> str:
        self._version = self._put(self._key, _BYTES, hashlib.sha256(_BYTES).digest())
        if not self._version:
            raise _NotHeld("no version id was given")
        return f"version {self._version}"

    def _lock_reported(self) -> str:
        headers = self._client.stat_object(self._bucket, self._key, version_id=self._version).metadata or {}
        mode = headers.get("x-amz-object-lock-mode")
        until = headers.get("x-amz-object-lock-retain-until-date")
        if mode != COMPLIANCE or not until:
            raise _NotHeld(f"HEAD reports mode {mode}, until {until}")
        return f"{mode} until {until}"

    def _wrong_checksum(self) -> str:
        return _refused(lambda: self._put(self._key + "-sum", _BYTES, hashlib.sha256(b"others").digest()))

    def _overwrite(self) -> str:
        return _refused(lambda: self._put(self._key, b"second", hashlib.sha256(b"second").digest()))

    def _shorten(self) -> str:
        shorter = Retention(COMPLIANCE, self._now + LOCKED_FOR / 2)
        return _refused(
            lambda: self._client.set_object_retention(self._bucket, self._key, shorter, self._version))

    def _delete_version(self) -> str:
        if not self._version:
            raise _NotHeld("there is no version to try it on")  # a delete without one would only add a marker
        return _refused(lambda: self._client.remove_object(self._bucket, self._key, self._version))

    def _suspend(self) -> str:
        try:
            return _refused(
                lambda: self._client.set_bucket_versioning(self._bucket, VersioningConfig(SUSPENDED)))
        except _NotHeld:
            if self._was_versioned:  # the test itself must not leave the bucket weaker than it found it
                self._client.set_bucket_versioning(self._bucket, VersioningConfig(ENABLED))
            raise

    def _put(self, key: str, data: bytes, stated: bytes) -> str:
        result = self._client._put_object(self._bucket, key, data, headers={
            "x-amz-checksum-sha256": base64.b64encode(stated).decode(), "If-None-Match": "*",
            "x-amz-object-lock-mode": COMPLIANCE,
            "x-amz-object-lock-retain-until-date": s3_time(self._now + LOCKED_FOR)})
        return result.version_id or ""


def _refused(act: Callable[[], object]) -> str:
    try:
        act()
    except S3Error as error:
        if error.response.status >= 500:
            raise
        return f"refused: {error.code}"
    raise _NotHeld("the store did it")


def _outcome(name: str, check: Callable[[], str]) -> SelfTest:
    try:
        return SelfTest(name, True, check())
    except _NotHeld as fault:
        return SelfTest(name, False, str(fault))
    except S3Error as error:
        if error.response.status >= 500:
            raise
        return SelfTest(name, False, f"{error.code}: {(error.message or '')[:200]}")
