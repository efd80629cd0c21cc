"""A docking station driven by hand, so that a test chooses every header and byte; and what the archive then holds,
read past the service: custody rows from the database, objects from the store."""

import base64
import contextlib
import functools
import hashlib
import http.client
import json
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import service_fixture
import store_fixture
from service_fixture import CAMERA, ROOT, TAKEN, LiveService

from api.wiring import station_clock
from archive.adapters.s3 import S3Store
from archive.adapters.seaweedfs import RunningStore
from archive.adapters.seaweedfs_setup import read_keys
from archive.event_values import Interval
from archive.particulars import salted
from archive.ports import ObjectVersion
from archive.proof import canonical
from archive.proof.digest import SEGMENT_SIZE, sha256
from archive.proof.note import sign_note
from archive.proof.signing import SigningKey
from archive.randomness import random_bytes
from ingest import tus
from ingest.manifest import Manifest, manifest_text, openings_text

Headers = dict[str, str]
PATCH_HEADERS = {"Tus-Resumable": "1.0.0", "Content-Type": tus.CONTENT_TYPE}


@dataclass(frozen=True)
class Prepared:
    """A manifest ready to send: its fields (to be changed), the openings of its labels, the bytes it speaks of."""

    held: dict[str, Any]
    openings: bytes
    data: bytes


@dataclass
class Dock:
    """One enrolled station of a live service and a plain HTTP client."""

    service: LiveService
    key: SigningKey
    client: httpx2.Client

    def prepare(self, data: bytes, **labels: str) -> Prepared:
        """A correct manifest for ``data``, unsigned."""
        fields = salted(labels)
        at = Interval(TAKEN, TAKEN)
        manifest = Manifest(
            station=self.key.key.name, log=self.service.log_key.name, nonce=random_bytes(16).hex(),
            expires=station_clock()() + timedelta(days=1), size=len(data), digests=(sha256(data),), recorder=CAMERA,
            started=at, ended=at, session=None, sequence=None, labels={f.name: f.commitment for f in fields})
        return Prepared(json.loads(manifest_text(manifest)), openings_text(fields), data)

    def sign(self, held: dict[str, Any], key: SigningKey | None = None) -> bytes:
        """The signed note of these fields, whatever they are."""
        return sign_note(canonical.encode(held).decode() + "\n", [key or self.key])

    def post(self, note: bytes, openings: bytes = b"[]", length: int | str | None = None) -> httpx2.Response:
        """POST a manifest in Upload-Metadata."""
        return self.client.post("/api/v1/uploads", headers=metadata_headers(note, openings, length))

    def open(self, data: bytes, **labels: str) -> str:
        """Open an upload for ``data``; answers its location."""
        ready = self.prepare(data, **labels)
        answer = self.post(self.sign(ready.held), ready.openings, len(data))
        assert answer.status_code == 201, answer.text
        return answer.headers["Location"]

    def patch(self, location: str, offset: int, body: bytes, **also: str) -> httpx2.Response:
        """PATCH these bytes at this offset; ``also`` are further headers, ``_`` for ``-``."""
        more = {name.replace("_", "-"): value for name, value in also.items()}
        return self.client.patch(location, content=body,
                                 headers={**PATCH_HEADERS, "Upload-Offset": str(offset), **more})

    def offset(self, location: str) -> int:
        """What HEAD says of the upload's offset."""
        answer = self.client.head(location, headers={"Tus-Resumable": "1.0.0"})
        assert answer.status_code == 200
        return int(answer.headers["Upload-Offset"])

    def raw(self) -> http.client.HTTPConnection:
        """A connection on which nothing is sent by itself."""
        return http.client.HTTPConnection(self.client.base_url.host, self.client.base_url.port, timeout=60)

    def settled(self, location: str, patience_s: float = 60.0) -> httpx2.Response:
        """The answer to GET receipt once it is not 202 any more."""
        until = time.monotonic() + patience_s
        while time.monotonic() < until:
            answer = self.client.get(f"{location}/receipt", headers={"Prefer": "wait=10"})
            if answer.status_code not in (202, 503):
                return answer
        raise TimeoutError("no receipt in time")

    def deposit(self, data: bytes, **labels: str) -> str:
        """Deposit ``data`` whole; answers the upload's location once it has its receipt."""
        location = self.open(data, **labels)
        assert self.patch(location, 0, data).status_code == 204
        assert self.settled(location).status_code == 200
        return location


def problem(answer: httpx2.Response, status: int, code: str) -> dict[str, Any]:
    """A complete problem: type, status, title and a sentence a person can act on."""
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "application/problem+json"), answer.text
    told: dict[str, Any] = answer.json()
    assert told["type"] == f"urn:liuhen:error:{code}"
    assert told["status"] == status
    assert told["title"] == code
    assert len(told["detail"]) > 15
    assert "Traceback" not in answer.text
    return told


def metadata_headers(note: bytes, openings: bytes = b"[]", length: int | str | None = None) -> Headers:
    """The headers of a tus creation request with a manifest in its metadata."""
    made = {"Tus-Resumable": "1.0.0", "Upload-Metadata": tus.format_metadata({"manifest": note, "labels": openings})}
    return made if length is None else {**made, "Upload-Length": str(length)}


