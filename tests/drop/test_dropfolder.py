"""What docks that cannot sign lay into a folder is taken in once, by the deposit every station goes through; what is
not right stays where it is and is listed; nothing leaves before its receipt verifies."""

import errno
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

import pytest
from drop.drop_site import QUIET_S, Dropped, archive_at_work, dropped, manifest, recording_bytes
from service_fixture import wait_for

from api.wiring import Archive
from archive.proof.receipt import Receipt
from archive.proof.signing import CosigningKey
from archive.proof.trust import Trust
from archive.proof.verify import verify_receipt

Made = Callable[..., AbstractContextManager[Dropped]]


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    with archive_at_work(tmp_path_factory.mktemp("drop")) as made:
        yield made


@pytest.fixture
def made(archive: Archive, tmp_path: Path) -> Made:
    return partial(dropped, archive, tmp_path / "in")


def test_a_vouched_file_is_not_deposited_or_passes_for_signed_by_its_dock(made: Made, archive: Archive) -> None:
    with made() as drop:
        data = drop.write("0305/take one.wav")
        assert drop.look().waiting == 1
        drop.vouch("0305/take one.wav", data)
        assert drop.settled() == drop.look()
        assert drop.recordings() == [("named_only", "take one.wav")]
        assert drop.reasons() == {}
        file = drop.root / "0305" / "take one.wav"
        receipt = file.with_name("take one.wav.receipt.json").read_bytes()
        report = verify_receipt(receipt, Trust.of_log(archive.site.ports.signer.key), file)
        assert report.verdict == "proven"
        leaf = next(step for step in report.steps if step.name == "leaf")
        assert "named by file only" in leaf.detail
        assert "仅凭文件名" in leaf.detail_zh


def test_another_look_or_a_restart_deposits_the_same_file_twice(made: Made) -> None:
    with made() as drop:
        drop.vouch("a.wav", drop.write("a.wav"))
        drop.settled()
        receipt = (drop.root / "a.wav.receipt.json").read_bytes()
        drop.again()
        assert drop.look().settled == 2
        assert len(drop.recordings()) == 1
        assert (drop.root / "a.wav.receipt.json").read_bytes() == receipt
        assert {path.name for path in drop.root.iterdir()} == {"a.wav", "a.wav.manifest.json", "a.wav.receipt.json"}


def test_a_file_that_contradicts_its_manifest_is_taken_in(made: Made) -> None:
    with made() as drop:
        data = drop.write("cut.wav")
        drop.vouch("cut.wav", data + b"more")
        drop.vouch("swapped.wav", drop.write("swapped.wav")[:-1] + b"?")
        drop.vouch("renamed.wav", drop.write("renamed.wav"), file="other.wav")
        drop.vouch("coloured.wav", drop.write("coloured.wav"), colour="red")
        drop.vouch("gone.wav", data)
        drop.write("alone.wav")
        (drop.root / "empty.wav").touch()
        drop.look()
        time.sleep(QUIET_S)
        assert drop.look().unclaimed == 7
        assert drop.reasons() == {
            "cut.wav": "size", "swapped.wav": "digest", "renamed.wav": "manifest_names_other",
            "coloured.wav": "manifest_unreadable", "gone.wav.manifest.json": "no_file", "alone.wav": "no_manifest",
            "empty.wav": "empty"}
        assert drop.recordings() == []
        drop.vouch("cut.wav", data)  # the dock sends a right one later
        drop.settled()
        assert [name for _, name in drop.recordings()] == ["cut.wav"]


def test_what_is_no_plain_file_is_followed_or_passed_over_in_silence(made: Made, tmp_path: Path) -> None:
    with made() as drop:
        secret = tmp_path / "secret.wav"
        data = recording_bytes()
        secret.write_bytes(data)
        (drop.root / "link.wav").symlink_to(secret)
        drop.vouch("link.wav", data)
        (drop.root / "inside").symlink_to(tmp_path)
        os.mkfifo(drop.root / "pipe.wav")
        (drop.root / "new\nline.wav").write_bytes(data)
        (drop.root / os.fsdecode(b"\xff\xfe.wav")).write_bytes(data)
        deep = drop.root / "/".join("abcdefghi")
        deep.mkdir(parents=True)
        drop.look()
        assert drop.recordings() == []
        found = drop.reasons()
        assert found.pop("link.wav") == "symlink"
        assert found.pop("inside") == "symlink"
        assert found.pop("pipe.wav") == "special"
        assert found.pop("new\\u000aline.wav") == "unsafe_name"
        assert found.pop("a/b/c/d/e/f/g/h/i") == "too_deep"
        assert found == {r"\xff\xfe.wav": "unsafe_name"}


