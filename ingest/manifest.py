"""The signed manifest: what a station says it is about to deliver (C2SP signed note over canonical JSON).

Personal facts stand in it only as commitments; their openings come beside it and go into the archive's particulars
with the station's own salts, so that a receipt can be checked against what the station signed.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from archive.errors import Refused
from archive.event_values import Interval
from archive.identifiers import parse_id
from archive.proof import canonical
from archive.proof.commitments import Particular
from archive.proof.digest import Digest
from archive.proof.note import VerifiedText
from archive.recorder_clock import ClockMeasured
from archive.recorder_events import PROVENANCES, UNREADABLE
from ingest.signed_fields import FieldFault, field, nonce, read_object

MAX_MANIFEST = 8192
LABELS = frozenset({"case_no", "party", "handling_officer", "wearer", "wearer_no", "place", "file_name"})
"""Labels a station may claim (R25 asks for 案号, 当事人, 承办人; the wearer and the rest are of the least set)."""
_REQUIRED = frozenset({"v", "log", "nonce", "expires", "size", "digests", "recorder", "started", "ended", "labels"})
_OPTIONAL = frozenset({"session", "sequence", "previous", "clock", "provenance", "unreadable"})
_LONGEST_MS = 100 * 366 * 86_400_000
"""A clock further off than a century is no clock."""
_MS = timedelta(milliseconds=1)
_HEX = re.compile(r"[0-9a-f]+").fullmatch


@dataclass(frozen=True)
class RecorderName:
    """A recorder as the station names it; printable text of at most 64 characters each."""

    vendor: str
    serial: str
    kind: str


@dataclass(frozen=True)
class Manifest:
    """A verified manifest. Sizes in bytes; ``labels`` are 32-byte commitments by name.

    ``previous``: SHA-256 of the note of the same recorder's manifest before this one, as this station knows it;
    ``clock``: what it measured before it set the recorder's clock; ``provenance``: absent, or ``card_recovered``;
    ``unreadable``: why the file cannot be deposited; the manifest is then a statement and ``digests`` are of what could
    be read of it.
    """

    station: str
    log: str
    nonce: str
    expires: datetime
    size: int
    digests: tuple[Digest, ...]
    recorder: RecorderName
    started: Interval
    ended: Interval
    session: str | None
    sequence: int | None
    labels: dict[str, bytes]
    previous: Digest | None = None
    clock: ClockMeasured | None = None
    provenance: str | None = None
    unreadable: str | None = None

    @classmethod
    def parse(cls, verified: VerifiedText) -> "Manifest":
        """From a checked note signed by exactly one station; ``Refused manifest.*`` names the field at fault."""
        station = parse_id("sta", verified.signers[0].name)
        try:
            held = read_object(verified.text, MAX_MANIFEST)
        except ValueError as fault:
            raise Refused("manifest.malformed", f"the manifest does not read as canonical JSON: {fault}") from fault
        try:
            return cls._read(station, held)
        except FieldFault as fault:
            raise Refused("manifest.field", f"manifest {fault}", field=fault.name) from fault

    @classmethod
    def _read(cls, station: str, held: dict[str, Any]) -> "Manifest":
        unknown, missing = held.keys() - _REQUIRED - _OPTIONAL, _REQUIRED - held.keys()
        if unknown or missing:
            raise FieldFault(sorted(unknown | missing)[0], "is not a field of a manifest" if unknown else "is missing")
        if type(held["v"]) is not int or held["v"] != 1:
            raise FieldFault("v", "must be 1, the only version there is")
        digests = field(held, "digests", _digests)
        return cls(
            station=station, log=field(held, "log", _short_text), nonce=field(held, "nonce", nonce),
            expires=field(held, "expires", _time), size=field(held, "size", _natural), digests=digests,
            recorder=field(held, "recorder", _recorder), started=field(held, "started", _interval),
            ended=field(held, "ended", _interval), session=field(held, "session", _session),
            sequence=field(held, "sequence", _optional_natural), labels=field(held, "labels", _labels),
            previous=field(held, "previous", _previous), clock=field(held, "clock", _clock),
            provenance=field(held, "provenance", _one_of(PROVENANCES)),
            unreadable=field(held, "unreadable", _one_of(UNREADABLE)),
        )


def manifest_text(manifest: Manifest) -> str:
    """The text to be signed: canonical JSON and a newline."""
    held: dict[str, Any] = {
        "v": 1, "log": manifest.log, "nonce": manifest.nonce, "expires": canonical.format_time(manifest.expires),
        "size": manifest.size, "digests": [str(d) for d in manifest.digests],
        "recorder": {"vendor": manifest.recorder.vendor, "serial": manifest.recorder.serial,
                     "kind": manifest.recorder.kind},
        "started": _times(manifest.started), "ended": _times(manifest.ended),
        "labels": {name: commitment.hex() for name, commitment in manifest.labels.items()},
    }
    if manifest.session is not None:
        held["session"] = manifest.session
    if manifest.sequence is not None:
        held["sequence"] = manifest.sequence
    if manifest.previous is not None:
        held["previous"] = str(manifest.previous)
    if manifest.clock is not None:
        held["clock"] = {
            "measured_at": canonical.format_time(manifest.clock.measured_at),
            "offset_ms": manifest.clock.offset // _MS, "error_ms": manifest.clock.error // _MS,
            "reset_suspected": manifest.clock.reset_suspected}
    if manifest.provenance is not None:
        held["provenance"] = manifest.provenance
    if manifest.unreadable is not None:
        held["unreadable"] = manifest.unreadable
    return canonical.encode(held).decode() + "\n"


def openings_text(fields: tuple[Particular, ...]) -> bytes:
    """Openings of the labels, as they travel beside the manifest."""
    return canonical.encode([{"name": f.name, "salt": f.salt.hex(), "value": f.value} for f in fields])


def parse_openings(untrusted_openings: bytes, manifest: Manifest) -> tuple[Particular, ...]:
    """Openings that match the manifest's commitments one to one; ``Refused label.*`` otherwise."""
    try:
        held = canonical.decode(untrusted_openings)
        fields = tuple(_opening(item) for item in held) if isinstance(held, list) else None
    except (ValueError, KeyError, TypeError) as fault:
        raise Refused("label.malformed", f"the openings of the labels do not read: {fault}") from fault
    if fields is None or sorted((f.name, f.commitment) for f in fields) != sorted(manifest.labels.items()):
        raise Refused("label.mismatch", "the labels sent beside the manifest are not the ones it commits to")
    return fields


