"""Logs laid out by our tiles pass a checker written on Go's own note and tlog packages, and broken ones do not."""

import shutil
import subprocess
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from log.go_build import run_checker
from proof.known_keys import known_cosigner, known_key
from proof.synthetic_log import SyntheticLog, put

from archive.proof.checkpoint import Checkpoint
from archive.proof.note import sign_note, with_signatures

SIGNER = known_key("liuhen.example/0123456789abcdef")
VKEY = SIGNER.key.text()
SIZES = (1, 2, 3, 255, 256, 257, 511, 512, 65_535, 65_536, 65_537, 70_000)
LARGE = 70_000


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return SyntheticLog(LARGE).write(tmp_path_factory.mktemp("large"), SIGNER)


def refused(run: subprocess.CompletedProcess[str]) -> str:
    """What the checker says; it must have refused, not crashed."""
    assert (run.returncode, run.stderr) == (1, ""), run
    assert run.stdout.startswith("refused: ")
    return run.stdout


@pytest.mark.parametrize("size", SIZES)
def test_a_log_of_ours_is_refused(tmp_path: Path, size: int) -> None:
    run = run_checker(SyntheticLog(size).write(tmp_path, SIGNER), VKEY)
    assert (run.returncode, run.stdout) == (0, f"ok: {size} entries\n"), run


def flip(path: Path, at: int) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize(
    ("path", "at"),
    [("tile/entries/100", 2), ("tile/entries/100", 1), ("tile/entries/273.p/112", -1), ("tile/0/007", 31),
     ("tile/0/272", 8191), ("tile/0/273.p/112", 0), ("tile/1/000", 5000), ("tile/1/001.p/17", 543),
     ("tile/2/000.p/1", 3), ("checkpoint", 40), ("checkpoint", -10)],
)
def test_a_flipped_bit_in_the_log_passes(large: Path, tmp_path: Path, path: str, at: int) -> None:
    log = shutil.copytree(large, tmp_path / "log")
    flip(log / path, at)
    said = refused(run_checker(log, VKEY))
    if path.startswith("tile/") and "entries" not in path:
        assert path in said


@pytest.mark.parametrize("path", ["tile/entries/100", "tile/0/273.p/112", "tile/1/000", "checkpoint"])
def test_a_missing_resource_passes(large: Path, tmp_path: Path, path: str) -> None:
    log = shutil.copytree(large, tmp_path / "log")
    (log / path).unlink()
    assert path in refused(run_checker(log, VKEY))


def test_a_checkpoint_of_another_size_passes(large: Path, tmp_path: Path) -> None:
    log = shutil.copytree(large, tmp_path / "log")
    put(log, "checkpoint", SyntheticLog(LARGE).checkpoint(SIGNER, size=273 * 256))
    assert "root" in refused(run_checker(log, VKEY))


def test_a_note_changed_after_signing_or_by_another_key_passes(tmp_path: Path) -> None:
    log = SyntheticLog(3).write(tmp_path, SIGNER)
    assert "checkpoint" in refused(run_checker(log, known_key("another").key.text()))
    put(log, "checkpoint", (log / "checkpoint").read_bytes().replace(b"\n3\n", b"\n2\n", 1))
    assert "invalid signature" in refused(run_checker(log, VKEY))


def test_a_cosignature_is_refused_or_a_changed_or_missing_one_passes(tmp_path: Path) -> None:
    tree = SyntheticLog(3)
    log = tree.write(tmp_path, SIGNER)
    text = Checkpoint(SIGNER.key.name, 3, tree.root()).text()
    one, two = known_cosigner("cosigner.example/one"), known_cosigner("cosigner.example/two")
    keys = [one.key.text(), two.key.text()]
    put(log, "checkpoint", with_signatures(tree.checkpoint(SIGNER), [(one.key, one.cosign(text, 1_800_000_000))]))
    assert run_checker(log, VKEY).returncode == 0
    assert run_checker(log, VKEY, cosigners=keys[:1]).stdout == "ok: 3 entries\n"
    assert "2 signatures of those 3 keys" in refused(run_checker(log, VKEY, cosigners=keys))
    flip(log / "checkpoint", -10)
    assert "invalid signature" in refused(run_checker(log, VKEY, cosigners=keys[:1]))
    assert "not the key of a cosigner" in refused(run_checker(log, VKEY, cosigners=[VKEY]))


def test_an_extension_line_passes(tmp_path: Path) -> None:
    tree = SyntheticLog(3)
    log = tree.write(tmp_path, SIGNER)
    text = Checkpoint(SIGNER.key.name, 3, tree.root()).text()
    put(log, "checkpoint", sign_note(text + "extension\n", [SIGNER]))
    assert "not origin, size and root" in refused(run_checker(log, VKEY))


def test_an_older_checkpoint_is_refused_or_a_fork_passes(large: Path, tmp_path: Path) -> None:
    olds = []
    for size in (1, 256, 300, 65_536, LARGE):
        put(tmp_path, f"{size}", SyntheticLog(size).checkpoint(SIGNER))
        olds.append(tmp_path / f"{size}")
    assert run_checker(large, VKEY, olds).stdout == f"ok: {LARGE} entries\n"
    put(tmp_path, "fork", sign_note(Checkpoint(SIGNER.key.name, 300, bytes(32)).text(), [SIGNER]))
    assert "consistency" in refused(run_checker(large, VKEY, [tmp_path / "fork"]))
    put(tmp_path, "ahead", sign_note(Checkpoint(SIGNER.key.name, LARGE + 1, bytes(32)).text(), [SIGNER]))
    assert "consistency" in refused(run_checker(large, VKEY, [tmp_path / "ahead"]))


@pytest.fixture
def served(tmp_path: Path) -> Iterator[str]:
    """A log of 257 entries at ``/log`` of a loopback server."""
    SyntheticLog(257).write(tmp_path / "log", SIGNER)
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(SimpleHTTPRequestHandler, directory=str(tmp_path))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_log_served_over_http_is_refused_or_a_missing_one_passes(served: str) -> None:
    assert run_checker(f"{served}/log", VKEY, headers=["Accept: */*"]).stdout == "ok: 257 entries\n"
    assert "404" in refused(run_checker(f"{served}/nothing", VKEY))