def test_a_file_that_is_still_written_is_taken_by_its_name(made: Made) -> None:
    with made("dock-serial-time", quiet_s=0.6) as drop:
        name = "KJ8A0042_310217_20260305093000_0007.wav"
        whole = recording_bytes()
        with (drop.root / name).open("wb") as file:
            for part in range(4):
                file.write(whole[part * 1000:(part + 1) * 1000])
                file.flush()
                assert drop.look().waiting == 1
                time.sleep(0.3)
            file.write(whole[4000:])
        assert drop.look().waiting == 1
        drop.settled()
        assert drop.recordings() == [("named_only", name)]
        assert (drop.root / name).read_bytes() == whole


def test_a_cut_file_with_no_manifest_is_told_from_a_whole_one(made: Made) -> None:
    """The documented limit: nobody told the size, so it is taken in, and every receipt says named only."""
    with made("dock-serial-time") as drop:
        drop.write("KJ8A0042_310217_20260305093000_0008.wav", recording_bytes()[:2000])
        drop.settled()
        assert [grade for grade, _ in drop.recordings()] == ["named_only"]


@pytest.mark.parametrize("after", ["move", "remove"])
def test_a_file_leaves_before_its_receipt_or_leaves_anything_undeposited(made: Made, after: str) -> None:
    with made(after=after) as drop:
        data = drop.write("d/a.wav")
        drop.write("d/unclaimed.wav")
        drop.vouch("d/a.wav", data)
        drop.look()
        assert (drop.root / "d" / "a.wav").read_bytes() == data
        deadline = time.monotonic() + 20
        while (drop.root / "d" / "a.wav").exists():
            drop.look()
            time.sleep(0.05)
            assert time.monotonic() < deadline
        there = {path.name for path in (drop.root / "deposited").iterdir()}
        kept = {"a.wav"} if after == "move" else set()
        assert there == {"a.wav.receipt.json", "a.wav.manifest.json"} | kept
        assert Receipt.parse((drop.root / "deposited" / "a.wav.receipt.json").read_bytes())
        assert [path.name for path in (drop.root / "d").iterdir()] == ["unclaimed.wav"]
        assert len(drop.recordings()) == 1


def test_a_move_takes_the_place_of_an_earlier_file_of_that_name(made: Made) -> None:
    with made(after="move") as drop:
        kept = []
        for day in ("1", "2"):
            kept.append(drop.write(f"{day}/a.wav"))
            drop.vouch(f"{day}/a.wav", kept[-1])
        drop.settled()
        found = [(drop.root / "deposited" / name).read_bytes() for name in ("a.wav", "a.wav.1")]
        assert sorted(found) == sorted(kept)
        assert len(list((drop.root / "deposited").glob("*.receipt.json"))) == 2


def test_a_file_that_is_swapped_after_its_deposit_is_removed(made: Made) -> None:
    with made(after="remove") as drop:
        data = drop.write("a.wav")
        drop.vouch("a.wav", data)
        held = (drop.root / "a.wav").stat()
        drop.look()
        (drop.root / "a.wav").write_bytes(data[:-1] + b"?")
        os.utime(drop.root / "a.wav", ns=(held.st_atime_ns, held.st_mtime_ns))
        deadline = time.monotonic() + 20
        while drop.look().taken:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert drop.reasons() == {"a.wav": "receipt_unverified"}
        assert (drop.root / "a.wav").read_bytes() == data[:-1] + b"?"


def test_a_file_leaves_on_a_receipt_no_cosigner_of_the_policy_has_signed(tmp_path: Path) -> None:
    """The cosigner's name and key stand in the policy, but nobody asks it: its signature never comes."""
    cosigner = CosigningKey.generate("court.example.cn/c1")
    (tmp_path / "box").mkdir()
    with archive_at_work(tmp_path / "box", f"witness court {cosigner.key.text()}\nquorum court\n") as archive:
        with dropped(archive, tmp_path / "in", after="remove") as drop:
            data = drop.write("a.wav")
            drop.vouch("a.wav", data)
            deadline = time.monotonic() + 20
            while not drop.recordings():
                drop.look()
                assert time.monotonic() < deadline
                time.sleep(0.05)
            wait_for(lambda: archive.site.sequencer.health.behind_s == 0)
            for _ in range(5):
                assert drop.look().taken == 1
                time.sleep(0.1)
            assert (drop.root / "a.wav").read_bytes() == data
            assert not (drop.root / "deposited").exists()


