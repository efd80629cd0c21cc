"""A recorder's own key: registered, revoked, and a manifest it signed beside its station."""

from dataclasses import dataclass
from typing import ClassVar

from archive.event_body import Body

KEY_REASONS = ("lost", "exposed", "misused", "retired")


@dataclass(frozen=True)
class RecorderKeyRegistered(Body):
    """From this leaf on manifests this key signed beside a station's are graded recorder_signed. Subject: the recorder.

    ``recorder_key``: an Ed25519 vkey whose name is the recorder's id.
    """

    KIND: ClassVar[str] = "recorder.key_registered/1"
    recorder_key: str


@dataclass(frozen=True)
class RecorderKeyRevoked(Body):
    """From this leaf on no manifest this key signed is taken. Subject: the recorder.

    ``recorder_key``: as ``key_id`` writes it. ``reason``: lost | exposed | misused | retired. What was
    accessioned stays as it is.
    """

    KIND: ClassVar[str] = "recorder.key_revoked/1"
    recorder_key: str
    reason: str


@dataclass(frozen=True)
class UploadRecorderSigned(Body):
    """The manifest an upload was opened with is signed by its recorder too. Subject: the upload.

    ``recorder_key``: as ``key_id`` writes it; ``signature``: 64 bytes in hex, over the text of the manifest's note.
    """

    KIND: ClassVar[str] = "upload.recorder_signed/1"
    recorder: str
    recorder_key: str
    signature: str


RECORDER_KEY_BODIES: tuple[type[Body], ...] = (RecorderKeyRegistered, RecorderKeyRevoked, UploadRecorderSigned)


def key_id(vkey: str) -> str:
    """``rcd_…+hex8``: the beginning of a recorder's vkey, which is its own among all keys of that recorder."""
    return "+".join(vkey.split("+", 2)[:2])
