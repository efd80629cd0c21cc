"""How we speak S3: one hash per body, bounded retries, and the store's errors as ours."""

import base64
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as ET

import urllib3
from minio import Minio
from minio.commonconfig import COMPLIANCE
from minio.credentials.credentials import Credentials
from minio.datatypes import Part
from minio.error import InvalidResponseError, MinioException, S3Error, ServerError
from minio.helpers import DictType
from urllib3.util import Retry, Timeout

from archive.errors import ArchiveError, Contradiction, NotFound, Refused, Unavailable
from archive.ports import StoredPart

PAYLOAD_HASH = "x-amz-content-sha256"
_NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"
CONNECT_TIMEOUT_S = 5.0
READ_TIMEOUT_S = 60.0  # SeaweedFS itself gives up after 13 s of retries and answers 500

_ABSENT = frozenset({"NoSuchKey", "NoSuchVersion", "NoSuchObject", "MethodNotAllowed"})
_WRONG_SUM = frozenset(
    {"BadDigest", "InvalidDigest", "XAmzContentSHA256Mismatch", "XAmzContentChecksumMismatch"})
_FULL_CODES = frozenset({"XMinioStorageFull", "QuotaExceeded", "InsufficientStorage"})
_FULL_WORDS = ("no space left", "no free volumes", "no writable volumes", "not enough space", "disk full")


class HashedOnceClient(Minio):
    """minio's client, except that a body whose SHA-256 the caller already has is not hashed again.

    minio 7.2.20 computes SHA-256 (plain HTTP) or MD5 (TLS) over every body in ``_build_headers``. A caller
    that sets ``x-amz-content-sha256`` has done that work; the value is signed as it stands.
    """

    def _build_headers(self, host: str, headers: DictType | None = None, body: bytes | None = None,
                       creds: Credentials | None = None) -> tuple[DictType, datetime]:
        known = (headers or {}).get(PAYLOAD_HASH)
        if known is None:
            return super()._build_headers(host, headers, body, creds)
        built, date = super()._build_headers(host, headers, None, creds)
        built[PAYLOAD_HASH] = known
        built["Content-Length"] = str(len(body or b""))
        return built, date


def client(endpoint: str, access_key: str, secret_key: str, *, secure: bool, region: str) -> Minio:
    """A thread-safe client with its own pool; on a lost connection it repeats PUT, GET and HEAD, not POST."""
    retries = Retry(total=3, connect=3, read=1, redirect=0, status=0, other=0, backoff_factor=0.1,
                    raise_on_status=False)
    pool = urllib3.PoolManager(maxsize=16, retries=retries,
                               timeout=Timeout(connect=CONNECT_TIMEOUT_S, read=READ_TIMEOUT_S))
    return HashedOnceClient(endpoint=endpoint, access_key=access_key, secret_key=secret_key, secure=secure,
                            region=region, http_client=pool)


@contextmanager
def store_errors(name: str, key: str = "", full: Callable[[], bool] | None = None) -> Iterator[None]:
    """Turn what minio and urllib3 raise into the archive's families; ``name`` is the store's.

    ``full`` is asked after a server error of a write: SeaweedFS answers ``InternalError`` for a full disk.
    """
    try:
        yield
    except S3Error as error:
        raise _fuller(_from_code(error, name, key), name, full) from error
    except ServerError as error:
        raise _fuller(_from_status(error.status_code, str(error), name), name, full) from error
    except InvalidResponseError as error:
        raise _unavailable(name, f"it answered outside the S3 protocol: {str(error)[:200]}") from error
    except (MinioException, urllib3.exceptions.HTTPError, OSError, ET.ParseError) as error:
        raise _unavailable(name, type(error).__name__) from error


def _from_code(error: S3Error, name: str, key: str) -> ArchiveError:
    code, text = error.code or "", error.message or ""
    status = error.response.status
    if code in _ABSENT:
        return NotFound("object.absent", "no such object version in the store", key=key)
    if code == "NoSuchUpload":
        return NotFound("object.no_multipart", "no such unfinished upload in the store", key=key)
    if code in _WRONG_SUM:
        return Refused("object.checksum",
                       "the bytes in the store's hands do not have the stated SHA-256", key=key)
    if code == "InvalidPart":
        return Refused("object.part", "a part to finish with is not the one the store holds", key=key)
    if code == "PreconditionFailed":
        return Contradiction("object.exists", "another object stands under this key", key=key)
    if code == "InvalidRange":
        return Refused("object.range", "the range lies outside the object", key=key)
    if status >= 500 or code in _FULL_CODES or code in ("SlowDown", "RequestTimeout"):
        return _from_status(status, f"{code}: {text}", name)
    return Refused("store.refused", f"the store {name} refused: {code}", reason=code)


