"""Attempts to break the store's lock, through S3, on a canary: what must be refused, and what is known not to be."""

import secrets
from collections.abc import Callable
from datetime import timedelta

from minio.commonconfig import COMPLIANCE, ENABLED, GOVERNANCE
from minio.error import S3Error
from minio.helpers import DictType
from minio.retention import Retention
from minio.versioningconfig import SUSPENDED, VersioningConfig

from archive.adapters.s3 import S3Store
from archive.adapters.s3_wire import store_errors
from archive.errors import NotFound
from archive.event_values import LockAttempt
from archive.ports import ObjectVersion

LOCKED_FOR = timedelta(minutes=10)
_BYTES = b"liuhen canary: nobody may remove this before its time\n"
_BYPASS: DictType = {"x-amz-bypass-governance-retention": "true"}
_WEAKER = (b"<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule><DefaultRetention>"
           b"<Mode>GOVERNANCE</Mode><Days>1</Days></DefaultRetention></Rule></ObjectLockConfiguration>")
_EXPIRING = (b"<LifecycleConfiguration><Rule><ID>canary</ID><Status>Enabled</Status><Filter><Prefix>canary/</Prefix>"
             b"</Filter><NoncurrentVersionExpiration><NoncurrentDays>1</NoncurrentDays></NoncurrentVersionExpiration>"
             b"</Rule></LifecycleConfiguration>")
_TAGS = b"<Tagging><TagSet><Tag><Key>canary</Key><Value>canary</Value></Tag></TagSet></Tagging>"


class S3LockBreaker:
    """``LockBreaker`` with the credentials of ``store``; ``identity`` says whose they are: service | root.

    Whatever wrongly succeeds on the bucket is undone at once. Limit: these are the S3 doors; whoever owns the
    store's disk or its inner ports needs none of them, and that only detection finds (THREAT_MODEL.md).
    """

    def __init__(self, store: S3Store, identity: str) -> None:
        self._store, self.identity = store, identity
        self._root = identity == "root"

    def attempts(self) -> tuple[LockAttempt, ...]:
        """Every attempt in order on a fresh canary locked for ten minutes; raises what an absent store raises."""
        with store_errors(self._store.name, "canary/"):
            store = self._store
            canary = store.put(f"canary/{secrets.token_hex(8)}", _BYTES, store.date() + LOCKED_FOR)
            made = [self._try(name, expected, act, canary) for name, expected, act in self._list()]
            return (*made, LockAttempt("lose_canary", "refused", "refused" if self._intact(canary) else "done"))

    def _list(self) -> list[tuple[str, str, Callable[[ObjectVersion], object]]]:
        """Root may set bucket rules and tags (STORAGE): those are not tried with it, since they would stand."""
        own = "not_tried" if self._root else "refused"
        return [
            ("delete_version", "refused", self._delete),
            ("delete_version_bypassing", "refused", lambda canary: self._delete(canary, _BYPASS)),
            ("shorten", "refused", self._shorten), ("weaken_to_governance", "refused", self._weaken),
            ("suspend_versioning", "refused", self._suspend), ("remove_bucket", "refused", self._remove_bucket),
            ("weaken_bucket_rule", own, lambda _: self._bucket_put("object-lock", _WEAKER)),
            ("expire_by_lifecycle", own, lambda _: self._bucket_put("lifecycle", _EXPIRING)),
            ("rewrite_lock_by_tags", own, self._tag),
            ("overwrite", "done", self._overwrite),  # a newer version; the pinned one stays
            ("delete_marker", "done" if self._root else "refused", self._mark_deleted),
        ]

    def _try(self, name: str, expected: str, act: Callable[[ObjectVersion], object],
             canary: ObjectVersion) -> LockAttempt:
        if expected == "not_tried":
            return LockAttempt(name, "done", "not_tried")
        try:
            act(canary)
        except S3Error as error:
            if error.response.status >= 500:
                raise
            return LockAttempt(name, expected, "refused")
        return LockAttempt(name, expected, "done")

    def _delete(self, canary: ObjectVersion, headers: DictType | None = None) -> None:
        self._store.client._execute("DELETE", self._store.bucket, canary.key, headers=headers or {},
                                    query_params={"versionId": canary.version_id})

    def _shorten(self, canary: ObjectVersion) -> None:
        shorter = Retention(COMPLIANCE, self._store.date() + LOCKED_FOR / 2)
        self._store.client.set_object_retention(self._store.bucket, canary.key, shorter, canary.version_id)

    def _weaken(self, canary: ObjectVersion) -> None:
        weaker = Retention(GOVERNANCE, self._store.date() + LOCKED_FOR * 2)
        self._store.client.set_object_retention(self._store.bucket, canary.key, weaker, canary.version_id)

    def _suspend(self, _canary: ObjectVersion) -> None:
        self._store.client.set_bucket_versioning(self._store.bucket, VersioningConfig(SUSPENDED))
        self._store.client.set_bucket_versioning(self._store.bucket, VersioningConfig(ENABLED))

    def _remove_bucket(self, _canary: ObjectVersion) -> None:
        self._store.client.remove_bucket(self._store.bucket)

    def _bucket_put(self, what: str, body: bytes) -> None:
        self._store.client._execute("PUT", self._store.bucket, body=body, query_params={what: ""})
        self._store.client._execute("DELETE", self._store.bucket, query_params={what: ""})

    def _tag(self, canary: ObjectVersion) -> None:
        self._store.client._execute("PUT", self._store.bucket, canary.key, body=_TAGS,
                                    query_params={"tagging": "", "versionId": canary.version_id})

    def _overwrite(self, canary: ObjectVersion) -> None:
        self._store.client._put_object(self._store.bucket, canary.key, b"something else")

    def _mark_deleted(self, canary: ObjectVersion) -> None:
        self._store.client.remove_object(self._store.bucket, canary.key)

    def _intact(self, canary: ObjectVersion) -> bool:
        try:
            state = self._store.head(canary)
        except NotFound:
            return False
        return state.lock_mode == COMPLIANCE and b"".join(self._store.get(canary)) == _BYTES
