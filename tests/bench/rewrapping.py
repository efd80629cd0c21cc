"""Re-wrapping: an access copy with every post-check, in its sandbox, beside plain ``ffmpeg -c copy``."""

import contextlib
import ctypes
import os
import resource
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from bench.figures import Figure, Scale, compared, seconds
from bench.specimens import long_recording

from archive.adapters.ffmpeg import FfmpegMedia
from ingest.access_copy import REWRAPPED
from ingest.copy_making import make_access_copy

_PR_SET_CHILD_SUBREAPER = 36
_PLAIN = "ffmpeg -i IN -map 0 -c copy -movflags +faststart OUT"


def measure_rewrap(folder: Path, scale: Scale) -> list[Figure]:
    """``rewrap_s`` and ``rewrap_cpu_s``: wall-clock and processor seconds; the ratio says how many times the peer's."""
    source = long_recording(folder, scale.size)
    media = FfmpegMedia()
    facts = media.probe(source)
    walls: list[tuple[float, float]] = []
    processors: list[tuple[float, float]] = []

    def ours(target: Path) -> None:
        copy = make_access_copy(media, source, target, facts)
        if copy.method != REWRAPPED:
            raise RuntimeError(f"the clip was {copy.method}, not re-wrapped")

    def theirs(target: Path) -> None:
        subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-i", str(source), "-map", "0", "-c", "copy",
                        "-movflags", "+faststart", str(target / "plain.mp4")], check=True)

    for _ in range(scale.runs):
        (wall, processor), (their_wall, their_processor) = _spent(ours, folder), _spent(theirs, folder)
        walls.append((wall, their_wall))
        processors.append((processor, their_processor))
    source.unlink()
    return [compared("rewrap_s", "s", _PLAIN, *zip(*walls, strict=True)),
            compared("rewrap_cpu_s", "CPU s", _PLAIN, *zip(*processors, strict=True))]


def _spent(make: Callable[[Path], None], folder: Path) -> tuple[float, float]:
    """Wall-clock and processor seconds, children's included; what was made is removed outside the clock."""
    with tempfile.TemporaryDirectory(dir=folder) as target, _orphans_adopted():
        before = _processor_s()
        wall = seconds(lambda: make(Path(target)))
        with contextlib.suppress(ChildProcessError):
            while True:
                os.waitpid(-1, 0)
        return wall, _processor_s() - before


@contextlib.contextmanager
def _orphans_adopted() -> Iterator[None]:
    """The sandbox leaves its first process to be reaped by an ancestor: were it not us, its time would be lost."""
    prctl = ctypes.CDLL(None).prctl
    prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    try:
        yield
    finally:
        prctl(_PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)


def _processor_s() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)