def test_a_folder_without_second_names_loses_a_file_or_a_receipt(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    """As SMB and FAT have it: no hard links. What is there already keeps its place."""

    link = os.link

    def no_second_names(*names: str, **options: int) -> None:
        if "src_dir_fd" in options:  # the drop folder's; the archive's own files lie elsewhere
            raise OSError(errno.EPERM, "no second names here")
        link(*names)

    monkeypatch.setattr(os, "link", no_second_names)
    with made(after="move") as drop:
        data = drop.write("a.wav")
        drop.vouch("a.wav", data)
        (drop.root / "deposited").mkdir()
        (drop.root / "deposited" / "a.wav").write_bytes(b"an earlier one")
        drop.settled()
        assert (drop.root / "deposited" / "a.wav").read_bytes() == b"an earlier one"
        assert (drop.root / "deposited" / "a.wav.1").read_bytes() == data
        assert {path.name for path in (drop.root / "deposited").iterdir()} == {
            "a.wav", "a.wav.1", "a.wav.manifest.json", "a.wav.receipt.json"}


def test_a_sidecar_two_recordings_share_leaves_with_the_first(made: Made) -> None:
    with made("dock-xml-sidecar", after="move") as drop:
        stem = "DSJ0042@20260305093000"
        (drop.root / f"{stem}.xml").write_text("<Record><Place>城北路</Place></Record>", "utf-8")
        drop.write(f"{stem}.wav")
        drop.settled()
        drop.write(f"{stem}.wav")
        drop.write(f"{stem}.m4a")
        assert drop.reasons() == {}
        (drop.root / f"{stem}.xml").write_text("<Record><Place>城北路</Place></Record>", "utf-8")
        drop.settled()
        assert drop.reasons() == {}
        assert list(drop.root.glob("*.*")) == []
        assert len(drop.recordings()) == 3


def test_a_folder_that_is_gone_ends_the_looking(made: Made) -> None:
    with made() as drop:
        shutil.rmtree(drop.root)
        assert drop.look().unclaimed == 1
        assert drop.reasons() == {".": "folder_unreadable"}
        drop.root.mkdir()
        assert drop.look().unclaimed == 0
        assert drop.reasons() == {}


def test_the_same_file_under_a_second_name_makes_a_second_recording(made: Made) -> None:
    with made() as drop:
        data = drop.write("a.wav")
        drop.vouch("a.wav", data)
        drop.settled()
        drop.write("b.wav", data)
        drop.vouch("b.wav", data)
        drop.settled()
        assert len(drop.recordings()) == 1
        assert Receipt.parse((drop.root / "b.wav.receipt.json").read_bytes()).leaf.find(b"upload.repeated/1") > 0


def test_a_manifest_is_read_loosely(made: Made) -> None:
    data = recording_bytes()
    wrong = {
        "bom": "\ufeff" + manifest("bom.wav", data), "half": manifest("half.wav", data)[:-3],
        "twice": manifest("twice.wav", data).replace('"v": 1,', '"v": 1, "v": 1,'),
        "text": manifest("text.wav", data, size=str(len(data))), "true": manifest("true.wav", data, v=True),
        "zone": manifest("zone.wav", data, started="2026-03-05T09:30:00"),
        "back": manifest("back.wav", data, started=["2026-03-05T09:31:00Z", "2026-03-05T09:30:00Z"]),
        "label": manifest("label.wav", data, labels={"colour": "red"}),
        "case": manifest("case.wav", data, sha256="A" * 64), "list": "[]",
    }
    with made() as drop:
        for name, text in wrong.items():
            drop.write(f"{name}.wav", data)
            (drop.root / f"{name}.wav.manifest.json").write_text(text, "utf-8")
        drop.look()
        assert drop.reasons() == {f"{name}.wav": "manifest_unreadable" for name in wrong}
        assert drop.recordings() == []
