"""The end of an open upload that does not fill a segment yet: one file per writer, written once, never changed.

Its name carries the writer's fence, so that a writer who was fenced out can only write a file that nobody reads.
"""

import os
from collections.abc import Iterator
from pathlib import Path

from archive.durable import sync_folder
from ingest.intake import Intake


def tail_path(intake: Intake, upload: str, fence: int) -> Path:
    """``staging/<upload id>.<fence>.tail``; fence 0 is what stood there before there were fences."""
    return intake.staging / (f"{upload}.{fence}.tail" if fence else f"{upload}.tail")


def write_tail(intake: Intake, upload: str, fence: int, data: bytes | bytearray) -> None:
    """Bytes and name are durable on return. They count once the database says so."""
    intake.staging.mkdir(parents=True, exist_ok=True)
    with tail_path(intake, upload, fence).open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    sync_folder(intake.staging)


def read_tail(intake: Intake, upload: str, fence: int, length: int) -> bytes | None:
    """The ``length`` bytes that count, whatever else the file holds; None when they are not there any more."""
    if not length:
        return b""
    try:
        with tail_path(intake, upload, fence).open("rb") as file:
            tail = file.read(length)
    except FileNotFoundError:
        return None
    return tail if len(tail) == length else None


def tails_of(intake: Intake, upload: str) -> Iterator[Path]:
    """Every tail file of an upload, whoever wrote it."""
    return intake.staging.glob(f"{upload}.*tail")


def remove_tails(intake: Intake, upload: str) -> None:
    """Once nothing of them counts any more."""
    for path in tails_of(intake, upload):
        path.unlink(missing_ok=True)