def safe_file_name(untrusted_name: str) -> str:
    """The name itself when it is one plain component of at most 255 bytes; ``Refused label.unsafe_name`` otherwise."""
    if untrusted_name in ("", ".", "..") or "/" in untrusted_name or "\\" in untrusted_name:
        raise Refused("label.unsafe_name", "a file name is one component, without / or \\; send the bare name")
    if len(untrusted_name.encode("utf-8", "replace")) > 255 or not _is_printable(untrusted_name):
        raise Refused("label.unsafe_name", "a file name has at most 255 bytes and no control characters")
    return untrusted_name


def _opening(item: Any) -> Particular:
    if not isinstance(item, dict) or item.keys() != {"name", "salt", "value"}:
        raise ValueError("each opening has name, salt and value")
    name, value = str(item["name"]), item["value"]
    if not isinstance(value, str) or not 0 < len(value) <= 500 or not _is_printable(value):
        raise ValueError(f"{name} must be text of 1 to 500 characters without control characters")
    if name == "file_name":
        safe_file_name(value)
    return Particular(name, bytes.fromhex(str(item["salt"])), value)


def _natural(value: Any) -> int:
    if type(value) is not int or value < 0:
        raise ValueError("must be a whole number, not negative")
    return value


def _optional_natural(value: Any) -> int | None:
    return None if value is None else _natural(value)


def _short_text(value: Any) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= 64 or not _is_printable(value):
        raise ValueError("must be printable text of 1 to 64 characters")
    return value


def _is_printable(text: str) -> bool:
    return all(unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp") for c in text)


def _time(value: Any) -> datetime:
    if not isinstance(value, str):
        raise ValueError("must be a time like 2026-01-31T08:00:00.000000Z")
    return canonical.parse_time(value)


def _interval(value: Any) -> Interval:
    if not isinstance(value, list) or len(value) != 2:
        raise ValueError("must be [earliest, latest]")
    earliest, latest = _time(value[0]), _time(value[1])
    if not timedelta(0) <= latest - earliest:
        raise ValueError("must not end before it begins")
    return Interval(earliest, latest)


def _times(interval: Interval) -> list[str]:
    return [canonical.format_time(interval.earliest), canonical.format_time(interval.latest)]


def _digests(value: Any) -> tuple[Digest, ...]:
    digests = tuple(Digest.parse(item) for item in value)
    names = [digest.algorithm for digest in digests]
    if not names or names[0] != "sha256" or len(set(names)) != len(names):
        raise ValueError("must list sha256:… first, each algorithm once")
    return digests


def _recorder(value: Any) -> RecorderName:
    if not isinstance(value, dict) or value.keys() != {"vendor", "serial", "kind"}:
        raise ValueError("must have vendor, serial and kind")
    return RecorderName(*(_short_text(value[name]) for name in ("vendor", "serial", "kind")))


def _session(value: Any) -> str | None:
    return None if value is None else parse_id("ses", value)


def _previous(value: Any) -> Digest | None:
    if value is None:
        return None
    digest = Digest.parse(value)
    if digest.algorithm != "sha256":
        raise ValueError("must be sha256:…")
    return digest


def _clock(value: Any) -> ClockMeasured | None:
    if value is None:
        return None
    if not isinstance(value, dict) or value.keys() != {"measured_at", "offset_ms", "error_ms", "reset_suspected"}:
        raise ValueError("must have measured_at, offset_ms, error_ms and reset_suspected")
    offset, error = value["offset_ms"], _natural(value["error_ms"])
    if type(offset) is not int or max(abs(offset), error) > _LONGEST_MS or type(value["reset_suspected"]) is not bool:
        raise ValueError("must have whole milliseconds of at most a century, and true or false")
    return ClockMeasured(_time(value["measured_at"]), offset * _MS, error * _MS, value["reset_suspected"])


def _one_of(known: tuple[str, ...]) -> Callable[[Any], str | None]:
    def parse(value: Any) -> str | None:
        if value is not None and value not in known:
            raise ValueError(f"must be {' or '.join(known)}, or be left out")
        return None if value is None else str(value)

    return parse


def _labels(value: Any) -> dict[str, bytes]:
    if not isinstance(value, dict) or not value.keys() <= LABELS:
        raise ValueError(f"may hold only {', '.join(sorted(LABELS))}")
    if any(not isinstance(item, str) or len(item) != 64 or not _HEX(item) for item in value.values()):
        raise ValueError("must be commitments of 64 hexadecimal characters")
    return {name: bytes.fromhex(item) for name, item in value.items()}
