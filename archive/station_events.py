"""What happens to docking stations: code, enrolment, another key, revocation; and how an upload's bytes came."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from archive.event_body import Body
from archive.proof.digest import Digest


@dataclass(frozen=True)
class StationCodeIssued(Body):
    """A one-time code for a station was issued. Subject: the code (never the code's own text). Particulars: title.

    ``kind``: dock | import | room | feed. Not redeemed by ``expires_at``, it is void.
    """

    KIND: ClassVar[str] = "station.code_issued/1"
    kind: str
    expires_at: datetime


@dataclass(frozen=True)
class StationEnrolled2(Body):
    """A docking station and the key it made. Subject: the station. Particulars: title.

    ``how``: code (then ``code`` is its id) or by_hand. ``kind``: dock | import | room | feed.
    """

    KIND: ClassVar[str] = "station.enrolled/2"
    station_key: str
    how: str
    code: str | None
    kind: str


@dataclass(frozen=True)
class StationKeyChanged(Body):
    """From this leaf on the station signs with another key. Subject: the station.

    Both signatures (64 bytes in hex) are over ``ingest.enrolment.key_change_text``: the old key hands over to the new
    one, the new one is held by whoever asked.
    """

    KIND: ClassVar[str] = "station.key_changed/1"
    old_key: str
    new_key: str
    old_signature: str
    new_signature: str


@dataclass(frozen=True)
class StationRevoked(Body):
    """From this leaf on nothing the station signs or holds opens anything. Subject: the station.

    ``reason``: lost | exposed | misused | retired. ``since``: the moment from which what it signed is in doubt, where
    that is before this leaf; what was accessioned stays as it is.
    """

    KIND: ClassVar[str] = "station.revoked/1"
    reason: str
    since: datetime | None


@dataclass(frozen=True)
class UploadFinished2(Body):
    """All bytes are in the store and the staging lock holds. Subject: the upload.

    As ``upload.finished/1``, and ``carried``: signed_requests (every request that brought bytes was signed by the
    station, over their SHA-256) or upload_token (at least one was not, or that cannot be told).
    """

    KIND: ClassVar[str] = "upload.finished/2"
    recording: str
    object_key: str
    store: str
    version_id: str
    size: int
    segment_size: int
    segments: int
    segments_root: Digest
    lock_until: datetime
    carried: str
