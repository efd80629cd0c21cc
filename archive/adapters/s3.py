"""An S3 bucket with object lock as the archive's object store, through the minio SDK."""

import hashlib
import secrets
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import cast

from minio.commonconfig import COMPLIANCE
from minio.error import S3Error
from minio.helpers import DictType
from minio.retention import Retention

from archive.adapters.s3_listing import listed_parts, unfinished_uploads
from archive.adapters.s3_selftest import Canary
from archive.adapters.s3_wire import (
    body_headers,
    client,
    completed_version,
    completion,
    lock_headers,
    newest_parts,
    parse_s3_time,
    store_errors,
    whole_second,
)
from archive.errors import Contradiction, NotFound, Refused
from archive.ports import (
    ListedVersion,
    ObjectState,
    ObjectVersion,
    SelfTest,
    StoredPart,
    UnfinishedUpload,
)

CHUNK = 1 << 20
COLLECTED = ("staged/", "keys/")
"""Below these prefixes objects may be removed when their lock has run out; nothing else ever is."""


class S3Store:
    """``archive.ports.ObjectStore`` on one bucket. Safe for use by several threads.

    Bodies are signed and checksummed with the SHA-256 the caller gives, so that a part is hashed once in this
    process; SeaweedFS compares ``x-amz-checksum-sha256`` with the body (not the signed payload hash).
    ``full`` tells a full store from a broken one where its S3 answers do not (``EmbeddedStore.full``).
    Limit: retention is kept in whole seconds and rounded up.
    """

    def __init__(self, *, endpoint: str, bucket: str, access_key: str, secret_key: str, name: str = "primary",
                 secure: bool = False, region: str = "us-east-1", full: Callable[[], bool] | None = None,
                 collector: tuple[str, str] | None = None) -> None:
        """``collector``: access and secret key of the identity that may delete, and only below two prefixes."""
        self._name = name
        self._full = full
        self.bucket = bucket
        self.client = client(endpoint, access_key, secret_key, secure=secure, region=region)
        self._collector = self.client if collector is None else client(endpoint, *collector, secure=secure,
                                                                       region=region)

    @property
    def name(self) -> str:
        """Stable name of this store, as it stands in ``object.placed`` events."""
        return self._name

    def begin(self, key: str, lock_until: datetime, stored_form: str) -> str:
        """Open a multipart upload (S3 CreateMultipartUpload); answers its id. It holds no lock yet."""
        headers: DictType = {"x-amz-checksum-algorithm": "SHA256", "x-amz-meta-stored-form": stored_form,
                             **lock_headers(lock_until)}
        with store_errors(self._name, key, self._full):
            return self.client._create_multipart_upload(self.bucket, key, headers)

    def put_part(self, key: str, multipart_id: str, number: int, data: bytes | bytearray | memoryview,
                 sha256: bytes) -> StoredPart:
        """Store part ``number`` (1 to 10,000). ``Refused object.checksum`` when ``sha256`` is not theirs."""
        # Any buffer goes out without a copy: the SDK asks only for its length (its annotation says bytes).
        body = cast(bytes, memoryview(data).cast("B"))
        with store_errors(self._name, key, self._full):
            response = self.client._execute(
                "PUT", self.bucket, key, body=body, headers=body_headers(sha256),
                query_params={"partNumber": str(number), "uploadId": multipart_id})
        return StoredPart(number, len(data), response.headers.get("etag", "").strip('"'))

    def parts(self, key: str, multipart_id: str) -> list[StoredPart]:
        """Parts held, by number; ``NotFound object.no_multipart`` when finished, aborted or never begun.

        SeaweedFS goes on listing a part that was replaced (``finish`` picks by ETag and is not misled): the newest
        counts; a number replaced by other bytes within one second cannot be told and is left out: send it again.
        """
        return newest_parts(listed_parts(self.client, self.bucket, key, multipart_id, self._name))

    def finish(self, key: str, multipart_id: str, parts: Sequence[tuple[StoredPart, bytes]],
               lock_until: datetime) -> ObjectVersion:
        """Complete from (part, sha256) pairs, set the lock again, HEAD; returns only when size and lock hold.

        May be repeated: an upload completed by an earlier call, its answer lost, is known by its ETag.
        ``Contradiction object.lock_weak`` or ``object.size`` when the store does not hold what was asked.
        """
        try:
            with store_errors(self._name, key, self._full):
                response = self.client._execute(
                    "POST", self.bucket, key, body=completion(parts),
                    headers={"Content-Type": "application/xml"}, query_params={"uploadId": multipart_id})
                answered = response.headers.get("x-amz-version-id")
                version = ObjectVersion(key, completed_version(answered, response.data))
        except NotFound:
            version = self._finished_before(key, parts)
        # The date given at begin can have passed, and some stores drop it: set it on what now exists.
        self._retain(version, lock_until)
        return self._confirm(version, sum(part.size for part, _ in parts), lock_until)

    def abort(self, key: str, multipart_id: str) -> None:
        """Drop an unfinished multipart; absent is fine."""
        try:
            with store_errors(self._name, key):
                self.client._abort_multipart_upload(self.bucket, key, multipart_id)
        except NotFound:
            return

    def put(self, key: str, data: bytes, lock_until: datetime) -> ObjectVersion:
        """Store a small locked object that must not exist yet (If-None-Match); an equal one counts as done.

        ``Contradiction object.differs`` when other bytes stand under the key. Limit: under a delete marker
        the store sees no object and takes a second version; ``versions`` shows both.
        """
        headers: DictType = {**body_headers(hashlib.sha256(data).digest()), "If-None-Match": "*",
                   "Content-Type": "application/octet-stream", **lock_headers(lock_until)}
        try:
            with store_errors(self._name, key, self._full):
                result = self.client._put_object(self.bucket, key, data, headers=headers)
            version = ObjectVersion(key, result.version_id or "")
        except Contradiction:
            version = self._equal_one(key, data)
        return self._confirm(version, len(data), lock_until)

    def head(self, version: ObjectVersion) -> ObjectState:
        """Size and lock of this version, from HEAD's headers."""
        with store_errors(self._name, version.key):
            response = self.client._execute("HEAD", self.bucket, version.key,
                                            query_params={"versionId": version.version_id})
        until = response.headers.get("x-amz-object-lock-retain-until-date")
        return ObjectState(
            version, int(response.headers["content-length"]), response.headers.get("x-amz-object-lock-mode"),
            parse_s3_time(until) if until else None,
            response.headers.get("x-amz-object-lock-legal-hold", "").upper() == "ON")

    def get(self, version: ObjectVersion, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """The bytes of this version from ``start`` in chunks of at most 1 MiB; raises before or between them.

        The connection is given up when the iterator ends, is closed or raises. A body that ends early is
        ``Unavailable store.unavailable``; a start beyond the end is ``Refused object.range``.
        """
        if length == 0:
            return
        headers: DictType = {}
        if start or length is not None:
            headers["Range"] = f"bytes={start}-" + ("" if length is None else str(start + length - 1))
        query: DictType = {"versionId": version.version_id}
        with store_errors(self._name, version.key):
            try:
                response = self.client._execute("GET", self.bucket, version.key, headers=headers,
                                                preload_content=False, query_params=query)
            except S3Error as error:
                if error.code == "InvalidRange" and start == 0:
                    return  # no range of an empty object is satisfiable (RFC 9110, 14.1.2)
                raise
            try:
                self._same_version(version, response.headers.get("x-amz-version-id"))
                yield from response.stream(CHUNK, decode_content=False)
            finally:
                response.close()  # a half-read body is not drained; a read one has gone back to the pool
                response.release_conn()

    def extend_lock(self, version: ObjectVersion, until: datetime) -> datetime:
        """Lock at least until ``until`` (never shorter); answers the date that then holds, as HEAD says."""
        state = self.head(version)
        if not _holds(state, until):
            self._retain(version, until)
            self._confirm(version, state.size, until)
            state = self.head(version)
        if state.lock_until is None:
            raise Contradiction("object.lock_weak", "the store reports no lock", key=version.key)
        return state.lock_until

    def versions(self, prefix: str) -> Iterator[ListedVersion]:
        """Every version and delete marker under ``prefix``."""
        with store_errors(self._name, prefix):
            for row in self.client._list_objects(self.bucket, prefix=prefix, include_version=True):
                yield ListedVersion(ObjectVersion(row.object_name or "", row.version_id or ""), row.size or 0,
                                    row.is_latest == "true", row.is_delete_marker)

    def unfinished(self, prefix: str) -> Iterator[UnfinishedUpload]:
        """Every multipart upload still open under ``prefix``."""
        yield from unfinished_uploads(self.client, self.bucket, prefix, self._name)

    def self_test(self) -> list[SelfTest]:
        """Try on a canary what the archive relies on; a store with any check not held is not used.

        Leaves two small locked objects under ``canary/``.
        """
        with store_errors(self._name, "canary/"):
            return Canary(self.client, self.bucket, f"canary/{secrets.token_hex(8)}", self.date()).run()

    def delete(self, version: ObjectVersion) -> None:
        """Remove this version for good, once its lock has run out by the store's clock; absent is fine.

        ``Refused object.kept`` for a key outside ``staged/`` and ``keys/``, ``object.locked`` while locked. Goes out
        under the collector's credentials; without them the store refuses.
        """
        if not version.key.startswith(COLLECTED) or not version.version_id:
            raise Refused("object.kept", "only staged batches and copies of keys are ever removed", key=version.key)
        try:
            state = self.head(version)
        except NotFound:
            return
        if state.legal_hold or (state.lock_until is not None and state.lock_until >= self.date()):
            raise Refused("object.locked", "the lock of this object has not run out", key=version.key)
        with store_errors(self._name, version.key):
            self._collector._execute("DELETE", self.bucket, version.key,
                                     query_params={"versionId": version.version_id})

    def date(self) -> datetime:
        """The store's own time (its Date header, whole seconds, UTC): it is what decides retention."""
        with store_errors(self._name):
            response = self.client._execute("HEAD", self.bucket)
        return parsedate_to_datetime(response.headers["date"])

    def bucket_exists(self) -> bool:
        """Whether the bucket is there for these credentials."""
        with store_errors(self._name):
            return self.client.bucket_exists(self.bucket)

    def create_bucket(self) -> None:
        """Make the bucket with object lock, which keeps versioning on for good; needs the root identity."""
        with store_errors(self._name):
            self.client.make_bucket(self.bucket, object_lock=True)

    def _retain(self, version: ObjectVersion, until: datetime) -> None:
        with store_errors(self._name, version.key, self._full):
            self.client.set_object_retention(
                self.bucket, version.key, Retention(COMPLIANCE, whole_second(until)), version.version_id)

    def _confirm(self, version: ObjectVersion, size: int, until: datetime) -> ObjectVersion:
        """HEAD the version; a lock that is too weak is set once more and looked at once more."""
        state = self.head(version)
        if state.size != size:
            raise Contradiction("object.size", f"the store holds {state.size} bytes of {size}",
                                key=version.key)
        if not _holds(state, until):
            self._retain(version, until)
            if not _holds(self.head(version), until):
                raise Contradiction("object.lock_weak", "the store does not hold the lock it was given",
                                    key=version.key)
        return version

    def _finished_before(self, key: str, parts: Sequence[tuple[StoredPart, bytes]]) -> ObjectVersion:
        """The version an earlier completion of exactly these parts made, by its multipart ETag."""
        digest = hashlib.md5(b"".join(bytes.fromhex(part.etag) for part, _ in parts), usedforsecurity=False)
        wanted = f"{digest.hexdigest()}-{len(parts)}"
        with store_errors(self._name, key):
            for row in self.client._list_objects(self.bucket, prefix=key, include_version=True):
                if row.object_name == key and (row.etag or "").strip('"') == wanted:
                    return ObjectVersion(key, row.version_id or "")
        raise NotFound("object.no_multipart", "no such unfinished upload in the store", key=key)

    def _equal_one(self, key: str, data: bytes) -> ObjectVersion:
        """The oldest version under the key, if it is these bytes."""
        rows = [row for row in self.versions(key) if row.version.key == key and not row.is_marker]
        for row in rows[-1:]:  # S3 lists the newest first
            if row.size == len(data) and b"".join(self.get(row.version)) == data:
                return row.version
        raise Contradiction("object.differs", "another object stands under this key", key=key)

    def _same_version(self, wanted: ObjectVersion, untrusted_answered: str | None) -> None:
        if untrusted_answered != wanted.version_id:
            raise Contradiction("object.version", "the store answered with another version", key=wanted.key)


def _holds(state: ObjectState, until: datetime) -> bool:
    return state.lock_mode == COMPLIANCE and state.lock_until is not None \
        and state.lock_until >= whole_second(until)
