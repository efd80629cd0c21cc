"""An old share as bureaus have them, made from small real clips: a folder tree, a dirty sheet, and what is wrong."""

import csv
import io
import os
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from service_fixture import SAMPLES

from api.adopting import make_holder_key
from api.cli import main

HEADER = ["文件路径", "开始时间", "结束时间", "案号", "佩戴人", "执法证号", "备注"]
HEAD = 12_000
"""Bytes of the real interview most files begin with; what follows is their own."""


@dataclass
class Share:
    """``expected``: findings of each code; ``good``: files that can be adopted."""

    root: Path
    sheet: Path
    files: int = 0
    good: int = 0
    expected: Counter[str] = field(default_factory=Counter)

    def snapshot(self) -> dict[str, tuple[int, ...]]:
        """Everything a reader could change of every file and folder, its access time with it."""
        return {str(path): (held.st_mode, held.st_size, held.st_mtime_ns, held.st_ctime_ns, held.st_atime_ns)
                for path in sorted([self.root, *self.root.rglob("*")]) for held in [path.lstat()]}


def clip(number: int) -> bytes:
    """Bytes nobody else has: the beginning of a real interview, or a whole real clip with a box of its own behind."""
    tail = f"{number:012d}".encode()
    if number % 500 == 0:
        return (SAMPLES / "bodycam_h264_aac.mp4").read_bytes() + b"\x00\x00\x00\x14free" + tail
    with (SAMPLES / "interview_pcm.wav").open("rb") as file:
        return file.read(HEAD) + tail


def make_share(folder: Path, count: int, encoding: str = "gbk") -> Share:
    """``count`` files, every tenth of them with something wrong of one of ten kinds, and rows of no file."""
    made = Share(folder / "share", folder / "sheet.csv")
    rows: list[list[str]] = [HEADER]
    made.expected["unknown_column"] = 1
    for number in range(count):
        rows += _one(made, number)
    rows += [["没有/这个.mp4", "2023-06-01", "", "", "李明", "650101", ""], ["", "2023-06-01", "", "", "", "", ""]]
    made.expected += Counter(no_file=1, no_path=1)
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    made.sheet.write_bytes(text.getvalue().encode(encoding))
    return made


def _one(made: Share, number: int) -> list[list[str]]:
    place = made.root / f"20{number % 7 + 17}" / f"第{number % 13}组"
    place.mkdir(parents=True, exist_ok=True)
    name, kind = f"Take{number:05d}.mp4", number // 10 % 10 if number % 10 == 9 else -1
    path, content = place / name, clip(number)
    row = [str(path.relative_to(made.root)), "2023-06-01 09:30:15", "2023-06-01 09:45", f"吉市监罚〔2023〕{number}号",
           "李明", "650101", "x"]
    wrong = ("empty", "not_media", "duplicate", "no_row", "no_officer", "no_time", "bad_time", "times_contradict",
             "spelled_otherwise", "row_twice")[kind] if kind >= 0 else ""
    content = {"empty": b"", "not_media": f"notes {number}".encode(), "duplicate": clip(number - 9)}.get(wrong, content)
    if wrong in ("no_officer", "no_time"):
        row = [*row[:4], "", "", ""] if wrong == "no_officer" else [row[0], "", "", *row[3:]]
    elif wrong in ("bad_time", "times_contradict"):
        row[1] = "1/6/2023" if wrong == "bad_time" else "2023-06-02"
    elif wrong == "spelled_otherwise":
        row[0] = row[0].replace("/", "\\").upper()
    path.write_bytes(content)
    made.files += 1
    made.good += wrong not in ("empty", "not_media", "duplicate")
    made.expected += Counter([wrong] if wrong else [])
    return [] if wrong == "no_row" else [row, row] if wrong == "row_twice" else [row]


def signed(made: Share, data: Path, capture_rc: int = 1) -> tuple[Path, Path]:
    """The list made, a holder's key made, the list signed: (signed list, public key file)."""
    folder = made.sheet.parent
    key, listed = folder / "holder.pem", folder / "list.txt"
    assert main(["adopt", str(made.root), "--map", str(made.sheet), "--data", str(data), "--hash-list",
                 str(listed)]) == capture_rc
    if not key.exists():
        make_holder_key(key, "old-share.example")
    assert main(["adopt-sign", str(listed), "--key", str(key), "--out", str(folder / "signed.txt")]) == 0
    return folder / "signed.txt", folder / "holder.pem.vkey"


def going(made: Share, data: Path) -> list[str]:
    """The arguments of an adoption that ends when all bytes are in."""
    return ["adopt", str(made.root), "--map", str(made.sheet), "--data", str(data), "--go", "--signed-list",
            str(made.sheet.parent / "signed.txt"), "--holder-key", f"@{made.sheet.parent / 'holder.pem.vkey'}",
            "--holder", "城北所原档案员", "--json", "--no-wait"]


def read_only(root: Path) -> None:
    """No bit lets anybody write; for root the access time is the test."""
    for path in [*root.rglob("*"), root]:
        os.chmod(path, 0o555 if path.is_dir() else 0o444)
