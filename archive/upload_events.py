"""How an open upload ends that nobody finished, beside ``upload.aborted`` (archive.events)."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from archive.event_body import Body


@dataclass(frozen=True)
class UploadExpired(Body):
    """No byte came for too long; nothing of the upload counts. Subject: the upload.

    ``received_bytes`` were durable; ``last_byte_at`` is when the last of them came, or when the upload was opened;
    ``expire_after_s`` is the patience in force, in seconds.
    """

    KIND: ClassVar[str] = "upload.expired/1"
    recording: str
    received_bytes: int
    last_byte_at: datetime
    expire_after_s: int
