"""A service killed while it takes a file in from a drop folder: after the next start the file is deposited, once."""

import os
import sqlite3
from pathlib import Path

import pytest
from drop.drop_site import manifest, recording_bytes
from service_fixture import start, wait_for

from api.cli import main
from api.setup import init
from archive.proof.keys import VerificationKey

QUICK = {"LIUHEN_DROP__LOOK_EVERY": "PT0.2S"}
POINTS = ["mid_patch"]
MORE = ["after_opened", "after_commit", "after_parts", "after_finish", "mid_readback", "before_commit",
        "after_stage", "after_sign"]
Box = tuple[Path, Path, VerificationKey]


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Box:
    folder = tmp_path_factory.mktemp("restart")
    (folder / "in").mkdir()
    log_key = init(folder / "data", "test.example", short_locks=True)
    assert main(["drop", "add", str(folder / "in"), "--data", str(folder / "data"), "--title", "旧采集站"]) == 0
    return folder / "data", folder / "in", log_key


def rows(data: Path, query: str, *values: object) -> list[tuple[object, ...]]:
    with sqlite3.connect(f"file:{data / 'liuhen.db'}?mode=ro", uri=True) as connection:
        return connection.execute(query, values).fetchall()


def killed_at(box: Box, point: str, name: str) -> bytes:
    """A file laid into the folder of a service that dies at ``point`` of its deposit."""
    data, root, log_key = box
    content = recording_bytes()
    # First the service, then the file: else it may be dead before it says where it serves.
    armed = start(data, log_key, {**QUICK, "LIUHEN_TESTING": "1", "LIUHEN_TEST_STOP_AT": point})
    (root / name).write_bytes(content)
    (root / f"{name}.manifest.json").write_text(manifest(name, content), "utf-8")
    try:
        wait_for(lambda: armed.process.poll() is not None, 40)
        assert armed.process.returncode == -9
    finally:
        armed.stop()
    return content


def deposited_once(box: Box, point: str) -> None:
    data, root, log_key = box
    name = f"{point}.wav"
    killed_at(box, point, name)
    service = start(data, log_key, QUICK)
    try:
        wait_for((root / f"{name}.receipt.json").exists, 40)
        found = rows(data, "SELECT r.upload FROM recording r JOIN label l ON l.recording = r.id WHERE l.file_name = ?",
                     name)
        assert len(found) == 1
        assert rows(data, "SELECT count(*) FROM upload WHERE state <> 'accessioned'") == [(0,)]
    finally:
        service.stop()


@pytest.mark.parametrize("point", POINTS)
def test_a_crash_loses_or_doubles_what_was_on_its_way_in(box: Box, point: str) -> None:
    deposited_once(box, point)


@pytest.mark.long
@pytest.mark.parametrize("point", MORE)
def test_a_crash_anywhere_else_does(box: Box, point: str) -> None:
    deposited_once(box, point)


def test_bytes_that_changed_while_the_service_was_down_join_those_that_had_come(box: Box) -> None:
    """Same size and time, other bytes: the upload is closed with its reason, and the manifest does not fit any more."""
    data, root, log_key = box
    content = killed_at(box, "after_opened", "changed.wav")
    held = (root / "changed.wav").stat()
    (root / "changed.wav").write_bytes(content[:-1] + b"?")
    os.utime(root / "changed.wav", ns=(held.st_atime_ns, held.st_mtime_ns))
    service = start(data, log_key, QUICK)
    try:
        wait_for(lambda: rows(data, "SELECT path, reason FROM unclaimed_file") == [("changed.wav", "digest")], 40)
        kinds = rows(data, "SELECT kind FROM custody WHERE kind = 'upload.aborted/1'")
        assert kinds == [("upload.aborted/1",)]
        assert rows(data, "SELECT count(*) FROM upload WHERE state = 'open'") == [(0,)]
        (root / "changed.wav").unlink()
        (root / "changed.wav.manifest.json").unlink()
        wait_for(lambda: rows(data, "SELECT count(*) FROM unclaimed_file") == [(0,)], 20)
    finally:
        service.stop()


def test_a_file_taken_away_half_way_leaves_its_upload_open_for_ever(box: Box) -> None:
    data, root, log_key = box
    killed_at(box, "after_opened", "gone.wav")
    (root / "gone.wav").unlink()
    (root / "gone.wav.manifest.json").unlink()
    assert rows(data, "SELECT count(*) FROM upload WHERE state = 'open'") == [(1,)]
    service = start(data, log_key, QUICK)
    try:
        wait_for(lambda: rows(data, "SELECT count(*) FROM upload WHERE state = 'open'") == [(0,)], 20)
        wait_for(lambda: rows(data, "SELECT count(*) FROM drop_file WHERE path = 'gone.wav'") == [(0,)], 20)
    finally:
        service.stop()
