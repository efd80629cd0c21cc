"""Names, times and digests that specimens of events share."""

from datetime import UTC, datetime

from archive.proof.digest import Digest

AT, LOCK = datetime(2026, 11, 20, 1, 2, 3, 456789, tzinfo=UTC), datetime(2027, 12, 31, tzinfo=UTC)
LOG_ID = "0123456789abcdef"
STATION = "sta_0123456789abcdefghjkmnpqrs"
RECORDER = "rcd_0123456789abcdefghjkmnpqrs"
PERSON = "usr_0123456789abcdefghjkmnpqrs"
IMPORT = "sta_2123456789abcdefghjkmnpqrs"
STATION_KEY, IMPORT_KEY = f"{STATION}+00000000+AQ==", f"{IMPORT}+00000000+AQ=="


def digest(number: int) -> Digest:
    """A SHA-256 that is easy to tell from others."""
    return Digest("sha256", number.to_bytes(32, "big"))


def ident(prefix: str, number: int) -> str:
    """``rec_00000000000000000000000007`` and the like."""
    return f"{prefix}_{number:026d}"