def put_patch(connection: http.client.HTTPConnection, location: str, offset: int, announced: int, **also: str) -> None:
    """Send the head of a PATCH and none of its body."""
    connection.putrequest("PATCH", location)
    more = {name.replace("_", "-"): value for name, value in also.items()}
    for name, value in {**PATCH_HEADERS, "Upload-Offset": str(offset), "Content-Length": str(announced),
                        **more}.items():
        connection.putheader(name, value)
    connection.endheaders()


def checksum(body: bytes) -> str:
    """The Upload-Checksum of a body."""
    return "sha256 " + base64.b64encode(hashlib.sha256(body).digest()).decode()


def upload_of(location: str) -> str:
    """The upload's id within its location."""
    return location.split("/")[4]


def noise(size: int) -> bytes:
    """Bytes that no other test deposits."""
    return b"".join(random_bytes(4096) for _ in range(-(-size // 4096)))[:size] if size < SEGMENT_SIZE \
        else (random_bytes(4096) * (size // 4096 + 1))[:size - 16] + random_bytes(16)


def rows(data: Path, query: str, *values: object) -> list[tuple[Any, ...]]:
    """Rows of the service's database, read beside it."""
    with closing(sqlite3.connect(f"file:{data / 'liuhen.db'}?mode=ro", uri=True, timeout=20)) as connection:
        return connection.execute(query, values).fetchall()


def count(data: Path, kind: str) -> int:
    """How many custody events of a kind (``upload.opened/1``) there are."""
    return int(rows(data, "SELECT count(*) FROM custody WHERE kind = ?", kind)[0][0])


def store_of(service: LiveService, root: bool = True) -> S3Store:
    """A client of the service's embedded store with the store's root credential."""
    found = json.loads((service.data / "run" / "store.json").read_text())
    return store_fixture.client_of(RunningStore(**found), read_keys(service.data), root=root)


def original_of(service: LiveService, location: str) -> ObjectVersion:
    """The pinned version of an upload's bytes."""
    key, version = rows(service.data, "SELECT object_key, version_id FROM upload WHERE id = ?",
                        upload_of(location))[0]
    return ObjectVersion(str(key), str(version))


def stored(service: LiveService, location: str) -> bytes:
    """The bytes the store holds of an upload, by the version its row pins."""
    return b"".join(store_of(service).get(original_of(service, location)))


@dataclass(frozen=True)
class Footprint:
    """What a refused request must leave as it was."""

    upload_events: int
    objects: frozenset[tuple[str, str]]
    multiparts: frozenset[str]
    staged: frozenset[tuple[str, bytes]]
    progress: frozenset[tuple[Any, ...]]


def footprint(service: LiveService) -> Footprint:
    """Upload events, versions and unfinished uploads of originals, staged ends, counted offsets."""
    store = store_of(service)
    opened = rows(service.data, "SELECT count(*) FROM custody WHERE kind LIKE 'upload.opened/%' "
                  "OR kind LIKE 'upload.finished/%' OR kind LIKE 'upload.aborted/%' OR kind LIKE 'upload.expired/%'")
    return Footprint(
        int(opened[0][0]), frozenset((v.version.key, v.version.version_id) for v in store.versions("originals/")),
        frozenset(u.multipart_id for u in store.unfinished("originals/")),
        frozenset((p.name, p.read_bytes()) for p in (service.data / "staging").iterdir()),
        frozenset(rows(service.data, "SELECT upload, segments, tail_length FROM upload_progress")))


@functools.cache
def shared_service() -> LiveService:
    """The service all ordinary tests of this process share; ended, compared and removed after the last of them."""
    folder = Path(tempfile.mkdtemp(prefix="liuhen-flow-"))
    service_fixture.AT_END.callback(shutil.rmtree, folder, ignore_errors=True)
    return service_fixture.AT_END.enter_context(service_fixture.live_service(folder))


def dock_of(service: LiveService, title: str = "城东所采集站 01") -> Dock:
    """A station of the service with a client of its own."""
    side = service.station(title)
    return Dock(service, service.stations[title], side.client)


@contextlib.contextmanager
def own_service(folder: Path, environment: Headers | None = None) -> Iterator[Dock]:
    """A service that belongs to one test, with one station."""
    with service_fixture.live_service(folder, environment) as service:
        dock = dock_of(service)
        with closing(dock.client):
            yield dock


def liuhen(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run the command as an operator does."""
    return subprocess.run([str(Path(sys.executable).parent / "liuhen"), *map(str, arguments)], cwd=ROOT, text=True,
                          capture_output=True, timeout=120, check=False)


def reconcile(service: LiveService) -> subprocess.CompletedProcess[str]:
    """``liuhen reconcile`` on the service's folder."""
    return liuhen("reconcile", "--data", service.data)


def jobs_done(service: LiveService, patience_s: float = 90.0) -> None:
    """Wait until no job is left and every custody row is covered by a signed checkpoint."""
    service_fixture.wait_for(lambda: _quiet(service.data), patience_s)


def _quiet(data: Path) -> bool:
    waiting = rows(data, "SELECT count(*) FROM job WHERE state IN ('ready', 'leased') AND kind <> 'finish'")[0][0]
    behind = rows(data, "SELECT (SELECT max(idx) + 1 FROM custody) - (SELECT max(size) FROM signed_checkpoint)")[0][0]
    return bool(waiting == 0 and behind == 0)

