"""Real ffmpeg in its sandbox, the shipped samples, other real clips where they lie, and specimens made on the spot."""

import os
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from archive.adapters.ffmpeg import FfmpegMedia
from archive.adapters.sandbox import BUBBLEWRAP, LANDLOCK, Sandbox

SAMPLES = Path(__file__).parents[2] / "api" / "samples"
CLIPS = Path(os.environ.get("LIUHEN_TEST_CLIPS", Path(__file__).parents[3] / "shared" / "clips"))
REAL = sorted(p for folder in (SAMPLES, CLIPS) if folder.is_dir() for p in folder.iterdir()
              if p.is_file() and p.suffix not in (".md", ".py"))

Make = Callable[..., Path]


def _here() -> list[str]:
    """The sandboxes of this machine: bubblewrap does not work in a plain chroot, and one of them must."""
    return [kind for kind in (BUBBLEWRAP, LANDLOCK) if Sandbox(allow_unsandboxed=True, kinds=(kind,)).name == kind]


SANDBOXES = _here()


def ffmpeg(arguments: Sequence[str | Path]) -> None:
    """Run the tool itself, outside the archive's code, to build a specimen."""
    subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-y", *map(str, arguments)], check=True, timeout=120)


@pytest.fixture(scope="session")
def media() -> FfmpegMedia:
    """The adapter under its strongest sandbox here."""
    return FfmpegMedia()


@pytest.fixture(scope="session")
def make(tmp_path_factory: pytest.TempPathFactory) -> Make:
    """``make(name, *arguments)`` → the specimen's path; each name is made once a run."""
    folder = tmp_path_factory.mktemp("specimens")

    def build(name: str, *arguments: str | Path) -> Path:
        path = folder / name
        if not path.exists():
            ffmpeg([*arguments, path])
        return path

    return build


@pytest.fixture(scope="session")
def take(make: Make) -> Path:
    """Eight seconds of H.264 with B-frames and AAC in a fast-start MP4, a key frame each second."""
    return make("take.mp4", "-f", "lavfi", "-i", "testsrc=d=8:r=25:s=640x360", "-f", "lavfi", "-i",
                "sine=f=440:d=8:r=48000", "-c:v", "libx264", "-preset", "ultrafast", "-bf", "2", "-g", "25",
                "-pix_fmt", "yuv420p", "-c:a", "aac", "-movflags", "+faststart")


@pytest.fixture(scope="session")
def pre_event(make: Make, take: Path) -> Path:
    """A pre-event buffer: the picture runs for thirty seconds before the sound begins."""
    return make("pre_event.mp4", "-f", "lavfi", "-i", "testsrc=d=38:r=10:s=320x240", "-itsoffset", "30",
                "-i", take, "-map", "0:v", "-map", "1:a", "-c:v", "libx264", "-preset", "ultrafast",
                "-pix_fmt", "yuv420p", "-c:a", "copy")
