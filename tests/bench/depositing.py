"""Deposit: from the first byte sent to the receipt in hand, beside an upload to the same store and a hash."""

import contextlib
import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx2
from bench.figures import MIB, Figure, Scale, compared, in_turns, seconds
from bench.specimens import large_file, make_new
from bench.stores import aws_environment
from service_fixture import CAMERA, TAKEN, LiveService, live_service

from archive.adapters.seaweedfs_setup import read_keys
from archive.event_values import Interval
from archive.proof.digest import measure_file
from archive.proof.trust import Trust
from archive.proof.verify import verify_receipt
from ingest import tus
from ingest.push import StationSide, Take, signed_manifest

WITH_SM3 = {"LIUHEN_DEPOSIT__DIGESTS": '["sha256", "sm3"]'}


@dataclass(frozen=True)
class _Both:
    """What both sides share: the service with its store, the file, a station, the S3 address of the same bucket."""

    service: LiveService
    file: Path
    side: StationSide
    sm3: bool

    def ours(self, _run: int) -> float:
        """MiB/s of one deposit: sent by curl as one tus PATCH, the receipt waited for, checked afterwards.

        The manifest is made beforehand: a station hashes while the recorder uploads, or a recorder has done so. What
        the peer's ``sha256sum`` stands for is the archive's own hashing, which is inside.
        """
        make_new(self.file)
        location = self._open()
        begun = time.perf_counter()
        self._send(location)
        receipt = self._receipt(location)
        taken = time.perf_counter() - begun
        report = verify_receipt(receipt, Trust.of_log(self.side.log_key), self.file)
        if report.verdict != "proven":
            raise RuntimeError(f"the deposit's receipt does not verify: {report}")
        return self.file.stat().st_size / MIB / taken

    def theirs(self, run: int) -> float:
        """MiB/s of ``aws s3 cp`` into the same bucket, then ``sha256sum`` of the file (then SM3 by openssl)."""
        make_new(self.file)
        data = self.service.data
        address = ["--endpoint-url", f"http://{endpoint(data)}"]
        upload = ["aws", *address, "s3", "cp", "--only-show-errors", str(self.file), f"s3://liuhen/bench/{run}"]
        hashes = [["sha256sum", str(self.file)], *([["openssl", "dgst", "-sm3", str(self.file)]] if self.sm3 else [])]

        def work() -> None:
            subprocess.run(upload, check=True, env=aws_environment(read_keys(data), data), stdout=subprocess.DEVNULL)
            for command in hashes:
                subprocess.run(command, check=True, stdout=subprocess.DEVNULL)

        return self.file.stat().st_size / MIB / seconds(work)

    def _open(self) -> str:
        facts, span = measure_file(self.file, ("sha256",)), Interval(TAKEN, TAKEN)
        note, openings = signed_manifest(self.side, Take(self.file, CAMERA, span, span, {}), facts)
        answer = self.side.client.post("/api/v1/uploads", headers={
            "Tus-Resumable": tus.VERSION, "Upload-Length": str(facts.size),
            "Upload-Metadata": tus.format_metadata({"manifest": note, "labels": openings})})
        return str(_expect(answer, 201).headers["Location"])

    def _send(self, location: str) -> None:
        subprocess.run(
            ["curl", "-sS", "--fail-with-body", "-X", "PATCH", "-T", str(self.file), "-H", "Expect:",
             "-H", f"Tus-Resumable: {tus.VERSION}", "-H", "Upload-Offset: 0",
             "-H", f"Content-Type: {tus.CONTENT_TYPE}", f"{self.service.address}{location}"],
            check=True, stdout=subprocess.DEVNULL)

    def _receipt(self, location: str) -> bytes:
        while True:
            answer = self.side.client.get(f"{location}/receipt", headers={"Prefer": "wait=30"})
            if answer.status_code != 202:
                return _expect(answer, 200).content


def measure_deposit(folder: Path, scale: Scale) -> list[Figure]:
    """``deposit`` and ``deposit_sm3`` in MiB/s."""
    return [_measure(folder / "deposit", scale, sm3) for sm3 in (False, True)]


def _measure(folder: Path, scale: Scale, sm3: bool) -> Figure:
    name = "deposit_sm3" if sm3 else "deposit"
    with _both(folder.with_name(name), scale, sm3) as both:
        ours, theirs = in_turns(scale.runs, both.ours, both.theirs)
    shutil.rmtree(folder.with_name(name), ignore_errors=True)
    stated = "aws s3 cp FILE s3://… && sha256sum FILE" + (" && openssl dgst -sm3 FILE" if sm3 else "")
    return compared(name, "MiB/s", stated, ours, theirs)


@contextlib.contextmanager
def _both(folder: Path, scale: Scale, sm3: bool) -> Iterator[_Both]:
    folder.mkdir()
    with live_service(folder, WITH_SM3 if sm3 else {}) as service:
        side = service.station("采集站")
        with contextlib.closing(side.client):
            yield _Both(service, large_file(folder, scale.size), side, sm3)


def endpoint(data: Path) -> str:
    """Host and port of the S3 door of a serving archive's embedded store."""
    return str(json.loads((data / "run" / "store.json").read_text())["endpoint"])


def _expect(answer: httpx2.Response, status: int) -> httpx2.Response:
    if answer.status_code != status:
        raise RuntimeError(f"{answer.request.url}: {answer.status_code} instead of {status}: {answer.text[:500]}")
    return answer
