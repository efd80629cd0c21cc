"""A real archive that was lived in: its tables are what its store gives, and it goes on from a rebuilt database."""

import hashlib
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import service_fixture
from flows.dock import Dock, dock_of, jobs_done, liuhen, noise, own_service, rows, upload_of
from flows.reader import signed_in

pytestmark = pytest.mark.xdist_group("rebuild")
CLIP = service_fixture.SAMPLES / "bodycam_h264_aac.mp4"
LABELS = {"case_no": "吉市监罚〔2026〕1号", "party": "某某食品有限公司", "file_name": "a.mp4"}
PART = 8 << 20


@pytest.fixture(scope="module")
def dock(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dock]:
    with own_service(tmp_path_factory.mktemp("lived")) as made:
        clip = CLIP.read_bytes()
        first = made.deposit(clip, **LABELS)
        made.deposit(clip, **LABELS)  # a repeat
        quarantine(made)
        (recording,) = rows(made.service.data, "SELECT recording FROM upload WHERE id = ?", upload_of(first))[0]
        with signed_in(made.service) as reader:
            assert reader.digest_of(str(recording)) == hashlib.sha256(clip).hexdigest()
        jobs_done(made.service)
        yield made


def quarantine(dock: Dock) -> None:
    """A deposit whose bytes are not those of its manifest."""
    data = noise(5000)
    ready = dock.prepare(data, file_name="b.mp4")
    answer = dock.post(dock.sign({**ready.held, "digests": ["sha256:" + "0" * 64]}), ready.openings, len(data))
    assert dock.patch(answer.headers["Location"], 0, data).status_code == 204
    assert dock.settled(answer.headers["Location"]).status_code == 409


def test_a_database_in_use_is_said_to_differ_from_its_store(dock: Dock) -> None:
    kinds = {kind for (kind,) in rows(dock.service.data, "SELECT DISTINCT kind FROM custody")}
    assert kinds >= {"upload.repeated/1", "upload.quarantined/1", "playback.opened/1", "recording.labelled/1"}
    done = liuhen("rebuild", "--compare", "--data", dock.service.data)
    assert (done.returncode, done.stdout) == (0, "clean: log and tables are what the store gives\n"), done.stderr


def test_an_edited_row_of_a_real_archive_goes_unnoticed(dock: Dock, tmp_path: Path) -> None:
    shutil.copy(dock.service.data / "liuhen.db", tmp_path / "copy.db")
    for end in ("-wal", "-shm"):
        shutil.copy(dock.service.data / f"liuhen.db{end}", tmp_path / f"copy.db{end}")
    with closing(sqlite3.connect(tmp_path / "copy.db")) as attacker:
        attacker.execute("UPDATE label SET party = '另一家公司'")
        attacker.commit()
    done = liuhen("rebuild", "--compare", tmp_path / "copy.db", "--data", dock.service.data)
    assert done.returncode == 1
    assert "changed  label lbl_" in done.stdout
    assert "(party)" in done.stdout


def test_an_archive_without_its_database_and_scope_keys_is_lost(dock: Dock) -> None:
    """The service is stopped; database and key copies are lost; the store, master key and log key are left."""
    data, clip, part = dock.service.data, CLIP.read_bytes(), noise(PART + 1000)
    half = dock.open(part, file_name="c.bin")
    assert dock.patch(half, 0, part[:PART]).status_code == 204
    finished = dock.open(noise(3000), file_name="d.bin")
    jobs_done(dock.service)
    dock.service.stop()
    for path in data.glob("liuhen.db*"):
        path.unlink()
    shutil.rmtree(data / "keys" / "scopes")
    done = liuhen("rebuild", "--into", data / "new.db", "--data", data)
    assert done.returncode == 0, done.stderr
    assert "keys of particulars" in done.stdout
    assert "need a new password" in done.stdout
    (data / "new.db").rename(data / "liuhen.db")
    service = service_fixture.start(data, dock.service.log_key)
    service.stations = dock.service.stations
    try:
        again = dock_of(service)
        assert again.offset(half) == 0
        assert again.patch(half, 0, part).status_code == 204
        assert again.settled(half).status_code == 200
        assert again.offset(finished) == 0
        assert again.deposit(clip + b"x", **LABELS)
        jobs_done(service)
        assert liuhen("rebuild", "--compare", "--data", data).returncode == 0
        assert LABELS["case_no"] in liuhen("search", LABELS["case_no"], "--data", data).stdout
    finally:
        service.stop()
