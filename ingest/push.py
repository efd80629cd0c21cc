"""The reference station in one function: sign a manifest, send the bytes, fetch the receipt, verify it offline.

Resumes from the archive's durable offset after any cut for as long as this process lives; limit: another run signs
another manifest and sends the file from its start.
"""

import base64
import hashlib
import re
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO

import httpx2

from archive.errors import Conflict, Refused, Unavailable
from archive.event_values import Interval
from archive.events import UploadRepeated
from archive.particulars import salted
from archive.proof.digest import Digest, MeasuredFile, measure_file
from archive.proof.keys import VerificationKey
from archive.proof.leaf import Leaf
from archive.proof.note import NoteSigner, sign_note
from archive.proof.policy import Policy
from archive.proof.receipt import Receipt
from archive.proof.report import Report
from archive.proof.signing import SigningKey
from archive.proof.trust import Trust
from archive.proof.verify import verify_receipt
from archive.recorder_clock import ClockMeasured
from ingest import tus
from ingest.manifest import Manifest, RecorderName, manifest_text, openings_text

PATCH_BYTES = 64 * 1024 * 1024
SIGNED_PATCH_BYTES = 16 * 1024 * 1024
"""Smaller, for a signature covers the bytes by their checksum: they count all together or not at all."""
READ_BYTES = 256 * 1024
TRIES = 8
Progress = Callable[[int, int], None]
_LOCATION = re.compile(r"/api/v1/uploads/upl_[0-9a-z]{26}/[0-9a-f]{64}").fullmatch


@dataclass(frozen=True)
class Take:
    """What the station knows of one file: which recorder, when; labels are text by name (ingest.manifest.LABELS). The
    rest as in ``Manifest``."""

    path: Path
    recorder: RecorderName
    started: Interval
    ended: Interval
    labels: Mapping[str, str]
    session: str | None = None
    sequence: int | None = None
    previous: Digest | None = None
    clock: ClockMeasured | None = None
    unreadable: str | None = None


@dataclass(frozen=True)
class Pushed:
    """A deposited file: the recording's id, its receipt as fetched, and what offline verification said.

    ``repeated``: the archive held these bytes of this recorder already; ``recording`` is then the first one.
    """

    recording: str
    repeated: bool
    receipt: bytes
    report: Report


@dataclass(frozen=True)
class StationSide:
    """A station's own means: HTTP client of the archive, its signing key, the log key and, where its agency has one,
    the policy it pinned (which cosigners must have signed before anything may be wiped), its clock. ``signed``: the
    client signs every request (``ingest.station_client.SignsRequests``), which is a higher grade than the token."""

    client: httpx2.Client
    key: SigningKey
    log_key: VerificationKey
    now: Callable[[], datetime]
    pause: Callable[[float], None] = time.sleep
    policy: Policy | None = None
    signed: bool = False

    @property
    def trust(self) -> Trust:
        """Whom this station believes: its own pinned policy, or the log key alone."""
        return Trust(self.policy) if self.policy else Trust.of_log(self.log_key)

    @property
    def grade(self) -> str:
        """What a receipt must have reached to be of use here."""
        return "cosigned" if self.policy is not None and not self.policy.is_met(()) else "signed"


def push_file(side: StationSide, take: Take, progress: Progress = lambda done, size: None,
              wait_s: float = 600.0) -> Pushed:
    """Deposit one file and come back with its verified receipt.

    ``Refused`` and ``Conflict`` as the archive answered them; ``Unavailable push.no_receipt`` when none came in time.
    Never deletes the file. Limit: without a pinned policy the receipt is the operator's word only, no licence to
    wipe.
    """
    facts = measure_file(take.path, ("sha256",))
    note, openings = signed_manifest(side, take, facts)
    opened = open_upload(side, note, openings, facts.size)
    send_bytes(side, opened["location"], take.path, facts.size, progress)
    receipt = fetch_receipt(side, opened["location"], wait_s)
    report = verify_receipt(receipt, side.trust, take.path)
    if report.verdict != "proven":
        return Pushed(opened["recording"], False, receipt, report)
    leaf = Leaf.parse(Receipt.parse(receipt).leaf)
    repeated = leaf.kind == UploadRepeated.KIND
    return Pushed(str(leaf.data["recording"]) if repeated else opened["recording"], repeated, receipt, report)


def signed_manifest(side: StationSide, take: Take, facts: MeasuredFile,
                    recorder: NoteSigner | None = None) -> tuple[bytes, bytes]:
    """The note, signed by the station and, where it is given, by the recorder too; and the openings of its labels."""
    fields = salted(dict(take.labels))
    manifest = Manifest(
        station=side.key.key.name, log=side.log_key.name, nonce=secrets.token_hex(16),
        expires=side.now() + timedelta(days=7), size=facts.size, digests=facts.digests, recorder=take.recorder,
        started=take.started, ended=take.ended, session=take.session, sequence=take.sequence,
        labels={field.name: field.commitment for field in fields}, previous=take.previous, clock=take.clock,
        unreadable=take.unreadable)
    signers: list[NoteSigner] = [side.key] if recorder is None else [side.key, recorder]
    return sign_note(manifest_text(manifest), signers), openings_text(fields)


