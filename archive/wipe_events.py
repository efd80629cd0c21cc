"""What a station says happened on a recorder after the archive had its bytes: the wipe of a clip."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from archive.event_body import Body
from archive.proof.digest import Digest

CONTRADICTIONS = ("upload_unknown", "not_kept", "recording_differs", "digest_differs")
"""What of a wipe statement the archive's rows contradicted when it came."""


@dataclass(frozen=True)
class RecordingWiped(Body):
    """A station signed that it wiped a clip from its recorder. Subject: the recording the upload delivered, as the
    archive knows it; the one the station names where the archive does not know the upload. Particulars: the statement
    as signed.

    ``recording``, ``upload``, ``receipt`` (digest of the receipt file it verified), ``digest`` (of the wiped bytes) and
    ``wiped_at`` are the station's words. ``contradictions`` from: upload_unknown, not_kept, recording_differs,
    digest_differs.
    """

    KIND: ClassVar[str] = "recording.wiped/1"
    entry: str
    upload: str
    recording: str
    station_key: str
    statement: Digest
    receipt: Digest
    digest: Digest
    wiped_at: datetime
    contradictions: tuple[str, ...]


WIPE_BODIES: tuple[type[Body], ...] = (RecordingWiped,)
