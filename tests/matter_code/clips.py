"""Clips in which codes are shown to the camera, encoded with loss as a recorder does."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

import segno

Shown = tuple[str, float, float]
"""Text of a code, from and until when it is in the picture, in seconds."""


def clip(path: Path, shown: Sequence[Shown], seconds: int = 12, size: str = "1280x720", late_s: int = 0) -> Path:
    """H.264: a moving picture with sound, over which codes lie for a while, about a third of its height; the picture
    begins ``late_s`` after the sound."""
    side = int(size.split("x")[1]) // 3
    inputs, chain = ["-f", "lavfi", "-i", f"testsrc2=d={seconds}:r=15:s={size}"], "[0:v]null[v0]"
    for n, (text, begin, end) in enumerate(shown):
        code = path.with_name(f"{path.stem}-{n}.png")
        segno.make_qr(text, error="m", encoding="utf-8").save(str(code), scale=8)
        inputs += ["-i", str(code)]
        chain += (f";[{n + 1}:v]scale={side}:{side}[c{n}];[v{n}][c{n}]overlay={60 + n * (side + 40)}:90:"
                  f"enable='between(t,{begin},{end})'[v{n + 1}]")
    subprocess.run(
        ["ffmpeg", "-nostdin", "-v", "error", "-y", *inputs, "-f", "lavfi", "-i", f"sine=f=440:d={seconds}",
         "-filter_complex", chain, "-map", f"[v{len(shown)}]", "-map", f"{len(shown) + 1}:a", "-c:v", "libx264",
         "-preset", "ultrafast", "-crf", "32", "-pix_fmt", "yuv420p", "-c:a", "aac", str(path)],
        check=True, timeout=120)
    return _late(path, late_s) if late_s else path


def _late(path: Path, late_s: int) -> Path:
    made = path.with_suffix(".mkv")
    subprocess.run(
        ["ffmpeg", "-nostdin", "-v", "error", "-y", "-itsoffset", str(late_s), "-i", str(path), "-f", "lavfi", "-i",
         f"sine=f=440:d={late_s + 5}", "-map", "0:v", "-map", "1:a", "-c:v", "copy", "-c:a", "aac", str(made)],
        check=True, timeout=120)
    return made
