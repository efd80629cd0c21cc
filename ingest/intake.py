"""What every step of a deposit is given: the archive, the schedule of locks, and the local folders."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from archive.site import Site
from retention.schedule import Schedule

MAX_SEGMENTS = 10_000
"""Parts an S3 multipart upload can have; with 8 MiB segments 78 GiB (INTERFACES "Upload")."""


@dataclass(frozen=True)
class Intake:
    """``algorithms`` are the digests made of every original, SHA-256 first. ``spool`` holds read-back copies that may
    vanish; ``staging`` holds the bytes of open uploads that do not fill a segment yet, and may not.
    ``expire_after`` is how long an open upload waits for its next byte."""

    site: Site
    schedule: Schedule
    algorithms: tuple[str, ...]
    staging: Path
    spool: Path
    token_key: bytes
    expire_after: timedelta