def _from_status(status: int, text: str, name: str) -> Unavailable:
    lowered = text.lower()
    if status == 507 or any(code.lower() in lowered for code in _FULL_CODES) \
            or any(words in lowered for words in _FULL_WORDS):
        return _full(name)
    return _unavailable(name, f"HTTP {status}")


def _fuller(error: ArchiveError, name: str, full: Callable[[], bool] | None) -> ArchiveError:
    return _full(name) if error.code == "store.unavailable" and full is not None and full() else error


def _full(name: str) -> Unavailable:
    return Unavailable("store.full", f"the store {name} has no room left", retry_after=60)


def _unavailable(name: str, why: str) -> Unavailable:
    return Unavailable("store.unavailable", f"the store {name} does not answer as it should ({why})")


def newest_parts(listed: Iterable[Part]) -> list[StoredPart]:
    """One part per number, by number: the newest by LastModified (whole seconds in SeaweedFS).

    A number with two different bodies in the newest second is left out.
    """
    newest: dict[int, list[Part]] = {}
    for part in listed:
        rivals = newest.setdefault(part.part_number, [])
        if rivals and _when(part) > _when(rivals[0]):
            rivals.clear()
        if not rivals or _when(part) == _when(rivals[0]):
            rivals.append(part)
    return [StoredPart(number, rivals[0].size or 0, rivals[0].etag.strip('"'))
            for number, rivals in sorted(newest.items()) if len({part.etag for part in rivals}) == 1]


def _when(part: Part) -> datetime:
    return part.last_modified or datetime.min.replace(tzinfo=UTC)


def whole_second(moment: datetime) -> datetime:
    """The moment in UTC, rounded *up*: stores keep whole seconds, and no lock may come out shorter."""
    moment = moment.astimezone(UTC)
    return moment if moment.microsecond == 0 else moment.replace(microsecond=0) + timedelta(seconds=1)


def s3_time(moment: datetime) -> str:
    """``YYYY-MM-DDTHH:MM:SSZ`` of a moment, rounded up to the second."""
    return whole_second(moment).strftime("%Y-%m-%dT%H:%M:%SZ")


def parse_s3_time(untrusted_text: str) -> datetime:
    """A retain-until date as a store writes it (RFC 3339, with or without a fraction)."""
    moment = datetime.fromisoformat(untrusted_text)
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def lock_headers(until: datetime) -> DictType:
    """The headers that lock what is written until this moment, in COMPLIANCE mode."""
    return {"x-amz-object-lock-mode": COMPLIANCE, "x-amz-object-lock-retain-until-date": s3_time(until)}


def body_headers(sha256: bytes) -> DictType:
    """The headers that state a body's SHA-256 (32 bytes): signed, and compared by the store."""
    return {PAYLOAD_HASH: sha256.hex(), "x-amz-checksum-sha256": base64.b64encode(sha256).decode()}


def completion(parts: Sequence[tuple[StoredPart, bytes]]) -> bytes:
    """CompleteMultipartUpload's body with a checksum per part, which the SDK's own one leaves out."""
    root = ET.Element("CompleteMultipartUpload", xmlns=_NAMESPACE)
    for part, sha256 in sorted(parts, key=lambda pair: pair[0].number):
        row = ET.SubElement(root, "Part")
        ET.SubElement(row, "PartNumber").text = str(part.number)
        ET.SubElement(row, "ETag").text = f'"{part.etag}"'
        ET.SubElement(row, "ChecksumSHA256").text = base64.b64encode(sha256).decode()
    return ET.tostring(root)


def completed_version(header: str | None, untrusted_body: bytes) -> str:
    """The version id of a completed upload: a header in S3, in the body with some stores."""
    found = header or ET.fromstring(untrusted_body).findtext(f"{{{_NAMESPACE}}}VersionId")
    if not found:
        raise Contradiction("object.unversioned", "the store gave no version id: versioning is off")
    return found