def open_upload(side: StationSide, note: bytes, openings: bytes, size: int) -> dict[str, str]:
    answer = tried(side, lambda: side.client.post("/api/v1/uploads", headers={
        "Tus-Resumable": tus.VERSION, "Upload-Length": str(size),
        "Upload-Metadata": tus.format_metadata({"manifest": note, "labels": openings})}))
    untrusted = answer.json()
    if answer.status_code != 201 or not _LOCATION(str(untrusted.get("location"))):
        raise refusal(answer)
    location = str(untrusted["location"])  # its last part is the token, which whoever signs does without
    return {"recording": str(untrusted["recording"]),
            "location": location.rpartition("/")[0] if side.signed else location}


def send_bytes(side: StationSide, location: str, path: Path, size: int, progress: Progress, offset: int = 0) -> None:
    """PATCH after PATCH from ``offset``, which is durable, until all is there; a cut asks for the offset again."""
    failures = 0
    with path.open("rb") as file:
        while offset < size:
            progress(offset, size)
            try:
                length = min(SIGNED_PATCH_BYTES if side.signed else PATCH_BYTES, size - offset)
                answer = side.client.patch(
                    location, content=_body(file, offset, length, size, progress),
                    headers={"Tus-Resumable": tus.VERSION, "Upload-Offset": str(offset), "Content-Type":
                             tus.CONTENT_TYPE, "Content-Length": str(length),
                             **(_checksum(file, offset, length) if side.signed else {})})
                if answer.status_code == 204:
                    offset, failures = int(answer.headers["Upload-Offset"]), 0
                    continue
                if answer.status_code not in (409, 423, 500, 502, 503, 504):
                    raise refusal(answer)
            except httpx2.TransportError:
                answer = None
            failures += 1
            if failures > TRIES:
                raise Unavailable(
                    "push.interrupted", "the archive does not take the bytes now; run again, nothing is lost")
            side.pause(min(10.0, 0.2 * 2 ** failures))
            offset = durable_offset(side, location)
    progress(size, size)


def _checksum(file: BinaryIO, start: int, length: int) -> dict[str, str]:
    """What binds the bytes to the signature; they are read twice for it."""
    hasher = hashlib.sha256()
    for chunk in _body(file, start, length, length, lambda done, size: None):
        hasher.update(chunk)
    return {"Upload-Checksum": f"sha256 {base64.b64encode(hasher.digest()).decode()}"}


def _body(file: BinaryIO, start: int, length: int, size: int, progress: Progress) -> Iterator[bytes]:
    file.seek(start)
    sent = 0
    while sent < length:
        chunk = file.read(min(READ_BYTES, length - sent))
        sent += len(chunk)
        yield chunk
        progress(start + sent, size)


def durable_offset(side: StationSide, location: str) -> int:
    answer = tried(side, lambda: side.client.head(location, headers={"Tus-Resumable": tus.VERSION}))
    if answer.status_code != 200:
        raise refusal(answer)
    return int(answer.headers["Upload-Offset"])


def fetch_receipt(side: StationSide, location: str, wait_s: float) -> bytes:
    waited = 0.0
    while True:
        answer = tried(side, lambda: side.client.get(
            f"{location}/receipt", params={"grade": side.grade}, headers={"Prefer": "wait=10"}))
        if answer.status_code == 200:
            return answer.content
        if answer.status_code != 202:
            raise refusal(answer)
        waited += 10.0
        if waited > wait_s:
            raise Unavailable("push.no_receipt", "the bytes are deposited but no receipt came in time; ask again later")


def tried(side: StationSide, ask: Callable[[], httpx2.Response]) -> httpx2.Response:
    """Ask again while the archive is away or answers 503."""
    for failures in range(TRIES):
        try:
            answer = ask()
        except httpx2.TransportError:
            side.pause(min(10.0, 0.2 * 2 ** failures))
            continue
        if answer.status_code != 503:
            return answer
        side.pause(min(10.0, float(answer.headers.get("Retry-After", "1"))))
    raise Unavailable("push.unreachable", "the archive does not answer; nothing is lost, run again")


def refusal(answer: httpx2.Response) -> Refused | Conflict:
    """The archive's own words, with its stable code."""
    try:
        untrusted = answer.json()
        code = str(untrusted["type"]).removeprefix("urn:liuhen:error:")
        message = str(untrusted["detail"])
    except (ValueError, KeyError, TypeError):
        code, message = "push.refused", f"the archive answered {answer.status_code}"
    return (Conflict if answer.status_code == 409 else Refused)(code[:64], message[:500])
