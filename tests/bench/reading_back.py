"""Read-back: the pinned version fetched and hashed, beside a presigned GET piped into openssl."""

import shlex
import subprocess
from datetime import timedelta
from pathlib import Path

from bench.figures import MIB, Figure, Scale, compared, in_turns, seconds
from bench.specimens import large_file
from bench.stores import BenchStore, bench_store

from archive.adapters.clock import SystemClock
from archive.ports import ObjectVersion, StoredPart
from archive.proof.digest import SEGMENT_SIZE, sha256
from ingest.readback import read_back


def measure_readback(folder: Path, scale: Scale) -> list[Figure]:
    """``readback`` and ``readback_sm3`` in MiB/s; one digest of the whole or two, and one of each segment."""
    with bench_store(folder / "readback-store") as store:
        file = large_file(folder, scale.size)
        version = _stored(store, file)
        file.unlink()
        return [_measure(store, version, scale, sm3) for sm3 in (False, True)]


def _measure(store: BenchStore, version: ObjectVersion, scale: Scale, sm3: bool) -> Figure:
    algorithms = ("sha256", "sm3") if sm3 else ("sha256",)
    sink = "tee >(openssl dgst -sm3 >/dev/null) | openssl dgst -sha256" if sm3 else "openssl dgst -sha256"
    address = store.root.client.get_presigned_url(
        "GET", store.root.bucket, version.key, version_id=version.version_id)
    pipe = ["bash", "-c", f"set -o pipefail; curl -sS --fail {shlex.quote(address)} | {sink}"]

    def ours(_run: int) -> float:
        return scale.size / MIB / seconds(lambda: read_back(store.service, version, scale.size, algorithms, None))

    def theirs(_run: int) -> float:
        return scale.size / MIB / seconds(lambda: subprocess.run(pipe, check=True, stdout=subprocess.DEVNULL))

    return compared("readback_sm3" if sm3 else "readback", "MiB/s", f"curl PRESIGNED | {sink}",
                    *in_turns(scale.runs, ours, theirs))


def _stored(store: BenchStore, file: Path) -> ObjectVersion:
    """The file as an upload leaves it: parts of one segment each, locked for the hour the bench may take."""
    until = SystemClock().now() + timedelta(hours=1)
    key = "originals/bench/1"
    multipart = store.service.begin(key, until, "plain")
    parts: list[tuple[StoredPart, bytes]] = []
    with file.open("rb") as opened:
        while segment := opened.read(SEGMENT_SIZE):
            digest = sha256(segment).value
            part = store.service.put_part(key, multipart, len(parts) + 1, segment, digest)
            parts.append((part, digest))
    return store.service.finish(key, multipart, parts, until)
