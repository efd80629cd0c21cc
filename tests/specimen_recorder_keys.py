"""The fixed events of a recorder's own key."""

from collections.abc import Callable

from archive.entries import CustodyEvent
from archive.recorder_key_events import RecorderKeyRegistered, RecorderKeyRevoked, UploadRecorderSigned


def recorder_keys(ident: Callable[[str, int], str], n: int, person: str, station: str) -> list[CustodyEvent]:
    """Recorder ``n`` gets a key, signs the manifest of upload ``n``, its key is revoked."""
    recorder, upload, nonce = ident("rcd", n), ident("upl", n), bytes(range(16))
    key = f"{recorder}+00000001"
    return [CustodyEvent(person, recorder, RecorderKeyRegistered(f"{key}+AQ=="), nonce=nonce),
            CustodyEvent(station, upload, UploadRecorderSigned(recorder, key, "ef" * 64), nonce=nonce),
            CustodyEvent(person, recorder, RecorderKeyRevoked(key, "exposed"), nonce=nonce)]
