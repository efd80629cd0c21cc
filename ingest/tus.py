"""The tus 1.0 protocol without I/O: header values in, plain values out (core and the extensions below)."""

import base64
import binascii
import hmac
import re
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime

from archive.errors import Refused

VERSION = "1.0.0"
EXTENSIONS = "creation,creation-with-upload,checksum,termination,expiration"
CHECKSUMS = "sha256"
CONTENT_TYPE = "application/offset+octet-stream"
_NUMBER = re.compile(r"0|[1-9][0-9]{0,18}").fullmatch


@dataclass(frozen=True)
class Checksum:
    """An announced SHA-256 of one PATCH body."""

    sha256: bytes

    def require(self, found: bytes) -> None:
        """``Refused upload.checksum`` (tus: 460) unless the body's digest is the announced one."""
        if not hmac.compare_digest(self.sha256, found):
            raise Refused("upload.checksum", "the body has another checksum than announced; it was dropped: send again")


def require_version(untrusted_version: str | None) -> None:
    """Tus-Resumable must be 1.0.0."""
    if untrusted_version != VERSION:
        raise Refused("tus.version", f"send Tus-Resumable: {VERSION}", supported=VERSION)


def parse_number(untrusted_value: str | None, header: str) -> int:
    """A decimal without sign or leading zeros."""
    if untrusted_value is None or not _NUMBER(untrusted_value):
        raise Refused("tus.header", f"{header} must be a whole number", header=header)
    return int(untrusted_value)


def parse_optional_number(untrusted_value: str | None, header: str) -> int | None:
    """As ``parse_number``; absent is None."""
    return None if untrusted_value is None else parse_number(untrusted_value, header)


def parse_checksum(untrusted_value: str | None) -> Checksum | None:
    """``sha256 <base64>``; absent is None."""
    if untrusted_value is None:
        return None
    algorithm, _, encoded = untrusted_value.partition(" ")
    value = _base64(encoded, "Upload-Checksum")
    if algorithm != "sha256" or len(value) != 32:
        raise Refused("tus.header", "Upload-Checksum must be sha256 and 32 bytes in base64", header="Upload-Checksum")
    return Checksum(value)


def parse_metadata(untrusted_value: str | None) -> dict[str, bytes]:
    """``key base64, key base64``: keys unique, values decoded."""
    pairs: dict[str, bytes] = {}
    for item in (untrusted_value or "").split(","):
        key, _, encoded = item.strip().partition(" ")
        if not key:
            continue
        if key in pairs:
            raise Refused("tus.header", f"Upload-Metadata names {key!r} twice", header="Upload-Metadata")
        pairs[key] = _base64(encoded, "Upload-Metadata")
    return pairs


def format_metadata(pairs: dict[str, bytes]) -> str:
    """The header value for these pairs."""
    return ",".join(f"{key} {base64.b64encode(value).decode()}" for key, value in pairs.items())


def format_expires(at: datetime) -> str:
    """Upload-Expires: an IMF-fixdate (RFC 9110 section 5.6.7)."""
    return format_datetime(at, usegmt=True)


def _base64(untrusted_text: str, header: str) -> bytes:
    try:
        return base64.b64decode(untrusted_text, validate=True)
    except (binascii.Error, ValueError) as fault:
        raise Refused("tus.header", f"{header} holds something that is not base64", header=header) from fault
