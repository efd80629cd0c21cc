"""The index of an original and its small renditions."""

import hashlib
import json
import struct
import subprocess
import tracemalloc
from fractions import Fraction
from pathlib import Path

import pytest
from media.conftest import REAL, Make

from archive.adapters.ffmpeg import FfmpegMedia
from archive.ports import MediaRefused
from archive.proof.digest import Digest, sha256
from archive.proof.merkle import leaf_hash, root
from ingest.media_index import IndexFacts, index_media
from ingest.renditions import WAVEFORM_BUCKETS, make_poster, make_waveform


def _index(media: FfmpegMedia, source: Path) -> IndexFacts:
    return index_media(media, source, media.probe(source))


def _streamhash(path: Path) -> list[str]:
    """Essence hashes as the tool's own muxer makes them: another road to the same figures."""
    out = subprocess.run(["ffmpeg", "-v", "error", "-i", path, "-map", "0", "-c", "copy", "-copyinkf", "-f",
                          "streamhash", "-hash", "sha256", "-"], capture_output=True, check=True).stdout.decode()
    return [f"sha256:{line.partition('SHA256=')[2]}" for line in out.split()]


@pytest.mark.parametrize("source", REAL, ids=lambda p: p.name)
def test_essence_hashes_differ_from_the_tools_own(source: Path, media: FfmpegMedia) -> None:
    index = _index(media, source)
    assert [str(s.digest) for s in index.streams] == _streamhash(source)
    assert (index.gop_root is None) == (index.gop_reason is not None)
    assert all(s.packets > 0 and s.first_pts is not None for s in index.streams)


def test_groups_of_pictures_do_not_cover_every_byte(media: FfmpegMedia, take: Path) -> None:
    out = subprocess.run(["ffprobe", "-v", "error", "-select_streams", "v", "-show_entries", "packet=pos,size,flags",
                          "-of", "json", take], capture_output=True, check=True).stdout
    data, groups = take.read_bytes(), list[bytes]()
    for packet in json.loads(out)["packets"]:
        position, size = int(packet["pos"]), int(packet["size"])
        if "K" in packet["flags"]:
            groups.append(b"")
        groups[-1] += data[position:position + size]
    index = _index(media, take)
    assert index.gop_count == len(groups) == 8
    assert index.gop_root == Digest("sha256", root([leaf_hash(hashlib.sha256(g).digest()) for g in groups]))
    assert index.streams[0].digest == sha256(b"".join(groups))


def test_a_rewrap_has_other_groups_than_its_original(media: FfmpegMedia, take: Path, make: Make) -> None:
    again = _index(media, make("rewrapped.mkv", "-i", take, "-c", "copy"))
    index = _index(media, take)
    assert again.gop_root == index.gop_root
    assert [s.digest for s in again.streams] == [s.digest for s in index.streams]


def test_the_table_of_times_is_guessed_from_the_frame_rate(media: FfmpegMedia, make: Make) -> None:
    source = make("uneven.mkv", "-f", "lavfi", "-i", "testsrc=d=4:r=25:s=320x240", "-vf",
                  "select='lt(n,30)+not(mod(n,7))'", "-fps_mode", "vfr", "-c:v", "libx264", "-bf", "2")
    index = _index(media, source)
    table = json.loads(index.pts_table)
    base = Fraction(*table["time_base"])
    frames = [n for n in range(100) if n < 30 or n % 7 == 0]
    assert [round(float(t * base) * 25) for t in table["pts"]] == frames
    assert index.pts_table_digest == sha256(index.pts_table)


def test_sound_alone_gets_groups_or_a_table(media: FfmpegMedia, make: Make) -> None:
    index = _index(media, make("only.wav", "-f", "lavfi", "-i", "sine=d=1"))
    assert (index.gop_root, index.gop_reason, index.gop_count) == (None, "no_video", 0)
    assert (index.pts_table, index.pts_table_digest) == (b"", None)


def test_a_long_recording_is_held_in_memory(media: FfmpegMedia, take: Path, make: Make) -> None:
    """Forty times the length must not need forty times the memory: 17 bytes a picture are allowed."""
    long = make("long.mp4", "-stream_loop", "39", "-i", take, "-c", "copy")
    tracemalloc.start()
    index = _index(media, long)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert index.streams[0].packets == 8000
    assert peak < 4 << 20


def test_the_poster_is_large_or_missing(media: FfmpegMedia, make: Make, take: Path, tmp_path: Path) -> None:
    source = make("wide.mp4", "-f", "lavfi", "-i", "color=black:d=1:r=25:s=1920x1080", "-f", "lavfi", "-i",
                  "testsrc=d=3:r=25:s=1920x1080", "-filter_complex", "[0][1]concat", "-c:v", "libx264", "-preset",
                  "ultrafast")
    made = make_poster(media, source, tmp_path, media.probe(source))
    assert made is not None
    out = subprocess.run(["ffmpeg", "-v", "error", "-i", made[0], "-f", "rawvideo", "-pix_fmt", "gray", "-"],
                         capture_output=True, check=True).stdout
    assert len(out) == 640 * 360
    assert sum(out) / len(out) > 40  # not the black second it begins with
    assert made[0].read_bytes()[:3] == b"\xff\xd8\xff"
    sound = make("sound.wav", "-i", take, "-vn")
    assert make_poster(media, sound, tmp_path, media.probe(sound)) is None


def test_peaks_are_flat_or_too_many(media: FfmpegMedia, tmp_path: Path, make: Make) -> None:
    frames = [0] * 8000 * 3 + [32767, -32768] * 4000 * 2
    source = tmp_path / "loud.wav"
    body = struct.pack(f"<{len(frames)}h", *frames)
    source.write_bytes(struct.pack("<4sI8sIHHIIHH4sI", b"RIFF", 36 + len(body), b"WAVEfmt ", 16, 1, 1, 8000, 16000, 2,
                                   16, b"data", len(body)) + body)
    made = make_waveform(media, source, media.probe(source))
    assert made is not None
    peaks = json.loads(made.peaks)
    assert len(peaks["min"]) == len(peaks["max"]) <= WAVEFORM_BUCKETS
    assert (max(peaks["max"]), min(peaks["min"])) == (127, -128)
    quiet = 3_000_000 // peaks["bucket_us"]
    assert set(peaks["max"][:quiet - 1]) == {0}
    assert abs(len(peaks["max"]) * peaks["bucket_us"] - 5_000_000) <= peaks["bucket_us"]
    picture = make("silent.mp4", "-f", "lavfi", "-i", "testsrc=d=1")
    assert make_waveform(media, picture, media.probe(picture)) is None


def test_what_is_no_media_gets_an_index(media: FfmpegMedia, tmp_path: Path) -> None:
    path = tmp_path / "letter.mp4"
    path.write_text("Dear sir or madam,\n" * 100)
    with pytest.raises(MediaRefused, match="not_media"):
        _index(media, path)
