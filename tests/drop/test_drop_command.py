"""`liuhen drop` sets folders up and looks once, also where nobody serves; what is wrong is said before it runs."""

import subprocess
import sys
from pathlib import Path

import pytest
from drop.drop_site import manifest, recording_bytes
from service_fixture import ROOT, start, wait_for

from api.cli import main
from api.settings import load_settings, settings_path
from api.setup import init
from archive.proof.keys import VerificationKey

Box = tuple[Path, Path, VerificationKey]


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Box:
    folder = tmp_path_factory.mktemp("command")
    (folder / "in").mkdir()
    log_key = init(folder / "data", "test.example", short_locks=True)
    assert main(["drop", "add", str(folder / "in"), "--data", str(folder / "data"), "--title", "旧采集站"]) == 0
    return folder / "data", folder / "in", log_key


def test_a_scan_without_a_service_loses_what_it_took_in(box: Box) -> None:
    data, root, log_key = box
    content = recording_bytes()
    (root / "a.wav").write_bytes(content)
    (root / "a.wav.manifest.json").write_text(manifest("a.wav", content), "utf-8")
    command = [sys.executable, "-m", "api.cli", "drop", "scan", "--data", str(data)]
    told = [subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout for _ in range(2)]
    assert "1 taken in" in told[0]
    assert "1 taken in" in told[1]
    service = start(data, log_key)
    try:
        wait_for((root / "a.wav.receipt.json").exists, 60)
    finally:
        service.stop()


def test_the_key_of_an_import_account_lies_open_or_its_entry_is_not_written(box: Box) -> None:
    data, root, _ = box
    (folder,) = load_settings(data).drop.folders
    assert (folder.path, folder.after) == (root.resolve(), "keep")
    key = data / "keys" / "import" / f"{folder.account}.pem"
    assert key.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(("where", "profile", "code"), [
    ("in", "manifest", "drop.folder_taken"), ("in/inner", "manifest", "drop.folder_taken"),
    ("data/store", "manifest", "drop.bad_folder"), (".", "manifest", "drop.bad_folder"),
    ("absent", "manifest", "drop.bad_folder"), ("other", "martian", "drop.no_profile"),
])
def test_a_folder_or_profile_that_will_not_do_is_taken(
        box: Box, where: str, profile: str, code: str, capsys: pytest.CaptureFixture[str]) -> None:
    data, root, _ = box
    for name in ("in/inner", "other"):
        (root.parent / name).mkdir(exist_ok=True)
    before = settings_path(data).read_bytes()
    assert main(["drop", "add", str(root.parent / where), "--data", str(data), "--title", "t",
                 "--profile", profile]) == 1
    assert code in capsys.readouterr().err
    assert settings_path(data).read_bytes() == before


def test_a_lost_key_or_account_is_passed_over(box: Box, capsys: pytest.CaptureFixture[str],
                                              monkeypatch: pytest.MonkeyPatch) -> None:
    data, root, _ = box
    (folder,) = load_settings(data).drop.folders
    key = data / "keys" / "import" / f"{folder.account}.pem"
    kept = key.rename(key.with_suffix(".away"))
    assert main(["drop", "list", "--data", str(data)]) == 1
    assert "drop.no_key" in capsys.readouterr().err
    kept.rename(key)
    monkeypatch.setenv("LIUHEN_DROP__FOLDERS", f'[{{"path": "{root}", "account": "sta_{"0" * 26}"}}]')
    assert main(["drop", "list", "--data", str(data)]) == 1
    assert "drop.no_account" in capsys.readouterr().err


def test_a_profile_cannot_be_tried_before_it_is_used(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shipped = ROOT / "ingest" / "profiles" / "nvr-channel-time.toml"
    name = "NVR-01/CH03/20260305/20260305093000-20260305094500.mp4"
    assert main(["drop", "check", str(shipped), name]) == 0
    assert "channel=CH03" in capsys.readouterr().out
    assert main(["drop", "check", str(shipped), name, "other.mp4"]) == 1
    assert "no match" in capsys.readouterr().out
    (tmp_path / "own.toml").write_text("v = 1\n", "utf-8")
    assert main(["drop", "check", str(tmp_path / "own.toml")]) == 1
    assert "drop.profile" in capsys.readouterr().err
