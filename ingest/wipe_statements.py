"""A station's signed statement that it wiped a clip from its recorder after it had verified the archive's receipt.

Limit: it proves only that the station said so. A station can wipe without saying so; what holds the archive to its word
is the receipt.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from archive import custody, particulars
from archive.columns import table
from archive.db import Tx
from archive.entries import CustodyEvent
from archive.errors import Conflict, Refused
from archive.identifiers import LedgerId, new_id, parse_id
from archive.proof import canonical
from archive.proof.digest import Digest, sha256
from archive.proof.note import VerifiedText, sign_note
from archive.proof.signing import SigningKey
from archive.publication import Act, require
from archive.site import Site
from archive.tables import Upload
from archive.wipe_events import RecordingWiped
from archive.wipe_tables import RecordingWipe
from ingest.signed_fields import FieldFault, field, nonce, read_object
from ingest.stations import EnrolledStation, open_station_note

UPLOAD, WIPE = table(Upload), table(RecordingWipe)
MAX_STATEMENT = 4096
KEPT = ("accessioned", "repeated")


@dataclass(frozen=True)
class WipeStatement:
    """What a station says of one wipe. ``log``: origin of the log it is meant for; ``nonce``: 32 hex characters;
    ``recording``: as the receipt names it; ``receipt``: SHA-256 of the receipt file it verified; ``digest``: SHA-256 of
    the wiped bytes; ``wiped_at``: UTC, by the station's clock."""

    log: str
    nonce: str
    upload: str
    recording: str
    receipt: Digest
    digest: Digest
    wiped_at: datetime

    @classmethod
    def parse(cls, verified: VerifiedText) -> "WipeStatement":
        """From a checked note; ``Refused wipe.malformed | wipe.field`` names the field at fault."""
        try:
            held = read_object(verified.text, MAX_STATEMENT)
        except ValueError as fault:
            raise Refused("wipe.malformed", f"the wipe statement does not read as canonical JSON: {fault}") from fault
        try:
            fields = {name: field(held, name, parse) for name, parse in _FIELDS.items()}
            if unknown := sorted(held.keys() - fields.keys()):
                raise FieldFault(unknown[0], "is not a field of a wipe statement")
        except FieldFault as fault:
            raise Refused("wipe.field", f"wipe statement {fault}", field=fault.name) from fault
        return cls(**{name: fields[name] for name in cls.__dataclass_fields__})


@dataclass(frozen=True)
class StatedWipe:
    """The entry's id and what of the statement the archive's rows contradicted (archive.wipe_events)."""

    entry: LedgerId
    contradictions: tuple[str, ...]


def wiped_text(statement: WipeStatement) -> str:
    """The text to be signed: canonical JSON and a newline."""
    return canonical.encode({
        "v": 1, "kind": "wiped", "log": statement.log, "nonce": statement.nonce, "upload": statement.upload,
        "recording": statement.recording, "receipt": str(statement.receipt), "digest": str(statement.digest),
        "wiped_at": canonical.format_time(statement.wiped_at)}).decode() + "\n"


def signed_wipe(key: SigningKey, statement: WipeStatement) -> bytes:
    """The note a station keeps and sends; the same statement and key make the same bytes."""
    return sign_note(wiped_text(statement), [key])


def state_wipe(site: Site, untrusted_note: bytes) -> StatedWipe:
    """Log a station's statement; the event ``recording.wiped`` is committed when this returns.

    What contradicts the archive's rows is logged as well, and named: footage is gone from a recorder, whatever the
    archive knows (it may have been rolled back). Refused is only what is not this station's to say. The same statement
    again answers the same. ``Refused wipe.* | station.unknown | manifest.signature``, ``Conflict wipe.stated``,
    ``Unavailable log.unconfirmed``.
    """
    if len(untrusted_note) > MAX_STATEMENT:
        raise Refused("wipe.too_large", f"a wipe statement has at most {MAX_STATEMENT} bytes")
    station, verified = open_station_note(site, untrusted_note)
    statement, digest = WipeStatement.parse(verified), sha256(untrusted_note)
    if statement.log != site.origin:
        raise Refused("wipe.other_archive", "this wipe statement is meant for another archive; sign one for this log",
                      log=site.origin)
    require(site, Act.DEPOSIT)
    entry = LedgerId(new_id("led"))
    sealed = particulars.seal(site.ports.vault, site.log_id, entry,
                              particulars.salted({"statement": untrusted_note.decode()}))

    def record(tx: Tx) -> StatedWipe:
        upload: Any = tx.execute(select(UPLOAD).where(UPLOAD.c.id == statement.upload)).first()
        if upload is not None and upload.station != station.id:
            raise Refused("wipe.other_station", "this upload is another station's; only that one can say it wiped")
        known: Any = tx.execute(select(WIPE).where(WIPE.c.id == statement.upload)).first()
        if known is not None:
            return _again(known, digest)
        stated = StatedWipe(entry, _contradictions(upload, statement))
        subject = statement.recording if upload is None else _holding(upload)
        custody.append(tx, site.ports.clock, CustodyEvent.committed(
            station.id, subject, _body(station, statement, digest, stated), sealed.commitment), sealed)
        return stated

    return site.db.write(record)


def _again(known: Any, digest: Digest) -> StatedWipe:
    if known.statement_digest != str(digest):
        raise Conflict("wipe.stated", "another wipe statement about this upload is in the log; it cannot be replaced")
    return StatedWipe(LedgerId(known.entry), tuple(known.contradictions.split()))


def _holding(upload: Any) -> str:
    """The recording that holds an upload's bytes: of a repeat the first one, which its receipt names."""
    return str(upload.first_recording or upload.recording)


def _contradictions(upload: Any, statement: WipeStatement) -> tuple[str, ...]:
    if upload is None:
        return ("upload_unknown",)
    found = (("not_kept", upload.state not in KEPT), ("recording_differs", statement.recording != _holding(upload)),
             ("digest_differs", str(statement.digest) != upload.digest))
    return tuple(name for name, holds in found if holds)


def _body(station: EnrolledStation, statement: WipeStatement, digest: Digest, stated: StatedWipe) -> RecordingWiped:
    return RecordingWiped(
        entry=stated.entry, upload=statement.upload, recording=statement.recording, station_key=station.key.hex_id,
        statement=digest, receipt=statement.receipt, digest=statement.digest, wiped_at=statement.wiped_at,
        contradictions=stated.contradictions)


def _exactly(expected: int | str) -> Callable[[Any], Any]:
    def parse(value: Any) -> Any:
        if type(value) is not type(expected) or value != expected:
            raise ValueError(f"must be {expected}")
        return value

    return parse


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("must be text")
    return value


def _sha256(value: Any) -> Digest:
    digest = Digest.parse(_text(value))
    if digest.algorithm != "sha256":
        raise ValueError("must be sha256:…")
    return digest


_FIELDS: dict[str, Callable[[Any], Any]] = {
    "v": _exactly(1), "kind": _exactly("wiped"), "log": _text, "nonce": nonce,
    "upload": lambda value: parse_id("upl", _text(value)), "recording": lambda value: parse_id("rec", _text(value)),
    "receipt": _sha256, "digest": _sha256, "wiped_at": lambda value: canonical.parse_time(_text(value)),
}
