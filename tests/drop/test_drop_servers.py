"""What unmodified `curl ftp://`, `lftp` and OpenSSH `sftp` write into a served drop folder is accessioned; what is cut
on the way is not, unless nobody told its size."""

import sqlite3
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from drop.drop_site import manifest, recording_bytes
from drop.servers import PASSWORD, ftp_server, sftp_server
from flows.reader import signed_in
from service_fixture import LiveService, start, wait_for

from api.cli import main
from api.setup import init

PAGE = {"Accept": "text/html"}
SHAPED = "KJ8A0042_310217_20260305093000_{:04}.wav"


@dataclass
class Served:
    """A served archive with two drop folders: one goes by manifests, one by names."""

    service: LiveService
    vouched: Path
    named: Path

    def taken(self) -> set[tuple[str, str]]:
        with sqlite3.connect(f"file:{self.service.data / 'liuhen.db'}?mode=ro", uri=True) as connection:
            return set(connection.execute(
                "SELECT l.file_name, r.trust FROM recording r JOIN label l ON l.recording = r.id"))

    def await_recording(self, name: str) -> None:
        wait_for(lambda: (name, "named_only") in self.taken(), 40)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("served")
    data, vouched, named = folder / "data", folder / "vouched", folder / "named"
    vouched.mkdir()
    named.mkdir()
    log_key = init(data, "test.example", short_locks=True)
    for where, profile in ((vouched, "manifest"), (named, "dock-serial-time")):
        assert main(["drop", "add", str(where), "--data", str(data), "--title", f"旧采集站 {profile}",
                     "--profile", profile, "--quiet", "2"]) == 0
    service = start(data, log_key, {"LIUHEN_DROP__LOOK_EVERY": "PT0.2S"})
    try:
        yield Served(service, vouched, named)
    finally:
        service.stop()


def _prepared(folder: Path, name: str, data: bytes) -> Path:
    """A recording and its manifest in a folder of the dock's own."""
    (folder / name).write_bytes(data)
    (folder / f"{name}.manifest.json").write_text(manifest(name, data), "utf-8")
    return folder / name


def test_what_curl_uploads_by_ftp_is_not_accessioned(served: Served, tmp_path: Path) -> None:
    data = recording_bytes()
    path = _prepared(tmp_path, "curl.wav", data)
    with ftp_server(served.vouched) as port:
        address = f"ftp://127.0.0.1:{port}/0305/"
        curl = ["curl", "-sS", "--user", f"dock:{PASSWORD}", "--ftp-create-dirs", "--max-time", "30"]
        subprocess.run([*curl, "-T", str(path), address], check=True)
        subprocess.run([*curl, "-T", f"{path}.manifest.json", f"{address}unfinished.tmp", "-Q",
                        "-RNFR unfinished.tmp", "-Q", "-RNTO curl.wav.manifest.json"], check=True)
    served.await_recording("curl.wav")
    wait_for((served.vouched / "0305" / "curl.wav.receipt.json").exists, 30)
    assert (served.vouched / "0305" / "curl.wav").read_bytes() == data


