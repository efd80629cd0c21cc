"""``liuhen log succeed`` on real folders, with a real store and service: the old log closes, the new one serves."""

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import httpx2
import pytest
import service_fixture
from flows.dock import Dock, jobs_done, liuhen, own_service, rows

from api import succession
from api.cli import main
from archive.closed import MARK
from archive.proof.receipt import Receipt

pytestmark = pytest.mark.xdist_group("rebuild")
CLIP = service_fixture.SAMPLES / "bodycam_h264_aac.mp4"
LABELS = {"case_no": "吉市监罚〔2026〕1号", "party": "某某食品有限公司", "file_name": "a.mp4"}


@pytest.fixture(scope="module")
def lost(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Dock, Path]]:
    """A stopped archive whose database is yesterday's and whose store forgot all; receipts of both days beside it."""
    top = tmp_path_factory.mktemp("lost")
    with own_service(top) as dock:
        data, receipts = dock.service.data, top / "receipts"
        receipts.mkdir()
        (receipts / "early.json").write_bytes(receipt_of(dock, CLIP.read_bytes()))
        jobs_done(dock.service)
        dock.service.stop()
        with closing(sqlite3.connect(data / "liuhen.db")) as now, closing(sqlite3.connect(top / "old.db")) as then:
            now.backup(then)
        again = service_fixture.start(data, dock.service.log_key)
        again.stations = dock.service.stations
        dock.service, dock.client = again, again.client()
        late = receipt_of(dock, CLIP.read_bytes() + b"late")
        (receipts / "late.json").write_bytes(late)
        (receipts / "late (copy).json").write_bytes(late)
        jobs_done(again)
        again.stop()
        for path in data.glob("liuhen.db*"):
            path.unlink()
        shutil.move(top / "old.db", data / "liuhen.db")
        for part in ("data", "log"):
            shutil.rmtree(data / "store" / part)
        yield dock, receipts


def receipt_of(dock: Dock, clip: bytes) -> bytes:
    answer = dock.settled(dock.deposit(clip, **LABELS))
    assert answer.status_code == 200
    return answer.content


@pytest.fixture
def asked(lost: tuple[Dock, Path]) -> Callable[..., list[str]]:
    def words(into: Path, *more: str) -> list[str]:
        dock, receipts = lost
        return ["log", "succeed", "--data", str(dock.service.data), "--into", str(into), "--receipts", str(receipts),
                *more]

    return words


SURE = "--yes-leaves-are-lost"


def test_a_succession_comes_by_accident_or_leaves_something_behind(
        lost: tuple[Dock, Path], asked: Callable[..., list[str]], tmp_path: Path,
        capsys: pytest.CaptureFixture[str]) -> None:
    data, top = lost[0].service.data, lost[0].service.data.parent
    before = sorted(path.name for path in top.iterdir())
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    (foreign / "x.json").write_bytes((lost[1] / "late.json").read_bytes().replace(b'"index":', b'"index":1'))
    for words, said in ((asked(top / "new"), "would be given up"), (asked(data, SURE), "never written over"),
                        (asked(data / "new", SURE), "must lie on the disk"),
                        ([*asked(top / "new", SURE), "--receipts", str(foreign)], "x.json is no receipt of")):
        assert main(words) != 0
        assert said in capsys.readouterr().err
    assert sorted(path.name for path in top.iterdir()) == before
    assert not (data / "log" / MARK).exists()


def test_a_served_log_is_closed(lost: tuple[Dock, Path], asked: Callable[..., list[str]],
                                capsys: pytest.CaptureFixture[str]) -> None:
    with succession.only_one(lost[0].service.data):
        assert main(asked(lost[0].service.data.parent / "new", SURE)) != 0
    assert "another process serves" in capsys.readouterr().err


def test_a_crash_after_the_mark_leaves_two_logs_or_none(
        lost: tuple[Dock, Path], asked: Callable[..., list[str]], monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str]) -> None:
    """And then: the heir serves, its first leaf says what is lost, old receipts verify under the old key."""
    dock, data, new = lost[0], lost[0].service.data, lost[0].service.data.parent / "new"
    refused = liuhen("serve", "--data", data)
    assert "the database is behind" in refused.stderr
    with monkeypatch.context() as patched:
        patched.setattr(succession, "_finish", crash)
        assert main(asked(new, SURE)) != 0
    assert (data / "log" / MARK).exists()
    assert not new.exists()
    assert main(asked(new.with_name("other"), SURE)) != 0
    assert "was closed for good" in capsys.readouterr().err
    assert main(asked(new)) == 0
    assert "finished what an interrupted run had begun" in capsys.readouterr().out
    assert "closed for good" in liuhen("serve", "--data", data).stderr
    assert "closed for good" in liuhen("rebuild", "--into", data / "x.db", "--data", data).stderr
    assert (new / "keys" / "vault.key").stat().st_mode & 0o777 == 0o600
    the_heir_serves(dock, lost[1], new)


def crash(*_: object) -> None:
    raise KeyboardInterrupt


def the_heir_serves(dock: Dock, receipts: Path, new: Path) -> None:
    late = Receipt.parse((receipts / "late.json").read_bytes())
    first = rows(new, "SELECT kind, entry FROM custody WHERE idx = 0")[0]
    assert first[0] == "log.succeeds/1"
    kept = rows(new, "SELECT count(*) FROM custody")[0][0]
    assert kept <= late.index
    for name, clip in (("early.json", CLIP.read_bytes()), ("late.json", CLIP.read_bytes() + b"late")):
        (new.parent / "clip.mp4").write_bytes(clip)
        told = ("verify", receipts / name, "--file", new.parent / "clip.mp4", "--key")
        assert liuhen(*told, dock.service.log_key.text()).returncode == 0
        assert liuhen(*told, (new / "public" / "log.vkey").read_text().strip()).returncode != 0
    key = (new / "public" / "log.vkey").read_text().strip()
    service = service_fixture.start(new, dock.service.log_key)
    try:
        assert httpx2.get(f"{service.address}/log/checkpoint").text.splitlines()[1] == str(kept)
        assert key.split("+")[0] in httpx2.get(f"{service.address}/log/checkpoint").text
        checked = liuhen("log", "check", "--deep", "--data", new)
        assert (checked.returncode, "clean: all agree" in checked.stdout) == (0, True), checked.stdout
        assert LABELS["case_no"] in liuhen("search", LABELS["case_no"], "--data", new).stdout
    finally:
        service.stop()
    assert len(list((new / "receipts").iterdir())) == 1
