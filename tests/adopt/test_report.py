"""The report on a share names exactly what is wrong with it, and nothing of the share changes by being read."""

import json
import os
import unicodedata
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from adopt.share import Share, make_share, read_only
from service_fixture import SAMPLES

from api.cli import main

COUNT = 300


@pytest.fixture(scope="module")
def share(tmp_path_factory: pytest.TempPathFactory) -> Share:
    return make_share(tmp_path_factory.mktemp("old"), COUNT)


def report(share: Share, tmp_path: Path, capsys: pytest.CaptureFixture[str], *more: str) -> dict[str, Any]:
    assert main(["adopt", str(share.root), "--map", str(share.sheet), "--data", str(tmp_path / "none"), "--json",
                 *more]) == 1
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_the_report_names_other_faults_than_there_are(
        share: Share, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = report(share, tmp_path, capsys)
    expected = share.expected + Counter(no_time=share.expected["times_contradict"])
    assert Counter(one["code"] for one in found["findings"]) == expected
    assert (found["files"], found["adoptable"], found["encoding"]) == (COUNT, share.good, "gb18030")
    assert all(one["zh"] and one["en"] for one in found["findings"])


def test_the_report_or_the_list_writes_into_the_share(
        share: Share, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for path in share.root.rglob("*"):
        os.utime(path, ns=(1_000_000_000, path.lstat().st_mtime_ns))  # far enough for any access to renew it
    before = share.snapshot()
    report(share, tmp_path, capsys, "--hash-list", str(tmp_path / "list.txt"))
    assert share.snapshot() == before
    assert (tmp_path / "list.txt").read_text().count("\n") == share.good + 2
    assert main(["adopt", str(share.root), "--map", str(share.sheet), "--data", str(tmp_path / "none"), "--hash-list",
                 str(share.root / "list.txt")]) == 1
    assert "adopt.folder" in capsys.readouterr().err
    assert share.snapshot() == before


def test_a_share_nobody_may_write_cannot_be_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    share = make_share(tmp_path, 20)
    read_only(share.root)
    assert report(share, tmp_path, capsys)["adoptable"] == share.good


def test_a_name_in_another_spelling_finds_no_file_or_two(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = tmp_path / "share"
    root.mkdir()
    wav = (SAMPLES / "interview_pcm.wav").read_bytes()[:4000]
    names = (unicodedata.normalize("NFD", "café.wav"), "A.wav", "a.WAV", os.fsdecode("城北.wav".encode("gbk")))
    for number, name in enumerate(names):
        (root / name).write_bytes(wav + bytes([number]))
    (root / "link.wav").symlink_to("A.wav")
    sheet = tmp_path / "s.csv"
    sheet.write_text("path,officer,start\n" + "".join(
        f"{name},z,2023-06-01\n" for name in ("Z:\\CAFÉ.wav", "a.wav", "A.wav", "城北.wav")), "utf-8")
    found = report(Share(root, sheet), tmp_path, capsys)
    assert [(one["code"], one["line"]) for one in found["findings"]] == [
        ("spelled_otherwise", 2), ("ambiguous", 3), ("symlink", None), ("no_row", None)]
    assert found["adoptable"] == 4


def test_a_file_that_cannot_be_read_is_left_out_of_the_report(
        tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests may run as root, whom no mode stops: the disk says no instead."""
    share = make_share(tmp_path, 3)
    real, bad = os.pread, os.stat(share.root / "2017" / "第0组" / "Take00000.mp4").st_ino

    def pread(descriptor: int, count: int, at: int) -> bytes:
        if os.fstat(descriptor).st_ino == bad and at == 0 and count > 512:
            raise OSError(5, "Input/output error")
        return real(descriptor, count, at)

    monkeypatch.setattr(os, "pread", pread)
    found = report(share, tmp_path, capsys)
    assert [(one["path"], one["detail"]) for one in found["findings"] if one["code"] == "unreadable"] == [
        ("2017/第0组/Take00000.mp4", "Input/output error")]


def test_usage_is_taken_for_a_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["adopt", str(tmp_path)]) == 2
    assert main(["adopt", str(tmp_path), "--map", "x", "--go"]) == 2
    assert main(["adopt", "--template"]) == 0
    assert capsys.readouterr().out.startswith("\ufeff文件路径,")


def test_a_document_is_left_out_or_any_zip_taken_for_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    share = Share(tmp_path / "old", tmp_path / "old.csv")
    share.root.mkdir()
    papers = {"笔录.pdf": b"%PDF-1.7\n", "决定书.DOCX": b"PK\x03\x04 1", "通知.ofd": b"PK\x03\x04 2"}
    for name, begins in {**papers, "备份.zip": b"PK\x03\x04 3", "改名.docx": b"notes"}.items():
        (share.root / name).write_bytes(begins)
    share.sheet.write_text("path,officer,start\n" + "".join(f"{one},王,2023-06-01\n" for one in papers), "utf-8")
    found = report(share, tmp_path, capsys)
    assert found["adoptable"] == len(papers)
    assert sorted(one["path"] for one in found["findings"] if one["code"] == "not_media") == ["备份.zip", "改名.docx"]
