"""An object store in memory, held to the real one's suite; only for faults reality will not produce on order."""

import contextlib
import hashlib
import secrets
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Literal

from archive.errors import Contradiction, NotFound, Refused, Unavailable
from archive.ports import (
    ListedVersion,
    ObjectState,
    ObjectVersion,
    SelfTest,
    StoredPart,
    UnfinishedUpload,
)

CHUNK = 1 << 20
Fault = Literal["lost", "kept", "slow", "cut"]


@dataclass
class _Upload:
    key: str
    stored_form: str
    parts: dict[int, tuple[StoredPart, bytes]] = field(default_factory=dict)


@dataclass(frozen=True)
class _Held:
    version: ObjectVersion
    data: bytes
    lock_until: datetime
    is_marker: bool = False


class MemoryStore:
    """``archive.ports.ObjectStore`` over dictionaries, thread-safe, with faults to order.

    ``inject(operation, fault)``: ``lost`` does nothing and raises ``Unavailable``; ``kept`` does it and raises all the
    same; ``slow`` waits ``seconds`` first; ``cut`` ends a ``get`` with an error after its first chunk. Its clock
    starts at ``at``, else it is the machine's: beside a clock that stands still, or locks would run out one day.
    """

    def __init__(self, name: str = "memory", at: datetime | None = None) -> None:
        self._name = name
        self._lock = threading.RLock()
        self._uploads: dict[str, _Upload] = {}
        self._held: dict[str, list[_Held]] = {}  # oldest first
        self._faults: list[tuple[str, Fault, float]] = []
        self.skew = timedelta() if at is None else at - datetime.now(UTC)  # moves the clock, so that locks run out
        self.calls: list[str] = []

    @property
    def name(self) -> str:
        return self._name

    def inject(self, operation: str, fault: Fault, *, times: int = 1, seconds: float = 0.0) -> None:
        """The next ``times`` calls of ``operation`` suffer ``fault``."""
        with self._lock:
            self._faults += [(operation, fault, seconds)] * times

    def date(self) -> datetime:
        return datetime.fromtimestamp(int(time.time()), UTC) + self.skew

    def begin(self, key: str, lock_until: datetime, stored_form: str) -> str:
        with self._turn("begin"):
            self._in_future(lock_until)
            multipart_id = secrets.token_hex(16)
            self._uploads[multipart_id] = _Upload(key, stored_form)
            return multipart_id

    def put_part(self, key: str, multipart_id: str, number: int, data: bytes | bytearray | memoryview,
                 sha256: bytes) -> StoredPart:
        with self._turn("put_part"):
            upload = self._upload(key, multipart_id)
            body = bytes(data)
            if hashlib.sha256(body).digest() != sha256:
                raise Refused("object.checksum", "the bytes do not have the stated SHA-256", key=key)
            part = StoredPart(number, len(body), hashlib.md5(body, usedforsecurity=False).hexdigest())
            upload.parts[number] = (part, body)
            return part

    def parts(self, key: str, multipart_id: str) -> list[StoredPart]:
        with self._turn("parts"):
            return [part for _, (part, _) in sorted(self._upload(key, multipart_id).parts.items())]

    def finish(self, key: str, multipart_id: str, parts: Sequence[tuple[StoredPart, bytes]],
               lock_until: datetime) -> ObjectVersion:
        with self._turn("finish"):
            etag = _etag([part for part, _ in parts])
            if multipart_id not in self._uploads:
                for held in self._held.get(key, []):
                    if held.version.version_id.startswith(etag):
                        return held.version
            upload = self._upload(key, multipart_id)
            for part, sha256 in parts:
                held_part, body = upload.parts.get(part.number, (None, b""))
                if held_part != part:
                    raise Refused("object.part", "a part is not the one held", key=key)
                if hashlib.sha256(body).digest() != sha256:
                    raise Refused("object.checksum", "a part has another SHA-256", key=key)
            self._in_future(lock_until)
            data = b"".join(upload.parts[part.number][1] for part, _ in parts)
            del self._uploads[multipart_id]
            return self._add(key, data, lock_until, f"{etag}.")

    def abort(self, key: str, multipart_id: str) -> None:
        with self._turn("abort"):
            self._uploads.pop(multipart_id, None)

    def put(self, key: str, data: bytes, lock_until: datetime) -> ObjectVersion:
        with self._turn("put"):
            self._in_future(lock_until)
            there = self._held.get(key, [])
            if there and not there[-1].is_marker:
                if there[0].data != data:
                    raise Contradiction("object.differs", "another object stands under this key", key=key)
                self._replace(replace(there[0], lock_until=max(lock_until, there[0].lock_until)))
                return there[0].version
            return self._add(key, data, lock_until)

    def head(self, version: ObjectVersion) -> ObjectState:
        with self._turn("head"):
            held = self._find(version)
            return ObjectState(version, len(held.data), "COMPLIANCE", held.lock_until, False)

    def get(self, version: ObjectVersion, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        if length == 0:
            return
        with self._lock:
            cut = any(operation == "get" and fault == "cut" for operation, fault, _ in self._faults)
        with self._turn("get"):
            data = self._find(version).data
        if start and start >= len(data):
            raise Refused("object.range", "the range lies outside the object", key=version.key)
        end = len(data) if length is None else min(len(data), start + length)
        for offset in range(start, end, CHUNK):
            yield data[offset:min(offset + CHUNK, end)]
            if cut:
                raise Unavailable("store.unavailable", "cut on order")

    def extend_lock(self, version: ObjectVersion, until: datetime) -> datetime:
        with self._turn("extend_lock"):
            held = self._find(version)
            longer = replace(held, lock_until=max(held.lock_until, _whole_second(until)))
            self._replace(longer)
            return longer.lock_until

    def delete(self, version: ObjectVersion) -> None:
        if not version.key.startswith(("staged/", "keys/")) or not version.version_id:
            raise Refused("object.kept", "only staged batches and copies of keys are ever removed", key=version.key)
        with self._turn("delete"):
            rows = self._held.get(version.key, [])
            for held in [held for held in rows if held.version == version]:
                if held.lock_until >= self.date():
                    raise Refused("object.locked", "the lock of this object has not run out", key=version.key)
                rows.remove(held)

    def versions(self, prefix: str) -> Iterator[ListedVersion]:
        with self._turn("versions"):
            rows = [ListedVersion(held.version, len(held.data), held is self._held[key][-1], held.is_marker)
                    for key in sorted(self._held) if key.startswith(prefix) for held in reversed(self._held[key])]
        yield from rows

    def unfinished(self, prefix: str) -> Iterator[UnfinishedUpload]:
        with self._turn("unfinished"):
            rows = [UnfinishedUpload(upload.key, number) for number, upload in self._uploads.items()
                    if upload.key.startswith(prefix)]
        yield from rows

    def self_test(self) -> list[SelfTest]:
        with self._turn("self_test"):
            return [SelfTest("memory", True, "keeps nothing beyond this process")]

    def outsider_put(self, key: str, data: bytes) -> None:
        """What anyone with write access to a versioned bucket can do: a newer version under the key."""
        with self._lock:
            self._add(key, data, self.date())

    def outsider_delete(self, key: str) -> None:
        """A delete without a version: only a marker."""
        with self._lock:
            self._held.setdefault(key, []).append(_Held(self._name_for(key), b"", self.date(), True))

    @contextlib.contextmanager
    def _turn(self, operation: str) -> Iterator[None]:
        fault, seconds = self._next_fault(operation)
        if fault == "slow":
            time.sleep(seconds)
        if fault == "lost":
            raise Unavailable("store.unavailable", f"{operation} lost on order")
        with self._lock:
            yield
        if fault == "kept":
            raise Unavailable("store.unavailable", f"the answer to {operation} lost on order")

    def _next_fault(self, operation: str) -> tuple[Fault | None, float]:
        with self._lock:
            self.calls.append(operation)
            for place, (name, fault, seconds) in enumerate(self._faults):
                if name == operation:
                    del self._faults[place]
                    return fault, seconds
        return None, 0.0

    def _upload(self, key: str, multipart_id: str) -> _Upload:
        upload = self._uploads.get(multipart_id)
        if upload is None or upload.key != key:
            raise NotFound("object.no_multipart", "no such unfinished upload", key=key)
        return upload

    def _find(self, version: ObjectVersion) -> _Held:
        for held in self._held.get(version.key, []):
            if held.version == version and not held.is_marker:
                return held
        raise NotFound("object.absent", "no such object version", key=version.key)

    def _add(self, key: str, data: bytes, lock_until: datetime, mark: str = "") -> ObjectVersion:
        version = self._name_for(key, mark)
        self._held.setdefault(key, []).append(_Held(version, data, _whole_second(lock_until)))
        return version

    def _name_for(self, key: str, mark: str = "") -> ObjectVersion:
        return ObjectVersion(key, mark + secrets.token_hex(16))

    def _replace(self, fresh: _Held) -> None:
        rows = self._held[fresh.version.key]
        rows[[held.version for held in rows].index(fresh.version)] = fresh

    def _in_future(self, lock_until: datetime) -> None:
        if lock_until <= self.date():
            raise Refused("store.refused", "a lock must end in the future")


def _etag(parts: Sequence[StoredPart]) -> str:
    return hashlib.sha256(b"".join(bytes.fromhex(part.etag) for part in parts)).hexdigest()


def _whole_second(moment: datetime) -> datetime:
    return moment if moment.microsecond == 0 else moment.replace(microsecond=0) + timedelta(seconds=1)
