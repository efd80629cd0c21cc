"""What a program inside the sandbox can reach; the program is a shell, not ffmpeg: the worst a fault could run."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from media.conftest import SANDBOXES

from archive.adapters.children import Child, Finished
from archive.adapters.sandbox import ENVIRONMENT, Limits, Sandbox
from archive.ports import MediaRefused

PYTHON = Path("/usr/bin/python3")  # inside, only the system's own files exist


@pytest.fixture(params=SANDBOXES)
def sandbox(request: pytest.FixtureRequest) -> Sandbox:
    return Sandbox(kinds=(request.param,))


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "in" / "original"
    path.parent.mkdir()
    path.write_bytes(b"the original")
    return path


def _run(sandbox: Sandbox, command: list[str], source: Path | None, folder: Path | None = None,
         limits: Limits | None = None) -> tuple[bytes, Finished]:
    argv = sandbox.wrap(command, source, folder, limits or Limits(cpu_s=20))
    with Child(argv, ENVIRONMENT, 30) as child:
        out = b"".join(child.chunks())
        return out, child.finish()


def _python(sandbox: Sandbox, code: str, source: Path | None, folder: Path | None = None,
            limits: Limits | None = None) -> tuple[bytes, Finished]:
    return _run(sandbox, [str(PYTHON), "-I", "-S", "-c", code], source, folder, limits)


def test_the_input_cannot_be_read_or_can_be_written(sandbox: Sandbox, source: Path) -> None:
    out, done = _python(sandbox, f"print(open({str(source)!r}).read())", source)
    assert (out.strip(), done.returncode) == (b"the original", 0)
    _, done = _python(sandbox, f"open({str(source)!r}, 'a').write('x')", source)
    assert done.returncode != 0
    assert source.read_bytes() == b"the original"


@pytest.mark.parametrize("where", ["beside", "home", "etc", "proc"])
def test_another_file_is_read(where: str, sandbox: Sandbox, source: Path) -> None:
    beside = source.parent / "other"
    beside.write_bytes(b"another recording")
    path = {"beside": beside, "home": Path.home() / ".profile", "etc": Path("/etc/passwd"),
            "proc": Path(f"/proc/{os.getpid()}/environ")}[where]
    if not path.exists():
        path = beside
    out, done = _python(sandbox, f"print(len(open({str(path)!r}, 'rb').read()))", source)
    assert done.returncode != 0
    assert out == b""


def test_files_appear_outside_the_one_folder(sandbox: Sandbox, source: Path, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    _, done = _python(sandbox, f"open({str(folder / 'made')!r}, 'w').write('x')", source, folder)
    assert done.returncode == 0
    assert (folder / "made").read_text() == "x"
    _, done = _python(sandbox, f"open({str(source.parent / 'made')!r}, 'w').write('x')", source, folder)
    assert not (source.parent / "made").exists()
    _, done = _python(sandbox, f"import os; os.unlink({str(source)!r})", source, folder)
    assert source.exists()


@pytest.mark.parametrize("kind", ["SOCK_STREAM", "SOCK_DGRAM"])
def test_the_network_is_reached(kind: str, sandbox: Sandbox, source: Path) -> None:
    with socket.socket(socket.AF_INET, getattr(socket, kind)) as listener:
        listener.bind(("127.0.0.1", 0))
        if kind == "SOCK_STREAM":
            listener.listen()
        listener.settimeout(0.5)
        code = (f"import socket; s = socket.socket(socket.AF_INET, socket.{kind}); "
                f"s.connect(('127.0.0.1', {listener.getsockname()[1]})); s.send(b'leak')")
        _python(sandbox, code, source)
        with pytest.raises(TimeoutError):
            listener.recvfrom(4) if kind == "SOCK_DGRAM" else listener.accept()


def test_other_processes_are_signalled(sandbox: Sandbox, source: Path) -> None:
    with subprocess.Popen(["/bin/sleep", "30"]) as victim:
        _python(sandbox, f"import os; os.kill({victim.pid}, 9)", source)
        time.sleep(0.1)
        still_runs = victim.poll() is None
        victim.kill()
    if sandbox.name == "bubblewrap" or _landlock_abi() >= 6:
        assert still_runs


def _landlock_abi() -> int:
    out = subprocess.run([sys.executable, "-c", "from archive.adapters.landlock import abi; print(abi())"],
                         capture_output=True, check=True, cwd=Path(__file__).parents[2]).stdout
    return int(out)


@pytest.mark.parametrize(("limits", "code"), [
    (Limits(cpu_s=1), "while True: pass"),
    (Limits(cpu_s=20, memory=512 << 20), "x = bytearray(1 << 30)"),
    (Limits(cpu_s=20, file_size=1 << 20), "f = open({out!r}, 'wb'); [f.write(bytes(1 << 16)) for _ in range(64)]"),
    (Limits(cpu_s=20, open_files=16), "x = [open('/dev/null') for _ in range(64)]"),
], ids=["cpu", "memory", "file", "files"])
def test_a_limit_is_not_applied(limits: Limits, code: str, sandbox: Sandbox, source: Path, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    began = time.monotonic()
    _, done = _python(sandbox, code.format(out=str(folder / "big")), source, folder, limits)
    assert done.returncode != 0
    assert not done.timed_out
    assert time.monotonic() - began < 15
    assert all(f.stat().st_size <= limits.file_size for f in folder.iterdir())


def test_a_time_out_leaves_grandchildren_running(sandbox: Sandbox, source: Path, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    tick = f"import time\nwhile True: open({str(folder / 'tick')!r}, 'a').write('x'); time.sleep(0.05)"
    code = f"import subprocess, time; subprocess.Popen([{str(PYTHON)!r}, '-c', {tick!r}]); time.sleep(60)"
    argv = sandbox.wrap([str(PYTHON), "-I", "-S", "-c", code], source, folder, Limits(cpu_s=20))
    with Child(argv, ENVIRONMENT, 2) as child:
        assert b"".join(child.chunks()) == b""
        assert child.finish().timed_out
    size = (folder / "tick").stat().st_size
    time.sleep(0.4)
    assert (folder / "tick").stat().st_size == size > 0


def test_much_on_stderr_blocks_or_is_kept_whole(sandbox: Sandbox, source: Path) -> None:
    _, done = _python(sandbox, "import sys; sys.stderr.write('x' * (8 << 20)); sys.exit(3)", source)
    assert (done.returncode, len(done.stderr)) == (3, 64 << 10)


def test_this_machine_has_none() -> None:
    assert SANDBOXES


def test_without_any_sandbox_media_are_handled_all_the_same() -> None:
    with pytest.raises(MediaRefused, match="no_sandbox"):
        Sandbox(kinds=())
    assert Sandbox(kinds=(), allow_unsandboxed=True).name == "none"


def test_the_environment_of_the_service_is_inherited(sandbox: Sandbox, source: Path,
                                                     monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIUHEN_TEST_SECRET", "open sesame")
    out, _ = _run(sandbox, ["/usr/bin/env"], source)
    assert b"sesame" not in out


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """A listening socket in the abstract name space, which no file permission guards."""
    with socket.socket(socket.AF_UNIX) as held:
        held.bind(f"\0liuhen-test-{os.getpid()}")
        held.listen()
        held.settimeout(0.5)
        yield held


def test_a_local_service_is_reached_by_its_abstract_socket(sandbox: Sandbox, source: Path,
                                                           listener: socket.socket) -> None:
    name = f"\\0liuhen-test-{os.getpid()}"
    _python(sandbox, f"import socket; socket.socket(socket.AF_UNIX).connect('{name}')", source)
    with pytest.raises(TimeoutError):
        listener.accept()