def test_what_lftp_mirrors_is_not_accessioned(served: Served, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    _prepared(tmp_path / "out", "lftp.wav", recording_bytes())
    with ftp_server(served.vouched) as port:
        script = (f"set net:max-retries 1; open -u dock,\"{PASSWORD}\" ftp://127.0.0.1:{port}; "
                  f"mirror -R {tmp_path / 'out'} lftp; bye")
        subprocess.run(["lftp", "-c", script], check=True, timeout=60)
    served.await_recording("lftp.wav")


def test_what_openssh_sftp_puts_is_not_accessioned(served: Served, tmp_path: Path) -> None:
    path = _prepared(tmp_path, "sftp.wav", recording_bytes())
    batch = tmp_path / "batch"
    batch.write_text(f"put {path}\nput {path}.manifest.json unfinished.tmp\n"
                     "rename unfinished.tmp sftp.wav.manifest.json\n")
    with sftp_server(served.vouched, tmp_path / "sshd") as sftp:
        subprocess.run(sftp.command(batch), check=True, timeout=60, stdout=subprocess.DEVNULL)
    served.await_recording("sftp.wav")


def _cut_upload(port: int, path: Path, name: str, there: Path) -> int:
    """Curl at a slow rate, killed on its way; answers the bytes that arrived."""
    process = subprocess.Popen(["curl", "-sS", "--user", f"dock:{PASSWORD}", "--limit-rate", "60k", "-T", str(path),
                                f"ftp://127.0.0.1:{port}/{name}"], stderr=subprocess.DEVNULL)
    wait_for(lambda: there.exists() and there.stat().st_size > 0, 30)
    process.kill()
    process.wait()
    time.sleep(0.5)  # what was on its way is written out
    return there.stat().st_size


def test_an_upload_that_was_cut_passes_for_a_whole_one_where_its_size_is_known(served: Served, tmp_path: Path) -> None:
    """With a manifest it is listed until the dock sends the rest; by name alone it is taken in: the stated limit."""
    data = recording_bytes()
    path = _prepared(tmp_path, "cut.wav", data)
    (served.vouched / "cut.wav.manifest.json").write_bytes(path.with_name("cut.wav.manifest.json").read_bytes())
    shaped = SHAPED.format(9)
    with ftp_server(served.vouched) as vouched, ftp_server(served.named) as named:
        assert _cut_upload(vouched, path, "cut.wav", served.vouched / "cut.wav") < len(data)
        assert _cut_upload(named, path, shaped, served.named / shaped) < len(data)
        served.await_recording(shaped)
        wait_for(lambda: _unclaimed(served).get("cut.wav") == "size", 30)
        assert "cut.wav" not in {name for name, _ in served.taken()}
        subprocess.run(["curl", "-sS", "--user", f"dock:{PASSWORD}", "-T", str(path),
                        f"ftp://127.0.0.1:{vouched}/cut.wav"], check=True)
    served.await_recording("cut.wav")
    wait_for(lambda: "cut.wav" not in _unclaimed(served), 30)


def _unclaimed(served: Served) -> dict[str, str]:
    with sqlite3.connect(f"file:{served.service.data / 'liuhen.db'}?mode=ro", uri=True) as connection:
        return dict(connection.execute("SELECT path, reason FROM unclaimed_file"))


def test_the_page_or_the_command_hides_what_stands_unclaimed(
        served: Served, capsys: pytest.CaptureFixture[str]) -> None:
    (served.named / "holiday <b>.wav").write_bytes(recording_bytes())
    wait_for(lambda: _unclaimed(served).get("holiday <b>.wav") == "no_pattern", 30)
    assert main(["drop", "list", "--data", str(served.service.data)]) == 1
    told = capsys.readouterr().out
    assert "no_pattern" in told
    assert "holiday <b>.wav" in told
    with served.service.client() as guest:
        assert guest.get("/unclaimed", headers=PAGE).status_code == 303
    with signed_in(served.service) as reader:
        page = reader.client.get("/unclaimed", headers=PAGE).text
        assert "holiday &lt;b&gt;.wav" in page
        assert "文件名不符合该账户约定的形式" in page
        reader.client.cookies.set("liuhen_language", "en")
        assert "not of the form this account expects" in reader.client.get("/unclaimed", headers=PAGE).text


def test_a_recordings_page_keeps_quiet_that_only_a_name_vouches_for_it(served: Served) -> None:
    name = SHAPED.format(11)
    (served.named / name).write_bytes(recording_bytes())
    served.await_recording(name)
    with sqlite3.connect(f"file:{served.service.data / 'liuhen.db'}?mode=ro", uri=True) as connection:
        (recording,) = connection.execute("SELECT recording FROM label WHERE file_name = ?", (name,)).fetchone()
    with signed_in(served.service) as reader:
        page = reader.client.get(f"/recordings/{recording}", headers=PAGE).text
        assert "仅凭文件名：录制设备和采集站均未签名" in page
        assert "传输中被截断的文件也无从分辨" in page
        reader.client.cookies.set("liuhen_language", "en")
        page = reader.client.get(f"/recordings/{recording}", headers=PAGE).text
        assert "named by file only" in page
        assert "cannot tell a file cut in transfer from a whole one" in page
