"""What is measured with: a large file of random bytes that is never the same twice, and a long recording."""

import os
import secrets
import shutil
import subprocess
from pathlib import Path

from bench.figures import MIB

from archive.proof.digest import file_digests

CLIP = Path(__file__).parents[2] / "api" / "samples" / "bodycam_h264_aac.mp4"


def large_file(folder: Path, size: int) -> Path:
    """``size`` random bytes on disk."""
    path = folder / "large.bin"
    with path.open("wb") as file:
        for start in range(0, size, 4 * MIB):
            file.write(os.urandom(min(4 * MIB, size - start)))
    return path


def make_new(path: Path) -> None:
    """Other bytes of the same length, read once so that both sides find the file in the page cache.

    A file the archive holds already is a repeat: it would be read twice.
    """
    with path.open("r+b") as file:
        file.write(secrets.token_bytes(32))
        os.fsync(file.fileno())
    file_digests(path)


def write_new(source: Path, target: Path) -> None:
    """A file of the same length as ``source`` and other bytes, left in the page cache."""
    shutil.copyfile(source, target)
    with target.open("r+b") as file:
        file.write(secrets.token_bytes(32))
        os.fsync(file.fileno())


def long_recording(folder: Path, size: int) -> Path:
    """The shipped body-camera clip, looped without re-encoding until it is about ``size`` bytes long."""
    path = folder / "long.mp4"
    loops = max(1, round(size / CLIP.stat().st_size)) - 1
    subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-y", "-stream_loop", str(loops), "-i", str(CLIP),
                    "-map", "0:v:0", "-map", "0:a:0?", "-c", "copy", str(path)], check=True)
    return path
