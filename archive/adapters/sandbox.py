"""Runs one untrusted-input command with one readable file, one writable folder, no network, and limits."""

import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from archive.ports import MediaRefused

BUBBLEWRAP, LANDLOCK, NONE = "bubblewrap", "landlock", "none"
_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib64", "/etc/alternatives", "/etc/ld.so.cache")
_LAUNCHER = Path(__file__).with_name("landlock.py")
_TRIAL_SECONDS = 20
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": "/nonexistent"}


@dataclass(frozen=True)
class Limits:
    """Ceilings of one run: CPU seconds, bytes of address space, bytes per written file, files, processes."""

    cpu_s: int
    memory: int = 6 << 30
    file_size: int = 1 << 30
    open_files: int = 256
    processes: int = 256

    def by_name(self) -> dict[str, int]:
        """The limits under the kernel's names, core dumps off (a dump would be a copy of the recording)."""
        return {"cpu": self.cpu_s, "as": self.memory, "fsize": self.file_size, "nofile": self.open_files,
                "nproc": self.processes, "core": 0}


class Sandbox:
    """The strongest confinement that works here, tried once at construction with a harmless command.

    Order: bubblewrap (own mount, network, process and user namespaces), Landlock + seccomp, and, only when
    ``allow_unsandboxed``, nothing. ``MediaRefused("no_sandbox")`` otherwise.
    Limits: system files under /usr stay readable; a kernel fault is not defended against; under Landlock file
    names elsewhere can be tested for existence, and the process count is not limited for root.
    """

    def __init__(self, programs: Sequence[Path] = (), allow_unsandboxed: bool = False,
                 kinds: Sequence[str] = (BUBBLEWRAP, LANDLOCK), shown: Sequence[Path] = ()) -> None:
        """``programs``: the folders they stand in can be read; ``shown``: these very files and folders can."""
        extra = {str(p.parent) for p in programs} | {str(p) for p in shown}
        self._extra = sorted(path for path in extra if not Path(path).is_relative_to("/usr"))
        self._allow_unsandboxed = allow_unsandboxed
        self.name = self._choose(kinds)

    def wrap(self, command: Sequence[str], source: Path | None, folder: Path | None,
             limits: Limits) -> list[str]:
        """The command line that runs ``command`` confined: ``source`` readable, ``folder`` writable.

        Paths are absolute and resolved; the program is named by its absolute path.
        """
        return self._wrap(self.name, command, source, folder, limits)

    def _choose(self, kinds: Sequence[str]) -> str:
        for kind in kinds:
            if self._works(kind):
                return kind
        if self._allow_unsandboxed:
            return NONE
        raise MediaRefused("no_sandbox", "neither bubblewrap nor Landlock works on this machine")

    def _works(self, kind: str) -> bool:
        trial = shutil.which("true", path="/usr/bin:/bin")
        if trial is None or (kind == BUBBLEWRAP and shutil.which("bwrap") is None):
            return False
        argv = self._wrap(kind, [trial], None, None, Limits(cpu_s=5))
        try:
            done = subprocess.run(argv, env=ENVIRONMENT, stdin=subprocess.DEVNULL, capture_output=True,
                                  timeout=_TRIAL_SECONDS, check=False)
        except (OSError, subprocess.TimeoutExpired):
            return False
        return done.returncode == 0

    def _wrap(self, kind: str, command: Sequence[str], source: Path | None, folder: Path | None,
              limits: Limits) -> list[str]:
        if kind == BUBBLEWRAP:
            return self._bubblewrap(command, source, folder, limits)
        if kind == LANDLOCK:
            return self._landlock(command, source, folder, limits)
        return [*_prlimit(limits), *command]

    def _bubblewrap(self, command: Sequence[str], source: Path | None, folder: Path | None,
                    limits: Limits) -> list[str]:
        argv = [shutil.which("bwrap") or "bwrap", "--unshare-all", "--die-with-parent", "--new-session",
                "--cap-drop", "ALL", "--hostname", "media", "--dev", "/dev", "--tmpfs", "/tmp"]
        for path in (*_SYSTEM, *self._extra):
            argv += _bind(path)
        if folder is not None:
            argv += ["--bind", str(folder), str(folder)]
        if source is not None:
            argv += ["--ro-bind", str(source), str(source)]
        # prlimit stands inside: in the new user namespace the process count is this run's own.
        return [*argv, "--chdir", "/", "--", *_prlimit(limits), *command]

    def _landlock(self, command: Sequence[str], source: Path | None, folder: Path | None,
                  limits: Limits) -> list[str]:
        named = limits.by_name()
        named.pop("nproc")  # counted over every process of the user here: it would stop the service instead
        reads = [*_SYSTEM, *self._extra, "/dev/urandom", *([str(source)] if source else [])]
        writes = ["/dev/null", *([str(folder)] if folder else [])]
        order = json.dumps({"reads": reads, "writes": writes, "limits": named})
        return [sys.executable, "-I", "-S", str(_LAUNCHER), order, *command]


def _bind(path: str) -> list[str]:
    """Show ``path`` read-only inside; a symbolic link (``/bin`` → ``usr/bin``) stays one; absent paths are left out."""
    here = Path(path)
    if here.is_symlink():
        return ["--symlink", str(here.readlink()), path]
    return ["--ro-bind-try", path, path]


def _prlimit(limits: Limits) -> list[str]:
    program = shutil.which("prlimit", path="/usr/bin:/bin")
    if program is None:
        return []  # util-linux is essential on Debian; elsewhere time-outs and output caps remain
    return [program, *(f"--{name}={value}" for name, value in limits.by_name().items()), "--"]
